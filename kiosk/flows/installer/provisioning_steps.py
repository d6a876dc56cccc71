"""The transitions of a device that becomes a station; their states are in `provisioning`."""

from __future__ import annotations

import re
from typing import Final

from kiosk.flows import events
from kiosk.flows.effects import AbandonScan, Effect, ScanBarcode, ScanPurpose
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.installer.effects import (
    AskOn,
    KeepCode,
    StartStation,
    UseCode,
    UseStick,
    UseToken,
    WriteRequest,
)
from kiosk.flows.installer.events import CodeKept, CodeTyped, EnrolmentStage, EnrolmentTold
from kiosk.flows.installer.provisioning import (
    STICK,
    TYPE,
    WRITE,
    AtWork,
    ChooseWay,
    EnrolmentFailed,
    ProvisioningState,
    Ready,
    ScanningToken,
    TypeAddress,
    TypeCode,
    WaitForApproval,
)
from kiosk.flows.office import Surroundings
from kiosk.flows.steps.scanning import SCAN

Move = tuple[ProvisioningState, tuple[Effect, ...]]

_ADDRESS: Final = re.compile(r"https?://[!-~]{1,180}")
_LONGEST_ADDRESS: Final = 200
_LONGEST_CODE: Final = 60
_NOT_BEGUN: Final = ChooseWay | ScanningToken | TypeAddress | TypeCode


def step(state: ProvisioningState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    if isinstance(event, EnrolmentTold):
        return _told(state, event)
    if isinstance(event, events.BarcodeTyped) and isinstance(state, _NOT_BEGUN):
        ending = (AbandonScan(),) if isinstance(state, ScanningToken) else ()
        return ChooseWay(), (*ending, UseToken(event.text))
    match state:
        case ChooseWay():
            return _choose(state, event, around)
        case ScanningToken():
            return _scanning(state, event, around)
        case TypeAddress():
            return _address(state, event)
        case TypeCode():
            return _code(state, event, around)
        case WaitForApproval():
            return _waiting(state, event)
        case EnrolmentFailed():
            return _failed(state, event)
        case Ready():
            return state, (StartStation(),) if isinstance(event, events.Continued) else ()
        case _:
            return state, ()


def _told(state: ProvisioningState, told: EnrolmentTold) -> Move:
    """What the runtime tells rules; only a page on which somebody types is not taken away."""
    if told.stage is EnrolmentStage.NEEDS_CODE:
        if isinstance(state, _NOT_BEGUN) and not isinstance(state, ChooseWay) and not told.code:
            return state, ()
        ending = (AbandonScan(),) if isinstance(state, ScanningToken) else ()
        return ChooseWay(told.code, told.stick), ending
    if told.stage is EnrolmentStage.READY:
        return Ready(told), ()
    if told.stage is EnrolmentStage.WAITING:
        return WaitForApproval(told), ()
    if told.code:
        return EnrolmentFailed(told), ()
    return AtWork(told), ()


def _choose(state: ChooseWay, event: Event, around: Surroundings) -> Move:
    match event:
        case events.OptionChosen(value) if value == SCAN and around.office.scans_codes:
            return ScanningToken(), (ScanBarcode(around.session_id, ScanPurpose.ENROLMENT),)
        case events.OptionChosen(value) if value == TYPE:
            needs_address = not around.office.enrolment_address
            return (TypeAddress() if needs_address else TypeCode("")), (KeepCode(""),)
        case events.OptionChosen(value) if value == STICK:
            return ChooseWay(stick=state.stick), (UseStick(),)
        case _:
            return state, ()


def _scanning(state: ScanningToken, event: Event, around: Surroundings) -> Move:
    match event:
        case events.BarcodeRead(session_id, ScanPurpose.ENROLMENT, value) if (
            session_id == around.session_id
        ):
            return ChooseWay(), (UseToken(value),)
        case events.ScanFailed(session_id, code) if session_id == around.session_id:
            return ChooseWay("" if code.endswith(".abandoned") else code), ()
        case events.Refused() | events.Back():
            return ChooseWay(), (AbandonScan(),)
        case _:
            return state, ()


def _address(state: TypeAddress, event: Event) -> Move:
    match event:
        case events.TextChanged(text) if len(text) <= _LONGEST_ADDRESS:
            return TypeAddress(TextEntry(text)), ()
        case events.TextDone() | events.Continued():
            text = state.entry.text.strip().rstrip("/")
            if text and "://" not in text:
                text = f"https://{text}"
            if _ADDRESS.fullmatch(text):
                return TypeCode(text), ()
            return TypeAddress(state.entry, wrong=True), ()
        case events.Back():
            return ChooseWay(), ()
        case _:
            return state, ()


def _code(state: TypeCode, event: Event, around: Surroundings) -> Move:
    match event:
        case CodeTyped(text) if len(text) <= _LONGEST_CODE:
            return TypeCode(state.address, len(text)), (KeepCode(text),)
        case CodeKept(length, problem) if length == state.length:
            return TypeCode(state.address, length, problem), ()
        case events.TextDone() | events.Continued() if state.length:
            return state, (UseCode(state.address),)
        case events.Back():
            back = ChooseWay() if around.office.enrolment_address else TypeAddress()
            return back, (KeepCode(""),)
        case _:
            return state, ()


def _waiting(state: WaitForApproval, event: Event) -> Move:
    match event:
        case events.Continued():
            return state, (AskOn(),)
        case events.OptionChosen(value) if value == WRITE and state.told.stick:
            return state, (WriteRequest(),)
        case events.OptionChosen(value) if value == STICK and state.told.stick:
            return state, (UseStick(),)
        case _:
            return state, ()


def _failed(state: EnrolmentFailed, event: Event) -> Move:
    match event:
        case events.Continued():
            return state, (AskOn(),)
        case _:
            return state, ()
