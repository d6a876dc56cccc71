"""The preregistration: a citizen leaves the data of Tabella 2 and gets a registration number.

The form applies the rules below (`problems`) before it records, and the hub applies them again at
ingest, since it does not trust a kiosk in a hallway. `doubts` are for the form alone: what looks
wrong and may be right is shown to the person, and never a reason to refuse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import Enum
from functools import partial
from typing import Any, Final

from sync.model import codice_fiscale, places, plain, registration_number
from sync.model.addresses import (
    ForeignAddress,
    ItalianAddress,
    Residence,
    parse_cap,
    parse_care_of,
    parse_city,
    parse_house_number,
    parse_nation,
    parse_street,
)
from sync.model.codice_fiscale import CodiceFiscale
from sync.model.contacts import Contacts, parse_email, parse_phone
from sync.model.dates import CLOCK_TOLERANCE, check_date, check_partial, greatest_age
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import (
    IdentityDocument,
    is_usual_number,
    parse_document_number,
    parse_issuer,
)
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.names import parse_name, parse_note
from sync.model.plain_reader import PlainReader
from sync.model.registration_number import RegistrationNumber

LANGUAGES: Final = ("it", "en")
"""Languages in which the hub can write to a person."""

ADULT: Final = 18
"""Full years from which a person is "maggiorenne" (R-003-69)."""

PLACES_AGE: Final = timedelta(days=366)
"""How old a kiosk's place data may be: a comune that ceased since then is still a residence."""

USUAL_VALIDITY: Final = timedelta(days=11 * 366)
"""Longest usual validity of an identity document: ten years and on to the next birthday."""

_NOTICE_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")


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
    yield from _session_problems(operation)
    yield from _at("person", _person_problems(operation.person, today))
    yield from _at("residence", _residence_problems(operation.residence, today))
    if operation.domicile is not None:
        yield from _at("domicile", _domicile_problems(operation.domicile, today))
    yield from _at("contacts", _contacts_problems(operation.contacts))
    yield from _at("document", _document_problems(operation.document, operation.person, today))
    if operation.delegation is not None:
        yield from _at("delegation", _delegation_problems(operation, operation.delegation, today))
    if operation.note is not None:
        yield from _checked("note", operation.note, parse_note)


def _doubts(operation: Preregistration, today: date) -> Iterator[Problem]:
    yield from _at("person", _code_doubts(operation.person))
    yield from _at("document", _document_doubts(operation.document, today))
    if operation.delegation is not None:
        delegation = operation.delegation
        yield from _at("delegation.delegate", _code_doubts(delegation.delegate))
        yield from _at("delegation.document", _document_doubts(delegation.document, today))


def _at(field: str, found: Iterator[Problem]) -> Iterator[Problem]:
    return (problem.at(field) for problem in found)


def _checked(field: str, text: str, parse: Callable[[str], object]) -> Iterator[Problem]:
    """What a validator says of a text; a form in which no validator leaves a text is refused too.

    An empty mandatory field breaks R-003-64, whatever its validator.
    """
    parsed = parse(text)
    match parsed:
        case Problem():
            empty = parsed.code.endswith(".empty") and parsed.rule is None
            yield (replace(parsed, rule="R-003-64") if empty else parsed).at(field)
        case CodiceFiscale() | RegistrationNumber():
            if parsed.text != text:
                yield Problem("operation.not-canonical", field=field)
        case _:
            if parsed != text:
                yield Problem("operation.not-canonical", field=field)


def _optional(field: str, text: str | None, parse: Callable[[str], object]) -> Iterator[Problem]:
    """As `_checked`, where None means that the person left the field out."""
    if text is not None:
        yield from _checked(field, text, parse)


def _session_problems(operation: Preregistration) -> Iterator[Problem]:
    yield from _optional(
        "registration_number", operation.registration_number, registration_number.parse
    )
    if operation.language not in LANGUAGES:
        yield Problem("language.unknown", field="language")
    if not operation.privacy_notice:
        yield Problem("privacy.not-accepted", field="privacy_notice", rule="R-003-47")
    elif not _NOTICE_VERSION.fullmatch(operation.privacy_notice):
        yield Problem("privacy.version", field="privacy_notice", rule="R-003-47")


