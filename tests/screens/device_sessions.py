"""Sessions to draw of fingers, codes, the identification and readiness, and what devices see."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

from PIL import Image, ImageDraw

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    Finger,
    FingerAdvice,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
    Hand,
)
from hw.pictures import Frame, PixelFormat
from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen import identification as act_states
from kiosk.flows.citizen.identity_check import VerdictPage
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.installer import readiness as ready_states
from kiosk.flows.installer.readiness import Findings, TestResult
from kiosk.flows.papers import Paper, PrintState
from kiosk.flows.receipt import Act, ActReceipt
from kiosk.flows.state import Activity
from kiosk.flows.steps import fingerprint as finger_states
from kiosk.flows.steps import scanning as scan_states
from kiosk.flows.steps.fingerprint import ExcusedHand, Fingers
from sync.model import readiness as readiness_model
from sync.model.dates import PartialDate
from sync.model.identification import DocumentSeen, Excuse, Identification, SeenKind, Way
from sync.model.readiness import ReadinessReport
from tests.screens.check_sessions import TODAY, reading

WHEN = datetime(2026, 5, 4, 9, 41, tzinfo=UTC)

CANDIDATE = Candidate(
    codice_fiscale="RSSMRA48C59L219O",
    surname="Rossi",
    name="Maria",
    birth_date=PartialDate(1948, 3, 19),
    document=DocumentSeen(SeenKind.IDENTITY_CARD, "sound", ("genuine", "unaltered")),
)
RIGHT_INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)
LEFT_MIDDLE = FingerPosition(Hand.LEFT, Finger.MIDDLE)


def template(position: FingerPosition, quality: int = 78) -> FingerTemplate:
    """A finger that was taken."""
    return FingerTemplate(position, b"FP3", "libfprint.fp3", quality, 34, 3)


TAKEN = template(RIGHT_INDEX)
BOTH = Fingers((TAKEN, template(LEFT_MIDDLE, 41)))
ONE = Fingers((TAKEN, ExcusedHand(Hand.LEFT, Excuse.BANDAGED)))
NONE = Fingers(
    (ExcusedHand(Hand.RIGHT, Excuse.BANDAGED), ExcusedHand(Hand.LEFT, Excuse.UNREADABLE))
)


def taking(progress: FingerProgress) -> finger_states.TakingFinger:
    """The page of a taking that has come so far."""
    return finger_states.TakingFinger(CANDIDATE, Fingers(), RIGHT_INDEX, progress)


def _fingers() -> dict[str, Activity]:
    phase = FingerPhase
    found: dict[str, Activity] = {
        "finger-notice": finger_states.Notice(CANDIDATE),
        "finger-choose-right": finger_states.ChooseFinger(CANDIDATE, Fingers(), Hand.RIGHT),
        "finger-choose-left": finger_states.ChooseFinger(CANDIDATE, Fingers((TAKEN,)), Hand.LEFT),
        "finger-excuse": finger_states.ChooseExcuse(CANDIDATE, Fingers(), Hand.RIGHT),
        "finger-preparing": taking(FingerProgress(phase.PREPARING)),
        "finger-place": taking(FingerProgress(phase.PLACE)),
        "finger-taking": taking(FingerProgress(phase.TAKING, 1)),
        "finger-lift": taking(FingerProgress(phase.LIFT, 2)),
        "finger-recovering": taking(FingerProgress(phase.RECOVERING, 1)),
        "finger-comparing": finger_states.ComparingFinger(
            CANDIDATE, BOTH, TAKEN, FingerProgress(phase.PLACE, wanted=1)
        ),
        "finger-failed": finger_states.FingerFailed(
            CANDIDATE, Fingers(), RIGHT_INDEX, "fingerprint.absent"
        ),
        "finger-failed-away": finger_states.FingerFailed(
            CANDIDATE, Fingers(), RIGHT_INDEX, "fingerprint.absent", away=True
        ),
        "finger-failed-comparing": finger_states.FingerFailed(
            CANDIDATE, BOTH, RIGHT_INDEX, "fingerprint.absent", comparing=TAKEN
        ),
        "finger-review": finger_states.Review(CANDIDATE, BOTH),
        "finger-review-excused": finger_states.Review(CANDIDATE, ONE),
        "finger-review-same": finger_states.Review(CANDIDATE, BOTH, same=True),
        "finger-review-not-same": finger_states.Review(CANDIDATE, BOTH, same=False),
    }
    for advice in FingerAdvice:
        found[f"finger-{advice.value}"] = taking(FingerProgress(phase.PLACE, 1, advice=advice))
    return found


def _scans() -> dict[str, Activity]:
    status = scan_states.ForStatus()
    return {
        "scan-receipt": scan_states.ScanningCode(status),
        "scan-failed": scan_states.CodeNotScanned(status, "barcode.none-found"),
        "scan-failed-away": scan_states.CodeNotScanned(status, "camera.absent", away=True),
    }


def identification(way: Way) -> Identification:
    """What was recorded of the candidate."""
    return Identification(
        codice_fiscale=CANDIDATE.codice_fiscale,
        surname=CANDIDATE.surname,
        name=CANDIDATE.name,
        birth_date=CANDIDATE.birth_date,
        document=CANDIDATE.document,
        way=way,
        fingers=(),
    )


def _receipt(act: Act) -> ActReceipt:
    return ActReceipt(UUID(int=2), WHEN, "kiosk-0001", "Comune di Esempio", "it", act)


def _slip(state: PrintState, code: str | None = None) -> tuple[Paper, ...]:
    return (Paper(PrintedDocument.IDENTIFICATION_SLIP, state, code, 1),)


def _acts() -> dict[str, Activity]:
    confirm = act_states.Confirm(CANDIDATE, Way.FINGERPRINTS, BOTH)
    act = identification(Way.FINGERPRINTS)
    return {
        "identify-intro": act_states.Intro(VerdictPage(reading()), CANDIDATE),
        "identify-choose-way": act_states.ChooseWay(replace(CANDIDATE, pin_proven=False)),
        "identify-empty-hands": act_states.ChooseWay(CANDIDATE, NONE),
        "identify-confirm": confirm,
        "identify-confirm-operator": replace(confirm, way=Way.OPERATOR, fingers=Fingers()),
        "identify-recording": act_states.Recording(act),
        "identify-record-failed": act_states.RecordFailed(act, "store.full"),
        "identify-done": act_states.Done(_receipt(act), _slip(PrintState.UNSEEN)),
        "identify-done-printing": act_states.Done(_receipt(act), _slip(PrintState.PRINTING)),
        "identify-done-may-come": act_states.Done(
            _receipt(act), _slip(PrintState.UNSEEN, "printer.interrupted")
        ),
        "identify-done-operator": act_states.Done(
            _receipt(identification(Way.OPERATOR)),
            _slip(PrintState.FAILED, "printer.paper-out"),
        ),
    }


_AWAY = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.absent")
_HEALTH = (
    DeviceHealth(DeviceKind.CARD_READER, DeviceState.WORKING, "Emulated Reader 00 00"),
    DeviceHealth(
        DeviceKind.FINGERPRINT,
        DeviceState.AWAY,
        "05ba:000a",
        _AWAY,
        _AWAY,
        WHEN,
        faults=2,
        mended=1,
        seconds_to_service=4.26,
    ),
    DeviceHealth(
        DeviceKind.CAMERA,
        DeviceState.MENDING,
        "HD USB Camera: v4l2",
        DeviceTrouble(TroubleKind.ABSENT, "camera.absent"),
        DeviceTrouble(TroubleKind.ABSENT, "camera.absent"),
        WHEN,
        faults=1,
    ),
    DeviceHealth(DeviceKind.PAGE_PRINTER, DeviceState.WORKING, "HP LaserJet Pro M404dn"),
    DeviceHealth(
        DeviceKind.SLIP_PRINTER,
        DeviceState.DEGRADED,
        "socket://slip.example:9100",
        DeviceTrouble(TroubleKind.ABSENT, "printer.paper-low"),
        DeviceTrouble(TroubleKind.ABSENT, "printer.paper-low"),
        WHEN,
        faults=1,
    ),
    DeviceHealth(DeviceKind.SPEAKER, DeviceState.NOT_FITTED),
)
KNOWN = Findings(
    _HEALTH,
    (
        TestResult(DeviceKind.CARD_READER),
        TestResult(DeviceKind.PAGE_PRINTER, "printer.test-not-seen"),
    ),
    watching=True,
)
READY = Findings(
    tuple(
        replace(one, state=DeviceState.WORKING, trouble=None)
        for one in _HEALTH
        if one.kind is not DeviceKind.SPEAKER
    ),
    tuple(TestResult(one.kind) for one in _HEALTH),
    watching=True,
)
REPORT = ReadinessReport(
    office="Comune di Esempio",
    role="installer",
    software="0.3.0",
    made_on=TODAY,
    devices=(
        readiness_model.DeviceChecked(
            kind=readiness_model.DeviceKind.CAMERA,
            state=readiness_model.DeviceState.WORKING,
            model="",
            last_code=None,
            tested=True,
            passed=True,
            milliseconds_to_service=None,
        ),
    ),
)


def _readiness() -> dict[str, Activity]:
    page = PrintedDocument.READINESS_REPORT
    found: dict[str, Activity] = {
        "ready-list": ready_states.DeviceList(KNOWN),
        "ready-list-empty": ready_states.DeviceList(),
        "ready-device-away": ready_states.DevicePage(KNOWN, DeviceKind.FINGERPRINT),
        "ready-device-tested": ready_states.DevicePage(KNOWN, DeviceKind.PAGE_PRINTER),
        "ready-device-not-fitted": ready_states.DevicePage(KNOWN, DeviceKind.SPEAKER),
        "ready-report": ready_states.ReportPage(KNOWN),
        "ready-report-good": ready_states.ReportPage(READY),
        "ready-recording": ready_states.RecordingReport(KNOWN, REPORT),
        "ready-record-failed": ready_states.ReportFailed(KNOWN, REPORT, "store.full"),
        "ready-done": ready_states.ReportDone(
            KNOWN, _receipt(REPORT), (Paper(page, PrintState.PRINTED, None, 1),)
        ),
        "ready-done-failed": ready_states.ReportDone(
            KNOWN, _receipt(REPORT), (Paper(page, PrintState.FAILED, "printer.paper-out", 1),)
        ),
    }
    for kind in DeviceKind:
        found[f"ready-testing-{kind.value}"] = ready_states.TestingDevice(KNOWN, kind)
    for kind in ready_states.JUDGED_BY_EYE:
        found[f"ready-judging-{kind.value}"] = ready_states.JudgingTest(KNOWN, kind)
    return found


def device_activities() -> dict[str, Activity]:
    """One activity for each state of them, by the picture's name."""
    return {**_fingers(), **_scans(), **_acts(), **_readiness()}


