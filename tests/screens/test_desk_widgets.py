"""The pieces of a desk's widgets that need no window: lines, dates, menus that are searched."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tests.screens.conftest  # noqa: F401  sets Kivy's environment, so it stands before Kivy
from kiosk.screens.widgets.desk.date_box import completed, written
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.menu import MenuEntry, found

PROVINCES = [
    MenuEntry(value, label)
    for value, label in (
        ("AL", "Alessandria"),
        ("FC", "Forlì-Cesena"),
        ("TO", "Torino"),
        ("VB", "Verbano-Cusio-Ossola"),
        ("EE", "STATO ESTERO"),
        ("TR", "Terni"),
        ("TE", "Teramo"),
    )
]


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("1", "1"),
        ("19", "19"),
        ("193", "19/3"),
        ("19031948", "19/03/1948"),
        ("190319489", "19/03/1948"),
        ("1/", "01/"),
        ("1/2/1948", "01/02/1948"),
        ("1.2.1948", "01/02/1948"),
        ("1-2-48", "01/02/48"),
        ("19//3", "19/3"),
        ("/", ""),
        ("aà!", ""),
        ("", ""),
    ],
)
def test_a_date_is_written_as_its_digits_come(typed: str, shown: str) -> None:
    assert written(typed) == shown


@given(st.text(alphabet="0123456789/.- a", max_size=20))
def test_a_date_is_never_longer_than_a_date(typed: str) -> None:
    shown = written(typed)
    assert len(shown) <= len("gg/mm/aaaa")
    assert shown.count("/") <= 2
    assert written(shown) == shown


@pytest.mark.parametrize(
    ("shown", "meant"),
    [
        ("19/48", "1948"),
        ("03/19/48", "03/1948"),
        ("19/03/1948", "19/03/1948"),
        ("01/02/48", "01/02/48"),
        ("13/19/48", "13/19/48"),
        ("12/34", "12/34"),
        ("19", "19"),
        ("", ""),
    ],
)
def test_a_date_of_birth_may_lack_its_day_or_month(shown: str, meant: str) -> None:
    assert completed(shown) == meant


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("to", "Torino"),
        ("tor", "Torino"),
        ("FC", "Forlì-Cesena"),
        ("forli", "Forlì-Cesena"),
        ("cesena", "Forlì-Cesena"),
        ("ossola", "Verbano-Cusio-Ossola"),
        ("estero", "STATO ESTERO"),
        ("te", "Teramo"),
        ("ter", "Terni"),
    ],
)
def test_a_menu_finds_what_is_typed(typed: str, first: str) -> None:
    """The sigla before a name that begins with it; a word within a name as well."""
    assert found(PROVINCES, typed)[0].label == first


def test_a_menu_shows_all_where_nothing_is_typed_and_nothing_where_nothing_fits() -> None:
    assert found(PROVINCES, "  ") == PROVINCES
    assert found(PROVINCES, "xyz") == []


def test_a_selected_line_is_replaced_by_the_first_letter() -> None:
    line = DeskLine("Rossi")
    line.select()
    line.insert("B")
    assert (line.text, line.caret, line.selected) == ("B", 1, False)
    line.select()
    assert line.erase()
    assert line.text == ""
    assert not line.erase()


@pytest.mark.parametrize(
    ("keys", "caret"),
    [
        (["home"], 0),
        (["home", "right", "right"], 2),
        (["left"], 4),
        (["home", "left"], 0),
        (["end", "right"], 5),
    ],
)
def test_a_caret_walks(keys: list[str], caret: int) -> None:
    line = DeskLine("Rossi")
    for key in keys:
        assert line.move(key)
    assert line.caret == caret
    assert not line.move("tab")


@pytest.mark.parametrize(("key", "caret"), [("left", 0), ("right", 5)])
def test_an_arrow_ends_a_selection_at_its_side(key: str, caret: int) -> None:
    line = DeskLine("Rossi")
    line.select()
    line.move(key)
    assert (line.selected, line.caret) == (False, caret)


def test_delete_takes_the_sign_behind_the_caret_with_its_accents() -> None:
    line = DeskLine("ae\N{COMBINING ACUTE ACCENT}b")
    line.move("home")
    line.move("right")
    assert line.delete()
    assert line.text == "ab"
    line.move("end")
    assert not line.delete()


@given(st.lists(st.sampled_from(["a", "ERASE", "DEL", "left", "home", "SELECT", "OLD", "NEW"])))
def test_a_desk_line_ends_as_the_flow_says(pressed: list[str]) -> None:
    """Keys outrun the flow; once it has answered all of them, both hold the same text."""
    line, told, heard = DeskLine(), [""], 0
    for key in pressed:
        before = line.text
        if key == "ERASE":
            line.erase()
        elif key == "DEL":
            line.delete()
        elif key == "SELECT":
            line.select()
        elif key in {"left", "home"}:
            line.move(key)
        elif key == "OLD":
            line.hear(told[heard])
        elif key == "NEW":
            heard = min(heard + 1, len(told) - 1)
            line.hear(told[heard])
        else:
            line.insert(key)
        if line.text != before or key == "a":
            told.append(line.text)
        assert line.text == told[-1]
        assert 0 <= line.caret <= len(line.text)
    line.hear(told[-1])
    assert line.text == told[-1]
