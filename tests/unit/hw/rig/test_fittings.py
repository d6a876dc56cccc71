"""Devices out of addresses: the right kind of each, and no address that could never work."""

from __future__ import annotations

import threading
import time

import pytest

from hw.camera.camera import ChildCamera
from hw.camera.wire import CameraSettings
from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint.taking import FingerTaking
from hw.paper import PrinterStatus
from hw.printer.appsocket import AppSocketPrinter
from hw.printer.cups import CupsPrinter
from hw.printer.ipp import IppPrinter
from hw.printer.thermal import ThermalPrinter
from hw.rig import RigSettings, open_rig
from hw.rig.fittings import camera_of, page_printer_at, sensor_of, slip_printer_at
from hw.rig.settings import SENSORS
from tests.emulated.printing.ipp_printer import EmulatedIppPrinter
from tests.emulated.thermal import EmulatedThermalPrinter

PATIENCE = 8.0


def test_empty_entries_are_no_devices() -> None:
    assert slip_printer_at("") is None
    assert page_printer_at("") is None
    assert sensor_of("") is None
    assert camera_of(None) is None


@pytest.mark.parametrize(
    "address",
    [
        "tcp://192.0.2.10",
        "tcp://192.0.2.10:9101?waiteof=false",
        "tcp://[2001:db8::1]:9100",
        "tcp://stampante.example",
        "/dev/usb/lp*",
        "/dev/usb/lp0",
        "/dev/ttyUSB0?speed=38400&flow=rtscts",
    ],
)
def test_slip_printers(address: str) -> None:
    assert isinstance(slip_printer_at(address), ThermalPrinter)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("ipp://printer.example", IppPrinter),
        (f"ipps://printer.example:443/ipp/print?sha256={'0a' * 32}", IppPrinter),
        ("ipp://[2001:db8::1]/ipp/print", IppPrinter),
        ("cups://office", CupsPrinter),
        (f"cups://{'long_name_' * 10}", CupsPrinter),
        ("cups://office@server.example:631", CupsPrinter),
        ("tcp://printer.example", AppSocketPrinter),
    ],
)
def test_page_printers(address: str, kind: type) -> None:
    assert isinstance(page_printer_at(address), kind)


@pytest.mark.parametrize("way", SENSORS)
def test_sensors_are_made_without_being_opened(way: str) -> None:
    before = threading.active_count()
    assert isinstance(sensor_of(way), FingerTaking)
    assert threading.active_count() == before


def test_another_way_to_a_sensor_is_refused() -> None:
    with pytest.raises(ValueError, match="sensor"):
        sensor_of("fprintd")


@pytest.mark.parametrize(
    "address",
    [
        "v4l2:",
        "v4l2:/dev/video0",
        "v4l2:/dev/v4l/by-id/usb-cam-index0",
        "v4l2:HD Webcam",
        "picamera2:",
        "picamera2:1",
        "http://camera.example/video",
        "http://me:word@192.0.2.1:8080/",
        "https://[2001:db8::1]/video",
    ],
)
def test_cameras(address: str) -> None:
    camera = camera_of(CameraSettings(address))
    assert isinstance(camera, ChildCamera)
    camera.stop()


def test_a_refused_camera_does_not_tell_its_password() -> None:
    with pytest.raises(ValueError, match="Port") as refused:
        camera_of(CameraSettings("http://me:word@camera.example:x/"))
    assert "word" not in str(refused.value)


@pytest.mark.parametrize(
    ("entry", "settings"),
    [
        ("slip_printer", RigSettings(slip_printer="lpt1:", page_printer="lpt1:")),
        ("page_printer", RigSettings(page_printer="tcp://a#b")),
        ("fingerprint", RigSettings(fingerprint="fprintd")),
        ("camera", RigSettings(camera=CameraSettings("rtsp://camera.example"))),
    ],
)
def test_the_rig_tells_which_entry_is_wrong(entry: str, settings: RigSettings) -> None:
    with pytest.raises(ValueError, match=rf"^{entry}: "):
        open_rig(settings)


def test_settings_do_not_show_the_secret_of_the_site() -> None:
    assert "secret" not in repr(RigSettings(site_key=b"secret" * 8))


class Heard:
    """The health of devices as the rig tells it."""

    def __init__(self) -> None:
        self.last: dict[DeviceKind, DeviceHealth] = {}

    def __call__(self, health: DeviceHealth) -> None:
        self.last[health.kind] = health

    def await_state(self, kind: DeviceKind, state: DeviceState, code: str = "") -> DeviceHealth:
        deadline = time.monotonic() + PATIENCE
        while True:
            found = self.last[kind]
            told = found.trouble.code if found.trouble else ""
            if found.state is state and told == code:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)


def test_printers_under_care_tell_how_they_stand_and_come_back() -> None:
    """Emulated printers, the real rig: what is wrong is told, and that it is mended."""
    heard = Heard()
    with EmulatedThermalPrinter() as slips, EmulatedIppPrinter() as pages:
        rig = open_rig(
            RigSettings(slip_printer=slips.address, page_printer=pages.uri, speech=False)
        )
        assert rig.slip_printer is not None
        assert isinstance(rig.slip_printer.status(), PrinterStatus)
        rig.attend()
        try:
            rig.watch_devices(heard)
            heard.await_state(DeviceKind.SLIP_PRINTER, DeviceState.WORKING)
            heard.await_state(DeviceKind.PAGE_PRINTER, DeviceState.WORKING)
            assert heard.last[DeviceKind.CAMERA].state is DeviceState.NOT_FITTED
            slips.load_paper(0)
            rig.look_at(DeviceKind.SLIP_PRINTER)
            heard.await_state(DeviceKind.SLIP_PRINTER, DeviceState.AWAY, "printer.paper-out")
            slips.load_paper()
            rig.look_at(DeviceKind.SLIP_PRINTER)
            mended = heard.await_state(DeviceKind.SLIP_PRINTER, DeviceState.WORKING)
            assert (mended.faults, mended.mended) == (1, 1)
            assert mended.last_trouble is not None
            assert mended.last_trouble.code == "printer.paper-out"
            assert heard.last[DeviceKind.PAGE_PRINTER].faults == 0
        finally:
            rig.close()
    quiet = dict(heard.last)
    rig.device_failed(
        DeviceKind.SLIP_PRINTER, DeviceTrouble(TroubleKind.ABSENT, "printer.unreachable")
    )
    assert heard.last == quiet
    rig.close()  # safe to call twice
