"""Sign-in, menu by right, the pulled card, time."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from hw.paper import Certainty
from kiosk.flows import events as ev
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import MirrorStanding
from kiosk.flows.clerk.events import CaseAction, MenuEntry
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.menu import entries
from kiosk.flows.effects import EndSession
from kiosk.flows.session import begin
from kiosk.flows.station_facts import ListHeld, SignedList, StationFacts
from kiosk.flows.wording import wording
from sync.model.credential import OperationKind, State
from sync.model.rosters import Right
from tests.flows.clerk.counter import (
    CLERK,
    EVERY_RIGHT,
    OFFICE,
    REST_OF_FORM,
    SESSION,
    TODAY,
    at_form,
    booked,
    counter,
    registered,
    signed_in,
)


def test_a_counter_begins_with_card_and_pin_and_a_way_to_the_devices() -> None:
    walk = counter()
    assert walk.page == "clerk.sign-in"
    assert walk(cl.MenuChosen(MenuEntry.DEVICES)).page == "readiness.devices"
    assert walk(ev.Back()).page == "clerk.sign-in"


def test_a_pin_goes_to_the_runtime_and_into_no_state() -> None:
    pin = bytearray(b"31415926")
    walk = counter()(cl.SignInAsked(pin))
    assert walk.last(asked.SignIn).pin is pin
    assert walk.page == "clerk.signing-in"
    assert "31415926" not in repr(walk.session) + repr(walk.effects)


def test_a_wrong_pin_says_how_many_tries_are_left() -> None:
    walk = counter()(cl.SignInAsked(bytearray(b"1")))
    walk(cl.SignInFailed(SESSION, "token.pin-wrong", 2))
    assert walk.page == "clerk.sign-in"
    problem = wording(walk.session).problem
    assert problem is not None
    assert dict(problem.values)["n"] == 2


@pytest.mark.rule("R-003-55")
@pytest.mark.parametrize(
    ("rights", "shown"),
    [
        (
            EVERY_RIGHT,
            ["registration", "management", "fse", "residence", "disputes", "outbox", "devices"],
        ),
        (
            EVERY_RIGHT - {Right.FSE, Right.DEVICES},
            ["registration", "management", "residence", "disputes", "outbox"],
        ),
        (frozenset({Right.RESIDENCE}), ["residence", "outbox"]),
        (frozenset({Right.FSE}), ["fse"]),
    ],
)
def test_the_menu_has_what_the_rights_give(rights: frozenset[Right], shown: list[str]) -> None:
    walk = signed_in(replace(CLERK, rights=rights))
    desk = walk.session.desk
    assert desk is not None
    assert [one.value for one in entries(desk, OFFICE)] == shown
    assert desk.operator.name == CLERK.name
    assert desk.operator.office == CLERK.office
    for entry in set(MenuEntry) - {one for one in MenuEntry if one.value in shown}:
        assert walk(cl.MenuChosen(entry)).page == "clerk.menu"


def test_a_pulled_card_signs_out_and_keeps_the_form_for_the_same_clerk() -> None:
    walk = at_form().types(REST_OF_FORM)
    before = walk.activity
    walk(cl.OperatorCardTold(present=False))
    assert walk.page == "clerk.card-pulled"
    assert walk.session.desk is None
    assert walk.asked_for(asked.SignOut)
    walk(cl.OperatorCardTold(present=True), cl.SignInAsked(bytearray(b"1")))
    walk(cl.SignedIn(SESSION, CLERK, MirrorStanding()))
    assert walk.activity == before


def test_another_clerk_cannot_take_a_page_over_though_of_the_same_name() -> None:
    walk = at_form()(cl.OperatorCardTold(present=False), cl.SignInAsked(bytearray(b"1")))
    walk(cl.SignedIn(SESSION, replace(CLERK, thumbprint=bytes([1]) * 32), MirrorStanding()))
    assert walk.page == "clerk.card-pulled"
    assert walk.activity.code == "operator.other-clerk"
    assert walk.session.desk is None
    walk(ev.StopAsked(), ev.StopConfirmed())
    assert walk.page == "ended"
    assert walk.asked_for(EndSession)


def test_nothing_of_a_search_is_kept_when_the_card_is_pulled() -> None:
    walk = signed_in()(cl.MenuChosen(MenuEntry.MANAGEMENT))
    assert walk(cl.OperatorCardTold(present=False)).page == "clerk.sign-in"


def test_what_is_recorded_while_the_card_is_away_is_seen_afterwards() -> None:
    walk = signed_in().opens(registered(State.ATTIVATO), CaseAction.BOOK)
    walk(cl.OperationChosen(OperationKind.RESET), ev.Continued()).checks()(ev.Continued())
    walk(cl.OperatorCardTold(present=False))
    walk.records(registered(State.ATTIVATO, booked(OperationKind.RESET)))
    assert walk.page == "clerk.card-pulled"
    walk.prints(certainty=Certainty.PRINTED)
    walk(cl.SignInAsked(bytearray(b"1")), cl.SignedIn(SESSION, CLERK, MirrorStanding()))
    assert walk.page == "clerk.letters"
    assert walk(ev.Continued()).page == "clerk.done"


def test_time_ends_a_session_and_a_shift() -> None:
    walk = signed_in()
    walk(ev.TimePassed(OFFICE.clerk_idle_seconds - 1, TODAY))
    assert walk.page == "clerk.menu+idle"
    assert walk(ev.ScreenTouched()).page == "clerk.menu"
    assert walk(ev.TimePassed(OFFICE.clerk_idle_seconds, TODAY)).page == "ended"
    assert walk.asked_for(asked.SignOut)
    assert walk.asked_for(EndSession)
    busy = at_form()
    for _ in range(OFFICE.shift_seconds // 60):
        busy(ev.TimePassed(60, TODAY), ev.ScreenTouched())
    assert busy.page == "clerk.card-pulled"
    assert busy.activity.code == "operator.shift-over"


def test_a_page_that_was_left_goes_after_its_time() -> None:
    walk = at_form()(cl.OperatorCardTold(present=False))
    assert walk(ev.TimePassed(OFFICE.kept_seconds, TODAY)).page == "ended"
    assert "Rossi" not in str(walk.activity)


def test_the_next_session_inherits_nobody() -> None:
    walk = signed_in()(cl.SignOutAsked())
    assert walk.page == "ended"
    walk(ev.Started(SESSION, SESSION, TODAY))
    assert walk.page == "clerk.sign-in"
    assert walk.session.desk is None
    assert walk.session.operator_card


@pytest.mark.rule("R-004-19")
def test_the_menu_warns_of_a_certificate_that_ends_and_of_lists_that_are_old() -> None:
    assert len(wording(signed_in().session).body) == 1
    old = ListHeld(SignedList.ROSTER, 3, TODAY - timedelta(days=30))
    facts = StationFacts(expires=TODAY + timedelta(days=5), lists=(old,))
    walk = signed_in()(ev.StationFactsTold(facts))
    said = [one.key for one in wording(walk.session).body]
    assert said[1:] == ["station-facts.expires-soon", "station-facts.old-list"]


def test_leaving_a_form_by_the_header_asks_first() -> None:
    assert at_form()(cl.SignOutAsked()).page == "clerk.registration-form+stop"


def test_the_mirrors_age_is_told_to_every_page() -> None:
    walk = signed_in()(cl.MirrorTold(MirrorStanding(age_seconds=7200, disputes=2)))
    assert walk.session.desk is not None
    assert walk.session.desk.mirror.age_seconds == 7200
    fresh = begin(session_id=SESSION, operation_id=SESSION, today=TODAY, office=OFFICE)
    assert fresh.desk is None


def test_answers_to_another_session_change_nothing() -> None:
    walk = counter()(cl.SignInAsked(bytearray(b"1")))
    walk(cl.SignedIn(UUID(int=9), CLERK, MirrorStanding()))
    assert walk.page == "clerk.signing-in"
    walk(cl.RegistrationOpened(SESSION, CaseFile(registered())), cl.FieldLeft(FieldId.NAME))
    assert walk.page == "clerk.signing-in"
