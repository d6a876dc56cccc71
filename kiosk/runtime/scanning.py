"""Codes for the flows: looks for them with the camera and posts what they mean."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from uuid import UUID

from hw.errors import DeviceTrouble
from hw.pictures import Symbology
from hw.ports import BarcodeScanner, Preview
from kiosk import log_events
from kiosk.flows import events
from kiosk.flows.effects import ScanPurpose
from kiosk.flows.events import Event
from kiosk.flows.scanned import codice_fiscale_in, registration_number_in, scan_sheet_in
from kiosk.runtime.turns import Turn, Turns

NO_SCANNER: Final = "barcode.no-scanner"

_WANTED: Final[Mapping[ScanPurpose, tuple[frozenset[Symbology], Callable[[str], str | None]]]] = {
    ScanPurpose.CODICE_FISCALE: (frozenset({Symbology.CODE_39}), codice_fiscale_in),
    ScanPurpose.REGISTRATION_NUMBER: (
        frozenset({Symbology.QR, Symbology.CODE_39}),
        registration_number_in,
    ),
    ScanPurpose.TEST_SHEET: (
        frozenset({Symbology.CODE_39, Symbology.QR, Symbology.PDF_417}),
        scan_sheet_in,
    ),
}
"""Where to look, and what a text found there means: its canonical value, or None for nothing."""


class Scanning:
    """Looks for codes with the camera and posts what they mean.

    Args:
        scanner: None where the station has no camera.
        post: takes the events; callable from every thread, never blocks.
    """

    def __init__(self, scanner: BarcodeScanner | None, post: Callable[[Event], None]) -> None:
        self._scanner = scanner
        abandon = scanner.abandon if scanner is not None else lambda: None
        self._turns = Turns(post, abandon, "abandon-scan")

    @property
    def preview(self) -> Preview | None:
        """What the camera sees while a scan runs; None where there is no camera."""
        return self._scanner.preview if self._scanner is not None else None

    def expect(self) -> Turn:
        """A scan was asked for; `abandon` ends it from now on, even before it begins."""
        return self._turns.expect()

    def scan(self, session_id: UUID, what: ScanPurpose, turn: Turn | None = None) -> None:
        """Look for a code and post `BarcodeRead` or `ScanFailed`. Blocks until then.

        Args:
            session_id: for the answer.
            what: the code is looked for.
            turn: of `expect`, where the request waited in a queue; one of its own where None.
        """
        turn = turn or self.expect()
        self._turns.take(turn, lambda: self._scan(turn, session_id, what))

    def tell(self, turn: Turn, event: Event) -> None:
        """Post an answer, unless nobody waits for it any more."""
        self._turns.tell(turn, event)

    def abandon(self) -> None:
        """End what runs and forget what is queued; nothing of it is answered any more."""
        self._turns.abandon()

    def stop(self) -> None:
        """Abandon everything, for good."""
        self._turns.stop()

    def _scan(self, turn: Turn, session_id: UUID, what: ScanPurpose) -> None:
        if self._scanner is None:
            self.tell(turn, events.ScanFailed(session_id, NO_SCANNER))
            return
        wanted, meaning = _WANTED[what]
        match self._scanner.scan(wanted, lambda text: meaning(text) is not None):
            case DeviceTrouble() as trouble:
                log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
                self.tell(turn, events.ScanFailed(session_id, trouble.code))
            case reading:
                value = meaning(reading.text)
                # A scanner that gives what was not accepted read nothing.
                self.tell(
                    turn,
                    events.ScanFailed(session_id, "barcode.none-found")
                    if value is None
                    else events.BarcodeRead(session_id, what, value),
                )
