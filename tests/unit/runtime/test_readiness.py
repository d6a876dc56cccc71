"""Trying devices out: each by its own port, told once, and ended without touching another's work."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import date
from uuid import uuid4

import pytest

from hw.device_health import DeviceHealth, DeviceKind, DeviceState, HealthListener
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    FingerComparison,
    FingerListener,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
)
from hw.paper import Certainty, Delivered
from hw.pictures import BarcodeReading, Frame, Symbology
from hw.readings import HealthCardReading
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.flows.scanned import TEST_TEXT
from kiosk.runtime import readiness as trying
from kiosk.runtime import turns
from kiosk.runtime.readiness import ABSENT, Readiness

PATIENCE = 5.0
STEP = FingerProgress(FingerPhase.PLACE)
CARD = HealthCardReading(
    issuer="6030",
    issued_on=date(2024, 1, 2),
    expires_on=date(2030, 1, 2),
    surname="ROSSI",
    name="MARIO",
    birth_date_text="01011980",
    sex="M",
    height="",
    codice_fiscale="RSSMRA80A01H501U",
    citizenship="",
    birth_comune="H501",
    birth_state="",
    birth_certificate="",
    residence_comune="L219",
    residence_address="VIA ROMA 1",
    expatriation_notes="",
    card_id="0123456789ABCDEF",
    doubtful=(),
)


def trouble(code: str) -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.REFUSED, code)


class Rig:
    """All devices of a station in one; each answers what is set, or waits until it is let go."""

    def __init__(self) -> None:
        self.cards: list[HealthCardReading | DeviceTrouble] = [CARD]
        self.taken: FingerTemplate | DeviceTrouble | None = None
        self.compared: FingerComparison | DeviceTrouble = FingerComparison(True, 1.0)  # noqa: FBT003
        self.texts: list[str] = [TEST_TEXT]
        self.printed: Delivered | DeviceTrouble = Delivered(4, Certainty.TAKEN)
        self.spoken: DeviceTrouble | None = None
        self.waits: DeviceKind | None = None
        self.deaf = False
        self.begun = threading.Event()
        self.over = threading.Event()
        self.let_go: list[DeviceKind] = []
        self.asked: list[object] = []
        self.listener: HealthListener | None = None

    def _wait(self, kind: DeviceKind) -> bool:
        """Whether the device was let go meanwhile."""
        if self.waits is not kind:
            return False
        self.begun.set()
        return self.over.wait(PATIENCE)

    def _abandoned(self, kind: DeviceKind) -> None:
        self.let_go.append(kind)
        if self.begun.is_set() and kind is self.waits and not self.deaf:
            self.over.set()

    def watch_devices(self, listener: HealthListener | None) -> None:
        self.listener = listener
        if listener is not None:
            listener(DeviceHealth(DeviceKind.CAMERA, DeviceState.WORKING))

    def mend_device(self, kind: DeviceKind) -> None:
        self.asked.append(kind)

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        if self._wait(DeviceKind.CARD_READER):
            return trouble("card.abandoned")
        return self.cards.pop(0) if len(self.cards) > 1 else self.cards[0]

    def abandon_reading(self) -> None:
        self._abandoned(DeviceKind.CARD_READER)

    def print_test(self, kind: DeviceKind, language: str) -> Delivered | DeviceTrouble:
        self.asked.append((kind, language))
        if self._wait(kind):
            return trouble("printer.abandoned")
        return self.printed

    def abandon_printing(self) -> None:
        self._abandoned(DeviceKind.SLIP_PRINTER)


class Sensor:
    """The rig's sensor."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def take(
        self,
        position: FingerPosition,
        told: FingerListener,
        *,
        unlike: tuple[FingerTemplate, ...] = (),
    ) -> FingerTemplate | DeviceTrouble:
        assert unlike == ()
        told(STEP)
        if self._rig._wait(DeviceKind.FINGERPRINT):
            return trouble("fingerprint.abandoned")
        return self._rig.taken or FingerTemplate(position, b"secret", "libfprint.fp3", 60, 30, 3)

    def compare(
        self, template: FingerTemplate, told: FingerListener
    ) -> FingerComparison | DeviceTrouble:
        assert template.data == b"secret"
        told(STEP)
        return self._rig.compared

    def abandon(self) -> None:
        self._rig._abandoned(DeviceKind.FINGERPRINT)

    @property
    def preview(self) -> Sensor:
        return self

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - the port's
        return None


