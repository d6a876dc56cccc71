"""A registration and its parts as plain values: in changes, in a mirror's row, in a case's code."""

from __future__ import annotations

from typing import Any

from sync.model import plain
from sync.model.addresses import ForeignAddress, ItalianAddress
from sync.model.contacts import Contacts
from sync.model.counter import PartValue
from sync.model.credential_plain import from_credential, to_credential
from sync.model.documents import IdentityDocument
from sync.model.errors import Problem
from sync.model.identity import Person
from sync.model.plain_reader import PlainReader
from sync.model.preregistration import Community
from sync.model.registration import Part, Registration


def to_plain(registration: Registration) -> dict[str, Any]:
    """The registration as str, int, bool, None and dict."""
    return {
        "number": registration.number,
        "community": registration.community.value,
        "language": registration.language,
        "registered_at": registration.registered_at,
        "person": plain.from_person(registration.person),
        "residence": from_part(registration.residence),
        "domicile": from_part(registration.domicile),
        "contacts": plain.from_contacts(registration.contacts),
        "document": from_part(registration.document),
        "credential": from_credential(registration.credential),
        "note": registration.note,
        "other_note": registration.other_note,
        "username": registration.username,
        "email_confirmed": registration.email_confirmed,
        "letters_printed": registration.letters_printed,
        "letter_printed_at": registration.letter_printed_at,
        "data_at": registration.data_at,
    }


def from_plain(value: object) -> Registration | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    registration = read(reader)
    return reader.problem or registration


def read(reader: PlainReader) -> Registration:
    """A registration that is part of a whole."""
    residence = reader.part_or_none("residence")
    domicile = reader.part_or_none("domicile")
    document = reader.part_or_none("document")
    registration = Registration(
        number=reader.text("number"),
        community=reader.choice("community", Community),
        language=reader.text("language"),
        registered_at=reader.whole("registered_at"),
        person=plain.to_person(reader.part("person")),
        residence=None if residence is None else plain.to_address(residence),
        domicile=None if domicile is None else plain.to_italian_address(domicile),
        contacts=plain.to_contacts(reader.part("contacts")),
        document=None if document is None else plain.to_document(document),
        credential=to_credential(reader.part("credential")),
        note=reader.text("note"),
        other_note=reader.text("other_note"),
        username=reader.text("username"),
        email_confirmed=reader.flag("email_confirmed"),
        letters_printed=reader.whole("letters_printed"),
        letter_printed_at=reader.whole_or_none("letter_printed_at"),
        data_at=reader.whole("data_at"),
    )
    reader.finish()
    return registration


def from_part(value: PartValue) -> dict[str, Any] | str | None:
    """A part's value as a plain value; which part it is stands beside it."""
    match value:
        case None | str():
            return value
        case Person():
            return plain.from_person(value)
        case ItalianAddress() | ForeignAddress():
            return plain.from_address(value)
        case Contacts():
            return plain.from_contacts(value)
        case IdentityDocument():
            return plain.from_document(value)


def to_part(reader: PlainReader, key: str, part: Part) -> PartValue:
    """The value of one part, the member `key` of what `reader` reads."""
    match part:
        case Part.PERSON:
            return plain.to_person(reader.part(key))
        case Part.RESIDENCE:
            return plain.to_address(reader.part(key))
        case Part.DOMICILE:
            domicile = reader.part_or_none(key)
            return None if domicile is None else plain.to_italian_address(domicile)
        case Part.CONTACTS:
            return plain.to_contacts(reader.part(key))
        case Part.DOCUMENT:
            return plain.to_document(reader.part(key))
        case Part.NOTE:
            return reader.text_or_none(key)
