"""The first half of a procedure: who came, codice fiscale, code, PIN, and what the hub says of them.

The states are in `procedure`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from kiosk.flows import events
from kiosk.flows.citizen import procedure_choices
from kiosk.flows.citizen.procedure import (
    FOR_ANOTHER,
    FOR_MYSELF,
    TYPE_ALL,
    AskCode,
    AskCodiceFiscale,
    AskPin,
    CheckingCodes,
    CodesRefused,
    CodesUnchecked,
    Intro,
    Procedure,
    ProcedureState,
    Purpose,
    ReadingCard,
    Typed,
    Visit,
)
from kiosk.flows.effects import AbandonReading, Effect, ReadCard, ScanBarcode, WatchCard
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.home_effects import (
    AbandonCodes,
    ForgetSecrets,
    KeepSecret,
    SecretField,
    ShowCodes,
)
from kiosk.flows.home_events import CodesAccepted, CodesDenied, SecretTyped
from kiosk.flows.home_events import CodesUnchecked as Unchecked
from kiosk.flows.office import Surroundings
from kiosk.flows.scanned import codice_fiscale_in
from kiosk.flows.steps.scanning import SCAN, ForProcedure, ScanningCode
from kiosk.flows.welcome import Ended, EndReason, Welcome
from sync.model import codes, codice_fiscale
from sync.model.errors import Problem

Before = (
    Intro
    | AskCodiceFiscale
    | ReadingCard
    | AskCode
    | AskPin
    | CheckingCodes
    | CodesRefused
    | CodesUnchecked
)
Move = tuple[ProcedureState | ScanningCode | Welcome | Ended, tuple[Effect, ...]]

_LONGEST: Final = 40
"""Characters that the field of the codice fiscale takes."""
_LONGEST_SECRET: Final = 40
"""Characters of a code with its separators, generously; a longer text is not kept."""


def step(state: Before, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case Intro():
            return _intro(state, event)
        case AskCodiceFiscale():
            return _ask_codice_fiscale(state, event, around)
        case ReadingCard():
            return _reading_card(state, event, around)
        case AskCode() | AskPin():
            return _ask_secret(state, event, around)
        case CheckingCodes():
            return _checking(state, event, around)
        case CodesRefused():
            return _refused(state, event)
        case CodesUnchecked():
            return _unchecked(state, event, around)
        case _:
            assert_never(state)


def _intro(state: Intro, event: Event) -> Move:
    match event:
        case events.OptionChosen(value) if value in {FOR_MYSELF, FOR_ANOTHER}:
            visit = Visit(state.purpose, for_another=value == FOR_ANOTHER)
            return AskCodiceFiscale(visit), (WatchCard(),)
        case events.Refused():
            return Ended(EndReason.STOPPED), ()
        case events.Back():
            return Welcome(), ()
        case _:
            return state, ()


# --- the codice fiscale


def _ask_codice_fiscale(state: AskCodiceFiscale, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text) if len(text) <= _LONGEST:
            return AskCodiceFiscale(state.visit, TextEntry(text)), ()
        case events.TextDone() | events.Continued():
            return codice_fiscale_typed(state.visit, state.entry.text)
        case events.OptionChosen(value) if value == SCAN and around.office.scans_codes:
            errand = ForProcedure(state.visit)
            return ScanningCode(errand), (ScanBarcode(around.session_id, errand.purpose),)
        case events.BarcodeTyped(text):
            return codice_fiscale_scanned(state.visit, text)
        case events.CardInserted():
            return ReadingCard(state.visit), (ReadCard(around.session_id),)
        case events.Back():
            return Intro(state.visit.purpose), (ForgetSecrets(),)
        case _:
            return state, ()


def codice_fiscale_typed(
    visit: Visit, text: str
) -> tuple[AskCodiceFiscale | AskCode, tuple[Effect, ...]]:
    """The code's page, or what is wrong with the codice fiscale."""
    if not text.strip():
        return AskCodiceFiscale(visit, problem=Problem("codice-fiscale.empty")), ()
    parsed = codice_fiscale.parse(text)
    if isinstance(parsed, Problem):
        return AskCodiceFiscale(visit, TextEntry(text), parsed), ()
    return _ask_code(replace(visit, codice_fiscale=parsed.text))


def codice_fiscale_scanned(
    visit: Visit, text: str
) -> tuple[AskCodiceFiscale | AskCode, tuple[Effect, ...]]:
    """The same for what a scanner read."""
    code = codice_fiscale_in(text)
    if code is None:
        return AskCodiceFiscale(visit, problem=Problem("scan.no-codice-fiscale")), ()
    return codice_fiscale_typed(visit, code)