class Scanner:
    """The rig's camera, as what finds codes in it."""

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def scan(
        self, wanted: frozenset[Symbology], accept: Callable[[str], bool]
    ) -> BarcodeReading | DeviceTrouble:
        assert wanted == {Symbology.CODE_39, Symbology.QR, Symbology.PDF_417}
        if self._rig._wait(DeviceKind.CAMERA):
            return trouble("barcode.abandoned")
        for text in self._rig.texts:
            if accept(text):
                return BarcodeReading(text, Symbology.QR, 3)
        return trouble("barcode.none-found")

    def abandon(self) -> None:
        self._rig._abandoned(DeviceKind.CAMERA)

    @property
    def preview(self) -> Scanner:
        return self

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - the port's
        return None


class Voice:
    """The rig's voice."""

    available = True

    def __init__(self, rig: Rig) -> None:
        self._rig = rig

    def say(
        self,
        text: str,
        language: str,
        *,
        unless: Callable[[], bool] | None = None,  # noqa: ARG002 - the port's
    ) -> DeviceTrouble | None:
        self._rig.asked.append((text, language))
        return self._rig.spoken

    def silence(self) -> None:
        self._rig._abandoned(DeviceKind.SPEAKER)

    def wait(self, seconds: float) -> bool:
        assert seconds > 0
        self._rig._wait(DeviceKind.SPEAKER)
        return True


@pytest.fixture
def rig() -> Rig:
    return Rig()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def desk(rig: Rig, told: list[Event], monkeypatch: pytest.MonkeyPatch) -> Iterator[Readiness]:
    monkeypatch.setattr(trying, "_GLANCE_SECONDS", 0.01)
    monkeypatch.setattr(trying, "_CARD_WAITS_SECONDS", 0.1)
    made = Readiness(
        rig,
        sensor=Sensor(rig),
        speaker=Voice(rig),
        scanner=Scanner(rig),
        print_test=rig.print_test,
        abandon_printing=rig.abandon_printing,
        post=told.append,
    )
    yield made
    made.stop()


def outcome(desk: Readiness, told: list[Event], kind: DeviceKind) -> str | None:
    """Test a device; the code that is told, once and last."""
    effect = effects.TestDevice(uuid4(), kind)
    desk.test(desk.expect(), effect, "en")
    answers = [each for each in told if isinstance(each, events.DeviceTested)]
    assert answers == [told[-1]]
    assert (answers[0].session_id, answers[0].kind) == (effect.session_id, kind)
    told.clear()
    return answers[0].code


@pytest.mark.parametrize("kind", DeviceKind, ids=lambda kind: kind.value)
def test_a_device_that_works_passes(desk: Readiness, told: list[Event], kind: DeviceKind) -> None:
    assert outcome(desk, told, kind) is None


@pytest.mark.parametrize("kind", DeviceKind, ids=lambda kind: kind.value)
def test_a_device_that_does_not_is_told_by_its_code(
    desk: Readiness, rig: Rig, told: list[Event], kind: DeviceKind
) -> None:
    rig.cards = [trouble("reader.service-absent")]
    rig.taken = trouble("fingerprint.removed")
    rig.texts = ["RSSMRA80A01H501U", "another text"]
    rig.printed = trouble("printer.paper-out")
    rig.spoken = trouble("speaker.failed")
    assert (
        outcome(desk, told, kind)
        == {
            DeviceKind.CARD_READER: "reader.service-absent",
            DeviceKind.FINGERPRINT: "fingerprint.removed",
            DeviceKind.CAMERA: "barcode.none-found",
            DeviceKind.PAGE_PRINTER: "printer.paper-out",
            DeviceKind.SLIP_PRINTER: "printer.paper-out",
            DeviceKind.SPEAKER: "speaker.failed",
        }[kind]
    )


def test_a_card_is_waited_for_a_while_and_any_card_will_do(
    desk: Readiness, rig: Rig, told: list[Event]
) -> None:
    absent, foreign = trouble("card.absent"), trouble("card.not-health-card")
    rig.cards = [absent, absent, foreign]
    assert outcome(desk, told, DeviceKind.CARD_READER) is None
    rig.cards = [absent]
    assert outcome(desk, told, DeviceKind.CARD_READER) == "card.absent"


def test_a_finger_is_taken_and_must_then_be_known_again(
    desk: Readiness, rig: Rig, told: list[Event]
) -> None:
    session_id = uuid4()
    desk.test(desk.expect(), effects.TestDevice(session_id, DeviceKind.FINGERPRINT), "it")
    assert told[:2] == [events.FingerProgressed(session_id, STEP)] * 2
    told.clear()
    rig.compared = FingerComparison(same=False, milliseconds=1.0)
    assert outcome(desk, told, DeviceKind.FINGERPRINT) == "fingerprint.no-match"
    rig.compared = trouble("fingerprint.removed")
    assert outcome(desk, told, DeviceKind.FINGERPRINT) == "fingerprint.removed"


