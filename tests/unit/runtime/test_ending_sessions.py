"""The end of a session: everything it runs is let go, and no device keeps the next from beginning."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import date
from uuid import UUID, uuid4

import pytest

from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    Finger,
    FingerComparison,
    FingerListener,
    FingerPosition,
    FingerTemplate,
    Hand,
)
from hw.paper import Delivered
from hw.pictures import BarcodeReading, Frame, Symbology
from hw.readings import HealthCardReading
from hw.speaker.mute import MuteSpeaker
from kiosk.flows import effects, events
from kiosk.flows.effects import ScanPurpose
from kiosk.flows.events import Event
from kiosk.flows.office import Network, OfficeInfo
from kiosk.flows.session import begin
from kiosk.runtime.effects import Effects, Parts
from kiosk.runtime.fingers import Fingers
from kiosk.runtime.readiness import Readiness
from kiosk.runtime.scanning import Scanning
from sync.model.preregistration import Community

TODAY = date(2026, 11, 22)
PATIENCE = 5.0
SHORT = 0.3
INDEX = FingerPosition(Hand.RIGHT, Finger.INDEX)
TEMPLATE = FingerTemplate(INDEX, b"minutiae", "libfprint.fp3", 70, 30, 3)
SESSION = begin(
    session_id=UUID(int=1),
    operation_id=UUID(int=2),
    today=TODAY,
    office=OfficeInfo("kiosk-0001", "Comune di Esempio", "L219", Community.SISTEMA_PIEMONTE),
    network=Network.OFFLINE,
)


class Station:
    """Sensor, scanner, printer and rig at once. Each use lasts until it is let go.

    Where it `hangs`, it does not hear that it is abandoned.
    """

    def __init__(self) -> None:
        self.hangs = False
        self.begun = threading.Event()
        self.over = threading.Event()
        self.uses = 0
        self.watched: list[object] = []

    def _use(self) -> bool:
        self.uses += 1
        self.begun.set()
        return self.over.wait(PATIENCE)

    def take(
        self,
        position: FingerPosition,  # noqa: ARG002 - the port's
        told: FingerListener,  # noqa: ARG002 - the port's
        *,
        unlike: tuple[FingerTemplate, ...] = (),  # noqa: ARG002 - the port's
    ) -> FingerTemplate | DeviceTrouble:
        self._use()
        return TEMPLATE

    def compare(
        self,
        template: FingerTemplate,  # noqa: ARG002 - the port's
        told: FingerListener,  # noqa: ARG002 - the port's
    ) -> FingerComparison | DeviceTrouble:
        self._use()
        return FingerComparison(same=True, milliseconds=1.0)

    def scan(
        self,
        wanted: frozenset[Symbology],  # noqa: ARG002 - the port's
        accept: Callable[[str], bool],  # noqa: ARG002 - the port's
    ) -> BarcodeReading | DeviceTrouble:
        self._use()
        return DeviceTrouble(TroubleKind.REFUSED, "barcode.none-found")

    def print_test(self, kind: DeviceKind, language: str) -> Delivered | DeviceTrouble:  # noqa: ARG002
        self._use()
        return DeviceTrouble(TroubleKind.REFUSED, "printer.paper-out")

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        self._use()
        return DeviceTrouble(TroubleKind.REFUSED, "card.unresponsive")

    def abandon(self) -> None:
        if not self.hangs and self.begun.is_set():
            self.over.set()

    abandon_reading = abandon

    def watch_devices(self, listener: object) -> None:
        self.watched.append(listener)

    def mend_device(self, kind: DeviceKind) -> None:
        """Nothing is mended."""

    @property
    def preview(self) -> Station:
        return self

    def latest(self, after: int = -1) -> Frame | None:  # noqa: ARG002 - the port's
        return None


class Nothing:
    """A part in which nothing happens, whatever is asked of it."""

    def __getattr__(self, _name: str) -> Callable[..., int]:
        return lambda *_arguments: 0


@pytest.fixture
def station() -> Station:
    return Station()


class Told:
    """Events as they are posted, with what was begun of the next session."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.begun = threading.Event()

    def post(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, events.Started):
            self.begun.set()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def desk(station: Station, told: Told, request: pytest.FixtureRequest) -> Iterator[Effects]:
    nothing = Nothing()
    readiness = Readiness(
        station,
        sensor=station,
        speaker=MuteSpeaker(),
        scanner=station,
        print_test=station.print_test,
        abandon_printing=station.abandon,
        post=told.post,
    )
    made = Effects(
        Parts(
            cards=nothing,  # type: ignore[arg-type]  # no card is needed here
            documents=nothing,  # type: ignore[arg-type]  # no document is needed here
            records=nothing,  # type: ignore[arg-type]  # nothing is recorded here
            papers=nothing,  # type: ignore[arg-type]  # nothing is printed here
            voice=nothing,  # type: ignore[arg-type]  # nothing is said here
            fingers=Fingers(station, told.post),
            scanning=Scanning(station, told.post),
            readiness=readiness,
        ),
        post=told.post,
        started=lambda: events.Started(uuid4(), uuid4(), TODAY),
        patience=getattr(request, "param", SHORT),
    )
    yield made
    station.over.set()
    made.stop()


