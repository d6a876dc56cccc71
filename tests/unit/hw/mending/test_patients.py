"""How each kind of device is looked at."""

from __future__ import annotations

import time
from dataclasses import dataclass

import pytest

from hw.camera.camera import ChildCamera
from hw.camera.wire import CameraSettings
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.mending.patients import (
    CameraUnderCare,
    CardReaders,
    FingerprintUnderCare,
    PrinterUnderCare,
    SpeakerUnderCare,
    standing_of,
)
from hw.paper import Delivered, PrinterCondition, PrinterStatus
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address
from hw.speaker.mute import MuteSpeaker
from tests.emulated.camera.mjpeg import EmulatedCamera
from tests.emulated.thermal import EmulatedThermalPrinter


def trouble(code: str) -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.ABSENT, code)


def test_readers_are_one_device_that_works_while_any_answers() -> None:
    several = CardReaders(lambda: ("A 00", "B 00"))
    assert several.kind is DeviceKind.CARD_READER
    assert several.look().model == "A 00, B 00"
    assert several.look().serves
    away = CardReaders(lambda: trouble("reader.service-absent")).look()
    assert (away.serves, away.trouble) == (False, trouble("reader.service-absent"))
    none = CardReaders(tuple).look()
    assert (none.serves, none.trouble) == (False, trouble("reader.absent"))


def test_a_sensor_is_there_or_not() -> None:
    assert FingerprintUnderCare(lambda: "U.are.U 4500").look().model == "U.are.U 4500"
    gone = FingerprintUnderCare(lambda: trouble("fingerprint.absent")).look()
    assert (gone.serves, gone.trouble) == (False, trouble("fingerprint.absent"))


@dataclass
class Asked:
    """A printer that answers what is set."""

    answer: PrinterStatus | DeviceTrouble

    def deliver(
        self,
        data: bytes,  # noqa: ARG002 - the port's
        *,
        secret: bool = False,  # noqa: ARG002 - the port's
        identity: str = "",  # noqa: ARG002 - the port's
    ) -> Delivered | DeviceTrouble:
        raise AssertionError("a look prints nothing")

    def status(self) -> PrinterStatus | DeviceTrouble:
        return self.answer

    def abandon(self) -> None:
        raise AssertionError("a look ends nobody's paper")


def test_a_printer_at_work_is_well() -> None:
    busy = PrinterUnderCare(DeviceKind.PAGE_PRINTER, Asked(trouble("printer.busy"))).look()
    assert (busy.serves, busy.trouble) == (True, None)
    away = PrinterUnderCare(DeviceKind.PAGE_PRINTER, Asked(trouble("printer.unreachable"))).look()
    assert (away.serves, away.trouble) == (False, trouble("printer.unreachable"))
    mute = PrinterUnderCare(DeviceKind.PAGE_PRINTER, Asked(PrinterStatus(tells=False))).look()
    assert mute.serves


@pytest.mark.parametrize("condition", PrinterCondition, ids=lambda each: each.value)
def test_every_condition_of_a_printer_is_told_by_its_code(condition: PrinterCondition) -> None:
    standing = standing_of(PrinterStatus((condition,), model="Printer"))
    assert standing.trouble is not None
    assert standing.trouble.code == f"printer.{condition.value}"
    assert standing.serves is not condition.stops
    assert standing.model == "Printer"


def test_a_real_status_is_understood() -> None:
    with EmulatedThermalPrinter() as emulated:
        printer = ThermalPrinter(parse_address(emulated.address))
        patient = PrinterUnderCare(DeviceKind.SLIP_PRINTER, printer)
        assert patient.look().serves
        emulated.open_cover()
        opened = patient.look()
        assert opened.trouble is not None
        assert (opened.serves, opened.trouble.code) == (False, "printer.cover-open")
        emulated.close_cover()
        assert patient.look().serves
        assert emulated.jobs == []


def test_a_camera_is_looked_at_without_being_switched_on() -> None:
    with EmulatedCamera(size=(64, 48)) as emulated:
        camera = ChildCamera(CameraSettings(emulated.address, 64, 48))
        patient = CameraUnderCare(camera, lambda: camera.look() or camera.model)
        assert patient.look().serves
        assert (emulated.sent, camera.statistics().children) == (0, 0)
        emulated.go_away()
        began = time.monotonic()
        gone = patient.look()
        assert time.monotonic() - began < 3
        assert gone.trouble is not None
        assert (gone.serves, gone.trouble.code) == (False, "camera.unreachable")
        emulated.come_back()
        assert patient.look().serves
        camera.stop()


def test_trouble_of_the_pictures_comes_before_whether_it_is_there() -> None:
    class Silent:
        def trouble(self) -> DeviceTrouble | None:
            return trouble("camera.no-pictures")

    look = CameraUnderCare(Silent(), lambda: "Cam").look()  # type: ignore[arg-type]  # all it needs
    assert (look.serves, look.trouble) == (False, trouble("camera.no-pictures"))


def test_a_voice_is_there_or_not() -> None:
    look = SpeakerUnderCare(MuteSpeaker()).look()
    assert (look.serves, look.trouble) == (False, trouble("speaker.absent"))
