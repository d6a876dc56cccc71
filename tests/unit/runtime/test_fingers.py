"""Fingers: steps and templates arrive as they are, what is abandoned ends, nothing is logged."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    Finger,
    FingerAdvice,
    FingerComparison,
    FingerListener,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
    Hand,
)
from hw.fingerprint.taking import FingerTaking
from hw.pictures import Frame
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.runtime.fingers import Fingers

PATIENCE = 5.0
INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)
OTHER = FingerPosition(Hand.LEFT, Finger.INDEX)
SECRET = b"minutiae-of-a-person"
TEMPLATE = FingerTemplate(INDEX, SECRET, "libfprint.fp3", 71, 38, 3)
STEPS = (
    FingerProgress(FingerPhase.PLACE),
    FingerProgress(FingerPhase.PLACE, 1, 3, FingerAdvice.DRY_FINGER),
)
GONE = DeviceTrouble(TroubleKind.REMOVED, "fingerprint.removed", (("surname", "ROSSI"),))
ABANDONED = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.abandoned")


class Sensor:
    """A sensor whose answers are set; `waits` until it is abandoned, where it is told to."""

    def __init__(self) -> None:
        self.waits = False
        self.trouble: DeviceTrouble | None = None
        self.asked: list[tuple[FingerPosition, tuple[FingerTemplate, ...]]] = []
        self.compared: list[FingerTemplate] = []
        self.listener: FingerListener | None = None
        self.begun = threading.Event()
        self.over = threading.Event()

    def take(
        self,
        position: FingerPosition,
        told: FingerListener,
        *,
        unlike: tuple[FingerTemplate, ...] = (),
    ) -> FingerTemplate | DeviceTrouble:
        self.asked.append((position, unlike))
        return self._work(told) or TEMPLATE

    def compare(
        self, template: FingerTemplate, told: FingerListener
    ) -> FingerComparison | DeviceTrouble:
        self.compared.append(template)
        return self._work(told) or FingerComparison(same=True, milliseconds=1.5)

    def _work(self, told: FingerListener) -> DeviceTrouble | None:
        self.listener = told
        self.begun.set()
        for each in STEPS:
            told(each)
        if self.waits:
            return ABANDONED if self.over.wait(PATIENCE) else None
        return self.trouble

    def abandon(self) -> None:
        if self.begun.is_set():
            self.over.set()

    @property
    def preview(self) -> Sensor:
        return self

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - the port's
        return None


@pytest.fixture
def sensor() -> Sensor:
    return Sensor()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def reported() -> list[DeviceTrouble]:
    return []


@pytest.fixture
def fingers(sensor: Sensor, told: list[Event], reported: list[DeviceTrouble]) -> Iterator[Fingers]:
    made = Fingers(sensor, told.append, reported.append)
    yield made
    made.stop()


def asked(session_id: UUID) -> effects.TakeFinger:
    return effects.TakeFinger(session_id, INDEX, (TEMPLATE,))


def test_request_steps_and_template_arrive_as_they_are(
    fingers: Fingers, sensor: Sensor, told: list[Event]
) -> None:
    session_id = uuid4()
    fingers.take(fingers.expect(), asked(session_id))
    assert sensor.asked == [(INDEX, (TEMPLATE,))]
    steps = [events.FingerProgressed(session_id, each) for each in STEPS]
    assert told == [*steps, events.FingerTaken(session_id, TEMPLATE)]


def test_a_comparison_arrives_as_it_is(fingers: Fingers, sensor: Sensor, told: list[Event]) -> None:
    session_id = uuid4()
    fingers.compare(fingers.expect(), effects.CompareFinger(session_id, TEMPLATE))
    assert sensor.compared == [TEMPLATE]
    comparison = FingerComparison(same=True, milliseconds=1.5)
    assert told[-1] == events.FingerCompared(session_id, comparison)


def test_trouble_is_told_and_reported_to_who_mends(
    fingers: Fingers, sensor: Sensor, told: list[Event], reported: list[DeviceTrouble]
) -> None:
    sensor.trouble = GONE
    session_id = uuid4()
    fingers.take(fingers.expect(), asked(session_id))
    fingers.compare(fingers.expect(), effects.CompareFinger(session_id, TEMPLATE))
    failed = events.FingerFailed(session_id, "fingerprint.removed")
    assert [each for each in told if isinstance(each, events.FingerFailed)] == [failed, failed]
    assert reported == [GONE, GONE]


@pytest.mark.parametrize(
    ("kind", "code", "fault"),
    [
        (TroubleKind.PROTOCOL, "fingerprint.failed", True),
        (TroubleKind.PROTOCOL, "fingerprint.timeout", True),
        (TroubleKind.ABSENT, "fingerprint.absent", True),
        (TroubleKind.ABSENT, "fingerprint.no-finger", False),
        (TroubleKind.ABSENT, "fingerprint.library-unusable", False),
        (TroubleKind.PROTOCOL, "fingerprint.matcher-failed", False),
        (TroubleKind.REFUSED, "fingerprint.abandoned", False),
        (TroubleKind.REFUSED, "fingerprint.not-good-enough", False),
        (TroubleKind.REFUSED, "fingerprint.never-lifted", False),
        (TroubleKind.DAMAGED, "fingerprint.template-unreadable", False),
    ],
)
def test_only_faults_of_the_sensor_are_reported(
    fingers: Fingers,
    sensor: Sensor,
    told: list[Event],
    reported: list[DeviceTrouble],
    kind: TroubleKind,
    code: str,
    fault: bool,  # noqa: FBT001 - a column of the table
) -> None:
    sensor.trouble = DeviceTrouble(kind, code)
    session_id = uuid4()
    fingers.take(fingers.expect(), asked(session_id))
    assert told[-1] == events.FingerFailed(session_id, code)
    assert reported == ([sensor.trouble] if fault else [])


def test_a_station_without_a_sensor_says_so(told: list[Event]) -> None:
    fingers = Fingers(None, told.append)
    session_id = uuid4()
    fingers.take(fingers.expect(), asked(session_id))
    fingers.compare(fingers.expect(), effects.CompareFinger(session_id, TEMPLATE))
    fingers.stop()
    assert told == [events.FingerFailed(session_id, "fingerprint.absent")] * 2


def test_what_was_abandoned_in_the_queue_never_touches_the_sensor(
    fingers: Fingers, sensor: Sensor, told: list[Event]
) -> None:
    taking, comparing = fingers.expect(), fingers.expect()
    fingers.abandon()
    fingers.take(taking, asked(uuid4()))
    fingers.compare(comparing, effects.CompareFinger(uuid4(), TEMPLATE))
    assert not sensor.begun.is_set()
    assert told == []


def test_an_abandoned_taking_ends_tells_nothing_more_and_next_one_is_served(
    fingers: Fingers, sensor: Sensor, told: list[Event], reported: list[DeviceTrouble]
) -> None:
    sensor.waits = True
    first = fingers.expect()
    thread = threading.Thread(target=lambda: fingers.take(first, asked(uuid4())))
    thread.start()
    assert sensor.begun.wait(PATIENCE)
    fingers.abandon()
    before = list(told)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert sensor.listener is not None
    sensor.listener(STEPS[1])  # the sensor's thread is late
    assert told == before
    sensor.waits = False
    next_one = uuid4()
    fingers.take(fingers.expect(), asked(next_one))
    assert told[-1] == events.FingerTaken(next_one, TEMPLATE)
    assert reported == []  # walking away is no fault of the sensor


def test_no_line_of_the_log_holds_anything_of_a_finger(
    fingers: Fingers, sensor: Sensor, caplog: pytest.LogCaptureFixture
) -> None:
    session_id = uuid4()
    with caplog.at_level(logging.DEBUG):
        fingers.take(fingers.expect(), asked(session_id))
        sensor.trouble = GONE
        fingers.take(fingers.expect(), asked(session_id))
    assert "71" in caplog.text  # how good it was
    assert "fingerprint.removed" in caplog.text
    for secret in (SECRET.decode(), SECRET.hex(), "right", "index", "ROSSI", str(session_id)):
        assert secret not in caplog.text


class Worker:
    """Neither a sensor nor a matcher answers: what asks it waits for ever, until abandoned."""

    model = "U.are.U"

    def __init__(self) -> None:
        self.over = threading.Event()
        self.opened = threading.Event()

    def open(self) -> DeviceTrouble | None:
        self.opened.set()
        return ABANDONED if self.over.wait(PATIENCE) else None

    def abandon(self) -> None:
        self.over.set()

    def begin(self) -> DeviceTrouble | None:
        return None

    def __getattr__(self, _name: str) -> object:
        return lambda *_arguments: None


def test_the_real_taking_is_let_go_without_a_dead_end(told: list[Event]) -> None:
    """`FingerTaking` tells steps and is abandoned from another thread at the same time."""
    hanging = Worker()
    taking = FingerTaking(hanging, hanging)  # type: ignore[arg-type]  # a stand-in for both
    fingers = Fingers(taking, told.append)
    turn = fingers.expect()
    thread = threading.Thread(target=lambda: fingers.take(turn, asked(uuid4())))
    thread.start()
    assert hanging.opened.wait(PATIENCE)
    fingers.abandon()
    thread.join(PATIENCE)
    assert not thread.is_alive()
    assert not any(isinstance(each, events.FingerTaken | events.FingerFailed) for each in told)
    fingers.stop()
