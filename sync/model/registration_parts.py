"""A registration by its parts: what is edited as one, compared as one, and may be missing.

An edit carries the digest of the part that the clerk saw, so that a change by somebody else in the
meantime is noticed without the part's data being told twice.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

from sync.model import form_rules, plain
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.contacts import Contacts
from sync.model.counter import PartValue
from sync.model.credential import Credential
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.preregistration import Preregistration
from sync.model.registration import Part, Registration

DIGEST_BYTES: Final = 32

_DIGEST_OF: Final = b"sportello part 1 "


def value(registration: Registration, part: Part) -> PartValue:
    """What the registration holds in `part`; an empty note is None."""
    match part:
        case Part.PERSON:
            return registration.person
        case Part.RESIDENCE:
            return registration.residence
        case Part.DOMICILE:
            return registration.domicile
        case Part.CONTACTS:
            return registration.contacts
        case Part.DOCUMENT:
            return registration.document
        case Part.NOTE:
            return registration.note or None


def digest(part_value: PartValue | Delegation) -> bytes:
    """SHA-256 over the one plain form of a part or a delegation, 32 bytes.

    The form is JSON (RFC 8259) with sorted keys and no spaces, after the name of its type.
    """
    text = json.dumps(
        _tagged(part_value), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(_DIGEST_OF + text.encode()).digest()


def with_part(registration: Registration, part: Part, new: PartValue) -> Registration:
    """The registration with another value of one part.

    Another e-mail address is not confirmed yet.

    Raises:
        TypeError: `new` is not what `part` holds.
    """
    match part, new:
        case Part.PERSON, Person():
            return replace(registration, person=new)
        case Part.RESIDENCE, ItalianAddress() | ForeignAddress():
            return replace(registration, residence=new)
        case Part.DOMICILE, ItalianAddress() | None:
            return replace(registration, domicile=new)
        case Part.CONTACTS, Contacts():
            same = registration.contacts.email == new.email
            return replace(
                registration,
                contacts=new,
                email_confirmed=registration.email_confirmed and same,
            )
        case Part.DOCUMENT, IdentityDocument():
            return replace(registration, document=new)
        case Part.NOTE, str() | None:
            return replace(registration, note=new or "")
        case _:
            raise TypeError(f"not a value of the part {part.value}")


def fits(part: Part, part_value: object) -> bool:
    """Whether `part` can hold a value of this type; what is mandatory is never None."""
    match part:
        case Part.PERSON:
            return isinstance(part_value, Person)
        case Part.RESIDENCE:
            return isinstance(part_value, ItalianAddress | ForeignAddress)
        case Part.DOMICILE:
            return part_value is None or isinstance(part_value, ItalianAddress)
        case Part.CONTACTS:
            return isinstance(part_value, Contacts)
        case Part.DOCUMENT:
            return isinstance(part_value, IdentityDocument)
        case Part.NOTE:
            return part_value is None or isinstance(part_value, str)


def part_problems(
    part: Part, part_value: PartValue, holder: Person | None, *, today: date
) -> tuple[Problem, ...]:
    """What keeps a value of one part from being recorded, by the rules of the form.

    Args:
        part: which part.
        part_value: its new value.
        holder: whose registration, for the date of a document; None where it is not at hand.
        today: day of the form, or of ingest at the hub.
    """
    return tuple(_part_problems(part, part_value, holder, today))


def missing(registration: Registration, *, today: date) -> tuple[Problem, ...]:
    """What must be completed by Modifica before anything is booked (R-003-20, 29, 30, 31, 48).

    Mandatory data that are not there, and an e-mail address that cannot be used. Other faults of
    old data keep nobody waiting at a counter.

    Returns:
        A `Problem` for each, placed at its field (`document.issuer`); empty where all is there.
    """
    return tuple(_missing(registration, today))


def registration_of(
    form: Preregistration, *, number: str, registered_at: int, email_confirmed: bool = False
) -> Registration:
    """The registration that a preregistration begins (R-003-14).

    What the citizen wrote for the clerk becomes "Note"; the clerks' own note is empty. A delegation
    of the form prefills papers and is given again when something is booked.
    """
    return Registration(
        number=number,
        community=form.community,
        language=form.language,
        registered_at=registered_at,
        person=form.person,
        residence=form.residence,
        domicile=form.domicile,
        contacts=form.contacts,
        document=form.document,
        credential=Credential(),
        other_note=form.note or "",
        email_confirmed=email_confirmed,
    )


def _tagged(part_value: PartValue | Delegation) -> list[Any]:
    match part_value:
        case None:
            return ["none"]
        case str():
            return ["text", part_value] if part_value else ["none"]
        case Person():
            return ["person", plain.from_person(part_value)]
        case ItalianAddress() | ForeignAddress():
            return ["address", plain.from_address(part_value)]
        case Contacts():
            return ["contacts", plain.from_contacts(part_value)]
        case IdentityDocument():
            return ["document", plain.from_document(part_value)]
        case Delegation():
            return ["delegation", plain.from_delegation(part_value)]


def _part_problems(
    part: Part, part_value: PartValue, holder: Person | None, today: date
) -> Iterator[Problem]:
    match part, part_value:
        case Part.PERSON, Person():
            yield from form_rules.person_problems(part_value, today)
        case Part.RESIDENCE, ItalianAddress() | ForeignAddress():
            yield from form_rules.residence_problems(part_value, today)
        case Part.DOMICILE, ItalianAddress():
            yield from form_rules.domicile_problems(part_value, today)
        case Part.CONTACTS, Contacts():
            yield from form_rules.contacts_problems(part_value)
        case Part.DOCUMENT, IdentityDocument():
            yield from form_rules.document_problems(part_value, holder, today)
        case Part.NOTE, str():
            yield from form_rules.note_problems(part_value)
        case ((Part.DOMICILE | Part.NOTE), None):
            return
        case _:
            yield Problem("edit.part-value", field="value")


def _missing(registration: Registration, today: date) -> Iterator[Problem]:
    person = registration.person
    yield from _absent("person", form_rules.person_problems(person, today))
    if registration.residence is None:
        yield Problem("residence.missing", field="residence", rule="R-003-48")
    else:
        yield from _absent(
            "residence", form_rules.residence_problems(registration.residence, today)
        )
    if registration.document is None:
        yield Problem("document.missing", field="document", rule="R-003-48")
    else:
        yield from _document_absent(registration.document, person, today, registration)
    yield from _email_absent(registration.contacts)


def _absent(field: str, found: Iterator[Problem]) -> Iterator[Problem]:
    for problem in found:
        if problem.code.endswith(".empty") or problem.code == "person.nameless":
            yield problem.at(field)


def _document_absent(
    document: IdentityDocument, holder: Person, today: date, registration: Registration
) -> Iterator[Problem]:
    """The issuer of a document is what online registrations lack (R-003-29)."""
    weak = not registration.credential.strong
    for problem in _absent("document", form_rules.document_problems(document, holder, today)):
        of_issuer = problem.field == "document.issuer"
        yield replace(problem, rule="R-003-29") if of_issuer and weak else problem


def _email_absent(contacts: Contacts) -> Iterator[Problem]:
    """An address that is not there (R-003-30), or that no letter reaches (R-003-31)."""
    for problem in form_rules.contacts_problems(contacts):
        if problem.field == "email":
            empty = problem.code == "email.empty"
            yield replace(problem, rule="R-003-30" if empty else problem.rule).at("contacts")
