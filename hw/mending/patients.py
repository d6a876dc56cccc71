"""The devices of a station as their attendants see them: how to look at each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.mending.attendant import Remedy, Standing
from hw.paper import PrinterStatus
from hw.ports import Camera, Printer, Speaker

_NOT_LOOKED_AT = frozenset({"printer.busy"})
"""Troubles of a status that say only that the printer is at work."""
_NO_READER = DeviceTrouble(TroubleKind.ABSENT, "reader.absent")


@dataclass(frozen=True, slots=True)
class CardReaders:
    """The card readers of the station, taken as one device.

    Attributes:
        readers: names of those that answer, or why none does.
        remedies: see `Patient`.
    """

    readers: Callable[[], tuple[str, ...] | DeviceTrouble]
    remedies: Sequence[Remedy] = ()

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        return DeviceKind.CARD_READER

    def look(self) -> Standing:
        """Whether any reader answers."""
        found = self.readers()
        if isinstance(found, DeviceTrouble):
            return Standing.failed(found)
        return Standing(model=", ".join(found)) if found else Standing.failed(_NO_READER)


@dataclass(frozen=True, slots=True)
class PrinterUnderCare:
    """A printer that is asked how it stands.

    Attributes:
        kind: slips or pages.
        printer: the port to it.
        remedies: see `Patient`.
    """

    kind: DeviceKind
    printer: Printer
    remedies: Sequence[Remedy] = ()

    def look(self) -> Standing:
        """Its status; where it tells none, that it can be reached is all that is known."""
        status = self.printer.status()
        if isinstance(status, PrinterStatus):
            return standing_of(status)
        if status.code in _NOT_LOOKED_AT:
            return Standing()
        return Standing.failed(status)


def standing_of(status: PrinterStatus) -> Standing:
    """What a printer's status means for who wants to print."""
    if not status.conditions:
        return Standing(model=status.model)
    worst = status.conditions[0]
    trouble = DeviceTrouble(TroubleKind.REFUSED, f"printer.{worst.value}")
    return Standing(trouble, serves=not worst.stops, model=status.model)


@dataclass(frozen=True, slots=True)
class FingerprintUnderCare:
    """The fingerprint sensor.

    Attributes:
        present: model of the sensor that is plugged in, or why none can be used.
        remedies: see `Patient`.
    """

    present: Callable[[], str | DeviceTrouble]
    remedies: Sequence[Remedy] = ()

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        return DeviceKind.FINGERPRINT

    def look(self) -> Standing:
        """Whether a sensor is plugged in; it is opened only for a person."""
        found = self.present()
        if isinstance(found, DeviceTrouble):
            return Standing.failed(found)
        return Standing(model=found)


@dataclass(frozen=True, slots=True)
class CameraUnderCare:
    """The camera.

    Attributes:
        camera: the port to it.
        present: what is there while it is not in use, or why it cannot be used.
        remedies: see `Patient`.
    """

    camera: Camera
    present: Callable[[], str | DeviceTrouble]
    remedies: Sequence[Remedy] = ()

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        return DeviceKind.CAMERA

    def look(self) -> Standing:
        """Trouble of the pictures that should come; else whether the camera is there."""
        trouble = self.camera.trouble()
        if trouble is not None:
            return Standing.failed(trouble)
        found = self.present()
        if isinstance(found, DeviceTrouble):
            return Standing.failed(found)
        return Standing(model=found)


@dataclass(frozen=True, slots=True)
class SpeakerUnderCare:
    """The voice.

    Attributes:
        speaker: the port to it.
        remedies: see `Patient`.
    """

    speaker: Speaker
    remedies: Sequence[Remedy] = ()

    @property
    def kind(self) -> DeviceKind:
        """Which device."""
        return DeviceKind.SPEAKER

    def look(self) -> Standing:
        """Whether a voice and a sound card were found."""
        if self.speaker.available:
            return Standing(model="espeak-ng")
        return Standing.failed(DeviceTrouble(TroubleKind.ABSENT, "speaker.absent"))
