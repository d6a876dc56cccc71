"""The parts of operations as plain values: what stands in an envelope's body and in a draft.

Keys are the names of the fields. Dates are ISO texts, of reduced precision where a part is not
known; members of enumerations are their values.
"""

from __future__ import annotations

from typing import Any

from sync.model.addresses import ForeignAddress, ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.delegation import Delegation, DelegationKind
from sync.model.documents import DocumentKind, IdentityDocument
from sync.model.identity import Person, Sex
from sync.model.plain_reader import PlainReader


def from_person(person: Person) -> dict[str, Any]:
    """A person as a plain value."""
    return {
        "codice_fiscale": person.codice_fiscale,
        "surname": person.surname,
        "name": person.name,
        "birth_date": person.birth_date.text,
        "sex": person.sex.value,
    }


def to_person(reader: PlainReader) -> Person:
    """A person read back."""
    person = Person(
        codice_fiscale=reader.text("codice_fiscale"),
        surname=reader.text_or_none("surname"),
        name=reader.text_or_none("name"),
        birth_date=reader.partial_date("birth_date"),
        sex=reader.choice("sex", Sex),
    )
    reader.finish()
    return person


def from_address(address: Residence) -> dict[str, Any]:
    """An address as a plain value; `abroad` tells which of the two forms it has."""
    match address:
        case ItalianAddress():
            return {
                "abroad": False,
                "street": address.street,
                "number": address.number,
                "comune": address.comune,
                "cap": address.cap,
                "care_of": address.care_of,
            }
        case ForeignAddress():
            return {
                "abroad": True,
                "street": address.street,
                "number": address.number,
                "city": address.city,
                "nation_text": address.nation_text,
                "nation": address.nation,
            }


def to_address(reader: PlainReader) -> Residence:
    """An address of either form read back."""
    return _to_foreign_address(reader) if reader.flag("abroad") else _to_italian_address(reader)


def to_italian_address(reader: PlainReader) -> ItalianAddress:
    """An address read back that must be in Italy."""
    if reader.flag("abroad"):
        reader.refuse("abroad")
    return _to_italian_address(reader)


def _to_italian_address(reader: PlainReader) -> ItalianAddress:
    address = ItalianAddress(
        street=reader.text("street"),
        number=reader.text("number"),
        comune=reader.text("comune"),
        cap=reader.text_or_none("cap"),
        care_of=reader.text_or_none("care_of"),
    )
    reader.finish()
    return address


def _to_foreign_address(reader: PlainReader) -> ForeignAddress:
    address = ForeignAddress(
        street=reader.text("street"),
        number=reader.text("number"),
        city=reader.text("city"),
        nation_text=reader.text("nation_text"),
        nation=reader.text_or_none("nation"),
    )
    reader.finish()
    return address


def from_contacts(contacts: Contacts) -> dict[str, Any]:
    """Contacts as a plain value."""
    return {
        "email": contacts.email,
        "landline": contacts.landline,
        "mobile": contacts.mobile,
    }


def to_contacts(reader: PlainReader) -> Contacts:
    """Contacts read back."""
    contacts = Contacts(
        email=reader.text("email"),
        landline=reader.text_or_none("landline"),
        mobile=reader.text_or_none("mobile"),
    )
    reader.finish()
    return contacts


def from_document(document: IdentityDocument) -> dict[str, Any]:
    """An identity document as a plain value."""
    return {
        "kind": document.kind.value,
        "number": document.number,
        "issued_on": document.issued_on.isoformat(),
        "issuer": document.issuer,
    }


def to_document(reader: PlainReader) -> IdentityDocument:
    """An identity document read back."""
    document = IdentityDocument(
        kind=reader.choice("kind", DocumentKind),
        number=reader.text("number"),
        issued_on=reader.day("issued_on"),
        issuer=reader.text("issuer"),
    )
    reader.finish()
    return document


def from_delegation(delegation: Delegation) -> dict[str, Any]:
    """A delegation as a plain value."""
    return {
        "kind": delegation.kind.value,
        "delegate": from_person(delegation.delegate),
        "document": from_document(delegation.document),
        "email": delegation.email,
        "phone": delegation.phone,
    }


def to_delegation(reader: PlainReader) -> Delegation:
    """A delegation read back."""
    delegation = Delegation(
        kind=reader.choice("kind", DelegationKind),
        delegate=to_person(reader.part("delegate")),
        document=to_document(reader.part("document")),
        email=reader.text_or_none("email"),
        phone=reader.text_or_none("phone"),
    )
    reader.finish()
    return delegation
