"""Papers for the flows: composed in memory, handed to the printers, never stored.

Nothing is printed twice by itself: a paper whose fate is unknown is printed again only when a
person asks, and is then marked as a reprint.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from hw.device_health import DeviceKind
from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Delivered, PrinterStatus
from hw.ports import Printer
from kiosk import log_events
from kiosk.documents.forms import delegation_module, substitutive_declaration, summary_page
from kiosk.documents.identification import identification_slip
from kiosk.documents.installation import installation_report
from kiosk.documents.readiness import readiness_report
from kiosk.documents.receipt import receipt_page, receipt_slip
from kiosk.documents.test_sheet import printer_test_page, printer_test_slip
from kiosk.flows import events
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import ActReceipt, Receipt
from kiosk.strings.catalogue import Catalogue

ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "printer.absent", (("sent", "no"),))
"""The station has no such printer."""
SWAPPED: Final = DeviceTrouble(TroubleKind.REFUSED, "printer.swapped", (("sent", "no"),))
"""Another printer stands where one was known; it gets no secret before it was tried out."""
NAMELESS: Final = DeviceTrouble(
    TroubleKind.REFUSED,
    "printer.not-for-secrets",
    (("reason", "tells no identity"), ("sent", "no")),
)
"""It has never told who it is, so that another one in its place could not be noticed."""
LATE: Final = DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned", (("sent", "no"),))
"""The paper waited for its turn, and nobody is there any more to take it."""


class _Receipts(Protocol):
    def __call__(
        self, receipt: Receipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
    ) -> bytes: ...


class _Forms(Protocol):
    def __call__(self, receipt: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes: ...


class _Acts(Protocol):
    def __call__(
        self, receipt: ActReceipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
    ) -> bytes: ...


_RECEIPTS: Final[Mapping[PrintedDocument, _Receipts]] = {
    PrintedDocument.RECEIPT_SLIP: receipt_slip,
    PrintedDocument.RECEIPT_PAGE: receipt_page,
    PrintedDocument.SUMMARY: summary_page,
}
_FORMS: Final[Mapping[PrintedDocument, _Forms]] = {
    # A form becomes the one by its signature: a mark would only make the counter doubt it.
    PrintedDocument.DELEGATION_MODULE: delegation_module,
    PrintedDocument.SUBSTITUTIVE_DECLARATION: substitutive_declaration,
}
_ACTS: Final[Mapping[PrintedDocument, _Acts]] = {
    PrintedDocument.IDENTIFICATION_SLIP: identification_slip,
    PrintedDocument.READINESS_REPORT: readiness_report,
    PrintedDocument.INSTALLATION_REPORT: installation_report,
}


def _always() -> bool:
    return True


def _now() -> datetime:
    return datetime.now().astimezone()


class _Known:
    """A printer, and which one it was when it last said so; one job at a time.

    Attributes:
        turn: held while a job runs.
        seen: the identity that was told last, empty where none ever was.
        trusted: the one that gets secrets: the first that was seen, or the last that was tried out.
    """

    def __init__(self, printer: Printer) -> None:
        self.printer = printer
        self.turn = threading.Lock()
        self.seen = ""
        self.trusted = ""
        self._guard = threading.Lock()
        self._testing = False

    @contextlib.contextmanager
    def trying(self, *, out: bool) -> Iterator[None]:
        """Around a delivery; where it tries the printer `out`, `abandon_test` may end it."""
        with self._guard:
            self._testing = out
        try:
            yield
        finally:
            with self._guard:
                self._testing = False

    def abandon_test(self) -> None:
        """End a test paper under way; a paper of somebody's is finished."""
        with self._guard:
            if self._testing:
                self.printer.abandon()

    def look(self) -> PrinterStatus | DeviceTrouble:
        """How it stands; another one than before is logged."""
        status = self.printer.status()
        if isinstance(status, PrinterStatus) and status.identity:
            if self.seen and status.identity != self.seen:
                log_events.write(log_events.PRINTER_SWAPPED)
            self.seen = status.identity
            self.trusted = self.trusted or self.seen
        return status


