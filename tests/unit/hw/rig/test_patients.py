"""What may bring each device back: as docs/devices.md tells, at the right place of the bus."""

from __future__ import annotations

import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from hw.camera.wire import CameraSettings
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint import uru4000
from hw.mending.attendant import Patient
from hw.rig import RigSettings
from hw.rig.fittings import camera_of, page_printer_at, sensor_of, slip_printer_at
from hw.speaker.mute import MuteSpeaker
from hw.usb import bus

patients = importlib.import_module("hw.rig.patients")  # the package has a function of that name
RESET, CYCLE = "usb-reset", "usb-power-cycle"
ON_USB = [RESET, CYCLE]
AWAY = DeviceTrouble(TroubleKind.ABSENT, "usb.absent")
SILENT = DeviceTrouble(TroubleKind.PROTOCOL, "camera.no-pictures")
VIDEO, CARDS, KEYBOARD, PRINTS = 0x0E, 0x0B, 0x03, 0x07


class Bus:
    """A folder that looks as /sys does, and what was done to its places."""

    def __init__(self, sysfs: Path) -> None:
        self.sysfs = sysfs
        self.devices = sysfs / "bus/usb/devices"
        self.devices.mkdir(parents=True)
        self.done: list[tuple[str, str]] = []
        self.hindrance: dict[str, DeviceTrouble] = {}

    def plug(self, path: str, kind: int, ids: tuple[int, int] = (0x1234, 0x5678)) -> None:
        place = self.devices / path
        place.mkdir()
        facts = {"idVendor": f"{ids[0]:04x}", "idProduct": f"{ids[1]:04x}", "busnum": "1"}
        for name, value in {**facts, "devnum": "9", "speed": "12"}.items():
            (place / name).write_text(f"{value}\n")
        interface = self.devices / f"{path}:1.0"
        interface.mkdir()
        (interface / "bInterfaceClass").write_text(f"{kind:02x}\n")

    def pull(self, path: str) -> None:
        shutil.rmtree(self.devices / path)
        shutil.rmtree(self.devices / f"{path}:1.0")

    def remedy(self, name: str) -> Callable[[str], DeviceTrouble | None]:
        def apply(path: str) -> DeviceTrouble | None:
            self.done.append((name, path))
            return self.hindrance.get(path)

        return apply


@pytest.fixture
def usb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bus:
    made = Bus(tmp_path)
    for look in (bus.devices, bus.with_interface):
        monkeypatch.setattr(look, "__defaults__", (tmp_path,))
    monkeypatch.setattr(patients, "reset", made.remedy(RESET))
    monkeypatch.setattr(patients, "power_cycle", made.remedy(CYCLE))
    return made


def cared(settings: RigSettings) -> dict[DeviceKind, Patient]:
    found = patients.patients(
        settings,
        slip_printer=slip_printer_at(settings.slip_printer),
        page_printer=page_printer_at(settings.page_printer),
        sensor=sensor_of(settings.fingerprint),
        camera=camera_of(settings.camera),
        speaker=MuteSpeaker(),
    )
    assert len({patient.kind for patient in found}) == len(found)
    return {patient.kind: patient for patient in found}


def names(patient: Patient) -> list[str]:
    return [remedy.name for remedy in patient.remedies]


def apply(patient: Patient, name: str) -> DeviceTrouble | None:
    return next(remedy for remedy in patient.remedies if remedy.name == name).apply()


