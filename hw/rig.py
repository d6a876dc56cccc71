"""Opens this station's devices, watches and mends them, closes them in reverse."""

from __future__ import annotations

from dataclasses import dataclass

from hw.errors import DeviceTrouble
from hw.ports import CardListener, Printer, Speaker
from hw.readings import HealthCardReading


@dataclass(frozen=True, slots=True)
class RigSettings:
    """Which devices this station has.

    Attributes:
        slip_printer: address of the thermal printer, `tcp://host:port`, or empty for none.
        page_printer: address of the page printer, `tcp://host:port`, or empty for none.
        speech: whether the station speaks.
        read_seconds: longest time that reading a card may take.
    """

    slip_printer: str = ""
    page_printer: str = ""
    speech: bool = True
    read_seconds: float = 3.0


class Rig:
    """The devices of one station. Made by `open_rig`."""

    slip_printer: Printer | None
    page_printer: Printer | None
    speaker: Speaker

    def watch_cards(self, listener: CardListener) -> None:
        """Tell `listener` what happens at the card readers, beginning with how they stand now."""
        raise NotImplementedError

    def stop_watching_cards(self) -> None:
        """Stop telling. When this returns, the listener is not called any more."""
        raise NotImplementedError

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        """Read the TS-CNS in any reader; blocks up to `read_seconds`."""
        raise NotImplementedError

    def abandon_reading(self) -> None:
        """Make a `read_health_card` of another thread return `card.abandoned` now."""
        raise NotImplementedError

    def close(self) -> None:
        """Close every device. Safe to call twice."""
        raise NotImplementedError


def open_rig(settings: RigSettings) -> Rig:
    """Open the devices. Never fails: a device that is missing shows as trouble when it is used."""
    raise NotImplementedError
