"""A registration as the text in its row: JSON of the version and its members by name."""

from __future__ import annotations

import json
from typing import Any

from sync.hub.migrations.counter import RECORD_VERSION
from sync.model import plain
from sync.model.credential import Booked, Credential, OperationKind, OperationStatus, State
from sync.model.delegation import Delegation
from sync.model.plain_reader import PlainReader
from sync.model.preregistration import Community
from sync.model.registration import Registration


class RecordError(Exception):
    """A row of the registry that this program cannot read: a defect, or another version."""


def to_text(registration: Registration) -> str:
    """What stands in the row."""
    return json.dumps([RECORD_VERSION, _from_registration(registration)], ensure_ascii=False)


def of_text(text: str) -> Registration:
    """The registration in a row.

    Raises:
        RecordError: it is not as `to_text` writes it.
    """
    version, members = json.loads(text)
    reader = PlainReader(members)
    registration = _to_registration(reader)
    if version != RECORD_VERSION or reader.problem is not None:
        raise RecordError("a registration that cannot be read")
    return registration


def delegation_text(delegation: Delegation | None) -> str | None:
    """A delegation as the text in its column."""
    if delegation is None:
        return None
    return json.dumps(plain.from_delegation(delegation), ensure_ascii=False)


def delegation_of(text: str | None) -> Delegation | None:
    """The delegation in a column.

    Raises:
        RecordError: it is not as `delegation_text` writes it.
    """
    if text is None:
        return None
    reader = PlainReader(json.loads(text))
    delegation = plain.to_delegation(reader)
    if reader.problem is not None:
        raise RecordError("a delegation that cannot be read")
    return delegation


def _from_registration(one: Registration) -> dict[str, Any]:
    return {
        "number": one.number,
        "community": one.community.value,
        "language": one.language,
        "registered_at": one.registered_at,
        "person": plain.from_person(one.person),
        "residence": None if one.residence is None else plain.from_address(one.residence),
        "domicile": None if one.domicile is None else plain.from_address(one.domicile),
        "contacts": plain.from_contacts(one.contacts),
        "document": None if one.document is None else plain.from_document(one.document),
        "credential": _from_credential(one.credential),
        "note": one.note,
        "other_note": one.other_note,
        "username": one.username,
        "email_confirmed": one.email_confirmed,
        "letters_printed": one.letters_printed,
        "letter_printed_at": one.letter_printed_at,
        "data_at": one.data_at,
    }


def _to_registration(reader: PlainReader) -> Registration:
    residence, domicile = reader.part_or_none("residence"), reader.part_or_none("domicile")
    document = reader.part_or_none("document")
    registration = Registration(
        number=reader.text("number"),
        community=reader.choice("community", Community),
        language=reader.text("language"),
        registered_at=reader.whole_or_none("registered_at") or 0,
        person=plain.to_person(reader.part("person")),
        residence=None if residence is None else plain.to_address(residence),
        domicile=None if domicile is None else plain.to_italian_address(domicile),
        contacts=plain.to_contacts(reader.part("contacts")),
        document=None if document is None else plain.to_document(document),
        credential=_to_credential(reader.part("credential")),
        note=reader.text("note"),
        other_note=reader.text("other_note"),
        username=reader.text("username"),
        email_confirmed=reader.flag("email_confirmed"),
        letters_printed=reader.whole_or_none("letters_printed") or 0,
        letter_printed_at=reader.whole_or_none("letter_printed_at"),
        data_at=reader.whole_or_none("data_at") or 0,
    )
    reader.finish()
    return registration


def _from_credential(one: Credential) -> dict[str, Any]:
    return {
        "state": one.state.value,
        "strong": one.strong,
        "has_pin": one.has_pin,
        "checked_at": one.checked_at,
        "checked_by": one.checked_by,
        "activated_at": one.activated_at,
        "promoted_at": one.promoted_at,
        "last": None if one.last is None else _from_booked(one.last),
    }


def _to_credential(reader: PlainReader) -> Credential:
    last = reader.part_or_none("last")
    credential = Credential(
        state=reader.choice("state", State),
        strong=reader.flag("strong"),
        has_pin=reader.flag("has_pin"),
        checked_at=reader.whole_or_none("checked_at"),
        checked_by=reader.text("checked_by"),
        activated_at=reader.whole_or_none("activated_at"),
        promoted_at=reader.whole_or_none("promoted_at"),
        last=None if last is None else _to_booked(last),
    )
    reader.finish()
    return credential


def _from_booked(one: Booked) -> dict[str, Any]:
    return {
        "operation_id": one.operation_id,
        "kind": one.kind.value,
        "status": one.status.value,
        "booked_at": one.booked_at,
        "office": one.office,
        "station": one.station,
        "valid_until": None if one.valid_until is None else one.valid_until.isoformat(),
        "delegation": None if one.delegation is None else plain.from_delegation(one.delegation),
        "code_renewals": one.code_renewals,
        "renewal": one.renewal,
        "renewed_at": one.renewed_at,
    }


def _to_booked(reader: PlainReader) -> Booked:
    delegation = reader.part_or_none("delegation")
    booked = Booked(
        operation_id=reader.text("operation_id"),
        kind=reader.choice("kind", OperationKind),
        status=reader.choice("status", OperationStatus),
        booked_at=reader.whole_or_none("booked_at") or 0,
        office=reader.text("office"),
        station=reader.text("station"),
        valid_until=reader.day_or_none("valid_until"),
        delegation=None if delegation is None else plain.to_delegation(delegation),
        code_renewals=reader.whole_or_none("code_renewals") or 0,
        renewal=reader.text("renewal"),
        renewed_at=reader.whole_or_none("renewed_at") or 0,
    )
    reader.finish()
    return booked
