"""Opens this station's devices, watches and mends them, closes them in reverse."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from hw.cards.reader import AnySlotReader
from hw.errors import DeviceTrouble
from hw.pcsc import CardWatch, occupied_slots
from hw.ports import CardListener, Printer, Speaker
from hw.printer.appsocket import AppSocketAddress, AppSocketPrinter
from hw.readings import HealthCardReading
from hw.speaker.espeak import EspeakSpeaker
from hw.speaker.mute import MuteSpeaker


@dataclass(frozen=True, slots=True)
class RigSettings:
    """Which devices this station has.

    Attributes:
        slip_printer: address of the thermal printer, `tcp://host[:port]`, or empty for none.
        page_printer: address of the page printer, `tcp://host[:port]`, or empty for none.
        speech: whether the station speaks.
        read_seconds: longest time that reading a card may take.
    """

    slip_printer: str = ""
    page_printer: str = ""
    speech: bool = True
    read_seconds: float = 3.0


class Rig:
    """The devices of one station. Made by `open_rig`; may be used from any thread.

    Attributes:
        slip_printer: the thermal printer, None where the station has none.
        page_printer: the page printer, None where the station has none.
        speaker: the voice; not `available` where the station has none.
    """

    slip_printer: Printer | None
    page_printer: Printer | None
    speaker: Speaker

    def __init__(self, settings: RigSettings) -> None:
        self.slip_printer = _printer(settings.slip_printer)
        self.page_printer = _printer(settings.page_printer)
        self.speaker = EspeakSpeaker() if settings.speech else MuteSpeaker()
        self._reader = AnySlotReader(occupied_slots, settings.read_seconds)
        self._lock = threading.Lock()
        self._watch: CardWatch | None = None

    def watch_cards(self, listener: CardListener) -> None:
        """Tell `listener` what happens at the card readers, beginning with how they stand now.

        `ReaderReady` or trouble comes first, then `CardInserted` for each card that is in. There
        is one listener; a second call replaces the first.
        """
        self.stop_watching_cards()
        watch = CardWatch(listener)
        with self._lock:
            self._watch = watch
        watch.start()

    def stop_watching_cards(self) -> None:
        """Stop telling. When this returns, the listener is not called any more."""
        with self._lock:
            watch, self._watch = self._watch, None
        if watch is not None:
            watch.stop()

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        """Read the TS-CNS in any reader; blocks up to `read_seconds`.

        Codes of trouble: `card.*` and `reader.*`; see docs/failure-codes.md.
        """
        return self._reader.read()

    def abandon_reading(self) -> None:
        """Make a `read_health_card` of another thread return `card.abandoned` now."""
        self._reader.abandon()

    def close(self) -> None:
        """Close every device. Safe to call twice."""
        self.abandon_reading()
        self.stop_watching_cards()
        self.speaker.silence()


def open_rig(settings: RigSettings) -> Rig:
    """Open the devices. A device that is missing shows as trouble when it is used, not here.

    Raises:
        ValueError: an address in the settings that cannot be one.
    """
    return Rig(settings)


def _printer(address: str) -> Printer | None:
    return AppSocketPrinter(AppSocketAddress.parse(address)) if address else None
