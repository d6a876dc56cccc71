"""The station's devices under care, each with what may bring it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hw.camera.camera import ChildCamera
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint import uru4000
from hw.fingerprint.taking import FingerTaking
from hw.mending.attendant import Patient, Remedy, Standing, by_hand, unless_absent
from hw.mending.patients import (
    CameraUnderCare,
    CardReaders,
    FingerprintUnderCare,
    PrinterUnderCare,
    SpeakerUnderCare,
)
from hw.mending.services import restart
from hw.pcsc import usable_readers
from hw.ports import Printer, Speaker
from hw.rig.settings import RigSettings
from hw.usb import bus
from hw.usb.bus import UsbDevice
from hw.usb.mending import power_cycle, reset

_SMART_CARD: Final = 0x0B
_VIDEO: Final = 0x0E
# Interface classes (USB-IF, Defined Class Codes).
_STARTS_SECONDS: Final = 4.0
_NOT_THE_DEVICE: Final = frozenset(
    {
        "device.silent",
        "device.fault",
        "fingerprint.crashed",
        "fingerprint.matcher-failed",
        "fingerprint.library-unusable",
        "reader.service-absent",
    }
)
"""Troubles of ours or of a service: nothing on a bus helps against them."""
_TRIED_SECONDS: Final = 5.0
_NO_SENSOR: Final = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.absent")
_NO_PLACE: Final = DeviceTrouble(TroubleKind.ABSENT, "usb.absent")


def patients(
    settings: RigSettings,
    *,
    slip_printer: Printer | None,
    page_printer: Printer | None,
    sensor: FingerTaking | None,
    camera: ChildCamera | None,
    speaker: Speaker,
) -> list[Patient]:
    """Every device that the station has, as its attendant sees it."""
    places = _Places(lambda: bus.with_interface(_SMART_CARD))
    remedies = (*_restarts(settings, "pcscd"), *_on_usb(places))
    cared: list[Patient] = [_Placed(CardReaders(usable_readers, remedies), places)]
    if sensor is not None and settings.fingerprint == "uru4000":
        places = _Places(_sensors)
        cared.append(_Placed(FingerprintUnderCare(_plugged_in, _on_usb(places)), places))
    elif sensor is not None:
        cared.append(FingerprintUnderCare(_Tried(sensor).look))
    if camera is not None:
        address = settings.camera.address if settings.camera else ""
        own = address.startswith("v4l2:")
        places = _Places(lambda: _camera(address) if own else ())
        remedies = _on_usb(places) if own else ()
        under_care = CameraUnderCare(camera, lambda: camera.look() or camera.model, remedies)
        cared.append(_Placed(under_care, places))
    if page_printer is not None:
        queue = settings.page_printer.startswith("cups:")
        remedies = _restarts(settings, "cups") if queue else ()
        cared.append(PrinterUnderCare(DeviceKind.PAGE_PRINTER, page_printer, remedies))
    if slip_printer is not None:
        plugged = settings.slip_printer.startswith("/dev/usb/")
        places = _Places(lambda: _behind(settings.slip_printer) if plugged else ())
        remedies = _on_usb(places) if plugged else ()
        under = PrinterUnderCare(DeviceKind.SLIP_PRINTER, slip_printer, remedies)
        cared.append(_Placed(under, places))
    if settings.speech:
        cared.append(SpeakerUnderCare(speaker))
    return cared


def _plugged_in() -> str | DeviceTrouble:
    """Model of the sensor on the bus."""
    found = _sensors()
    if not found:
        return _NO_SENSOR
    return f"{uru4000.MODELS[found[0].product]} ({found[0].ids})"


def _sensors() -> tuple[UsbDevice, ...]:
    return tuple(
        device
        for device in bus.devices()
        if device.vendor == uru4000.VENDOR and device.product in uru4000.MODELS
    )


def _behind(pattern: str, sysfs: Path = bus.SYSFS) -> tuple[UsbDevice, ...]:
    """The device on the bus behind a device file, `/dev/usb/lp0` or `/dev/video0`.

    Of a pattern the first file that there is, as it is opened.
    """
    nodes = sorted(Path("/").glob(pattern.lstrip("/")))
    if not nodes:
        return ()
    name = nodes[0].name
    for place in (sysfs / "class").glob(f"*/{name}/device"):
        interface = place.resolve().name
        return tuple(one for one in bus.devices(sysfs) if one.path == interface.partition(":")[0])
    return ()


def _camera(address: str) -> tuple[UsbDevice, ...]:
    """The camera of an address, where it is on the bus; of several that could be meant, none."""
    node = address.removeprefix("v4l2:")
    if node.startswith("/dev/"):
        return _behind(node)
    found = bus.with_interface(_VIDEO)
    return found if len(found) == 1 else ()


class _Tried:
    """A sensor that only its driver can find: opened and closed when the bus has changed.

    It is not opened at every look: that starts a process.
    """

    def __init__(self, sensor: FingerTaking) -> None:
        self._sensor = sensor
        self._bus: tuple[UsbDevice, ...] | None = None
        self._found: DeviceTrouble | None = None
        self._tried_at = 0.0

    def look(self) -> str | DeviceTrouble:
        """Model of the sensor, or why it cannot be opened."""
        now, plugged = time.monotonic(), bus.devices()
        rested = now - self._tried_at > _TRIED_SECONDS
        if self._bus is None or (rested and (plugged != self._bus or self._found is not None)):
            self._bus, self._tried_at = plugged, now
            self._found = self._sensor.check()
        return self._found or self._sensor.model


class _Places:
    """Where devices of a kind are on the bus; of one that fell off, where it was last."""

    def __init__(self, find: Callable[[], Sequence[UsbDevice]]) -> None:
        self._find = find
        self._last: tuple[str, ...] = ()

    def note(self) -> None:
        """Keep where they are now, if they are anywhere."""
        self._last = tuple(device.path for device in self._find()) or self._last

    def each(self, do: Callable[[str], DeviceTrouble | None]) -> DeviceTrouble | None:
        """Do it at every place; the first trouble, or that there is no place.

        A place that something else has been plugged into since is left alone.
        """
        here = [device.path for device in self._find()]
        taken = {device.path for device in bus.devices()}
        troubles = [do(path) for path in here or self._last if path in here or path not in taken]
        return next((trouble for trouble in troubles if trouble), None if troubles else _NO_PLACE)


@dataclass(frozen=True, slots=True)
class _Placed:
    """A device whose place on the bus is kept, so that its port is known when it fell off."""

    patient: Patient
    places: _Places

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        return self.patient.kind

    @property
    def remedies(self) -> Sequence[Remedy]:
        """See `Patient`."""
        return self.patient.remedies

    def look(self) -> Standing:
        """Keep its place, and look at it."""
        self.places.note()
        return self.patient.look()


def _on_usb(places: _Places) -> tuple[Remedy, ...]:
    """Reset on the bus; then power taken from the port and given back."""
    return (
        Remedy(
            "usb-reset", lambda: places.each(reset), _STARTS_SECONDS, _of_the_device(unless_absent)
        ),
        Remedy(
            "usb-power-cycle",
            lambda: places.each(power_cycle),
            _STARTS_SECONDS,
            _of_the_device(lambda trouble: not by_hand(trouble)),
        ),
    )


def _of_the_device(
    helps: Callable[[DeviceTrouble], bool],
) -> Callable[[DeviceTrouble], bool]:
    """Not for what our own programs failed at."""
    return lambda trouble: trouble.code not in _NOT_THE_DEVICE and helps(trouble)


def _restarts(settings: RigSettings, service: str) -> tuple[Remedy, ...]:
    command = settings.restarts.get(service)
    return (restart(service, command),) if command else ()
