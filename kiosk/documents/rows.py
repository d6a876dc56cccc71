"""Data of a registration as rows of a table, by the names that Tabella 2 gives them (R-003-64)."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.documents import wording
from kiosk.strings.catalogue import Catalogue
from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person


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


def sections(catalogue: Catalogue, **groups: tuple[Row, ...]) -> tuple[Section, ...]:
    """The groups that have rows, under their titles `document.section.*`, in the order given."""
    return tuple(
        Section(catalogue.text(f"document.section.{name}"), rows)
        for name, rows in groups.items()
        if rows
    )


def person_rows(person: Person, catalogue: Catalogue) -> tuple[Row, ...]:
    """Who somebody is."""
    text = catalogue.text
    return (
        Row(text("document.field.surname"), person.surname or text("document.no-surname")),
        Row(text("document.field.name"), person.name or text("document.no-name")),
        Row(text("document.field.codice-fiscale"), person.codice_fiscale),
        Row(text("document.field.birth-date"), wording.partial_date(person.birth_date, catalogue)),
        Row(text("document.field.sex"), text(f"document.sex.{person.sex.value}")),
    )


def address_rows(where: Residence, catalogue: Catalogue) -> tuple[Row, ...]:
    """Where somebody lives; what was not given is left out."""
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


def contact_rows(contacts: Contacts, catalogue: Catalogue) -> tuple[Row, ...]:
    """How somebody is reached; what was not given is left out."""
    text = catalogue.text
    rows = (
        Row(text("document.field.email"), contacts.email),
        Row(text("document.field.mobile"), wording.phone(contacts.mobile)),
        Row(text("document.field.landline"), wording.phone(contacts.landline)),
    )
    return tuple(row for row in rows if row.value)


def document_rows(document: IdentityDocument, catalogue: Catalogue) -> tuple[Row, ...]:
    """An identity document; an issuer that is not known is left out (R-003-29)."""
    text = catalogue.text
    rows = (
        Row(text("document.field.kind"), wording.document_kind(document, catalogue)),
        Row(text("document.field.number"), document.number),
        Row(text("document.field.issued-on"), wording.day(document.issued_on, catalogue)),
        Row(text("document.field.issuer"), document.issuer),
    )
    return tuple(row for row in rows if row.value)


def delegation_rows(delegation: Delegation, catalogue: Catalogue) -> tuple[Row, ...]:
    """Who comes in the place of somebody, and by which paper."""
    text = catalogue.text
    kind = text(f"document.delegation-kind.{delegation.kind.value}")
    rows = (
        Row(text("document.field.delegation"), kind),
        *person_rows(delegation.delegate, catalogue),
        *document_rows(delegation.document, catalogue),
        Row(text("document.field.email"), delegation.email),
        Row(text("document.field.phone"), wording.phone(delegation.phone)),
    )
    return tuple(row for row in rows if row.value)


def identity(
    who: Person | None,
    document: IdentityDocument | None,
    catalogue: Catalogue,
    codice_fiscale: str | None = None,
) -> tuple[Row, ...]:
    """Who somebody is, on four lines of a form; what is not known is blank.

    Args:
        who: the person, or None.
        document: their document, or None.
        catalogue: language of the labels.
        codice_fiscale: where it is known without the person.
    """
    values = {
        "full-name": None if who is None else wording.surname_first(who),
        "codice-fiscale": codice_fiscale if who is None else who.codice_fiscale,
        "birth-date": None if who is None else wording.partial_date(who.birth_date, catalogue),
        "document": None if document is None else wording.document_line(document, catalogue),
    }
    return tuple(
        Row(catalogue.text(f"document.field.{label}"), value) for label, value in values.items()
    )


def delegate(delegation: Delegation | None, catalogue: Catalogue) -> tuple[Row, ...]:
    """Who goes to the counter, on five lines of a form; all blank where nobody was named."""
    text = catalogue.text
    if delegation is None:
        return (
            *identity(None, None, catalogue),
            Row(text("document.field.reach"), None),
        )
    reach = wording.SEPARATOR.join(
        part for part in (delegation.email, wording.phone(delegation.phone)) if part
    )
    return (
        *identity(delegation.delegate, delegation.document, catalogue),
        Row(text("document.field.reach"), reach or None),
    )
