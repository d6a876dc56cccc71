"""The state of the devices for the flows, and a try-out of each."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol
from uuid import UUID

from hw.device_health import DeviceHealth, DeviceKind, HealthListener
from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, FingerProgress, Hand
from hw.paper import Delivered
from hw.pictures import Symbology
from hw.ports import BarcodeScanner, FingerprintSensor, Speaker
from hw.readings import HealthCardReading
from kiosk import log_events
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.flows.scanned import scan_sheet_in
from kiosk.runtime.turns import Turn, Turns

_CARD_WAITS_SECONDS: Final = 30.0
_GLANCE_SECONDS: Final = 0.4
_SPOKEN_SECONDS: Final = 15.0
_TEST_FINGER: Final = FingerPosition(Hand.RIGHT, Finger.INDEX)

OTHER_FINGER: Final = "fingerprint.no-match"
"""The finger of the second picture was not that of the first ones."""
ABSENT: Final[Mapping[DeviceKind, str]] = {
    DeviceKind.CARD_READER: "reader.absent",
    DeviceKind.FINGERPRINT: "fingerprint.absent",
    DeviceKind.CAMERA: "camera.absent",
    DeviceKind.PAGE_PRINTER: "printer.absent",
    DeviceKind.SLIP_PRINTER: "printer.absent",
    DeviceKind.SPEAKER: "speaker.absent",
}
"""Failure code of each kind where the station has none."""


class DeviceDesk(Protocol):
    """The part of the rig that looks after devices."""

    def watch_devices(self, listener: HealthListener | None) -> None:
        """Tell `listener` how every device stands, and each change; None: nobody."""
        ...

    def mend_device(self, kind: DeviceKind) -> None:
        """Try every remedy now."""
        ...

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        """Read the card; blocks."""
        ...

    def abandon_reading(self) -> None:
        """End a reading of another thread."""
        ...


class Readiness:
    """Tells of devices and tries them out.

    Args:
        desk: the part of the rig that looks after devices.
        sensor: for fingers; None where the station has none.
        speaker: for the voice.
        scanner: for the test sheet before the camera; None where the station has none.
        print_test: prints a test paper on slip or page; what became of it.
        abandon_printing: withdraws a test paper that is not on paper yet.
        post: takes the events; callable from every thread, never blocks.
    """

    def __init__(
        self,
        desk: DeviceDesk,
        *,
        sensor: FingerprintSensor | None,
        speaker: Speaker,
        scanner: BarcodeScanner | None,
        print_test: Callable[[DeviceKind, str], Delivered | DeviceTrouble],
        abandon_printing: Callable[[], None],
        post: Callable[[Event], None],
    ) -> None:
        self._desk = desk
        self._sensor = sensor
        self._speaker = speaker
        self._print_test = print_test
        self._scanner = scanner
        self._abandon_printing = abandon_printing
        self._tried: DeviceKind | None = None
        self._post = post
        self._turns = Turns(post, self._let_go, "abandon-test")

    def watch(self) -> None:
        """Tell how every device stands, and each change from now on."""
        self._desk.watch_devices(self._told)

    def stop_watching(self) -> None:
        """Tell no more."""
        self._desk.watch_devices(None)

    def mend(self, kind: DeviceKind) -> None:
        """Do what can be done for a device; `DeviceTold` says how it goes."""
        log_events.write(log_events.DEVICE_MENDING_ASKED, device=kind.value)
        self._desk.mend_device(kind)

    def expect(self) -> Turn:
        """A test was asked for; `abandon` ends it from now on, even before it begins."""
        return self._turns.expect()

    def test(self, turn: Turn, effect: effects.TestDevice, language: str) -> None:
        """Try a device out and post `DeviceTested`. Blocks until it is done."""
        self._turns.take(turn, lambda: self._test(turn, effect, language))

    def tell(self, turn: Turn, event: Event) -> None:
        """Post an answer, unless nobody waits for it any more."""
        self._turns.tell(turn, event)

    def abandon(self) -> None:
        """Let a test end now."""
        self._turns.abandon()

    def stop(self) -> None:
        """Abandon everything, for good; tell no more."""
        self._turns.stop()
        self.stop_watching()

    def _told(self, health: DeviceHealth) -> None:
        self._post(events.DeviceTold(health))

    def _let_go(self) -> None:
        """End the test that runs, and nothing that another person does with another device.

        A test that hangs is abandoned again and again, also when the next session has begun.
        """
        match self._tried:
            case DeviceKind.CARD_READER:
                self._desk.abandon_reading()
            case DeviceKind.FINGERPRINT if self._sensor is not None:
                self._sensor.abandon()
            case DeviceKind.CAMERA if self._scanner is not None:
                self._scanner.abandon()
            case DeviceKind.PAGE_PRINTER | DeviceKind.SLIP_PRINTER:
                self._abandon_printing()
            case DeviceKind.SPEAKER:
                self._speaker.silence()
            case _:
                pass

    def _test(self, turn: Turn, effect: effects.TestDevice, language: str) -> None:
        self._tried = effect.kind
        try:
            code = self._outcome(turn, effect, language)
        finally:
            self._tried = None
        log_events.write(log_events.DEVICE_TESTED, device=effect.kind.value, code=code or "passed")
        self.tell(turn, events.DeviceTested(effect.session_id, effect.kind, code))

    def _outcome(self, turn: Turn, effect: effects.TestDevice, language: str) -> str | None:
        match effect.kind:
            case DeviceKind.CARD_READER:
                return self._read_a_card(turn)
            case DeviceKind.FINGERPRINT:
                return self._take_a_finger(turn, effect.session_id)
            case DeviceKind.CAMERA:
                return self._scan_the_sheet()
            case DeviceKind.PAGE_PRINTER | DeviceKind.SLIP_PRINTER:
                return self._print_a_page(effect.kind, language)
            case DeviceKind.SPEAKER:
                return self._speak(language)

    def _read_a_card(self, turn: Turn) -> str | None:
        """Wait for a card; any that answers its first commands shows that the reader works."""
        deadline = time.monotonic() + _CARD_WAITS_SECONDS
        while not turn.over:
            outcome = self._desk.read_health_card()
            if isinstance(outcome, HealthCardReading) or outcome.code == "card.not-health-card":
                return None
            if outcome.code != "card.absent" or time.monotonic() > deadline:
                return outcome.code
            time.sleep(_GLANCE_SECONDS)
        return "card.abandoned"

    def _scan_the_sheet(self) -> str | None:
        if self._scanner is None:
            return ABSENT[DeviceKind.CAMERA]
        wanted = frozenset({Symbology.CODE_39, Symbology.QR, Symbology.PDF_417})
        found = self._scanner.scan(wanted, lambda text: scan_sheet_in(text) is not None)
        return found.code if isinstance(found, DeviceTrouble) else None

    def _take_a_finger(self, turn: Turn, session_id: UUID) -> str | None:
        if self._sensor is None:
            return ABSENT[DeviceKind.FINGERPRINT]

        def told(progress: FingerProgress) -> None:
            self.tell(turn, events.FingerProgressed(session_id, progress))

        taken = self._sensor.take(_TEST_FINGER, told)
        if isinstance(taken, DeviceTrouble):
            return taken.code
        compared = self._sensor.compare(taken, told)
        if isinstance(compared, DeviceTrouble):
            return compared.code
        return None if compared.same else OTHER_FINGER

    def _print_a_page(self, kind: DeviceKind, language: str) -> str | None:
        outcome = self._print_test(kind, language)
        # Whether the paper came out well is for the person to say, whatever the printer told.
        return outcome.code if isinstance(outcome, DeviceTrouble) else None

    def _speak(self, language: str) -> str | None:
        trouble = self._speaker.say("1, 2, 3", language)
        if trouble is not None:
            return trouble.code
        self._speaker.wait(_SPOKEN_SECONDS)
        return None