@pytest.mark.parametrize(
    ("settings", "kind", "remedies"),
    [
        (RigSettings(), DeviceKind.CARD_READER, ["restart-pcscd", *ON_USB]),
        (RigSettings(restarts={}), DeviceKind.CARD_READER, ON_USB),
        (RigSettings(restarts={"pcscd": ()}), DeviceKind.CARD_READER, ON_USB),
        (RigSettings(fingerprint="uru4000"), DeviceKind.FINGERPRINT, ON_USB),
        (RigSettings(fingerprint="libfprint"), DeviceKind.FINGERPRINT, []),
        (RigSettings(camera=CameraSettings("v4l2:")), DeviceKind.CAMERA, ON_USB),
        (RigSettings(camera=CameraSettings("picamera2:")), DeviceKind.CAMERA, []),
        (RigSettings(camera=CameraSettings("http://camera.example/")), DeviceKind.CAMERA, []),
        (RigSettings(page_printer="cups://office"), DeviceKind.PAGE_PRINTER, ["restart-cups"]),
        (RigSettings(page_printer="ipp://printer.example"), DeviceKind.PAGE_PRINTER, []),
        (RigSettings(page_printer="tcp://printer.example"), DeviceKind.PAGE_PRINTER, []),
        (RigSettings(slip_printer="/dev/usb/lp*"), DeviceKind.SLIP_PRINTER, ON_USB),
        (RigSettings(slip_printer="/dev/ttyUSB0"), DeviceKind.SLIP_PRINTER, []),
        (RigSettings(slip_printer="tcp://printer.example"), DeviceKind.SLIP_PRINTER, []),
        (RigSettings(), DeviceKind.SPEAKER, []),
    ],
    ids=lambda each: each.value if isinstance(each, DeviceKind) else "",
)
def test_remedies_are_those_that_can_help_the_gentlest_first(
    usb: Bus, settings: RigSettings, kind: DeviceKind, remedies: list[str]
) -> None:
    assert names(cared(settings)[kind]) == remedies
    assert usb.done == []


def test_only_what_is_fitted_is_cared_for() -> None:
    assert set(cared(RigSettings(speech=False))) == {DeviceKind.CARD_READER}


def test_a_reset_is_not_tried_on_what_is_not_there() -> None:
    patient = cared(RigSettings(camera=CameraSettings("v4l2:")))[DeviceKind.CAMERA]
    absent = DeviceTrouble(TroubleKind.ABSENT, "camera.absent")
    assert RESET not in [remedy.name for remedy in patient.remedies if remedy.helps(absent)]
    assert [remedy.name for remedy in patient.remedies if remedy.helps(SILENT)] == ON_USB


@pytest.mark.parametrize(
    ("settings", "kind", "interface"),
    [
        (RigSettings(), DeviceKind.CARD_READER, CARDS),
        (RigSettings(camera=CameraSettings("v4l2:")), DeviceKind.CAMERA, VIDEO),
    ],
    ids=lambda each: each.value if isinstance(each, DeviceKind) else "",
)
def test_remedies_are_for_the_devices_of_that_kind_alone(
    usb: Bus, settings: RigSettings, kind: DeviceKind, interface: int
) -> None:
    usb.plug("1-1", KEYBOARD)
    usb.plug("1-4.3", interface)
    patient = cared(settings)[kind]
    assert apply(patient, RESET) is None
    assert apply(patient, CYCLE) is None
    assert usb.done == [(RESET, "1-4.3"), (CYCLE, "1-4.3")]


def test_what_hinders_at_one_place_is_told_and_the_others_are_tried(usb: Bus) -> None:
    usb.plug("1-2", CARDS)
    usb.plug("1-3", CARDS)
    denied = DeviceTrouble(TroubleKind.REFUSED, "usb.denied")
    usb.hindrance["1-2"] = denied
    patient = cared(RigSettings())[DeviceKind.CARD_READER]
    assert apply(patient, RESET) == denied
    assert usb.done == [(RESET, "1-2"), (RESET, "1-3")]


def sensor(usb: Bus) -> tuple[Patient, str]:
    product, model = next(iter(uru4000.MODELS.items()))
    usb.plug("1-2", 0xFF, (uru4000.VENDOR, product))
    return cared(RigSettings(fingerprint="uru4000"))[DeviceKind.FINGERPRINT], model


def test_the_sensor_is_looked_for_on_the_bus(usb: Bus) -> None:
    patient, model = sensor(usb)
    standing = patient.look()
    assert standing.serves
    assert standing.model.startswith(model)
    usb.pull("1-2")
    gone = patient.look()
    assert not gone.serves
    assert gone.trouble is not None
    assert gone.trouble.code == "fingerprint.absent"


