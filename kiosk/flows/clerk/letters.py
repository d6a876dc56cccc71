"""Which papers an act gives, which of them must be there, and what hinders them (R-003-24, 76 to 80)."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.wanted import Wanted, WantedBooking, WantedCode, WantedRegistration
from kiosk.flows.printed_document import PrintedDocument
from sync.model.credential import OperationKind
from sync.model.transitions import CODE_RENEWAL_GIVES, OPERATIONS, Gives

_LETTER_OF: Final = {
    Gives.NEW_PIN: PrintedDocument.PIN_LETTER,
    Gives.ACTIVATION_CODE: PrintedDocument.ACTIVATION_LETTER,
    Gives.REVOCATION_CODE: PrintedDocument.REVOCATION_LETTER,
    Gives.SUMMARY: PrintedDocument.CASE_SUMMARY,
}
_SIGNED: Final = frozenset(
    {OperationKind.RISCONTRO_FORTE, OperationKind.PROMOZIONE, OperationKind.RESET}
)
"""What is concluded by accepting the Regolamento, which exceptionally is of paper (R-003-50)."""


def letters_of(wanted: Wanted) -> tuple[PrintedDocument, ...]:
    """The papers of an act, in the order in which they are handed over (R-003-76 to 80)."""
    gives = _gives(wanted)
    letters = tuple(letter for one, letter in _LETTER_OF.items() if one in gives)
    signed = isinstance(wanted, WantedRegistration) or (
        isinstance(wanted, WantedBooking) and wanted.kind in _SIGNED
    )
    return (*letters, PrintedDocument.REGULATION) if signed else letters


def required_of(wanted: Wanted) -> frozenset[PrintedDocument]:
    """Those without which nothing else opens (R-003-24, 77; C-003-11).

    PIN and summary; of a revocation its letter and the summary; of a renewed code its letter. An
    activation code goes by e-mail, and must be printed where there is none (R-003-25, 57).
    """
    required = set(letters_of(wanted)) - {PrintedDocument.REGULATION}
    if not isinstance(wanted, WantedCode) and _email(wanted):
        required.discard(PrintedDocument.ACTIVATION_LETTER)
    return frozenset(required)


def _gives(wanted: Wanted) -> frozenset[Gives]:
    match wanted:
        case WantedRegistration():
            return OPERATIONS[OperationKind.RISCONTRO_FORTE].gives
        case WantedBooking(kind=kind):
            return OPERATIONS[kind].gives
        case WantedCode():
            return CODE_RENEWAL_GIVES
        case _:
            return frozenset()


def _email(wanted: Wanted) -> str:
    match wanted:
        case WantedRegistration():
            return wanted.contacts.email
        case WantedBooking() | WantedCode():
            return wanted.registration.contacts.email
        case _:
            return ""


def hindered(wanted: Wanted, trouble: str | None) -> bool:
    """Whether an act is not to be recorded, as letters that it needs could not be printed.

    Of all acts that give papers at least one required paper is a secret.
    """
    return trouble is not None and bool(required_of(wanted))
