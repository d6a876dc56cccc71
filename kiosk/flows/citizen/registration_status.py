"""Where a registration made on this kiosk stands; shows no personal data.

AskNumber -> LookingUp -> Found | NotFound | LookUpFailed

The number is typed, or its code on the receipt is read: by the camera (`steps.scanning`) or by a hand
scanner.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, assert_never

from kiosk.flows import events
from kiosk.flows.effects import Effect, LookUpStatus, ScanBarcode
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event, Standing
from kiosk.flows.office import Surroundings
from kiosk.flows.scanned import registration_number_in
from kiosk.flows.steps.scanning import SCAN, ForStatus, ScanningCode
from kiosk.flows.welcome import Ended, EndReason, Welcome
from sync.model import registration_number
from sync.model.errors import Problem

_LONGEST: Final = 40
"""Characters that the field takes: a number with separators, generously."""


@dataclass(frozen=True, slots=True)
class AskNumber:
    """The field for the number of the registration."""

    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class LookingUp:
    """The station looks into its outbox; `number` is canonical."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The standing of `grouped`; `Continued` ends, `Back` asks another number."""

    grouped: str = field(repr=False)
    standing: Standing


@dataclass(frozen=True, slots=True)
class NotFound:
    """A right number that this station did not issue."""

    grouped: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpFailed:
    """The outbox cannot be read now; `Continued` tries again."""

    number: str = field(repr=False)
    code: str


RegistrationStatusState = AskNumber | LookingUp | Found | NotFound | LookUpFailed

Move = tuple[RegistrationStatusState | ScanningCode | Welcome | Ended, tuple[Effect, ...]]
LookUp = tuple[AskNumber | LookingUp, tuple[Effect, ...]]


def step(state: RegistrationStatusState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case AskNumber():
            return _ask_number(state, event, around)
        case LookingUp():
            return _looking_up(state, event, around)
        case Found() | NotFound():
            return _answered(state, event)
        case LookUpFailed():
            return _look_up_failed(state, event, around)
        case _:
            assert_never(state)


def _ask_number(state: AskNumber, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text) if len(text) <= _LONGEST:
            return AskNumber(TextEntry(text)), ()
        case events.TextChanged():
            return AskNumber(state.entry, Problem("registration-number.length", details=_NINE)), ()
        case events.TextDone() | events.Continued():
            return look_up_typed(state.entry.text, around)
        case events.OptionChosen(value) if value == SCAN and around.office.scans_codes:
            errand = ForStatus()
            return ScanningCode(errand), (ScanBarcode(around.session_id, errand.purpose),)
        case events.BarcodeTyped(text):
            return look_up_scanned(text, around)
        case events.Back():
            return Welcome(), ()
        case _:
            return state, ()


_NINE: Final = (("expected", str(registration_number.LENGTH)),)


def look_up_typed(text: str, around: Surroundings) -> LookUp:
    """Look for a number as somebody wrote it, or say what is wrong with it."""
    number = registration_number.parse(text)
    if isinstance(number, Problem):
        return AskNumber(TextEntry(text), number), ()
    return _look_up(number.text, around)


def look_up_scanned(text: str, around: Surroundings) -> LookUp:
    """Look for the number of a scanned code, or say that it has none."""
    number = registration_number_in(text)
    if number is None:
        return AskNumber(problem=Problem("scan.no-number")), ()
    return _look_up(number, around)


def _look_up(number: str, around: Surroundings) -> LookUp:
    return LookingUp(number), (LookUpStatus(around.session_id, number),)


def _looking_up(state: LookingUp, event: Event, around: Surroundings) -> Move:
    asked = (around.session_id, state.number)
    match event:
        case events.StatusFound(session_id, number, standing) if (session_id, number) == asked:
            return Found(_grouped(number), standing), ()
        case events.StatusUnknown(session_id, number) if (session_id, number) == asked:
            return NotFound(_grouped(number)), ()
        case events.StatusFailed(session_id, number, code) if (session_id, number) == asked:
            return LookUpFailed(number, code), ()
        case events.Back():
            return AskNumber(TextEntry(_grouped(state.number))), ()
        case _:
            return state, ()


def _grouped(number: str) -> str:
    parsed = registration_number.parse(number)
    return number if isinstance(parsed, Problem) else parsed.grouped


def _answered(state: Found | NotFound, event: Event) -> Move:
    match event:
        case events.Continued():
            return Ended(EndReason.FINISHED), ()
        case events.Back():
            return AskNumber(), ()
        case _:
            return state, ()


def _look_up_failed(state: LookUpFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _look_up(state.number, around)
        case events.Back():
            return AskNumber(TextEntry(_grouped(state.number))), ()
        case _:
            return state, ()
