"""Profiles, administrators and what they open; the daily password."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model import daily_password, users
from sync.model.rights import Right
from sync.model.users import ADMINISTRATORS, ASSIGNABLE, CENSUS, Profile


@pytest.mark.rule("R-004-5")
def test_sixteen_profiles_are_given_and_one_comes_by_the_census_alone() -> None:
    assert len(ASSIGNABLE) == 16
    assert set(Profile) - ASSIGNABLE == {Profile.APL}


@pytest.mark.rule("R-004-1", "R-004-2")
def test_four_administrators_two_of_them_of_the_census() -> None:
    assert {Profile.ASC, Profile.APL, Profile.ALS, Profile.ALP} == ADMINISTRATORS
    assert {Profile.ASC, Profile.APL} == CENSUS


@pytest.mark.rule("R-004-4")
def test_each_administrator_opens_only_what_is_theirs() -> None:
    console = {Right.USERS, Right.STATIONS, Right.APPOINT}
    opened = {profile: users.rights_of({profile}) & console for profile in Profile}
    assert opened[Profile.ALS] == {Right.USERS}
    assert opened[Profile.ALP] == {Right.STATIONS}
    for mayor in CENSUS:
        assert opened[mayor] == {Right.APPOINT, Right.STATIONS}
    for profile in set(Profile) - ADMINISTRATORS:
        assert not opened[profile], profile


@pytest.mark.rule("R-004-5")
@given(st.frozensets(st.sampled_from(Profile)), st.frozensets(st.sampled_from(Profile)))
def test_profiles_together_open_what_each_opens(
    some: frozenset[Profile], others: frozenset[Profile]
) -> None:
    together = users.rights_of(some | others)
    assert together == users.rights_of(some) | users.rights_of(others)
    assert users.rights_of(()) == frozenset()


@pytest.mark.rule("R-004-34")
def test_a_daily_password_has_two_halves_without_look_alikes() -> None:
    made = daily_password.make(Random(7).randrange)
    assert len(made.first) == len(made.second) == daily_password.HALF
    assert made.whole == made.first + made.second
    assert set(made.whole) <= set(daily_password.ALPHABET)
    assert not set("01IO") & set(daily_password.ALPHABET)
    assert made.first not in repr(made)
    assert made.second not in repr(made)
    assert daily_password.make(Random(8).randrange) != made


@pytest.mark.rule("R-004-34")
@given(st.integers(0, 1 << 32))
def test_a_daily_password_is_read_as_people_type_it(seed: int) -> None:
    made = daily_password.make(Random(seed).randrange)
    typed = f" {made.first.lower()}-{made.second[:3]} {made.second[3:]} "
    assert daily_password.parse(typed) == made.whole
    assert daily_password.parse(made.first) is None, "one half is none"
    assert daily_password.parse(made.first + made.first[:5] + "0") is None
    assert daily_password.parse(made.whole + "2") is None


@pytest.mark.rule("R-004-34")
@pytest.mark.parametrize(
    ("day", "hours", "end"),
    [
        (date(2026, 11, 23), 24, datetime(2026, 11, 23, 23, tzinfo=UTC)),
        # Clocks go forward on the last Sunday of March and back on the last of October.
        (date(2027, 3, 28), 23, datetime(2027, 3, 28, 22, tzinfo=UTC)),
        (date(2026, 10, 25), 25, datetime(2026, 10, 25, 23, tzinfo=UTC)),
        (date(2028, 2, 29), 24, datetime(2028, 2, 29, 23, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_the_midnight_of_italy(day: date, hours: int, end: datetime) -> None:
    ends = daily_password.ends_at(day)
    assert ends == int(end.timestamp() * 1000)
    assert ends - daily_password.ends_at(day - timedelta(days=1)) == hours * 3_600_000
    assert daily_password.day_of(ends - 1) == day
    assert daily_password.day_of(ends) == day + timedelta(days=1)


@pytest.mark.rule("R-004-34")
@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.floats(0, 1, exclude_max=True))
def test_every_moment_is_of_the_day_whose_midnight_follows(day: date, part: float) -> None:
    begins, ends = daily_password.ends_at(day - timedelta(days=1)), daily_password.ends_at(day)
    assert daily_password.day_of(begins + int(part * (ends - begins))) == day
