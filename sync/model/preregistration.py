"""The preregistration: a citizen leaves the data of Tabella 2 and gets a registration number.

The form applies the rules below (`problems`) before it records, and the hub applies them again at
ingest, since it does not trust a kiosk in a hallway. `doubts` are for the form alone: what looks
wrong and may be right is shown to the person, and never a reason to refuse.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from typing import Any, Final

from sync.model import codice_fiscale, form_rules, plain, registration_number
from sync.model.addresses import (
    ItalianAddress,
    Residence,
)
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation
from sync.model.documents import (
    IdentityDocument,
    is_usual_number,
)
from sync.model.errors import Problem
from sync.model.form_rules import at, optional
from sync.model.identity import Person
from sync.model.plain_reader import PlainReader

USUAL_VALIDITY: Final = timedelta(days=11 * 366)
"""Longest usual validity of an identity document: ten years and on to the next birthday."""


class Community(Enum):
    """The communities of R-003-8; chosen once, not editable later (R-003-32)."""

    SISTEMA_PIEMONTE = "sistemapiemonte"
    TORINO_FACILE = "torinofacile"
    TORINO_FACILE_LIGHT = "torinofacile_light"


class DataSource(Enum):
    """Where the personal data came from; what is read from a card is not proven by it."""

    TYPED = "typed"
    HEALTH_CARD = "health_card"
    HEALTH_CARD_CORRECTED = "health_card_corrected"
    IDENTITY_DOCUMENT = "identity_document"
    """The chip of an identity card or a passport, opened with what is printed on it."""
    IDENTITY_DOCUMENT_CORRECTED = "identity_document_corrected"


@dataclass(frozen=True, slots=True, repr=False)
class Preregistration:
    """Everything of Tabella 2 (R-003-64).

    Attributes:
        registration_number: None until the station has issued it, which happens in the same
            transaction that records the operation.
        language: language of the session, `it` or `en`; the hub writes to the person in it.
        privacy_notice: version of the notice that was shown and accepted (R-003-47).
    """

    registration_number: str | None
    community: Community
    language: str
    privacy_notice: str
    source: DataSource
    person: Person
    residence: Residence
    domicile: ItalianAddress | None
    contacts: Contacts
    document: IdentityDocument
    delegation: Delegation | None
    note: str | None


def problems(operation: Preregistration, *, today: date) -> tuple[Problem, ...]:
    """Everything that keeps a preregistration from being recorded or accepted, in form order.

    Applies R-003-31, 35, 40, 42, 47, 48, 64, 68 and 69. A registration number may be missing: the
    station issues it while it records; who needs one checks for it.

    Args:
        operation: the form's content or what a station sent.
        today: day of the form, or of ingest at the hub. Being a day early makes no difference.
    """
    return tuple(_problems(operation, today))


def doubts(operation: Preregistration, *, today: date) -> tuple[Problem, ...]:
    """What looks wrong and may be right, to be shown once before the person confirms.

    Codes that do not fit the person's or the delegate's data (`codice_fiscale.differences`),
    document numbers of an unusual form, documents that may have expired.
    """
    return tuple(_doubts(operation, today))


def to_plain(operation: Preregistration) -> dict[str, Any]:
    """The operation as str, bool, None and dict, in the version `operation.VERSION`."""
    delegation = operation.delegation
    return {
        "registration_number": operation.registration_number,
        "community": operation.community.value,
        "language": operation.language,
        "privacy_notice": operation.privacy_notice,
        "source": operation.source.value,
        "person": plain.from_person(operation.person),
        "residence": plain.from_address(operation.residence),
        "domicile": None if operation.domicile is None else plain.from_address(operation.domicile),
        "contacts": plain.from_contacts(operation.contacts),
        "document": plain.from_document(operation.document),
        "delegation": None if delegation is None else plain.from_delegation(delegation),
        "note": operation.note,
    }


def from_plain(value: object) -> Preregistration | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    domicile = reader.part_or_none("domicile")
    delegation = reader.part_or_none("delegation")
    operation = Preregistration(
        registration_number=reader.text_or_none("registration_number"),
        community=reader.choice("community", Community),
        language=reader.text("language"),
        privacy_notice=reader.text("privacy_notice"),
        source=reader.choice("source", DataSource),
        person=plain.to_person(reader.part("person")),
        residence=plain.to_address(reader.part("residence")),
        domicile=None if domicile is None else plain.to_italian_address(domicile),
        contacts=plain.to_contacts(reader.part("contacts")),
        document=plain.to_document(reader.part("document")),
        delegation=None if delegation is None else plain.to_delegation(delegation),
        note=reader.text_or_none("note"),
    )
    reader.finish()
    return reader.problem or operation


def _problems(operation: Preregistration, today: date) -> Iterator[Problem]:
    yield from optional(
        "registration_number", operation.registration_number, registration_number.parse
    )
    yield from form_rules.session_problems(operation.language, operation.privacy_notice)
    yield from at("person", form_rules.person_problems(operation.person, today))
    yield from at("residence", form_rules.residence_problems(operation.residence, today))
    if operation.domicile is not None:
        yield from at("domicile", form_rules.domicile_problems(operation.domicile, today))
    yield from at("contacts", form_rules.contacts_problems(operation.contacts))
    yield from at(
        "document", form_rules.document_problems(operation.document, operation.person, today)
    )
    if operation.delegation is not None:
        yield from at(
            "delegation",
            form_rules.delegation_problems(operation.person, operation.delegation, today),
        )
    if operation.note is not None:
        yield from at("note", form_rules.note_problems(operation.note))


def _doubts(operation: Preregistration, today: date) -> Iterator[Problem]:
    yield from at("person", _code_doubts(operation.person))
    yield from at("document", _document_doubts(operation.document, today))
    if operation.delegation is not None:
        delegation = operation.delegation
        yield from at("delegation.delegate", _code_doubts(delegation.delegate))
        yield from at("delegation.document", _document_doubts(delegation.document, today))


def _code_doubts(person: Person) -> Iterator[Problem]:
    code = codice_fiscale.parse(person.codice_fiscale)
    if isinstance(code, CodiceFiscale):
        differences = codice_fiscale.differences(code, person)
        yield from (problem.at("codice_fiscale") for problem in differences)


def _document_doubts(document: IdentityDocument, today: date) -> Iterator[Problem]:
    if not is_usual_number(document.kind, document.number):
        yield Problem("document.number-unusual", field="number")
    if document.issued_on < today - USUAL_VALIDITY:
        yield Problem("document.perhaps-expired", field="issued_on", rule="R-003-39")
