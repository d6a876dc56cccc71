"""Papers for the flows: composed in memory, handed to the printers, never stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from uuid import UUID

from hw.errors import DeviceTrouble
from hw.ports import Printer
from kiosk import log_events
from kiosk.documents.forms import delegation_module, substitutive_declaration, summary_page
from kiosk.documents.receipt import receipt_page, receipt_slip
from kiosk.flows import events
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue

Compose = Callable[[Receipt, OfficeInfo, Catalogue], bytes]

_COMPOSERS: Mapping[PrintedDocument, Compose] = {
    PrintedDocument.RECEIPT_SLIP: receipt_slip,
    PrintedDocument.RECEIPT_PAGE: receipt_page,
    PrintedDocument.SUMMARY: summary_page,
    PrintedDocument.DELEGATION_MODULE: delegation_module,
    PrintedDocument.SUBSTITUTIVE_DECLARATION: substitutive_declaration,
}


class Papers:
    """Prints what a flow asks for.

    Args:
        slip_printer: the thermal printer, or None where the station has none.
        page_printer: the A4 printer, or None where the station has none.
        office: named on every paper.
        catalogues: one per language.
        post: takes the outcome.
    """

    def __init__(
        self,
        *,
        slip_printer: Printer | None,
        page_printer: Printer | None,
        office: OfficeInfo,
        catalogues: Mapping[str, Catalogue],
        post: Callable[[Event], None],
    ) -> None:
        self._slip_printer = slip_printer
        self._page_printer = page_printer
        self._office = office
        self._catalogues = catalogues
        self._post = post

    def print(self, session_id: UUID, document: PrintedDocument, receipt: Receipt) -> None:
        """Compose and deliver one paper; posts `Printed` or `PrintFailed`. Blocks."""
        printer = self._slip_printer if document.on_slip else self._page_printer
        if printer is None:
            self._post(events.PrintFailed(session_id, document, "printer.absent"))
            return
        data = _COMPOSERS[document](receipt, self._office, self._catalogues[receipt.language])
        match printer.deliver(data):
            case DeviceTrouble() as trouble:
                log_events.write(
                    log_events.DEVICE_TROUBLE, code=trouble.code, document=document.value
                )
                self._post(events.PrintFailed(session_id, document, trouble.code))
            case _:
                log_events.write(log_events.PRINTED, document=document.value)
                self._post(events.Printed(session_id, document))