def _reading_card(state: ReadingCard, event: Event, around: Surroundings) -> Move:
    visit = state.visit
    match event:
        case events.CardRead(session_id, card) if session_id == around.session_id:
            if isinstance(codice_fiscale.parse(card.codice_fiscale), Problem):
                return AskCodiceFiscale(visit, failure="card.record-field"), ()
            return AskCodiceFiscale(visit, TextEntry(card.codice_fiscale)), ()
        case events.CardReadFailed(session_id, code) if session_id == around.session_id:
            return AskCodiceFiscale(visit, failure=code), ()
        case events.ReaderFailed(code):
            return AskCodiceFiscale(visit, failure=code), (AbandonReading(),)
        case events.CardRemoved() | events.Back():
            return AskCodiceFiscale(visit), (AbandonReading(),)
        case _:
            return state, ()


# --- code and PIN


def _ask_code(visit: Visit) -> tuple[AskCode, tuple[Effect, ...]]:
    """The field stands empty, so nothing is kept."""
    return AskCode(visit), (ForgetSecrets((SecretField.CODE,), ticket=False),)


def _ask_pin(visit: Visit) -> tuple[AskPin, tuple[Effect, ...]]:
    return AskPin(visit), (ForgetSecrets((SecretField.PIN,), ticket=False),)


def _ask_secret(state: AskCode | AskPin, event: Event, around: Surroundings) -> Move:
    which = SecretField.CODE if isinstance(state, AskCode) else SecretField.PIN
    match event:
        case SecretTyped(field, text) if field is which and len(text) <= _LONGEST_SECRET:
            kept, fault = _judged(which, text)
            keep = KeepSecret(around.session_id, which, kept)
            return replace(state, typed=Typed(len(text), fault)), (keep,)
        case events.TextDone() | events.Continued():
            return _secret_done(state, around)
        case events.Back() if isinstance(state, AskPin):
            return _ask_code(state.visit)
        case events.Back():
            known = TextEntry(state.visit.codice_fiscale)
            return AskCodiceFiscale(state.visit, known), (ForgetSecrets(),)
        case _:
            return state, ()


def _judged(which: SecretField, text: str) -> tuple[str, Problem | None]:
    """The text to keep, canonical where it is right, and what is wrong with it."""
    parsed = codes.parse_code(text) if which is SecretField.CODE else codes.parse_pin(text)
    if isinstance(parsed, Problem):
        return text, parsed
    return parsed, None


def _secret_done(state: AskCode | AskPin, around: Surroundings) -> Move:
    visit, typed = state.visit, state.typed
    if typed.fault is not None:
        return replace(state, typed=replace(typed, problem=typed.fault)), ()
    if isinstance(state, AskCode) and visit.purpose.with_pin:
        return _ask_pin(visit)
    return _check(visit, around)


# --- the hub


def _check(visit: Visit, around: Surroundings) -> Move:
    with_pin = visit.purpose.with_pin
    show = ShowCodes(around.session_id, visit.codice_fiscale, with_pin=with_pin)
    return CheckingCodes(visit), (show,)


def _checking(state: CheckingCodes, event: Event, around: Surroundings) -> Move:
    here, visit = around.session_id, state.visit
    match event:
        case CodesAccepted(session_id, kind, steps, seconds, old) if session_id == here:
            opened = Procedure(visit, kind, steps, max(1, seconds), old)
            return procedure_choices.first_page(opened, around)
        case CodesDenied(session_id, code, wait) if session_id == here:
            return CodesRefused(visit, code, max(0, wait)), ()
        case Unchecked(session_id, code) if session_id == here:
            return CodesUnchecked(visit, code), ()
        case events.Back():
            page, effects = _last_asked(visit)
            return page, (AbandonCodes(), *effects)
        case _:
            return state, ()


def _last_asked(visit: Visit) -> tuple[AskCode | AskPin, tuple[Effect, ...]]:
    return _ask_pin(visit) if visit.purpose.with_pin else _ask_code(visit)


def _refused(state: CodesRefused, event: Event) -> Move:
    visit = state.visit
    match event:
        case events.Continued() if state.spent:
            return Ended(EndReason.FINISHED), ()
        case events.Continued() if state.wait_seconds == 0:
            return _last_asked(visit)
        case events.OptionChosen(value) if value == TYPE_ALL and state.wait_seconds == 0:
            return _from_the_start(visit)
        case events.Back():
            return _from_the_start(visit)
        case _:
            return state, ()


def _from_the_start(visit: Visit) -> tuple[AskCodiceFiscale, tuple[Effect, ...]]:
    return AskCodiceFiscale(visit, TextEntry(visit.codice_fiscale)), (ForgetSecrets(),)


def waited(state: CodesRefused, seconds: int) -> CodesRefused:
    """The page of a denial, so many seconds later."""
    return replace(state, wait_seconds=max(0, state.wait_seconds - max(0, seconds)))


def _unchecked(state: CodesUnchecked, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _check(state.visit, around)
        case events.Refused():
            return Ended(EndReason.STOPPED), ()
        case events.Back():
            return _last_asked(state.visit)
        case _:
            return state, ()


def begin(purpose: Purpose) -> Intro:
    """The first page of a procedure."""
    return Intro(purpose)
