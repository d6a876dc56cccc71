"""What feeds a station's mirror, as plain values.

An entry that cannot be read is left out and counted: one bad entry must not keep a counter from all
that comes after it.
"""

from __future__ import annotations

from typing import Any, Final

from sync.model import registration_plain
from sync.model.inquiry import Change, Changes, Dispute, EntryKind
from sync.model.plain_reader import MOST_ITEMS, PlainReader

MOST_ENTRIES: Final = 200
"""Longest list of changes in one reply."""

MOST_ALIASES: Final = MOST_ITEMS
"""Other numbers of a registration that are told: the newest ones."""


def to_plain(changes: Changes) -> dict[str, Any]:
    """Changes as a plain value."""
    return {
        "entries": [_from_change(change) for change in changes.entries],
        "position": changes.position,
        "of": changes.of,
        "more": changes.more,
        "epoch": changes.epoch,
    }


def read(reader: PlainReader) -> Changes:
    """Changes read back; the caller finishes the reader.

    Entries that cannot be read are not among them, and are counted in `Changes.unreadable`.
    """
    parts = reader.apart("entries", most=MOST_ENTRIES)
    entries = [_readable(part) for part in parts]
    return Changes(
        entries=tuple(entry for entry in entries if entry is not None),
        position=reader.whole("position"),
        of=reader.whole("of"),
        more=reader.flag("more"),
        epoch=reader.octets("epoch"),
        unreadable=entries.count(None),
    )


def fits(change: Change) -> bool:
    """Whether a station will be able to read an entry."""
    return _readable(PlainReader(_from_change(change))) is not None


def _readable(reader: PlainReader) -> Change | None:
    change = _change(reader)
    return change if reader.problem is None else None


def _from_change(change: Change) -> dict[str, Any]:
    registration, dispute = change.registration, change.dispute
    return {
        "position": change.position,
        "kind": change.kind.value,
        "number": change.number,
        "registration": None if registration is None else registration_plain.to_plain(registration),
        "aliases": list(change.aliases),
        "dispute": None if dispute is None else from_dispute(dispute),
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
        "other_number": dispute.other_number,
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
        other_number=reader.text("other_number"),
    )
    reader.finish()
    return dispute