def uses(session_id: UUID) -> tuple[effects.Effect, ...]:
    """Every long use of a device that a session can be in."""
    return (
        effects.TakeFinger(session_id, INDEX, ()),
        effects.CompareFinger(session_id, TEMPLATE),
        effects.ScanBarcode(session_id, ScanPurpose.CODICE_FISCALE),
        *(
            effects.TestDevice(session_id, kind)
            for kind in DeviceKind
            if kind is not DeviceKind.SPEAKER
        ),
    )


def named(effect: effects.Effect) -> str:
    kind = effect.kind.value if isinstance(effect, effects.TestDevice) else ""
    return f"{type(effect).__name__} {kind}".strip()


def everything_ended(station: Station, desk: Effects) -> None:
    """Let the hanging device go, and wait until all that was asked for has been done."""
    station.over.set()
    desk.stop()


@pytest.mark.parametrize("desk", [60.0], ids=["patient"], indirect=True)
@pytest.mark.parametrize("use", uses(UUID(int=1)), ids=named)
def test_what_a_session_still_does_ends_with_it_and_answers_nobody(
    desk: Effects, station: Station, told: Told, use: effects.Effect
) -> None:
    desk.perform(use, SESSION)
    assert station.begun.wait(PATIENCE)
    desk.perform(effects.EndSession(UUID(int=1)), SESSION)
    assert told.begun.wait(PATIENCE)  # long before the end of the patience
    assert station.over.is_set()
    assert [type(each) for each in told.events] == [events.Started]


@pytest.mark.parametrize("use", uses(UUID(int=1)), ids=named)
def test_a_device_that_hangs_does_not_keep_the_next_person_from_beginning(
    desk: Effects, station: Station, told: Told, use: effects.Effect
) -> None:
    station.hangs = True
    desk.perform(use, SESSION)
    assert station.begun.wait(PATIENCE)
    desk.perform(effects.EndSession(UUID(int=1)), SESSION)
    assert told.begun.wait(PATIENCE)
    assert not station.over.is_set()  # it hangs still
    everything_ended(station, desk)
    assert [type(each) for each in told.events] == [events.Started]  # once, and no late answer


def test_what_was_queued_behind_a_device_that_hangs_never_begins(
    desk: Effects, station: Station, told: Told
) -> None:
    station.hangs = True
    for use in uses(UUID(int=1)):
        desk.perform(use, SESSION)
    assert station.begun.wait(PATIENCE)
    threading.Event().wait(0.1)
    begun = station.uses
    desk.perform(effects.EndSession(UUID(int=1)), SESSION)
    assert told.begun.wait(PATIENCE)
    everything_ended(station, desk)
    assert station.uses == begun == 3  # one on each thread: finger, code, test
    assert [type(each) for each in told.events] == [events.Started]


def test_devices_are_not_told_of_to_the_next_person(desk: Effects, station: Station) -> None:
    desk.perform(effects.WatchDevices(), SESSION)
    desk.perform(effects.EndSession(UUID(int=1)), SESSION)
    assert station.watched[-1] is None


def test_the_next_person_is_answered_though_the_last_ones_taking_ended_late(
    desk: Effects, station: Station, told: Told
) -> None:
    station.hangs = True
    desk.perform(effects.TakeFinger(UUID(int=1), INDEX, ()), SESSION)
    assert station.begun.wait(PATIENCE)
    desk.perform(effects.EndSession(UUID(int=1)), SESSION)
    assert told.begun.wait(PATIENCE)
    desk.perform(effects.TakeFinger(UUID(int=9), INDEX, ()), SESSION)
    station.over.set()
    deadline = time.monotonic() + PATIENCE
    while len(told.events) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    desk.stop()
    assert told.events[1:] == [events.FingerTaken(UUID(int=9), TEMPLATE)]


@pytest.mark.parametrize(
    ("use", "walk_away"),
    [
        (effects.TakeFinger(UUID(int=1), INDEX, ()), effects.AbandonFinger()),
        (effects.TakeFinger(UUID(int=1), INDEX, ()), effects.ForgetFingers()),
        (effects.ScanBarcode(UUID(int=1), ScanPurpose.TEST_SHEET), effects.AbandonScan()),
        (effects.TestDevice(UUID(int=1), DeviceKind.CAMERA), effects.AbandonTest()),
    ],
    ids=lambda effect: type(effect).__name__,
)
def test_walking_away_within_a_session_ends_the_use_and_its_answer(
    desk: Effects,
    station: Station,
    told: Told,
    use: effects.Effect,
    walk_away: effects.Effect,
) -> None:
    desk.perform(use, SESSION)
    assert station.begun.wait(PATIENCE)
    desk.perform(walk_away, SESSION)
    assert station.over.wait(PATIENCE)
    desk.stop()
    assert told.events == []
