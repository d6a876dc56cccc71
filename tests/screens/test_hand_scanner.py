"""A hand scanner at the real window: its code goes to the flow, and to no field."""

from __future__ import annotations

from kivy.base import EventLoop

from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.events import BarcodeTyped, TextChanged, TextDone
from tests.screens.conftest import Person
from tests.screens.sessions import asking, session

CF = "RSSMRA80A01H501U"


def test_a_code_is_told_and_no_field_is_written(person: Person) -> None:
    person.shows(session(asking(QuestionId.SURNAME, Form())))
    before = len(person.events)
    person.scans(CF)
    person.writes("Ro")
    person.scans(CF)
    EventLoop.window.dispatch("on_key_down", 9, 0, None, [])  # tab goes nowhere
    told = person.events[before:]
    assert [event for event in told if isinstance(event, BarcodeTyped)] == [BarcodeTyped(CF)] * 2
    assert [event for event in told if isinstance(event, TextChanged)] == [
        TextChanged("R"),
        TextChanged("Ro"),
    ]
    assert not any(isinstance(event, TextDone) for event in told)
