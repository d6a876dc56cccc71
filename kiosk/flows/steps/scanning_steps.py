"""The transitions of reading a code with the camera; their states are in `scanning`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hw.device_health import DeviceKind
from kiosk.flows import events, pages
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen import procedure_codes, registration_status
from kiosk.flows.citizen.asking import Next, step_asking
from kiosk.flows.citizen.preregistration import Form, Origin
from kiosk.flows.citizen.procedure import AskCode, AskCodiceFiscale
from kiosk.flows.citizen.registration_status import AskNumber, RegistrationStatusState
from kiosk.flows.effects import (
    AbandonScan,
    Effect,
    ScanBarcode,
    StopWatchingDevices,
    WatchDevices,
)
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.scanned import codice_fiscale_in
from kiosk.flows.steps.fingerprint_steps import is_back, serves
from kiosk.flows.steps.scanning import (
    CodeNotScanned,
    ForForm,
    ForProcedure,
    ForStatus,
    ScanErrand,
    ScanningCode,
    ScanningState,
)
from sync.model.errors import Problem

Move = tuple[
    ScanningState | Next | RegistrationStatusState | AskCodiceFiscale | AskCode, tuple[Effect, ...]
]

_ABANDONED: Final = "barcode.abandoned"
_CODES: Final = (QuestionId.CODICE_FISCALE, QuestionId.DELEGATE_CODICE_FISCALE)
"""Questions whose answer stands in a bar code of the card."""


def can_scan(question: QuestionId) -> bool:
    """Whether a question's answer can be read from a code."""
    return question in _CODES


def begin(errand: ScanErrand, around: Surroundings) -> tuple[ScanningCode, tuple[Effect, ...]]:
    """Look for the code."""
    return ScanningCode(errand), (ScanBarcode(around.session_id, errand.purpose),)


def answered(
    form: Form, question: QuestionId, origin: Origin, code: str, around: Surroundings
) -> Next:
    """A question answered by a code: the next page, or its own with what is wrong."""
    page = pages.open_page(form, question, around, origin)
    page = replace(page, entry=pages.typed(page, code, around), problem=None)
    return step_asking(page, events.TextDone(), around)


def typed(
    form: Form, question: QuestionId, origin: Origin, text: str, around: Surroundings
) -> Next:
    """A question answered by what a hand scanner typed."""
    code = codice_fiscale_in(text)
    if code is None:
        page = pages.open_page(form, question, around, origin)
        return replace(page, problem=Problem("scan.no-codice-fiscale"))
    return answered(form, question, origin, code, around)


def step(state: ScanningState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state, event:
        case ScanningCode(errand), events.BarcodeRead(session_id, purpose, value) if (
            session_id == around.session_id and purpose is errand.purpose
        ):
            return _read(errand, value, around)
        case ScanningCode(errand), events.ScanFailed(session_id, code) if (
            session_id == around.session_id and code != _ABANDONED
        ):
            return CodeNotScanned(errand, code), (WatchDevices(),)
        case ScanningCode(errand), events.Refused() | events.Back():
            return _field(errand, around), (AbandonScan(),)
        case CodeNotScanned(errand), events.Continued():
            return _again(errand, around)
        case CodeNotScanned(errand), events.DeviceTold(health) if health.kind is DeviceKind.CAMERA:
            if is_back(health, away=state.away):
                return _again(errand, around)
            return replace(state, away=state.away or not serves(health)), ()
        case CodeNotScanned(errand), events.Refused() | events.Back():
            return _field(errand, around), (StopWatchingDevices(),)
        case _, events.BarcodeTyped(text):
            return _by_hand_scanner(state, text, around)
        case _:
            return state, ()


def _again(errand: ScanErrand, around: Surroundings) -> Move:
    state, effects = begin(errand, around)
    return state, (StopWatchingDevices(), *effects)


def _read(errand: ScanErrand, value: str, around: Surroundings) -> Move:
    match errand:
        case ForForm(form, question, origin):
            return answered(form, question, origin, value, around), ()
        case ForStatus():
            return registration_status.look_up_typed(value, around)
        case ForProcedure(visit):
            return procedure_codes.codice_fiscale_typed(visit, value)


def _field(errand: ScanErrand, around: Surroundings) -> Next | AskNumber | AskCodiceFiscale:
    """The field that is typed instead."""
    match errand:
        case ForForm(form, question, origin):
            return pages.open_page(form, question, around, origin)
        case ForStatus():
            return AskNumber()
        case ForProcedure(visit):
            return AskCodiceFiscale(visit)


def _by_hand_scanner(state: ScanningState, text: str, around: Surroundings) -> Move:
    """A hand scanner was quicker than the camera."""
    ending: Effect = AbandonScan() if isinstance(state, ScanningCode) else StopWatchingDevices()
    match state.errand:
        case ForForm(form, question, origin):
            return typed(form, question, origin, text, around), (ending,)
        case ForStatus():
            page, effects = registration_status.look_up_scanned(text, around)
            return page, (ending, *effects)
        case ForProcedure(visit):
            asked, effects = procedure_codes.codice_fiscale_scanned(visit, text)
            return asked, (ending, *effects)