class Papers:
    """Prints what a flow asks for.

    Args:
        slip_printer: the thermal printer, or None where the station has none.
        page_printer: the A4 printer, or None where the station has none.
        office: named on every paper.
        catalogues: one per language.
        post: takes the outcome.
        now: aware time, for test papers.
    """

    def __init__(
        self,
        *,
        slip_printer: Printer | None,
        page_printer: Printer | None,
        office: OfficeInfo,
        catalogues: Mapping[str, Catalogue],
        post: Callable[[Event], None],
        now: Callable[[], datetime] = _now,
    ) -> None:
        self._slips = _Known(slip_printer) if slip_printer is not None else None
        self._pages = _Known(page_printer) if page_printer is not None else None
        self._office = office
        self._catalogues = catalogues
        self._post = post
        self._now = now

    def steer(self, office: OfficeInfo) -> None:
        """Name the office so on every paper from now on."""
        self._office = office

    def print(
        self,
        session_id: UUID,
        document: PrintedDocument,
        content: Receipt | ActReceipt,
        *,
        again: bool = False,
        wanted: Callable[[], bool] = _always,
    ) -> None:
        """Compose and deliver one paper; posts `Printed` or `PrintFailed`. Blocks.

        Args:
            session_id: repeated by the answer.
            document: which paper.
            content: what it says.
            again: whether it is marked as a reprint.
            wanted: asked when its turn has come, right before it is sent: whether somebody still
                waits for it.

        Raises:
            TypeError: a content of another kind than the document's.
        """
        known = self._slips if document.on_slip else self._pages
        outcome = self._deliver(
            known, lambda: self._compose(document, content, again=again), wanted=wanted
        )
        if isinstance(outcome, DeviceTrouble):
            log_events.write(log_events.DEVICE_TROUBLE, code=outcome.code, document=document.value)
            sent = ("sent", "no") not in outcome.details
            self._post(events.PrintFailed(session_id, document, outcome.code, sent))
        else:
            log_events.write(
                log_events.PRINTED, document=document.value, certainty=outcome.certainty.value
            )
            self._post(events.Printed(session_id, document, outcome.certainty))

    def print_test(self, kind: DeviceKind, language: str) -> Delivered | DeviceTrouble:
        """Print a test paper on the slip or the page printer; what became of it. Blocks.

        A printer that stands in another's place is known as the right one from then on.
        """
        catalogue = self._catalogues[language]
        on_slip = kind is DeviceKind.SLIP_PRINTER
        known = self._slips if on_slip else self._pages
        compose = printer_test_slip if on_slip else printer_test_page
        outcome = self._deliver(
            known, lambda: compose(self._office, catalogue, self._now()), test=True
        )
        if known is not None and isinstance(outcome, Delivered):
            known.trusted = known.seen
        return outcome

    def print_page(
        self, compose: Callable[[], bytes], wanted: Callable[[], bool] = _always
    ) -> Delivered | DeviceTrouble:
        """Print one A4 paper without secrets; what became of it. Blocks.

        Args:
            compose: makes the page once the printer can take it.
            wanted: whether somebody still waits for it; asked right before it is sent.
        """
        return self._deliver(self._pages, compose, wanted=wanted)

    def print_secret_page(
        self, compose: Callable[[], bytes], wanted: Callable[[], bool] = _always
    ) -> Delivered | DeviceTrouble:
        """Print a letter with secret codes; what became of it. Blocks.

        Its bytes are nowhere but in memory and at the printer; where the printer's way cannot
        promise that, nothing is printed and the code is `printer.not-for-secrets`; so it is with a
        printer that never told who it is. One that was put in another's place gets none before its
        test paper: `printer.swapped`.

        Args:
            compose: makes the letter.
            wanted: whether somebody still waits for it; asked right before it is sent.
        """
        known = self._pages
        if known is None:
            return ABSENT
        with known.turn, known.trying(out=False):
            # Composed first: whoever stands there is asked at the last moment.
            data = compose()
            if not wanted():
                return LATE
            status = known.look()
            if trouble := _stopped(status):
                return trouble
            if not known.trusted:
                return NAMELESS
            if isinstance(status, DeviceTrouble) or status.identity != known.trusted:
                return SWAPPED
            return known.printer.deliver(data, secret=True, identity=known.trusted)

    def why_no_secret(self) -> str | None:
        """Code of why a letter with secrets would not be printed now; None where it would. Blocks."""
        known = self._pages
        if known is None:
            return ABSENT.code
        with known.turn:
            status = known.look()
            if trouble := _stopped(status):
                return trouble.code
            if not known.trusted or isinstance(status, DeviceTrouble) or not status.takes_secrets:
                return NAMELESS.code
            return None if status.identity == known.trusted else SWAPPED.code

    def abandon_test(self) -> None:
        """Withdraw a test paper under way where its printer can do that; other papers go on."""
        for known in (self._slips, self._pages):
            if known is not None:
                known.abandon_test()

    def abandon(self) -> None:
        """Withdraw whatever is being printed, where its printer can do that: the program ends."""
        for known in (self._slips, self._pages):
            if known is not None:
                known.printer.abandon()

    def _compose(
        self, document: PrintedDocument, content: Receipt | ActReceipt, *, again: bool
    ) -> bytes:
        catalogue = self._catalogues[content.language]
        if isinstance(content, ActReceipt):
            if document not in _ACTS:
                raise TypeError("an act's receipt makes papers of acts only")
            return _ACTS[document](content, self._office, catalogue, again=again)
        if document in _FORMS:
            return _FORMS[document](content, self._office, catalogue)
        if document not in _RECEIPTS:
            raise TypeError("a registration's receipt makes papers of registrations only")
        return _RECEIPTS[document](content, self._office, catalogue, again=again)

    def _deliver(
        self,
        known: _Known | None,
        compose: Callable[[], bytes],
        *,
        test: bool = False,
        wanted: Callable[[], bool] = _always,
    ) -> Delivered | DeviceTrouble:
        """One job at a time for each printer. Nothing is composed for one that cannot print it."""
        if known is None:
            return ABSENT
        with known.turn, known.trying(out=test):
            status = known.look()
            if trouble := _stopped(status):
                return trouble
            data = compose()
            return known.printer.deliver(data) if wanted() else LATE


def _stopped(status: PrinterStatus | DeviceTrouble) -> DeviceTrouble | None:
    """Why nothing is sent to a printer that stands so; None where it may be."""
    if isinstance(status, DeviceTrouble):
        return DeviceTrouble(status.kind, status.code, (*status.details, ("sent", "no")))
    for condition in status.conditions:
        if condition.stops:
            code = f"printer.{condition.value}"
            return DeviceTrouble(TroubleKind.REFUSED, code, (("sent", "no"),))
    return None
