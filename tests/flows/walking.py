"""Flow tests as tables of steps: what happened, the screen it leads to, what is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Final
from uuid import UUID

from kiosk.flows import events as ev
from kiosk.flows.card_data import CardData
from kiosk.flows.effects import Effect, Record
from kiosk.flows.entries import DatePart
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.flows.session import Session, begin, screen_name, step
from sync.model import registration_number
from sync.model.preregistration import Community, Preregistration

SESSION: Final = UUID(int=1)
OPERATION: Final = UUID(int=2)
TODAY: Final = date(2026, 11, 22)
OFFICE: Final = OfficeInfo(
    station="kiosk-0001",
    name="Comune di Esempio",
    comune="L219",
    community=Community.SISTEMA_PIEMONTE,
    counter_address="Piazza Palazzo di Città 1",
    opening="lunedì e giovedì 9-12",
)
NUMBER: Final = registration_number.issue(17, 1)

ROSSI: Final = CardData(
    codice_fiscale="RSSMRA80A01H501U",
    surname="ROSSI",
    name="MARIO",
    birth_date="01011980",
    sex="M",
    residence_comune="L219",
    residence_address="VIA GARIBALDI 12/A",
    expires_on="01012030",
)
"""A card whose holder lives in a town of many postal codes, so that the CAP has to be asked."""

BERUTTI: Final = replace(ROSSI, residence_comune="A074", residence_address="VIA ROMA 3")
"""The same in a town with one postal code."""


@dataclass(frozen=True)
class FlowStep:
    """`events` happen one after the other; then `screen` is up and `effects` were asked for.

    An effect may be given as its class alone.
    """

    events: Event | Sequence[Event]
    screen: str
    effects: tuple[Effect | type[Effect], ...] = ()


def fresh(office: OfficeInfo = OFFICE) -> Session:
    """The welcome page."""
    return begin(session_id=SESSION, operation_id=OPERATION, today=TODAY, office=office)


def walk(session: Session, *steps: FlowStep) -> Session:
    """Do the steps, checking each."""
    for count, row in enumerate(steps, start=1):
        happened = [row.events] if not isinstance(row.events, Sequence) else row.events
        asked: tuple[Effect, ...] = ()
        for event in happened:
            session, effects = step(session, event)
            asked += effects
        where = f"step {count}"
        assert screen_name(session) == row.screen, where
        assert len(asked) == len(row.effects), (where, asked)
        for effect, expected in zip(asked, row.effects, strict=True):
            assert effect == expected or type(effect) is expected, (where, effect)
    return session


def after(session: Session, *happened: Event) -> Session:
    """The session after events, whatever screens lie between."""
    for event in happened:
        session, _effects = step(session, event)
    return session


def effects_of(session: Session, event: Event) -> tuple[Effect, ...]:
    """What one event asks for."""
    return step(session, event)[1]


def write(text: str) -> tuple[Event, ...]:
    """Type a text and touch "Fatto"."""
    return (ev.TextChanged(text), ev.TextDone())


def write_date(day: str, month: str, year: str) -> tuple[Event, ...]:
    """Type the three fields of a date and touch "Fatto"."""
    return (
        ev.DatePartFocused(DatePart.DAY),
        ev.TextChanged(day),
        ev.DatePartFocused(DatePart.MONTH),
        ev.TextChanged(month),
        ev.DatePartFocused(DatePart.YEAR),
        ev.TextChanged(year),
        ev.TextDone(),
    )


def choose(value: str) -> Event:
    """Touch one of the page's own buttons."""
    return ev.OptionChosen(value)


START: Final[tuple[Event, ...]] = (
    ev.ServiceChosen(ev.Service.PREREGISTRATION),
    choose("no"),
    ev.Continued(),
)
"""From the welcome page to "insert your card"."""

PERSON_TYPED: Final[tuple[Event, ...]] = (
    ev.Refused(),
    *write("RSSMRA80A01H501U"),
    *write("Rossi"),
    *write("Mario"),
    *write_date("1", "1", "1980"),
    choose("M"),
)
"""From "insert your card" to the residence, without a card."""

CONTACTS: Final[tuple[Event, ...]] = (
    *write("mario.rossi@example.it"),
    ev.Continued(),
    *write("333 1234567"),
)
DOCUMENT: Final[tuple[Event, ...]] = (
    choose("carta_identita"),
    *write("CA12345AA"),
    *write_date("1", "2", "2020"),
    choose("Comune di Torino"),
)
REST: Final[tuple[Event, ...]] = (
    *write("10122"),
    choose("no"),
    *CONTACTS,
    *DOCUMENT,
    choose("in-person"),
)
"""From the review of `ROSSI` to the summary."""

DELEGATE: Final[tuple[Event, ...]] = (
    *write("MRTMRA83T56A269B"),
    *write("Martini"),
    *write("Maria"),
    *write_date("16", "12", "1983"),
    choose("F"),
    choose("passaporto"),
    *write("YA1234567"),
    *write_date("3", "4", "2021"),
    *write("Questura di Torino"),
)


def at_review(card: CardData = ROSSI, office: OfficeInfo = OFFICE) -> Session:
    """A card was read."""
    return after(fresh(office), *START, ev.CardInserted(), ev.CardRead(SESSION, card))


def at_summary(office: OfficeInfo = OFFICE) -> Session:
    """Everything is answered after a card."""
    return after(at_review(office=office), ev.Continued(), *REST)


def recorded_by(session: Session) -> Preregistration:
    """What "Conferma e invia" asks to record."""
    (effect,) = effects_of(session, ev.Continued())
    assert isinstance(effect, Record)
    return effect.preregistration


def receipt_for(operation: Preregistration, *, again: bool = False) -> Receipt:
    """The receipt that the store gives for an operation."""
    return Receipt(
        operation_id=OPERATION,
        registration_number=NUMBER.text,
        grouped=NUMBER.grouped,
        operation_hash="ab" * 32,
        recorded_at=datetime(2026, 11, 22, 9, 41, tzinfo=UTC),
        station=OFFICE.station,
        office=OFFICE.name,
        proof="SPT1:ABC",
        language=operation.language,
        preregistration=replace(operation, registration_number=NUMBER.text),
        again=again,
    )


def at_done(office: OfficeInfo = OFFICE) -> Session:
    """The receipt is on the screen, its papers are being printed."""
    session = at_summary(office)
    receipt = receipt_for(recorded_by(session))
    return after(session, ev.Continued(), ev.Recorded(receipt))
