"""The papers that go with a preregistration: summary, delegation, substitutive declaration.

The summary is for the citizen to check (R-003-27, R-003-79). The two forms are for the office,
which keeps the signed original (R-003-70, R-003-81, R-003-82). What was not given is left blank,
to be filled in by hand.

A form is valid in Italian. In another language a translation comes first, which says so and has
no place for a signature; the Italian form follows on a page of its own.
"""

from __future__ import annotations

from kiosk.documents import guidance, rows, wording
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.qr import qr_png
from kiosk.documents.rows import Row, Section
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue
from sync.model.delegation import DelegationKind
from sync.model.preregistration import Preregistration

_VALID_IN = "it"


def summary_page(
    receipt: Receipt, office: OfficeInfo, catalogue: Catalogue, *, again: bool = False
) -> bytes:
    """Return all data of the preregistration, for the citizen to check (R-003-79)."""
    operation = receipt.preregistration
    values = {
        **_heading(receipt, office, catalogue),
        "community": catalogue.text(f"document.community.{operation.community.value}"),
        "sections": _sections(operation, catalogue),
    }
    return typeset(
        [Sheet("summary.html", catalogue, values, again=again)], created=receipt.recorded_at
    )


def delegation_module(receipt: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    """Return "Modulo delega richiesta credenziali", to be signed by the citizen (R-003-68)."""
    return _form("delegation.html", DelegationKind.MODULO_DELEGA, receipt, office, catalogue)


def substitutive_declaration(receipt: Receipt, office: OfficeInfo, catalogue: Catalogue) -> bytes:
    """Return the declaration for an adult under guardianship or unable to sign (R-003-69).

    It is signed by the person who goes to the counter.
    """
    kind = DelegationKind.DICHIARAZIONE_SOSTITUTIVA
    return _form("declaration.html", kind, receipt, office, catalogue)


def _form(
    template: str,
    kind: DelegationKind,
    receipt: Receipt,
    office: OfficeInfo,
    catalogue: Catalogue,
) -> bytes:
    languages = [catalogue]
    if catalogue.language != _VALID_IN:
        languages.append(Catalogue.load(_VALID_IN))
    operation = receipt.preregistration
    given = operation.delegation
    delegation = given if given is not None and given.kind is kind else None
    picture = {"number": qr_png(receipt.registration_number)}
    sheets = [
        Sheet(
            template,
            language,
            {
                **_heading(receipt, office, language),
                "citizen": _citizen_in_form(operation, language),
                "delegate": rows.delegate(delegation, language),
                "bring": guidance.beside_the_form(operation, kind, language),
                "to_sign": language.language == _VALID_IN,
            },
            picture,
        )
        for language in languages
    ]
    return typeset(sheets, created=receipt.recorded_at)


def _heading(receipt: Receipt, office: OfficeInfo, catalogue: Catalogue) -> dict[str, object]:
    return {
        "number": receipt.grouped,
        "office_name": office.name,
        "recorded_date": wording.local_day(receipt.recorded_at, catalogue),
        "recorded_time": wording.local_time(receipt.recorded_at),
        "notice": receipt.preregistration.privacy_notice,
    }


def _citizen_in_form(operation: Preregistration, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    return (
        *rows.identity(operation.person, operation.document, catalogue),
        Row(text("document.field.residence"), wording.address(operation.residence, catalogue)),
    )


def _sections(operation: Preregistration, catalogue: Catalogue) -> tuple[Section, ...]:
    """Every datum of Tabella 2 (R-003-64) in its order; an optional one that is absent is left out."""
    domicile, delegation, note = operation.domicile, operation.delegation, operation.note
    return rows.sections(
        catalogue,
        person=rows.person_rows(operation.person, catalogue),
        residence=rows.address_rows(operation.residence, catalogue),
        domicile=rows.address_rows(domicile, catalogue) if domicile else (),
        contacts=rows.contact_rows(operation.contacts, catalogue),
        document=rows.document_rows(operation.document, catalogue),
        delegate=rows.delegation_rows(delegation, catalogue) if delegation else (),
        note=(Row(catalogue.text("document.field.note"), note),) if note else (),
    )
