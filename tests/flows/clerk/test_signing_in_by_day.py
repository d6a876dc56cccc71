"""Sign-in by daily password, the wait after failed tries, and who is never taken for whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from kiosk.flows import events as ev
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.desk import MirrorStanding
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.installer.readiness import DeviceList
from kiosk.flows.office import StationRole
from tests.flows.clerk.counter import CLERK, CODE, OFFICE, SESSION, TODAY, Walk, counter, signed_in


def by_day(seconds: int = 600) -> Walk:
    walk = counter()(cl.OperatorCardTold(present=False), cl.DailyChosen())
    walk(cl.DaySignInAsked(CODE, bytearray(b"ABCDEFGHJKLM")))
    return walk(cl.SignedIn(SESSION, CLERK, MirrorStanding(), seconds))


@pytest.mark.rule("R-004-34")
def test_a_day_ends_by_its_seconds_though_the_clock_is_set_back() -> None:
    walk = by_day(100)
    assert walk.page == "clerk.menu"
    walk(ev.TimePassed(60, TODAY), ev.TimePassed(39, TODAY - timedelta(days=1)))
    assert walk.page == "clerk.sign-in"


@pytest.mark.rule("R-004-34")
def test_a_day_ends_at_midnight_though_seconds_are_left() -> None:
    walk = by_day(10_000)(ev.TimePassed(10, TODAY), cl.MenuChosen(MenuEntry.REGISTRATION))
    walk(ev.TimePassed(10, TODAY + timedelta(days=1)))
    assert walk.page == "clerk.sign-in"
    assert walk.activity.code == "operator.midnight"
    assert walk.asked_for(asked.SignOut)
    assert walk.session.desk is None


def test_a_card_that_comes_and_goes_does_not_end_a_day() -> None:
    walk = by_day()(cl.OperatorCardTold(present=True), cl.OperatorCardTold(present=False))
    assert walk.page == "clerk.menu"


@pytest.mark.rule("R-004-6")
def test_while_the_station_holds_off_nothing_is_tried() -> None:
    walk = counter()(cl.SignInAsked(bytearray(b"11111111")))
    walk(cl.SignInFailed(SESSION, "token.pin-wrong", 2, 30))
    pin = bytearray(b"22222222")
    walk(cl.SignInAsked(pin))
    assert pin == bytes(8)
    assert len(walk.asked_for(asked.SignIn)) == 1
    walk(cl.DailyChosen())
    assert walk.activity.wait_seconds == 30
    walk(ev.TimePassed(30, TODAY), ev.Back(), cl.SignInAsked(bytearray(b"33333333")))
    assert len(walk.asked_for(asked.SignIn)) == 2


@pytest.mark.rule("R-004-6")
def test_the_wait_stands_on_a_page_that_nobody_touches() -> None:
    walk = counter()(cl.HoldOffTold(900))
    for _ in range(OFFICE.idle_seconds + 10):
        walk(ev.TimePassed(1, TODAY))
    assert walk.page == "clerk.sign-in"
    assert walk.activity.wait_seconds == 900 - OFFICE.idle_seconds - 10


@pytest.mark.rule("R-004-34")
def test_the_hubs_wait_is_of_one_person_on_the_daily_page() -> None:
    walk = counter()(cl.DailyChosen(), cl.DaySignInAsked(CODE, bytearray(b"ABCDEFGHJKLM")))
    walk(cl.SignInFailed(SESSION, "daily.wait", person_seconds=3600))
    assert (walk.page, walk.activity.person_seconds) == ("clerk.day-sign-in", 3600)
    walk(ev.TimePassed(10, TODAY))
    assert walk.activity.person_seconds == 3590
    other = bytearray(b"NPQRSTUVWXYZ")
    walk(cl.DaySignInAsked("VRDLGU75C15F205O", other))
    assert walk.last(asked.SignInByDay).password is other
    walk(cl.SignInFailed(SESSION, "daily.wait", person_seconds=3600), ev.Back())
    assert walk.activity.wait_seconds == 0
    walk(cl.SignInAsked(bytearray(b"11111111")))
    assert walk.page == "clerk.signing-in"


def test_an_enrolled_station_for_installers_asks_for_a_card_first() -> None:
    office = replace(OFFICE, role=StationRole.INSTALLER, signs_in=True)
    walk = counter(office)(cl.MenuChosen(MenuEntry.DEVICES))
    assert walk.page == "clerk.sign-in"
    walk = signed_in(office=office)(cl.MenuChosen(MenuEntry.REGISTRATION))
    assert walk.page == "clerk.menu"
    walk(cl.MenuChosen(MenuEntry.DEVICES))
    assert isinstance(walk.activity, DeviceList)
    assert walk(ev.Back()).page == "clerk.menu"


def test_a_citizens_session_never_inherits_a_clerks() -> None:
    walk = signed_in()(cl.SignOutAsked())
    assert walk.session.desk is None
    assert walk.asked_for(asked.SignOut)
    office = replace(OFFICE, role=StationRole.CITIZEN)
    citizen = counter(office)(cl.SignedIn(SESSION, CLERK, MirrorStanding()))
    assert citizen.session.desk is None
    assert citizen.page == "welcome"
