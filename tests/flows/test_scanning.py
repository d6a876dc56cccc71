"""A codice fiscale from a card's bar code, a registration number from a receipt's."""

from __future__ import annotations

import subprocess
import sys
from typing import Final

import pytest

from hw.device_health import DeviceKind, DeviceState
from kiosk.flows import drafts, scanned
from kiosk.flows import events as ev
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen import registration_status
from kiosk.flows.citizen.preregistration import Asking
from kiosk.flows.effects import (
    AbandonScan,
    LookUpStatus,
    ScanBarcode,
    ScanPurpose,
    StopWatchingDevices,
    WatchDevices,
)
from kiosk.flows.session import Session, screen_name
from kiosk.flows.wording import wording
from sync.wire import proof
from tests.flows.devices import EQUIPPED, kinds, told
from tests.flows.walking import (
    NUMBER,
    OFFICE,
    OPERATION,
    SESSION,
    START,
    FlowStep,
    after,
    choose,
    effects_of,
    fresh,
    walk,
)

CODE: Final = "RSSMRA80A01H501U"
TO_CODE: Final = (*START, ev.Refused())
TO_NUMBER: Final = (ev.ServiceChosen(ev.Service.REGISTRATION_STATUS),)
FORM_SCAN: Final = ScanBarcode(SESSION, ScanPurpose.CODICE_FISCALE)
STATUS_SCAN: Final = ScanBarcode(SESSION, ScanPurpose.REGISTRATION_NUMBER)
FIELD: Final = "preregistration.asking.codice-fiscale"


def at_field() -> Session:
    """The codice fiscale is asked for."""
    return after(fresh(EQUIPPED), *TO_CODE)


def at_scan() -> Session:
    """The camera looks for it."""
    return after(at_field(), choose("scan"))


def read(value: str = CODE, purpose: ScanPurpose = ScanPurpose.CODICE_FISCALE) -> ev.Event:
    return ev.BarcodeRead(SESSION, purpose, value)


@pytest.mark.rule("R-001-2")
def test_a_codice_fiscale_that_was_scanned_is_answered_like_one_that_was_typed() -> None:
    walk(
        at_field(),
        FlowStep(choose("scan"), "scanning.codice-fiscale", (FORM_SCAN,)),
        FlowStep(read(), "preregistration.asking.surname"),
    )
    scanned, typed = (
        after(at_scan(), read()).activity,
        after(at_field(), ev.TextChanged(CODE), ev.TextDone()).activity,
    )
    assert scanned == typed


def test_without_a_camera_no_scan_is_offered() -> None:
    session = after(fresh(OFFICE), *TO_CODE)
    assert choose("scan") not in [action.event for action in wording(session).actions]
    assert screen_name(after(session, choose("scan"))) == FIELD


def test_only_a_codice_fiscale_is_scanned() -> None:
    session = after(at_scan(), read())
    assert screen_name(after(session, choose("scan"))) == "preregistration.asking.surname"
    assert after(session, ev.BarcodeTyped(CODE)) == session


def test_the_camera_may_be_left_for_the_keyboard_at_any_time() -> None:
    for touch in (ev.Refused(), ev.Back()):
        walk(at_scan(), FlowStep(touch, FIELD, (AbandonScan(),)))
    assert after(at_field(), read()) == at_field()


def test_what_was_not_looked_for_changes_nothing() -> None:
    session = at_scan()
    assert after(session, read(NUMBER.text, ScanPurpose.REGISTRATION_NUMBER)) == session
    assert after(session, ev.BarcodeRead(OPERATION, ScanPurpose.CODICE_FISCALE, CODE)) == session
    assert after(session, ev.ScanFailed(SESSION, "barcode.abandoned")) == session


