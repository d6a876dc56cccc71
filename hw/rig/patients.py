"""The station's devices under care, each with what may bring it back."""

from __future__ import annotations

from collections.abc import Sequence

from hw.camera.camera import ChildCamera
from hw.device_health import DeviceKind
from hw.fingerprint.taking import FingerTaking
from hw.mending.attendant import Patient, Remedy
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
    cared: list[Patient] = [CardReaders(usable_readers, _restarts(settings, "pcscd"))]
    if sensor is not None:
        cared.append(FingerprintUnderCare(lambda: sensor.model))
    if camera is not None:
        cared.append(CameraUnderCare(camera, lambda: camera.look() or camera.model))
    if page_printer is not None:
        queue = settings.page_printer.startswith("cups:")
        remedies = _restarts(settings, "cups") if queue else ()
        cared.append(PrinterUnderCare(DeviceKind.PAGE_PRINTER, page_printer, remedies))
    if slip_printer is not None:
        cared.append(PrinterUnderCare(DeviceKind.SLIP_PRINTER, slip_printer))
    if settings.speech:
        cared.append(SpeakerUnderCare(speaker))
    return cared


def _restarts(settings: RigSettings, service: str) -> Sequence[Remedy]:
    command = settings.restarts.get(service)
    return (restart(service, command),) if command else ()
