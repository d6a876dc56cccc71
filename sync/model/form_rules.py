"""The rules of the form's sections (Tabella 2), whoever fills it: citizen, clerk or a later edit.

Each function tells everything that keeps its section from being recorded, in the form's order, with
fields relative to the section.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Final

from sync.model import codice_fiscale, places
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
from sync.model.documents import IdentityDocument, parse_document_number, parse_issuer
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.names import parse_name, parse_note
from sync.model.registration_number import RegistrationNumber

LANGUAGES: Final = ("it", "en")
"""Languages in which the hub can write to a person."""

ADULT: Final = 18
"""Full years from which a person is "maggiorenne" (R-003-69)."""

PLACES_AGE: Final = timedelta(days=366)
"""How old a kiosk's place data may be: a comune that ceased since then is still a residence."""

_NOTICE_VERSION: Final = re.compile(r"[0-9A-Za-z][0-9A-Za-z.-]{0,19}")


def session_problems(language: str, privacy_notice: str) -> Iterator[Problem]:
    """The session's language, and the notice that was shown and accepted (R-003-47)."""
    if language not in LANGUAGES:
        yield Problem("language.unknown", field="language")
    if not privacy_notice:
        yield Problem("privacy.not-accepted", field="privacy_notice", rule="R-003-47")
    elif not _NOTICE_VERSION.fullmatch(privacy_notice):
        yield Problem("privacy.version", field="privacy_notice", rule="R-003-47")


def note_problems(note: str) -> Iterator[Problem]:
    """The note for the clerk; the problem's field is empty."""
    return checked("", note, parse_note)


def at(field: str, found: Iterable[Problem]) -> Iterator[Problem]:
    """The same problems, placed at `field`."""
    return (problem.at(field) for problem in found)


def checked(field: str, text: str, parse: Callable[[str], object]) -> Iterator[Problem]:
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


def optional(field: str, text: str | None, parse: Callable[[str], object]) -> Iterator[Problem]:
    """As `_checked`, where None means that the person left the field out."""
    if text is not None:
        yield from checked(field, text, parse)


def person_problems(person: Person, today: date) -> Iterator[Problem]:
    """The section "Informazioni personali"; a surname or a name may be missing, not both."""
    if person.name is None and person.surname is None:
        yield Problem("person.nameless", field="surname", rule="R-003-48")
    yield from optional("name", person.name, parse_name)
    yield from optional("surname", person.surname, parse_name)
    yield from checked("codice_fiscale", person.codice_fiscale, codice_fiscale.parse)
    problem = check_partial(person.birth_date, today=today)
    if problem is not None:
        yield problem.at("birth_date")


def residence_problems(residence: Residence, today: date) -> Iterator[Problem]:
    """The section "Dati di residenza", in Italy or abroad (R-003-42, 64)."""
    yield from checked("street", residence.street, parse_street)
    yield from checked("number", residence.number, parse_house_number)
    match residence:
        case ItalianAddress():
            yield from _comune_problems(residence.comune, today)
            yield from checked("cap", residence.cap or "", parse_cap)
            if residence.care_of is not None:
                yield Problem("residence.care-of", field="care_of", rule="R-003-64")
        case ForeignAddress():
            yield from checked("city", residence.city, parse_city)
            yield from checked("nation_text", residence.nation_text, parse_nation)
            if residence.nation is not None and places.state(residence.nation) is None:
                yield Problem("nation.unknown", field="nation", rule="R-003-42")


def domicile_problems(domicile: ItalianAddress, today: date) -> Iterator[Problem]:
    """Optional as a whole; once given, an address that a letter can reach."""
    yield from checked("street", domicile.street, parse_street)
    yield from checked("number", domicile.number, parse_house_number)
    yield from _comune_problems(domicile.comune, today)
    yield from optional("cap", domicile.cap, parse_cap)
    yield from optional("care_of", domicile.care_of, parse_care_of)


def _comune_problems(belfiore: str, today: date) -> Iterator[Problem]:
    if not belfiore:
        yield Problem("comune.empty", field="comune", rule="R-003-64")
        return
    comune = places.comune(belfiore)
    if comune is None:
        yield Problem("comune.unknown", field="comune", rule="R-003-42")
    elif comune.active_to is not None and comune.active_to < today - PLACES_AGE:
        yield Problem("comune.ceased", field="comune", rule="R-003-42")


def contacts_problems(contacts: Contacts) -> Iterator[Problem]:
    """The section "Contatti": an e-mail address that is not of CEC-PAC (R-003-31), telephones."""
    yield from checked("email", contacts.email, parse_email)
    yield from optional("landline", contacts.landline, parse_phone)
    yield from optional("mobile", contacts.mobile, parse_phone)


def document_problems(
    document: IdentityDocument, holder: Person | None, today: date
) -> Iterator[Problem]:
    """The section "Documento"; nobody is given one before birth, where the holder is known."""
    yield from checked("number", document.number, partial(parse_document_number, document.kind))
    problem = check_date(document.issued_on, today=today)
    if problem is not None:
        yield problem.at("issued_on")
    elif (
        holder is not None
        and check_partial(holder.birth_date, today=today) is None
        and document.issued_on < holder.birth_date.earliest()
    ):
        yield Problem("document.issued-before-birth", field="issued_on")
    yield from checked("issuer", document.issuer, parse_issuer)


def delegation_problems(citizen: Person, delegation: Delegation, today: date) -> Iterator[Problem]:
    """Both kinds need every datum of the delegate; the second is for adults only (R-003-69)."""
    yield from represented_problems(citizen, delegation, today)
    yield from delegate_problems(citizen.codice_fiscale, delegation, today)


def represented_problems(citizen: Person, delegation: Delegation, today: date) -> Iterator[Problem]:
    """Whether somebody may be represented by a substitutive declaration (R-003-69)."""
    if delegation.kind is DelegationKind.DICHIARAZIONE_SOSTITUTIVA and _is_minor(citizen, today):
        yield Problem("delegation.represented-minor", field="kind", rule="R-003-69")


def delegate_problems(
    codice_fiscale_of_citizen: str, delegation: Delegation, today: date
) -> Iterator[Problem]:
    """The data of the delegate (Tabella 2, "Delegato"; R-003-68, 69)."""
    delegate = delegation.delegate
    if delegation.kind is DelegationKind.DICHIARAZIONE_SOSTITUTIVA and _is_minor(delegate, today):
        yield Problem("delegation.delegate-minor", field="delegate", rule="R-003-69")
    if delegate.codice_fiscale == codice_fiscale_of_citizen:
        yield Problem("delegation.same-person", field="delegate.codice_fiscale", rule="R-003-68")
    yield from at("delegate", person_problems(delegate, today))
    yield from at("document", document_problems(delegation.document, delegate, today))
    yield from optional("email", delegation.email, parse_email)
    yield from optional("phone", delegation.phone, parse_phone)


def _is_minor(person: Person, today: date) -> bool:
    """Whether a person is under age whatever the unknown part of the date of birth."""
    if check_partial(person.birth_date, today=today) is not None:
        return False  # told as a problem of the date
    return greatest_age(person.birth_date, on=today + CLOCK_TOLERANCE) < ADULT
