"""All devices together: the list is whole, one that hangs holds up no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.mending.attendant import Pace, Remedy, Standing
from hw.mending.care import Care
from hw.mending.patients import standing_of
from hw.paper import PrinterCondition, PrinterStatus

QUICK = Pace(well=0.02, away=0.02, least=0.0, silent=1.0, again=0.05, seldom=0.2, steady=0.0)


class Device:
    """Works, or hangs until it is let go."""

    remedies: Sequence[Remedy] = ()

    def __init__(self, kind: DeviceKind) -> None:
        self._kind = kind
        self.hangs = False
        self.let_go = threading.Event()
        self.standing = Standing()

    @property
    def kind(self) -> DeviceKind:
        return self._kind

    def look(self) -> Standing:
        if self.hangs:
            self.let_go.wait(10)
        return self.standing


def settle(care: Care, kind: DeviceKind, state: DeviceState) -> DeviceHealth:
    deadline = time.monotonic() + 5
    while True:
        found = next(health for health in care.health() if health.kind is kind)
        if found.state is state:
            return found
        assert time.monotonic() < deadline, found.state
        time.sleep(0.01)


def test_the_list_has_every_kind_in_order() -> None:
    care = Care([Device(DeviceKind.CAMERA)], pace=QUICK)
    states = {health.kind: health.state for health in care.health()}
    assert list(states) == list(DeviceKind)
    assert states[DeviceKind.CAMERA] is not DeviceState.NOT_FITTED
    assert states[DeviceKind.PAGE_PRINTER] is DeviceState.NOT_FITTED
    care.stop()


def test_a_device_that_hangs_holds_up_no_other() -> None:
    camera, printer = Device(DeviceKind.CAMERA), Device(DeviceKind.SLIP_PRINTER)
    camera.hangs = True
    care = Care([camera, printer], pace=QUICK)
    care.start()
    settle(care, DeviceKind.SLIP_PRINTER, DeviceState.WORKING)
    printer.standing = Standing.failed(DeviceTrouble(TroubleKind.ABSENT, "printer.unreachable"))
    settle(care, DeviceKind.SLIP_PRINTER, DeviceState.AWAY)
    printer.standing = Standing()
    settle(care, DeviceKind.SLIP_PRINTER, DeviceState.WORKING)
    camera.let_go.set()
    settle(care, DeviceKind.CAMERA, DeviceState.WORKING)
    care.stop()


def test_who_listens_later_hears_how_everything_stands() -> None:
    care = Care([Device(DeviceKind.CAMERA)], pace=QUICK)
    care.start()
    settle(care, DeviceKind.CAMERA, DeviceState.WORKING)
    told: list[DeviceHealth] = []
    care.watch(told.append)
    assert [health.kind for health in told] == list(DeviceKind)
    care.watch(None)
    heard = len(told)
    care.poke(DeviceKind.CAMERA, DeviceTrouble(TroubleKind.PROTOCOL, "camera.stalled"))
    time.sleep(0.1)
    assert len(told) == heard
    care.stop()


def test_the_worst_of_a_printer_decides() -> None:
    low, out = PrinterCondition.PAPER_LOW, PrinterCondition.PAPER_OUT
    assert standing_of(PrinterStatus()).trouble is None
    degraded = standing_of(PrinterStatus((low,)))
    assert degraded.serves
    assert degraded.trouble is not None
    assert degraded.trouble.code == "printer.paper-low"
    stopped = standing_of(PrinterStatus((out, low)))
    assert not stopped.serves
    assert stopped.trouble is not None
    assert stopped.trouble.code == "printer.paper-out"
