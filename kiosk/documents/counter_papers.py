"""From a paper that a clerk asks for to its page: the one door for whoever prints at a counter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from kiosk.documents.applicant import Applicant
from kiosk.documents.counter_forms import (
    declaration_form,
    delegation_form,
    regulation_form,
    revocation_request,
)
from kiosk.documents.counter_summary import counter_summary
from kiosk.documents.letters import activation_code_letter, pin_letter, revocation_code_letter
from kiosk.documents.occasion import Occasion
from kiosk.documents.paper_settings import PaperSettings
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.office import OfficeInfo
from kiosk.flows.printed_document import PrintedDocument
from kiosk.strings.catalogue import Catalogue
from sync.model.credential import OperationKind

SECRET_PAPERS: Final = frozenset(
    {
        PrintedDocument.PIN_LETTER,
        PrintedDocument.ACTIVATION_LETTER,
        PrintedDocument.REVOCATION_LETTER,
    }
)
"""Papers that go only to a printer that takes secret jobs, and never to a screen (C-003-23)."""

_FORMS: Final = frozenset(
    {
        PrintedDocument.REGULATION,
        PrintedDocument.DELEGATION_MODULE,
        PrintedDocument.SUBSTITUTIVE_DECLARATION,
        PrintedDocument.REVOCATION_REQUEST,
    }
)


@dataclass(frozen=True, slots=True, repr=False)
class HeldAct:
    """What the station knows of an act beside what the clerk's page holds.

    Attributes:
        operation: what was booked; for a new activation code the operation in progress.
        made_at: aware time of the record.
        valid_until: last day of its secrets.
        mailed: whether the code goes by e-mail too.
        renewed: whether the code alone is new.
        pin: digits in ASCII, None where none goes with the act; wiped by who holds it.
        code: letters in ASCII; likewise.
        case: text of the summary's QR code; empty for none.
        operator: the clerk, as the page's header shows them.
    """

    operation: OperationKind
    made_at: datetime
    valid_until: date
    mailed: bool
    renewed: bool
    pin: bytearray | None
    code: bytearray | None
    case: str = ""
    operator: str = ""


def counter_paper(
    document: PrintedDocument,
    content: CounterContent,
    held: HeldAct | None,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings,
    *,
    made_at: datetime,
    again: bool = False,
) -> bytes:
    """Return a paper of the counter as PDF/UA-1.

    Args:
        document: which; those of `SECRET_PAPERS` hold a secret.
        content: whose it is.
        held: the act; None for a form, which belongs to none.
        office: where it is printed.
        catalogue: in the language of `content`.
        papers: envelopes and addresses.
        made_at: aware time, of a form.
        again: whether letter or summary is marked as a reprint; a form becomes the one by its
            signature.

    Raises:
        ValueError: the paper needs an act, a registration or a secret that is not there, or is no
            paper of a counter.
    """
    if document in _FORMS:
        return _form(document, content, office, catalogue, papers, made_at)
    if held is None or content.registration is None or content.operation_id is None:
        raise ValueError("this paper belongs to an act")
    occasion = Occasion(
        registration=content.registration,
        operation=held.operation,
        operation_id=content.operation_id.hex,
        made_at=held.made_at,
        valid_until=held.valid_until,
        delegation=content.delegation,
        mailed=held.mailed,
        renewed=held.renewed,
        again=again,
    )
    if document is PrintedDocument.CASE_SUMMARY:
        return counter_summary(occasion, office, catalogue, case=held.case, operator=held.operator)
    compose, secret = _letter(document, held)
    if not secret or not any(secret):
        raise ValueError("the secret is gone")
    return compose(occasion, secret, office, catalogue, papers)


_Letter = Callable[[Occasion, bytearray, OfficeInfo, Catalogue, PaperSettings], bytes]


def _letter(document: PrintedDocument, held: HeldAct) -> tuple[_Letter, bytearray | None]:
    match document:
        case PrintedDocument.PIN_LETTER:
            return pin_letter, held.pin
        case PrintedDocument.ACTIVATION_LETTER:
            return activation_code_letter, held.code
        case PrintedDocument.REVOCATION_LETTER:
            return revocation_code_letter, held.code
        case _:
            raise ValueError("no paper of a counter")


def _form(
    document: PrintedDocument,
    content: CounterContent,
    office: OfficeInfo,
    catalogue: Catalogue,
    papers: PaperSettings,
    made_at: datetime,
) -> bytes:
    applicant = _applicant(content)
    match document:
        case PrintedDocument.REGULATION:
            return regulation_form(applicant, office, catalogue, made_at=made_at, papers=papers)
        case PrintedDocument.REVOCATION_REQUEST:
            return revocation_request(applicant, office, catalogue, made_at=made_at)
        case PrintedDocument.DELEGATION_MODULE:
            form = delegation_form
        case _:
            form = declaration_form
    return form(applicant, content.delegation, office, catalogue, made_at=made_at)


def _applicant(content: CounterContent) -> Applicant:
    if content.registration is not None:
        return Applicant.of(content.registration)
    if content.person is not None:
        return Applicant(person=content.person, codice_fiscale=content.person.codice_fiscale)
    return Applicant()
