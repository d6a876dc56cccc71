"""Stations and the chains of entries that they have sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sync.hub.store.database import Store, Value
from sync.wire import batch, envelope
from sync.wire.batch import Absent, Item
from sync.wire.receipt import Accepted, Missing, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Station:
    """An enrolled station and where its chain stands.

    Attributes:
        code: its part of the registration numbers that it issues.
        spki: its signing key as SubjectPublicKeyInfo in DER.
        head_seq, head_hash: the last entry held; 0 and the genesis hash for none.
        checked_seq: up to there every single signature has been verified.
        acknowledged_at: the time in the last acknowledgement.
    """

    name: str
    code: int
    spki: bytes
    head_seq: int
    head_hash: bytes
    checked_seq: int
    acknowledged_at: int


class Record(NamedTuple):
    """What is to be stored of an item: its outcome, and the registration number it brought.

    `number` is None where there is none to be kept: nobody could read it, it is not of this
    station, or it was used before.
    """

    item: Item
    outcome: Outcome
    number: str | None = None


class Entry(NamedTuple):
    """An entry of a chain. `operation_id` is None for a missing one."""

    seq: int
    hash: bytes
    operation_id: UUID | None
    outcome: Outcome


_STATION = "name, code, spki, head_seq, head_hash, checked_seq, acknowledged_at"


def station(store: Store, name: str) -> Station | None:
    """The station of that name, if it is enrolled."""
    row = store.row(f"SELECT {_STATION} FROM station WHERE name = ?", name)  # noqa: S608  constant
    return None if row is None else Station(*row)


def stations(store: Store) -> list[Station]:
    """Every enrolled station, by name."""
    rows = store.rows(f"SELECT {_STATION} FROM station ORDER BY name")  # noqa: S608  constant
    return [Station(*row) for row in rows]


def station_with(store: Store, code: int, spki: bytes) -> str | None:
    """The name of a station that has this code or this key already."""
    row = store.row("SELECT name FROM station WHERE code = ? OR spki = ?", code, spki)
    return None if row is None else str(row[0])


def enrol(store: Store, name: str, code: int, spki: bytes, now: int) -> None:
    """A new station with an empty chain. Within a transaction."""
    store.run(
        "INSERT INTO station (name, code, spki, enrolled_at, head_hash) VALUES (?, ?, ?, ?, ?)",
        name,
        code,
        spki,
        now,
        envelope.genesis(name),
    )


def entries(store: Store, name: str, first: int, last: int) -> list[Entry]:
    """The entries `first` to `last` of a chain, as far as they are held."""
    rows = store.rows(
        "SELECT seq, hash, operation_id, outcome, code, rule, remedy FROM entry"
        " WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq",
        name,
        first,
        last,
    )
    return [
        Entry(
            seq,
            digest,
            None if operation_id is None else UUID(bytes=operation_id),
            _outcome(outcome, code, rule, remedy),
        )
        for seq, digest, operation_id, outcome, code, rule, remedy in rows
    ]


def envelopes(store: Store, name: str, first: int, last: int) -> list[tuple[int, bytes]]:
    """Number and exact bytes of the entries `first` to `last` that are not missing."""
    return [
        (seq, data)
        for seq, data in store.rows(
            "SELECT seq, envelope FROM entry WHERE station = ? AND seq BETWEEN ? AND ?"
            " AND envelope IS NOT NULL ORDER BY seq",
            name,
            first,
            last,
        )
    ]


def operations_held(store: Store, operation_ids: Sequence[UUID]) -> set[UUID]:
    """Those of `operation_ids` that some station's chain holds already."""
    return {
        UUID(bytes=row[0])
        for row in store.rows_among(
            "SELECT operation_id FROM entry WHERE operation_id IN",
            [operation_id.bytes for operation_id in operation_ids],
        )
    }


def numbers_used(store: Store, numbers: Sequence[str]) -> set[str]:
    """Those of `numbers`, registration numbers, that an operation has brought already."""
    return {row[0] for row in store.rows_among("SELECT number FROM entry WHERE number IN", numbers)}


def add(store: Store, name: str, records: Sequence[Record], now: int) -> None:
    """Stores entries at the end of their chain and moves its head. Within a transaction."""
    store.run_many(
        "INSERT INTO entry (station, seq, hash, received_at, operation_id, kind, envelope, number,"
        " outcome, code, rule, remedy) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (name, batch.seq_of(record.item), record.item.hash, now, *_content(record))
            for record in records
        ],
    )
    last = records[-1].item
    store.run(
        "UPDATE station SET head_seq = ?, head_hash = ? WHERE name = ?",
        batch.seq_of(last),
        last.hash,
        name,
    )


def fill(store: Store, name: str, record: Record, now: int) -> None:
    """Puts the envelope where only its hash was known. Within a transaction."""
    store.run(
        "UPDATE entry SET received_at = ?, operation_id = ?, kind = ?, envelope = ?, number = ?,"
        " outcome = ?, code = ?, rule = ?, remedy = ? WHERE station = ? AND seq = ?",
        now,
        *_content(record),
        name,
        batch.seq_of(record.item),
    )


def acknowledge(store: Store, name: str, at: int) -> None:
    """Keeps the time of an acknowledgement, so that the next one is later."""
    store.run("UPDATE station SET acknowledged_at = ? WHERE name = ?", at, name)


def checked(store: Store, name: str, seq: int) -> None:
    """Keeps up to where every signature has been verified."""
    store.run("UPDATE station SET checked_seq = ? WHERE name = ?", seq, name)


def _content(record: Record) -> tuple[Value, ...]:
    """Operation id, kind, envelope, number, outcome, code, rule, remedy."""
    outcome = record.outcome
    if isinstance(record.item, Absent):
        return (None, None, None, None, "missing", None, None, "")
    header = record.item.header
    known = (header.operation_id.bytes, header.kind, record.item.data, record.number)
    if isinstance(outcome, Refused):
        return (*known, "refused", outcome.code, outcome.rule, outcome.remedy)
    return (*known, "accepted", None, None, "")


def _outcome(word: str, code: str | None, rule: str | None, remedy: str) -> Outcome:
    if word == "missing":
        return Missing()
    return Accepted() if code is None else Refused(code, rule, remedy)