def _person_problems(person: Person, today: date) -> Iterator[Problem]:
    """The section "Informazioni personali"; a surname or a name may be missing, not both."""
    if person.name is None and person.surname is None:
        yield Problem("person.nameless", field="surname", rule="R-003-48")
    yield from _optional("name", person.name, parse_name)
    yield from _optional("surname", person.surname, parse_name)
    yield from _checked("codice_fiscale", person.codice_fiscale, codice_fiscale.parse)
    problem = check_partial(person.birth_date, today=today)
    if problem is not None:
        yield problem.at("birth_date")


def _residence_problems(residence: Residence, today: date) -> Iterator[Problem]:
    yield from _checked("street", residence.street, parse_street)
    yield from _checked("number", residence.number, parse_house_number)
    match residence:
        case ItalianAddress():
            yield from _comune_problems(residence.comune, today)
            yield from _checked("cap", residence.cap or "", parse_cap)
            if residence.care_of is not None:
                yield Problem("residence.care-of", field="care_of", rule="R-003-64")
        case ForeignAddress():
            yield from _checked("city", residence.city, parse_city)
            yield from _checked("nation_text", residence.nation_text, parse_nation)
            if residence.nation is not None and places.state(residence.nation) is None:
                yield Problem("nation.unknown", field="nation", rule="R-003-42")


def _domicile_problems(domicile: ItalianAddress, today: date) -> Iterator[Problem]:
    """Optional as a whole; once given, an address that a letter can reach."""
    yield from _checked("street", domicile.street, parse_street)
    yield from _checked("number", domicile.number, parse_house_number)
    yield from _comune_problems(domicile.comune, today)
    yield from _optional("cap", domicile.cap, parse_cap)
    yield from _optional("care_of", domicile.care_of, parse_care_of)


def _comune_problems(belfiore: str, today: date) -> Iterator[Problem]:
    if not belfiore:
        yield Problem("comune.empty", field="comune", rule="R-003-64")
        return
    comune = places.comune(belfiore)
    if comune is None:
        yield Problem("comune.unknown", field="comune", rule="R-003-42")
    elif comune.active_to is not None and comune.active_to < today - PLACES_AGE:
        yield Problem("comune.ceased", field="comune", rule="R-003-42")


def _contacts_problems(contacts: Contacts) -> Iterator[Problem]:
    yield from _checked("email", contacts.email, parse_email)
    yield from _optional("landline", contacts.landline, parse_phone)
    yield from _optional("mobile", contacts.mobile, parse_phone)


def _document_problems(
    document: IdentityDocument, holder: Person, today: date
) -> Iterator[Problem]:
    yield from _checked("number", document.number, partial(parse_document_number, document.kind))
    problem = check_date(document.issued_on, today=today)
    if problem is not None:
        yield problem.at("issued_on")
    elif (
        check_partial(holder.birth_date, today=today) is None
        and document.issued_on < holder.birth_date.earliest()
    ):
        yield Problem("document.issued-before-birth", field="issued_on")
    yield from _checked("issuer", document.issuer, parse_issuer)


def _delegation_problems(
    operation: Preregistration, delegation: Delegation, today: date
) -> Iterator[Problem]:
    """Both kinds need every datum of the delegate; the second is for adults only (R-003-69)."""
    citizen, delegate = operation.person, delegation.delegate
    if delegation.kind is DelegationKind.DICHIARAZIONE_SOSTITUTIVA:
        if _is_minor(citizen, today):
            yield Problem("delegation.represented-minor", field="kind", rule="R-003-69")
        if _is_minor(delegate, today):
            yield Problem("delegation.delegate-minor", field="delegate", rule="R-003-69")
    if delegate.codice_fiscale == citizen.codice_fiscale:
        yield Problem("delegation.same-person", field="delegate.codice_fiscale", rule="R-003-68")
    yield from _at("delegate", _person_problems(delegate, today))
    yield from _at("document", _document_problems(delegation.document, delegate, today))
    yield from _optional("email", delegation.email, parse_email)
    yield from _optional("phone", delegation.phone, parse_phone)


def _is_minor(person: Person, today: date) -> bool:
    """Whether a person is under age whatever the unknown part of the date of birth."""
    if check_partial(person.birth_date, today=today) is not None:
        return False  # told as a problem of the date
    return greatest_age(person.birth_date, on=today + CLOCK_TOLERANCE) < ADULT


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
