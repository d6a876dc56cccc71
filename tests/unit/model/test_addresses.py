"""Streets, house numbers, postal codes, cities and nations."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.addresses import (
    FOREIGN_COMUNE,
    FOREIGN_PROVINCE,
    parse_cap,
    parse_care_of,
    parse_city,
    parse_house_number,
    parse_nation,
    parse_street,
)
from sync.model.errors import Problem
from tests.unit.model.examples import caps


def code_of(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@pytest.mark.parametrize(
    "typed", ["Via Roma", "Piazza 1\u00b0 Maggio", "Localit\u00e0 Ca' Bianca", "Str. prov. 12/bis"]
)
def test_streets(typed: str) -> None:
    assert parse_street(typed) == typed


@pytest.mark.parametrize("typed", ["1", "12/A", "7 bis int. 3 sc. B", "SNC", "km 12,300"])
def test_house_numbers_with_exponent_and_flat(typed: str) -> None:
    assert parse_house_number(typed) == typed


@pytest.mark.parametrize(
    ("parse", "longest"),
    [
        (parse_street, 100),
        (parse_house_number, 30),
        (parse_city, 60),
        (parse_nation, 60),
        (parse_care_of, 100),
    ],
)
def test_each_field_has_its_length(parse: Callable[[str], object], longest: int) -> None:
    assert parse("x" * longest) == "x" * longest
    assert code_of(parse("x" * (longest + 1))) == "text.too-long"
    assert code_of(parse("x" * 10_000)) == "text.too-long"
    assert code_of(parse("  ")) == "text.empty"
    assert code_of(parse("a\x00b")) == "text.control"


@pytest.mark.rule("R-003-42")
@pytest.mark.parametrize("typed", ["Italia", "ITALIA", " italy "])
def test_italy_is_not_abroad(typed: str) -> None:
    problem = parse_nation(typed)
    assert isinstance(problem, Problem)
    assert (problem.code, problem.rule) == ("nation.italy", "R-003-42")


@pytest.mark.rule("R-003-42")
def test_menus_hold_the_words_for_a_resident_abroad() -> None:
    assert (FOREIGN_PROVINCE, FOREIGN_COMUNE) == ("STATO ESTERO", "ESTERO")


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("", "cap.empty"),
        ("1012", "cap.length"),
        ("101211", "cap.length"),
        ("1" * 10_000, "cap.length"),
        ("1012A", "cap.characters"),
        ("1012\u0661", "cap.characters"),
        ("-1012", "cap.characters"),
    ],
)
def test_each_wrong_cap_is_told_apart(typed: str, code: str) -> None:
    assert code_of(parse_cap(typed)) == code


@given(caps)
def test_any_five_digits_are_a_cap(cap: str) -> None:
    """Suggested from the comune, never refused for not matching it."""
    assert parse_cap(f" {cap[:2]} {cap[2:]}") == cap


@given(st.text(max_size=10))
def test_any_text_is_a_cap_or_a_problem(text: str) -> None:
    cap = parse_cap(text)
    if isinstance(cap, str):
        assert parse_cap(cap) == cap
