"""A registration ex-novo by keyboard and hand scanner, with the flow that answers."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from hw.paper import Certainty
from kiosk.flows.clerk.effects import (
    LookUpPerson,
    PrintCounterPaper,
    RecordCounterAct,
)
from kiosk.flows.clerk.events import CounterActRecorded, PersonLookedUp
from kiosk.flows.clerk.outcomes import ActDone, Letters
from kiosk.flows.clerk.registering import RegistrationConfirm, RegistrationForm
from kiosk.flows.clerk.states import Menu
from kiosk.flows.clerk.wanted import WantedRegistration
from kiosk.flows.events import BarcodeTyped, Event, Printed
from kiosk.flows.session import step
from kiosk.flows.state import Activity
from kiosk.screens.clerk.desk_page import DeskPage
from sync.model.addresses import ItalianAddress
from sync.model.inquiry import PersonFound, RegisterName, Standing, StandingKind
from tests.screens.clerk_sessions import PERSON, RECORDED, at_desk
from tests.screens.conftest import Person
from tests.screens.test_desk_keys import focused, presses

_STREET = ItalianAddress("Via Giuseppe Garibaldi", "12/A", "L219", "10122")


def tells(person: Person, event: Event) -> None:
    """The runtime tells the flow something."""
    assert person.session is not None
    person.session, effects = step(person.session, event)
    person.effects += effects
    person.window.show(person.session)
    person.waits()


def works(person: Person, *keys: str) -> None:
    """Keys, and what the flow makes of them, key by key."""
    for key in keys:
        presses(person, key)
        person.waits(1)


def activity(person: Person) -> Activity:
    """Where the flow is."""
    assert person.session is not None
    return person.session.activity


def asked(person: Person, kind: type) -> list[object]:
    """What the flow asked the runtime for."""
    return [effect for effect in person.effects if isinstance(effect, kind)]


@pytest.mark.rule("R-003-42")
@pytest.mark.rule("R-003-43")
@pytest.mark.rule("R-003-24")
def test_a_registration_ex_novo_by_keys_and_scanner(person: Person) -> None:
    session = at_desk(Menu())
    person.shows(session)
    person.live = True
    works(person, "1", "f2")  # the menu, then the notice
    tells(person, BarcodeTyped("RSSMRA48C59L219O"))
    assert "RSSMRA48C59L219O" in person.sees()
    _go(person, "field.residence-province")
    works(person, "t", "o", "tab", *"torino", "tab")
    works(person, "f2")
    look_up = asked(person, LookUpPerson)
    assert look_up == [LookUpPerson(session.id, "RSSMRA48C59L219O", "L219")]
    found = PersonFound(RegisterName.CIA, PERSON, _STREET, None, None)
    standing = Standing(StandingKind.UNKNOWN)
    tells(person, PersonLookedUp(session.id, "RSSMRA48C59L219O", standing, found, certain=True))
    assert isinstance(activity(person), RegistrationForm)
    _fill(person)
    works(person, "f2")
    assert isinstance(activity(person), RegistrationConfirm), person.sees()
    while "continue" not in {stop.name for stop in _page(person).stops}:
        works(person, " ", "tab")
    works(person, "f2")
    (record,) = asked(person, RecordCounterAct)
    assert isinstance(record, RecordCounterAct)
    assert isinstance(record.wanted, WantedRegistration)
    assert record.wanted.contacts.email == "m@posta.example"
    assert record.wanted.document.number == "CA12345AB"
    recorded = CounterActRecorded(
        session.id,
        record.operation_id,
        UUID(int=99),
        datetime(2026, 5, 4, 9, 45, tzinfo=UTC),
        RECORDED.registration,
    )
    tells(person, recorded)
    assert isinstance(activity(person), Letters)
    _print_all(person)
    works(person, "enter")
    assert isinstance(activity(person), ActDone)


def _fill(person: Person) -> None:
    """What no register knows: contacts and document."""
    for name, keys in (
        ("field.email", [*"m@posta.example"]),
        ("field.document-kind", [*"carta", "enter"]),
        ("field.document-number", [*"CA12345AB"]),
        ("field.document-issued-on", [*"30112021"]),
        ("field.document-issuer", [*"Ministero"]),
    ):
        _go(person, name)
        works(person, *keys)
    if not _text(person, "field.community"):
        _go(person, "field.community")
        works(person, "s", "enter")


def _print_all(person: Person) -> None:
    """The printer prints what the flow asked for; until nothing is left to print."""
    letters = activity(person)
    assert isinstance(letters, Letters)
    assert person.session is not None
    for printed in asked(person, PrintCounterPaper):
        assert isinstance(printed, PrintCounterPaper)
        assert "continue" not in {stop.name for stop in _page(person).stops}
        tells(person, Printed(person.session.id, printed.document, Certainty.PRINTED))
    assert focused(person) == "continue"


def _page(person: Person) -> DeskPage:
    screen = person.window.router.screen
    assert isinstance(screen, DeskPage)
    return screen


def _go(person: Person, name: str) -> None:
    """Tab as often as it takes."""
    for _ in range(60):
        if focused(person) == name:
            return
        person.window.router.pressed("tab")
    person.waits(1)
    assert focused(person) == name


def _text(person: Person, name: str) -> str:
    return str(getattr(_page(person).stops.named(name), "text", ""))
