"""A counter's keys as the window gives them: names, modifiers, and a hand scanner among them."""

from __future__ import annotations

import pytest
from kivy.base import EventLoop

from kiosk.flows.clerk.events import FieldTyped
from kiosk.flows.events import BarcodeTyped, Continued
from tests.screens.conftest import Person
from tests.screens.test_desk_keys import focused, page, shows, told

TAB, ENTER, LEFT, F2 = 9, 13, 276, 283


def _pressed(person: Person, key: int, *modifiers: str) -> None:
    EventLoop.window.dispatch("on_key_down", key, 0, None, list(modifiers))
    person.waits(3)


def test_tab_and_shift_tab_walk(person: Person) -> None:
    shows(person, "form")
    _pressed(person, TAB)
    assert focused(person) == "field.mobile"
    _pressed(person, TAB, "shift")
    assert focused(person) == "field.email"


@pytest.mark.parametrize(("key", "modifiers"), [(F2, ()), (ENTER, ("ctrl",))])
def test_the_main_button_has_two_keys(person: Person, key: int, modifiers: tuple[str, ...]) -> None:
    shows(person, "form")
    _pressed(person, key, *modifiers)
    assert told(person, Continued) == [Continued()]


def test_keys_keep_their_order_behind_letters_that_are_held_back(person: Person) -> None:
    """A letter waits 50 ms for what may be a scanner; an arrow behind it must not overtake it."""
    shows(person, "form")
    EventLoop.window.dispatch("on_textinput", "a")
    EventLoop.window.dispatch("on_key_down", LEFT, 0, None, [])
    person.waits(2)
    person.writes("b")
    person.waits(10)
    assert told(person, FieldTyped)[-1].text == "ba"


def test_a_hand_scanner_fills_no_box_by_itself(person: Person) -> None:
    shows(person, "form")
    person.scans("RSSMRA48C59L219O")
    person.waits(5)
    assert told(person, BarcodeTyped) == [BarcodeTyped("RSSMRA48C59L219O")]
    assert told(person, FieldTyped) == []
    assert focused(person) == "field.email"
    assert page(person).stops.at is not None
