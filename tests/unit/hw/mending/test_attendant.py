"""An attendant: what it tells, in which order it mends, and that nothing stops it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.mending.attendant import Attendant, Pace, Remedy, Standing, unless_absent

GONE = DeviceTrouble(TroubleKind.ABSENT, "camera.absent")
STUCK = DeviceTrouble(TroubleKind.PROTOCOL, "camera.stalled")
LOW = DeviceTrouble(TroubleKind.REFUSED, "printer.paper-low")
QUICK = Pace(well=0.02, away=0.02, least=0.0, silent=1.0, again=0.05, seldom=0.2, steady=0.0)


class Device:
    """Stands as it is told to, and remembers which remedies were tried."""

    kind = DeviceKind.CAMERA

    def __init__(self) -> None:
        self.standing = Standing(model="eye 1")
        self.tried: list[str] = []
        self.cure = ""
        self.thaws = ""
        self.hindered: dict[str, DeviceTrouble] = {}
        self.fault: Exception | None = None
        self.hangs = threading.Event()
        self.hangs.set()

    def look(self) -> Standing:
        self.hangs.wait(10)
        if self.fault is not None:
            raise self.fault
        return self.standing

    def _remedy(self, name: str) -> Callable[[], DeviceTrouble | None]:
        def apply() -> DeviceTrouble | None:
            self.tried.append(name)
            if name == self.thaws:
                self.hangs.set()
            if name == self.cure:
                self.standing = Standing(model="eye 1")
            return self.hindered.get(name)

        return apply

    @property
    def remedies(self) -> Sequence[Remedy]:
        return (
            Remedy("reopen", self._remedy("reopen"), settles=0.05),
            Remedy("usb-reset", self._remedy("usb-reset"), settles=0.05, helps=unless_absent),
            Remedy("power-cycle", self._remedy("power-cycle"), settles=0.05),
        )


class Ear:
    """Hears an attendant and waits for what it tells."""

    def __init__(self) -> None:
        self.told: list[DeviceHealth] = []
        self._changed = threading.Condition()

    def __call__(self, health: DeviceHealth) -> None:
        with self._changed:
            self.told.append(health)
            self._changed.notify_all()

    def wait(self, wanted: Callable[[DeviceHealth], bool], seconds: float = 5.0) -> DeviceHealth:
        deadline = time.monotonic() + seconds
        with self._changed:
            while not any(wanted(health) for health in self.told):
                left = deadline - time.monotonic()
                assert left > 0, [f"{one.state.value} {one.trouble}" for one in self.told]
                self._changed.wait(left)
            return next(health for health in reversed(self.told) if wanted(health))

    def states(self) -> list[DeviceState]:
        found: list[DeviceState] = []
        for health in self.told:
            if not found or found[-1] is not health.state:
                found.append(health.state)
        return found


@contextmanager
def attended(device: Device, pace: Pace = QUICK) -> Iterator[tuple[Attendant, Ear]]:
    ear = Ear()
    attendant = Attendant(device, ear, pace=pace)
    attendant.start()
    try:
        yield attendant, ear
    finally:
        attendant.stop()


def working(health: DeviceHealth) -> bool:
    return health.state is DeviceState.WORKING


def test_a_device_that_works_is_told_once() -> None:
    with attended(Device()) as (_, ear):
        ear.wait(working)
        time.sleep(0.15)
    assert len(ear.told) == 1
    assert ear.told[0].model == "eye 1"
    assert (ear.told[0].faults, ear.told[0].mended) == (0, 0)


def test_remedies_go_from_the_gentlest_on_until_one_helps() -> None:
    device = Device()
    with attended(device) as (attendant, ear):
        ear.wait(working)
        device.cure = "usb-reset"
        device.standing = Standing.failed(STUCK)
        attendant.poke()
        mended = ear.wait(lambda health: health.mended == 1)
    assert device.tried == ["reopen", "usb-reset"]
    assert (mended.state, mended.trouble, mended.last_trouble) == (DeviceState.WORKING, None, STUCK)
    assert mended.seconds_to_service is not None
    assert 0.04 < mended.seconds_to_service < 2
    assert mended.last_trouble_at is not None
    assert mended.last_trouble_at.tzinfo is not None
    assert ear.states() == [DeviceState.WORKING, DeviceState.MENDING, DeviceState.WORKING]


def test_what_cannot_help_against_an_absent_device_is_not_tried() -> None:
    device = Device()
    device.standing = Standing.failed(GONE)
    with attended(device) as (_, ear):
        ear.wait(lambda health: health.state is DeviceState.AWAY)
    assert device.tried[:2] == ["reopen", "power-cycle"]


def test_a_device_that_is_away_serves_as_soon_as_it_is_back() -> None:
    device = Device()
    device.standing = Standing.failed(GONE)
    with attended(device, Pace(well=9, away=9, least=0, again=9)) as (attendant, ear):
        away = ear.wait(lambda health: health.state is DeviceState.AWAY)
        assert (away.trouble, away.faults) == (GONE, 1)
        device.standing = Standing()
        began = time.monotonic()
        attendant.poke()
        back = ear.wait(working)
        assert time.monotonic() - began < 0.5
    assert back.mended == 1


def test_rounds_of_remedies_become_seldom() -> None:
    device = Device()
    device.standing = Standing.failed(GONE)
    pace = Pace(well=0.01, away=0.01, least=0, again=0.6, seldom=60)
    began = time.monotonic()
    rounds: list[float] = []
    with attended(device, pace):
        while len(rounds) < 3 and time.monotonic() - began < 10:
            if len(device.tried) > 2 * len(rounds):
                rounds.append(time.monotonic())
            time.sleep(0.005)
    assert rounds[1] - rounds[0] > 0.55
    assert rounds[2] - rounds[1] > 1.1


def test_a_person_who_asks_gets_every_remedy_at_once() -> None:
    device = Device()
    device.standing = Standing.failed(GONE)
    with attended(device, Pace(well=9, away=9, least=0, again=60)) as (attendant, ear):
        ear.wait(lambda health: health.state is DeviceState.AWAY)
        device.tried.clear()
        device.cure = "power-cycle"
        attendant.mend()
        ear.wait(working)
    assert device.tried == ["reopen", "usb-reset", "power-cycle"]


def test_a_device_that_serves_with_a_complaint_is_degraded_and_left_alone() -> None:
    device = Device()
    device.standing = Standing(LOW, serves=True)
    with attended(device) as (_, ear):
        told = ear.wait(lambda health: health.state is DeviceState.DEGRADED)
        time.sleep(0.1)
    assert told.trouble == LOW
    assert device.tried == []


def test_a_trouble_that_a_use_met_is_kept_though_the_device_looks_well() -> None:
    device = Device()
    with attended(device) as (attendant, ear):
        ear.wait(working)
        attendant.poke(STUCK)
        told = ear.wait(lambda health: health.faults == 1)
    assert (told.state, told.trouble, told.last_trouble) == (DeviceState.WORKING, None, STUCK)


def test_a_device_that_was_stuck_in_use_gets_its_gentlest_remedy_though_it_looks_well() -> None:
    device = Device()
    with attended(device) as (attendant, ear):
        ear.wait(working)
        attendant.poke(STUCK)
        ear.wait(lambda health: health.faults == 1)
        attendant.poke(GONE)
        ear.wait(lambda health: health.faults == 2)
    assert device.tried == ["reopen"]


def test_a_remedy_that_cannot_be_done_is_followed_by_the_next() -> None:
    device = Device()
    device.standing = Standing.failed(STUCK)
    device.hindered = {"reopen": DeviceTrouble(TroubleKind.REFUSED, "usb.not-allowed")}
    device.cure = "usb-reset"
    with attended(device) as (_, ear):
        ear.wait(working)
    assert device.tried == ["reopen", "usb-reset"]


def test_a_fault_of_the_program_does_not_leave_the_device_alone() -> None:
    device = Device()
    device.fault = KeyError("x")
    with attended(device) as (_, ear):
        told = ear.wait(lambda health: health.trouble is not None)
        assert told.trouble is not None
        assert (told.trouble.code, told.trouble.details) == (
            "device.fault",
            (("fault", "KeyError"),),
        )
        device.fault = None
        ear.wait(working)


def test_nothing_is_told_after_the_end() -> None:
    device = Device()
    with attended(device) as (attendant, ear):
        ear.wait(working)
        attendant.stop()
        heard = len(ear.told)
        device.standing = Standing.failed(GONE)
        attendant.poke()
        time.sleep(0.1)
    assert len(ear.told) == heard


def test_a_look_that_hangs_is_trouble_and_is_mended_from_outside() -> None:
    device = Device()
    pace = Pace(well=0.02, away=0.02, least=0.0, silent=0.2, again=0.05, steady=0.0)
    with attended(device, pace) as (attendant, ear):
        ear.wait(working)
        device.thaws = "usb-reset"
        device.hangs.clear()
        attendant.poke()
        mended = ear.wait(lambda health: health.mended == 1)
    assert mended.last_trouble is not None
    assert mended.last_trouble.code == "device.silent"
    assert device.tried == ["reopen", "usb-reset"]


def test_a_device_that_refuses_waits_for_a_person() -> None:
    device = Device()
    paper = DeviceTrouble(TroubleKind.REFUSED, "printer.paper-out")
    device.standing = Standing.failed(paper)
    with attended(device) as (_, ear):
        ear.wait(lambda health: health.state is DeviceState.AWAY)
        time.sleep(0.2)
    assert "usb-reset" not in device.tried


def test_a_device_that_comes_and_goes_is_not_given_every_remedy_each_time() -> None:
    device = Device()
    pace = Pace(well=0.01, away=0.01, least=0.0, again=5.0, steady=5.0)
    with attended(device, pace) as (attendant, ear):
        for fault in range(1, 5):
            device.standing = Standing.failed(STUCK)
            attendant.poke()
            ear.wait(lambda health, count=fault: health.faults == count)  # type: ignore[misc]
            time.sleep(0.3)
            device.standing = Standing()
            attendant.poke()
            ear.wait(lambda health, count=fault: health.mended == count)  # type: ignore[misc]
    assert len(device.tried) <= 3


def test_a_fault_in_who_is_told_of_remedies_does_not_end_the_care() -> None:
    device, ear = Device(), Ear()

    def told(_kind: DeviceKind, _name: str, _trouble: DeviceTrouble | None) -> None:
        raise ValueError

    device.standing = Standing.failed(STUCK)
    attendant = Attendant(device, ear, pace=QUICK, applied=told)
    attendant.start()
    ear.wait(lambda health: health.trouble is not None and health.trouble.code == "device.fault")
    device.standing = Standing()
    ear.wait(working)
    attendant.stop()
