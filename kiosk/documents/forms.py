"""The papers that go with a preregistration: summary, delegation, substitutive declaration.

The summary is for the citizen to check (R-003-27, R-003-79). The two forms are for the office,
which keeps the signed original (R-003-70, R-003-81, R-003-82). What was not given is left blank,
to be filled in by hand.

A form is valid in Italian. In another language a translation comes first, which says so and has
no place for a signature; the Italian form follows on a page of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.documents import guidance, wording
from kiosk.documents.press import Sheet, typeset
from kiosk.documents.qr import qr_png
from kiosk.flows.office import OfficeInfo
from kiosk.flows.receipt import Receipt
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.preregistration import Preregistration

_VALID_IN = "it"


@dataclass(frozen=True, slots=True)
class Row:
    """One datum: its name, and its value or None where it is to be written by hand."""

    label: str
    value: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class Section:
    """Data that belong together."""

    title: str
    rows: tuple[Row, ...]


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
                "delegate": _delegate_in_form(delegation, language),
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


def _sections(operation: Preregistration, catalogue: Catalogue) -> tuple[Section, ...]:
    """Every datum of Tabella 2 (R-003-64) in its order; an optional one that is absent is left out."""
    data = {
        "person": _person_rows(operation.person, catalogue),
        "residence": _address_rows(operation.residence, catalogue),
        "domicile": _address_rows(operation.domicile, catalogue) if operation.domicile else (),
        "contacts": _contact_rows(operation.contacts, catalogue),
        "document": _document_rows(operation.document, catalogue),
        "delegate": _delegation_rows(operation.delegation, catalogue)
        if operation.delegation
        else (),
        "note": (Row(catalogue.text("document.field.note"), operation.note),)
        if operation.note
        else (),
    }
    return tuple(
        Section(catalogue.text(f"document.section.{name}"), rows)
        for name, rows in data.items()
        if rows
    )


def _person_rows(person: Person, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    return (
        Row(text("document.field.surname"), person.surname or text("document.no-surname")),
        Row(text("document.field.name"), person.name or text("document.no-name")),
        Row(text("document.field.codice-fiscale"), person.codice_fiscale),
        Row(text("document.field.birth-date"), wording.partial_date(person.birth_date, catalogue)),
        Row(text("document.field.sex"), text(f"document.sex.{person.sex.value}")),
    )


def _address_rows(where: Residence, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    street = Row(text("document.field.street"), wording.street(where))
    match where:
        case ForeignAddress():
            return (
                street,
                Row(text("document.field.city"), where.city),
                Row(text("document.field.nation"), where.nation_text),
            )
        case ItalianAddress():
            optional = (
                Row(text("document.field.care-of"), where.care_of),
                street,
                Row(text("document.field.cap"), where.cap),
                Row(text("document.field.comune"), wording.comune(where.comune)),
            )
            return tuple(row for row in optional if row.value)


def _contact_rows(contacts: Contacts, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    rows = (
        Row(text("document.field.email"), contacts.email),
        Row(text("document.field.mobile"), wording.phone(contacts.mobile)),
        Row(text("document.field.landline"), wording.phone(contacts.landline)),
    )
    return tuple(row for row in rows if row.value)


def _document_rows(document: IdentityDocument, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    return (
        Row(text("document.field.kind"), wording.document_kind(document, catalogue)),
        Row(text("document.field.number"), document.number),
        Row(text("document.field.issued-on"), wording.day(document.issued_on, catalogue)),
        Row(text("document.field.issuer"), document.issuer),
    )


def _delegation_rows(delegation: Delegation, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    kind = text(f"document.delegation-kind.{delegation.kind.value}")
    rows = (
        Row(text("document.field.delegation"), kind),
        *_person_rows(delegation.delegate, catalogue),
        *_document_rows(delegation.document, catalogue),
        Row(text("document.field.email"), delegation.email),
        Row(text("document.field.phone"), wording.phone(delegation.phone)),
    )
    return tuple(row for row in rows if row.value)


def _citizen_in_form(operation: Preregistration, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    return (
        *_identity_in_form(operation.person, operation.document, catalogue),
        Row(text("document.field.residence"), wording.address(operation.residence, catalogue)),
    )


def _delegate_in_form(delegation: Delegation | None, catalogue: Catalogue) -> tuple[Row, ...]:
    text = catalogue.text
    if delegation is None:
        return (
            *_identity_in_form(None, None, catalogue),
            Row(text("document.field.reach"), None),
        )
    reach = wording.SEPARATOR.join(
        part for part in (delegation.email, wording.phone(delegation.phone)) if part
    )
    return (
        *_identity_in_form(delegation.delegate, delegation.document, catalogue),
        Row(text("document.field.reach"), reach or None),
    )


def _identity_in_form(
    person: Person | None, document: IdentityDocument | None, catalogue: Catalogue
) -> tuple[Row, ...]:
    """Who somebody is, on four lines; all of them blank where nobody was named."""
    text = catalogue.text
    labels = ("full-name", "codice-fiscale", "birth-date", "document")
    values: tuple[str | None, ...] = (None,) * len(labels)
    if person is not None and document is not None:
        values = (
            wording.surname_first(person),
            person.codice_fiscale,
            wording.partial_date(person.birth_date, catalogue),
            wording.document_line(document, catalogue),
        )
    return tuple(
        Row(text(f"document.field.{label}"), value)
        for label, value in zip(labels, values, strict=True)
    )