def test_a_camera_that_was_pulled_looks_again_when_it_is_back() -> None:
    walk(
        at_scan(),
        FlowStep(ev.ScanFailed(SESSION, "camera.removed"), "scanning.failed", (WatchDevices(),)),
        FlowStep(told(DeviceKind.CAMERA, DeviceState.AWAY, "camera.removed"), "scanning.failed"),
        FlowStep(told(DeviceKind.FINGERPRINT), "scanning.failed"),
        FlowStep(
            told(DeviceKind.CAMERA), "scanning.codice-fiscale", (StopWatchingDevices(), FORM_SCAN)
        ),
    )


def test_a_camera_that_saw_nothing_looks_again_by_a_touch_alone() -> None:
    failed = after(at_scan(), ev.ScanFailed(SESSION, "barcode.none-found"))
    assert after(failed, told(DeviceKind.CAMERA)) == failed
    assert kinds(effects_of(failed, ev.Continued())) == [StopWatchingDevices, ScanBarcode]
    walk(failed, FlowStep(ev.Back(), FIELD, (StopWatchingDevices(),)))


def test_a_hand_scanner_fills_the_field_and_says_where_it_cannot() -> None:
    assert screen_name(after(at_field(), ev.BarcodeTyped(f"*{CODE}*"))) == (
        "preregistration.asking.surname"
    )
    wrong = after(at_field(), ev.BarcodeTyped("8001234567890")).activity
    assert isinstance(wrong, Asking)
    assert wrong.problem is not None
    assert wrong.problem.code == "scan.no-codice-fiscale"
    walk(
        at_scan(),
        FlowStep(ev.BarcodeTyped(CODE), "preregistration.asking.surname", (AbandonScan(),)),
    )


def test_a_hand_scanner_may_take_the_place_of_the_reader() -> None:
    inserting = after(fresh(EQUIPPED), *START)
    assert screen_name(after(inserting, ev.BarcodeTyped(CODE))) == "preregistration.asking.surname"
    assert after(inserting, ev.BarcodeTyped("8001234567890")) == inserting


def test_the_receipts_code_finds_the_registration() -> None:
    looked_up = (LookUpStatus(SESSION, NUMBER.text),)
    at_number = after(fresh(EQUIPPED), *TO_NUMBER)
    walk(
        at_number,
        FlowStep(choose("scan"), "scanning.registration-number", (STATUS_SCAN,)),
        FlowStep(
            read(NUMBER.text, ScanPurpose.REGISTRATION_NUMBER),
            "registration-status.looking-up",
            looked_up,
        ),
    )
    walk(
        at_number,
        FlowStep(ev.BarcodeTyped(NUMBER.text), "registration-status.looking-up", looked_up),
    )
    odd = after(at_number, ev.BarcodeTyped(CODE)).activity
    assert isinstance(odd, registration_status.AskNumber)
    assert odd.problem is not None
    assert odd.problem.code == "scan.no-number"
    scanning = after(at_number, choose("scan"))
    walk(scanning, FlowStep(ev.Back(), "registration-status.ask-number", (AbandonScan(),)))


def test_a_crash_before_the_camera_leads_back_to_the_question() -> None:
    first = after(at_field(), ev.TextChanged(CODE), ev.TextDone(), ev.Back())
    draft = drafts.draft_of(after(first, choose("scan")))
    assert draft is not None
    restored = drafts.session_from_draft(draft, fresh(EQUIPPED))
    assert restored is not None
    assert isinstance(restored.activity, Asking)
    assert restored.activity.question is QuestionId.CODICE_FISCALE


def test_help_does_not_stop_the_camera() -> None:
    session = after(at_scan(), ev.HelpOpened(), read())
    assert screen_name(session) == "preregistration.asking.surname+help"


def test_what_is_known_of_a_proof_here_is_what_it_is() -> None:
    assert scanned._PROOF == proof.PREFIX
    assert scanned._LONGEST >= proof.LONGEST_TEXT


def test_the_first_page_waits_for_no_cryptography() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys, kiosk.flows.session; print('cryptography' in sys.modules)",
        ],
        check=True,
        capture_output=True,
        text=True,
    )
    assert told.stdout.strip() == "False"
