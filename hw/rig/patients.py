"""The station's devices under care, each with what may bring it back."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Final

from hw.camera.camera import ChildCamera
from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint import uru4000
from hw.fingerprint.taking import FingerTaking
from hw.mending.attendant import Patient, Remedy, unless_absent
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
_PRINTER: Final = 0x07
# Interface classes (USB-IF, Defined Class Codes).
_STARTS_SECONDS: Final = 4.0
_TRIED_SECONDS: Final = 10.0
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
    readers = _on_usb(lambda: bus.with_interface(_SMART_CARD))
    cared: list[Patient] = [
        CardReaders(usable_readers, (*_restarts(settings, "pcscd"), *readers)),
    ]
    if sensor is not None and settings.fingerprint == "uru4000":
        cared.append(FingerprintUnderCare(_plugged_in, _on_usb(_sensors)))
    elif sensor is not None:
        cared.append(FingerprintUnderCare(_Tried(sensor).look))
    if camera is not None:
        own = not settings.camera or settings.camera.address.startswith("v4l2:")
        remedies = _on_usb(lambda: bus.with_interface(_VIDEO)) if own else ()
        cared.append(CameraUnderCare(camera, lambda: camera.look() or camera.model, remedies))
    if page_printer is not None:
        queue = settings.page_printer.startswith("cups:")
        remedies = _restarts(settings, "cups") if queue else ()
        cared.append(PrinterUnderCare(DeviceKind.PAGE_PRINTER, page_printer, remedies))
    if slip_printer is not None:
        plugged = settings.slip_printer.startswith("/dev/usb/")
        remedies = _on_usb(lambda: bus.with_interface(_PRINTER)) if plugged else ()
        cared.append(PrinterUnderCare(DeviceKind.SLIP_PRINTER, slip_printer, remedies))
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
        due = self._found is not None and now - self._tried_at > _TRIED_SECONDS
        if plugged != self._bus or due:
            self._bus, self._tried_at = plugged, now
            self._found = self._sensor.check()
        return self._found or self._sensor.model


class _Places:
    """Where devices of a kind are on the bus; of one that fell off, where it was last."""

    def __init__(self, find: Callable[[], Sequence[UsbDevice]]) -> None:
        self._find = find
        self._last: tuple[str, ...] = ()

    def each(self, do: Callable[[str], DeviceTrouble | None]) -> DeviceTrouble | None:
        """Do it at every place; the first trouble, or that there is no place."""
        self._last = tuple(device.path for device in self._find()) or self._last
        troubles = [do(path) for path in self._last]
        return next((trouble for trouble in troubles if trouble), None if troubles else _NO_PLACE)


def _on_usb(find: Callable[[], Sequence[UsbDevice]]) -> tuple[Remedy, ...]:
    """Reset on the bus; then power taken from the port and given back."""
    places = _Places(find)
    return (
        Remedy("usb-reset", lambda: places.each(reset), _STARTS_SECONDS, unless_absent),
        Remedy("usb-power-cycle", lambda: places.each(power_cycle), _STARTS_SECONDS),
    )


def _restarts(settings: RigSettings, service: str) -> tuple[Remedy, ...]:
    command = settings.restarts.get(service)
    return (restart(service, command),) if command else ()