def test_the_port_of_a_device_that_fell_off_is_switched_all_the_same(usb: Bus) -> None:
    patient, _ = sensor(usb)
    patient.look()
    usb.pull("1-2")
    patient.look()
    assert apply(patient, CYCLE) is None
    assert usb.done == [(CYCLE, "1-2")]


def test_what_was_plugged_into_its_port_since_is_left_alone(usb: Bus) -> None:
    patient, _ = sensor(usb)
    patient.look()
    usb.pull("1-2")
    usb.plug("1-2", KEYBOARD)
    assert apply(patient, CYCLE) == AWAY
    assert usb.done == []


def test_a_device_that_was_never_there_has_no_place(usb: Bus) -> None:
    patient = cared(RigSettings(fingerprint="uru4000"))[DeviceKind.FINGERPRINT]
    patient.look()
    assert apply(patient, CYCLE) == AWAY
    assert usb.done == []


class Opened:
    """A sensor that counts how often it was opened for a look."""

    model = "Some sensor"

    def __init__(self) -> None:
        self.opened = 0
        self.trouble: DeviceTrouble | None = None

    def check(self) -> DeviceTrouble | None:
        self.opened += 1
        return self.trouble


def test_a_sensor_of_libfprint_is_opened_only_when_the_bus_has_changed(
    usb: Bus, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = Opened()
    tried = patients._Tried(driver)
    assert [tried.look() for _ in range(3)] == [driver.model] * 3
    assert driver.opened == 1
    monkeypatch.setattr(patients, "_TRIED_SECONDS", -1.0)  # no rest between two tries
    driver.trouble = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.absent")
    assert tried.look() == driver.model  # nothing has changed on the bus
    usb.plug("1-2", 0xFF)
    assert tried.look() == driver.trouble
    assert driver.opened == 2
    driver.trouble = None
    assert [tried.look() for _ in range(3)] == [driver.model] * 3  # tried anew without a change
    assert driver.opened == 3


def test_of_two_printers_only_the_one_behind_the_file_is_reset(
    usb: Bus, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb.plug("1-1", PRINTS)
    usb.plug("1-2", PRINTS)
    node = tmp_path / "dev/lp0"
    node.parent.mkdir()
    node.touch()
    name = usb.sysfs / "class/usbmisc/lp0"
    name.mkdir(parents=True)
    (name / "device").symlink_to(usb.devices / "1-2:1.0")
    monkeypatch.setattr(patients._behind, "__defaults__", (usb.sysfs,))
    assert [one.path for one in patients._behind(str(tmp_path / "dev/lp*"))] == ["1-2"]
    assert patients._behind(str(tmp_path / "dev/lp1")) == ()


def test_of_two_cameras_that_could_be_meant_neither_is_reset(usb: Bus) -> None:
    usb.plug("1-1", VIDEO)
    usb.plug("1-2", VIDEO)
    patient = cared(RigSettings(camera=CameraSettings("v4l2:")))[DeviceKind.CAMERA]
    assert apply(patient, RESET) == AWAY
    assert usb.done == []


@pytest.mark.parametrize(
    "trouble",
    [
        DeviceTrouble(TroubleKind.REFUSED, "printer.paper-out"),
        DeviceTrouble(TroubleKind.REFUSED, "printer.cover-open"),
        DeviceTrouble(TroubleKind.PROTOCOL, "fingerprint.matcher-failed"),
        DeviceTrouble(TroubleKind.PROTOCOL, "device.silent"),
    ],
    ids=lambda each: each.code,
)
def test_what_no_reset_can_mend_resets_nothing(trouble: DeviceTrouble) -> None:
    settings = RigSettings(fingerprint="uru4000", slip_printer="/dev/usb/lp*")
    for patient in cared(settings).values():
        helping = [remedy.name for remedy in patient.remedies if remedy.helps(trouble)]
        assert not set(helping) & set(ON_USB)
