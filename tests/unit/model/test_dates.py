"""Dates of a life: partial ones, impossible ones, and clocks that differ."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.dates import (
    PartialDate,
    check_date,
    check_partial,
    greatest_age,
    parse_date,
    parse_partial,
    partial_from_text,
)
from sync.model.errors import Problem
from tests.unit.model.examples import TODAY

days = st.dates(date(TODAY.year - 130, 1, 1), TODAY)
partials = st.one_of(
    st.builds(PartialDate, st.integers(1, 9999)),
    st.builds(PartialDate, st.integers(1, 9999), st.integers(1, 12)),
    st.dates().map(lambda day: PartialDate(day.year, day.month, day.day)),
)


def code_of(result: object) -> str:
    assert isinstance(result, Problem), result
    return result.code


@given(days)
def test_typed_date_is_read(day: date) -> None:
    typed = (str(day.day), f"{day.month:02}", f" {day.year} ")
    assert parse_date(*typed, today=TODAY) == day
    assert parse_partial(*typed, today=TODAY) == PartialDate(day.year, day.month, day.day)


@given(partials)
def test_text_reads_back(partial: PartialDate) -> None:
    assert partial_from_text(partial.text) == partial
    assert partial.earliest() <= partial.latest()


def test_texts_of_reduced_precision() -> None:
    assert PartialDate(1980).text == "1980"
    assert PartialDate(1980, 1).text == "1980-01"
    assert PartialDate(980, 1, 2).text == "0980-01-02"


def test_day_and_month_may_be_unknown() -> None:
    assert parse_partial("", "", "1980", today=TODAY) == PartialDate(1980)
    assert parse_partial("", "2", "1980", today=TODAY) == PartialDate(1980, 2)
    assert PartialDate(1980, 2).latest() == date(1980, 2, 29)
    assert PartialDate(1980).latest() == date(1980, 12, 31)


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("", "", ""), "date.empty"),
        ((" ", "\t", ""), "date.empty"),
        (("1", "1", ""), "date.year-missing"),
        (("1", "", "1980"), "date.month-missing"),
        (("1", "1", "80"), "date.year-digits"),
        (("1", "1", "19800"), "date.year-digits"),
        (("1", "1", "0000"), "date.year-digits"),
        (("1", "1", "9" * 10_000), "date.year-digits"),
        (("0", "1", "1980"), "date.day"),
        (("32", "1", "1980"), "date.day"),
        (("001", "1", "1980"), "date.day"),
        (("1", "0", "1980"), "date.month"),
        (("1", "13", "1980"), "date.month"),
        (("1", "1" * 10_000, "1980"), "date.month"),
        (("31", "4", "1980"), "date.not-in-calendar"),
        (("30", "2", "1980"), "date.not-in-calendar"),
        (("29", "2", "1981"), "date.not-in-calendar"),
        (("29", "2", "1900"), "date.not-in-calendar"),
        (("a", "1", "1980"), "date.characters"),
        (("1", "1", "19\u0668\u0660"), "date.characters"),
        (("\u00b2", "1", "1980"), "date.characters"),
        (("-1", "1", "1980"), "date.characters"),
        (("1", "gennaio", "1980"), "date.characters"),
        (("24", "11", "2026"), "date.future"),
        (("", "", "2027"), "date.future"),
        (("1", "1", "9999"), "date.future"),
        (("1", "1", "1895"), "date.too-long-ago"),
    ],
)
def test_each_impossible_date_is_told_apart(typed: tuple[str, str, str], code: str) -> None:
    assert code_of(parse_partial(*typed, today=TODAY)) == code
    assert code_of(parse_date(*typed, today=TODAY)) == code


@pytest.mark.parametrize(
    ("typed", "code"),
    [(("", "", "1980"), "date.month-missing"), (("", "5", "1980"), "date.day-missing")],
)
def test_full_date_needs_its_parts(typed: tuple[str, str, str], code: str) -> None:
    assert code_of(parse_date(*typed, today=TODAY)) == code


def test_problem_tells_the_last_day_of_the_month() -> None:
    problem = parse_partial("30", "2", "1981", today=TODAY)
    assert isinstance(problem, Problem)
    assert problem.details == (("last_day", "28"),)


def test_a_clock_one_day_behind_changes_nothing() -> None:
    assert check_date(TODAY, today=TODAY) is None
    assert check_date(TODAY + timedelta(days=1), today=TODAY) is None
    assert code_of(check_date(TODAY + timedelta(days=2), today=TODAY)) == "date.future"


def test_partial_date_is_future_only_if_all_of_it_is() -> None:
    assert check_partial(PartialDate(2026), today=TODAY) is None
    assert check_partial(PartialDate(2026, 11), today=TODAY) is None
    assert code_of(check_partial(PartialDate(2026, 12), today=TODAY)) == "date.future"
    assert check_partial(PartialDate(2027), today=date(2026, 12, 31)) is None


def test_people_over_a_hundred_exist() -> None:
    assert check_partial(PartialDate(1910, 5, 5), today=TODAY) is None


@pytest.mark.parametrize(
    "text", ["", "80", "1980-1", "1980-01-1", "1980-1-01", "19800101", "1980-01-01T00", "\u0661980"]
)
def test_other_texts_are_not_dates(text: str) -> None:
    assert code_of(partial_from_text(text)) == "date.layout"


@pytest.mark.parametrize("text", ["0000", "1980-00", "1980-13", "1980-02-30", "1980-01-00"])
def test_texts_outside_the_calendar_are_refused(text: str) -> None:
    assert isinstance(partial_from_text(text), Problem)


@pytest.mark.parametrize(
    "partial", [PartialDate(1980, None, 1), PartialDate(0), PartialDate(10_000)]
)
def test_values_outside_the_calendar_are_refused(partial: PartialDate) -> None:
    assert isinstance(check_partial(partial, today=TODAY), Problem)


@given(st.text(max_size=12))
def test_any_text_is_a_date_or_a_problem(text: str) -> None:
    assert isinstance(partial_from_text(text), PartialDate | Problem)


@given(st.text(max_size=6), st.text(max_size=6), st.text(max_size=6))
def test_any_fields_are_a_date_or_a_problem(day: str, month: str, year: str) -> None:
    assert isinstance(parse_partial(day, month, year, today=TODAY), PartialDate | Problem)


@pytest.mark.parametrize(
    ("born", "age"),
    [
        (PartialDate(2008, 11, 22), 18),
        (PartialDate(2008, 11, 23), 17),
        (PartialDate(2008), 18),
        (PartialDate(2008, 12), 17),
        (PartialDate(2008, 2, 29), 18),
    ],
)
def test_age_counts_the_earliest_day_of_birth(born: PartialDate, age: int) -> None:
    assert greatest_age(born, on=TODAY) == age