def test_a_printer_prints_the_test_of_its_own_paper_in_the_persons_language(
    desk: Readiness, rig: Rig, told: list[Event]
) -> None:
    outcome(desk, told, DeviceKind.PAGE_PRINTER)
    outcome(desk, told, DeviceKind.SLIP_PRINTER)
    outcome(desk, told, DeviceKind.SPEAKER)
    assert [asked for asked in rig.asked if isinstance(asked, tuple)] == [
        (DeviceKind.PAGE_PRINTER, "en"),
        (DeviceKind.SLIP_PRINTER, "en"),
        ("1, 2, 3", "en"),
    ]


def test_a_station_without_sensor_and_camera_says_so(rig: Rig, told: list[Event]) -> None:
    bare = Readiness(
        rig,
        sensor=None,
        speaker=Voice(rig),
        scanner=None,
        print_test=rig.print_test,
        abandon_printing=rig.abandon_printing,
        post=told.append,
    )
    for kind in (DeviceKind.FINGERPRINT, DeviceKind.CAMERA):
        assert outcome(bare, told, kind) == ABSENT[kind]
    bare.abandon()
    bare.stop()
    assert set(ABSENT) == set(DeviceKind)


@pytest.mark.parametrize("kind", DeviceKind, ids=lambda kind: kind.value)
def test_a_test_that_was_abandoned_in_the_queue_never_begins(
    desk: Readiness, rig: Rig, told: list[Event], kind: DeviceKind
) -> None:
    turn = desk.expect()
    desk.abandon()
    desk.test(turn, effects.TestDevice(uuid4(), kind), "it")
    assert told == []
    assert rig.asked == []


@pytest.mark.parametrize(
    "kind",
    [kind for kind in DeviceKind if kind is not DeviceKind.PAGE_PRINTER],
    ids=lambda kind: kind.value,
)
def test_an_abandoned_test_ends_says_nothing_and_ends_no_other_device(
    desk: Readiness, rig: Rig, told: list[Event], kind: DeviceKind
) -> None:
    rig.waits = kind
    turn = desk.expect()
    thread = threading.Thread(
        target=lambda: desk.test(turn, effects.TestDevice(uuid4(), kind), "it")
    )
    thread.start()
    assert rig.begun.wait(PATIENCE)
    desk.abandon()
    before = list(told)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert rig.over.is_set()
    assert set(rig.let_go) == {kind}
    assert told == before
    assert not any(isinstance(each, events.DeviceTested) for each in told)


def test_a_test_that_hangs_does_not_end_what_the_next_person_does(
    desk: Readiness, rig: Rig, told: list[Event]
) -> None:
    """It is abandoned again and again, while the next one reads a card and gives a finger."""
    rig.waits, rig.deaf = DeviceKind.CAMERA, True
    turn = desk.expect()
    thread = threading.Thread(
        target=lambda: desk.test(turn, effects.TestDevice(uuid4(), DeviceKind.CAMERA), "it")
    )
    thread.start()
    assert rig.begun.wait(PATIENCE)
    desk.abandon()
    threading.Event().wait(4 * turns._INSIST_SECONDS)
    assert len(rig.let_go) > 1
    assert set(rig.let_go) == {DeviceKind.CAMERA}
    rig.over.set()
    thread.join(PATIENCE)
    assert told == []


def test_how_devices_stand_is_told_until_nobody_watches(
    desk: Readiness, rig: Rig, told: list[Event]
) -> None:
    desk.watch()
    assert told == [events.DeviceTold(DeviceHealth(DeviceKind.CAMERA, DeviceState.WORKING))]
    desk.stop_watching()
    assert rig.listener is None
    desk.watch()
    desk.stop()
    assert rig.listener is None


def test_mending_is_asked_of_the_rig(desk: Readiness, rig: Rig) -> None:
    desk.mend(DeviceKind.PAGE_PRINTER)
    assert rig.asked == [DeviceKind.PAGE_PRINTER]


def test_the_log_tells_devices_and_codes_and_nobodys_data(
    desk: Readiness, rig: Rig, told: list[Event], caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        for kind in DeviceKind:
            outcome(desk, told, kind)
        rig.printed = DeviceTrouble(TroubleKind.REFUSED, "printer.jam", (("who", "BIANCHI"),))
        outcome(desk, told, DeviceKind.PAGE_PRINTER)
        desk.mend(DeviceKind.CAMERA)
    assert caplog.text.count("passed") == len(DeviceKind)
    assert "printer.jam" in caplog.text
    for secret in ("ROSSI", "MARIO", "RSSMRA", "VIA ROMA", "secret", "BIANCHI", TEST_TEXT):
        assert secret not in caplog.text
