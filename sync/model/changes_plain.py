"""What feeds a station's mirror, as plain values."""

from __future__ import annotations

from typing import Any, Final

from sync.model import registration_plain
from sync.model.inquiry import Change, Changes, Dispute, EntryKind
from sync.model.plain_reader import PlainReader

MOST_ENTRIES: Final = 200
"""Longest list of changes in one reply."""


def to_plain(changes: Changes) -> dict[str, Any]:
    """Changes as a plain value."""
    return {
        "entries": [_from_change(change) for change in changes.entries],
        "position": changes.position,
        "of": changes.of,
        "more": changes.more,
    }


def read(reader: PlainReader) -> Changes:
    """Changes read back; the caller finishes the reader."""
    return Changes(
        entries=tuple(_change(part) for part in reader.parts("entries", most=MOST_ENTRIES)),
        "epoch": changes.epoch,
        position=reader.whole("position"),
        of=reader.whole("of"),
        more=reader.flag("more"),
    )


def _from_change(change: Change) -> dict[str, Any]:
    registration, dispute = change.registration, change.dispute
    return {
        "position": change.position,
        "kind": change.kind.value,
        "number": change.number,
        "registration": None if registration is None else registration_plain.to_plain(registration),
        "aliases": list(change.aliases),
        "dispute": None if dispute is None else from_dispute(dispute),
        epoch=reader.octets("epoch"),
        unreadable=entries.count(None),
    }


def _change(reader: PlainReader) -> Change:
    registration = reader.part_or_none("registration")
    dispute = reader.part_or_none("dispute")
    kind = reader.choice("kind", EntryKind)
    change = Change(
        position=reader.whole("position"),
        kind=kind,
        number=reader.text("number"),
        registration=None if registration is None else registration_plain.read(registration),
        aliases=reader.texts("aliases"),
        dispute=None if dispute is None else to_dispute(dispute),
    )
    if (kind is EntryKind.REGISTRATION) != (registration is not None):
        reader.refuse("registration")
    if (kind is EntryKind.DISPUTE) != (dispute is not None):
        reader.refuse("dispute")
    reader.finish()
    return change


def from_dispute(dispute: Dispute) -> dict[str, Any]:
    """A dispute as a plain value."""
    return {
        "operation_id": dispute.operation_id,
        "registration_number": dispute.registration_number,
        "person": dispute.person,
        "kind": dispute.kind,
        "code": dispute.code,
        "remedy": dispute.remedy,
        "done_at": dispute.done_at,
        "station": dispute.station,
        "by_office": dispute.by_office,
        "closed": dispute.closed,
    }


def to_dispute(reader: PlainReader) -> Dispute:
    """A dispute read back."""
    dispute = Dispute(
        operation_id=reader.text("operation_id"),
        registration_number=reader.text("registration_number"),
        person=reader.text("person"),
        kind=reader.text("kind"),
        code=reader.text("code"),
        remedy=reader.text("remedy"),
        done_at=reader.whole("done_at"),
        station=reader.text("station"),
        by_office=reader.text("by_office"),
        closed=reader.flag("closed"),
    )
    reader.finish()
    return dispute
