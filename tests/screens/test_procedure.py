"""Secrets typed at the window: what is shown of them, and that nothing of them stays in a state."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import Typed
from kiosk.flows.events import Event
from kiosk.flows.home_effects import KeepSecret, SecretField
from kiosk.flows.home_events import SecretKept, SecretTyped
from kiosk.flows.state import Session
from kiosk.screens.widgets.field import MASK
from tests.screens.conftest import Person
from tests.screens.sessions import sessions

CODE = "23"


def live(person: Person, name: str) -> None:
    person.live = True
    person.shows(sessions("it")[name])


def told(person: Person) -> list[Event]:
    return [event for event in person.events if isinstance(event, SecretTyped)]


def activity(person: Person) -> object:
    assert person.session is not None
    return person.session.activity


def test_a_code_is_typed_on_its_own_keys_and_told_at_each(person: Person) -> None:
    live(person, "home-code")
    person.types("ABC")
    assert told(person)[-1] == SecretTyped(SecretField.CODE, "ABC")
    assert {"A", "B", "C"} <= set(person.sees().splitlines())
    person.taps("key.delete")
    assert told(person)[-1] == SecretTyped(SecretField.CODE, "AB")
    page = activity(person)
    assert isinstance(page, states.AskCode)
    assert page.typed.length == 2


def test_nobody_sees_a_pin(person: Person) -> None:
    live(person, "home-pin")
    person.types("4826071399")
    assert told(person)[-1] == SecretTyped(SecretField.PIN, "48260713")
    shown = person.sees().splitlines()
    assert shown.count(MASK) == 8


def test_a_password_is_masked_until_the_person_wants_to_see_it(person: Person) -> None:
    live(person, "home-password")
    person.writes("gatto Blu 7")
    assert MASK * 11 in person.sees()
    assert "gatto" not in person.sees()
    person.taps("reveal")
    assert "gatto Blu 7" in person.sees()
    assert "Nascondi" in person.sees()
    person.taps("reveal")
    assert "gatto" not in person.sees()


def test_the_strength_and_the_rules_follow_the_typing(person: Person) -> None:
    live(person, "home-password")
    person.writes("corta")
    keep = [effect for effect in person.effects if isinstance(effect, KeepSecret)][-1]
    person.events.append(SecretKept(keep.session_id, keep.which, len(keep.text), strength=1))
    person.waits()
    assert "Debole: si indovina presto." in person.sees()
    person.taps("continue")
    assert "La password è troppo corta" in person.sees()


def test_what_was_typed_stays_when_the_page_is_drawn_larger(person: Person) -> None:
    """No state holds it, so the new screen takes it from the old one."""
    person.shows(sessions("it")["home-code"])
    person.types(CODE)
    there = person.session
    assert there is not None
    page = replace(states.AskCode(_visit(there)), typed=Typed(length=len(CODE)))
    person.shows(replace(there, activity=page))
    person.shows(replace(there, activity=page, large_text=True))
    assert set(CODE) <= set(person.sees().splitlines())
    person.types("4")
    assert told(person)[-1] == SecretTyped(SecretField.CODE, CODE + "4")


def test_a_field_that_is_opened_anew_is_empty(person: Person) -> None:
    person.shows(sessions("it")["home-answer"])
    person.writes("Fido")
    person.shows(sessions("it")["home-question"])
    person.shows(sessions("it")["home-answer"])
    assert "Fido" not in person.sees()


def test_a_wait_counts_down_on_the_page(person: Person) -> None:
    waiting = sessions("it")["home-wait"]
    person.shows(waiting)
    assert "4:32" in person.sees()
    page = waiting.activity
    assert isinstance(page, states.CodesRefused)
    person.shows(replace(waiting, activity=replace(page, wait_seconds=59)))
    assert "59" in person.sees().splitlines()
    person.shows(replace(waiting, activity=replace(page, wait_seconds=0)))
    assert "Riscrivi il PIN" in person.sees()


def _visit(session: Session) -> states.Visit:
    page = session.activity
    assert isinstance(page, states.AskCode)
    return page.visit