class StillPicture:
    """A live source that shows one picture, of which each look counts as a new one.

    Attributes:
        looks: how often somebody looked.
    """

    def __init__(self, picture: Image.Image) -> None:
        self._size = picture.size
        self._format = PixelFormat.GREY if picture.mode == "L" else PixelFormat.RGB
        self._pixels = picture.tobytes()
        self.looks = 0
        self.still = True

    def latest(self, after: int = -1) -> Frame | None:
        """The picture; once, where it stands still."""
        if self.still and after >= 0:
            return None
        self.looks += 1
        width, height = self._size
        return Frame(width, height, self._format, self._pixels, after + 1, 0.0)


def drawn_card() -> Image.Image:
    """A hand's width of desk with a card on it, red in the upper left corner."""
    picture = Image.new("RGB", (640, 360), "#4C5A66")
    pencil = ImageDraw.Draw(picture)
    pencil.rounded_rectangle((150, 76, 490, 290), 14, fill="#E8EEF2")
    for number in range(46):
        if number * 7 % 5 < 3:
            pencil.rectangle((182 + 6 * number, 120, 185 + 6 * number, 190), fill="#101820")
    pencil.rectangle((182, 220, 360, 232), fill="#9AA7B2")
    pencil.rectangle((0, 0, 23, 23), fill="#FF0000")
    return picture


def drawn_finger() -> Image.Image:
    """Nobody's finger on a sensor: arches, nothing that was taken from a person."""
    picture = Image.new("L", (384, 290), 236)
    pencil = ImageDraw.Draw(picture)
    for radius in range(12, 150, 14):
        box = (192 - radius, 145 - radius * 0.95, 192 + radius, 145 + radius * 0.95)
        pencil.ellipse(box, outline=60, width=5)
    return picture
