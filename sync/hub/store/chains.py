"""Stations and the chains of entries that they have sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sync.hub.store.database import Store
from sync.wire import envelope
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


def operation_held(store: Store, operation_id: UUID) -> bool:
    """Whether an operation of that id has been stored, by any station."""
    return (
        store.row("SELECT 1 FROM entry WHERE operation_id = ? LIMIT 1", operation_id.bytes)
        is not None
    )


def add(store: Store, item: envelope.Envelope, outcome: Outcome, name: str, now: int) -> None:
    """Stores an entry at the end of its chain; the head is moved by `advance`."""
    code, rule, remedy = _refusal(outcome)
    store.run(
        "INSERT INTO entry (station, seq, hash, operation_id, kind, envelope, outcome, code,"
        " rule, remedy, received_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        name,
        item.header.seq,
        item.hash,
        item.header.operation_id.bytes,
        item.header.kind,
        item.data,
        _WORDS[type(outcome)],
        code,
        rule,
        remedy,
        now,
    )


def add_missing(store: Store, name: str, seq: int, digest: bytes, now: int) -> None:
    """Stores an entry of which only the hash is known."""
    store.run(
        "INSERT INTO entry (station, seq, hash, outcome, received_at)"
        " VALUES (?, ?, ?, 'missing', ?)",
        name,
        seq,
        digest,
        now,
    )


def fill(store: Store, item: envelope.Envelope, outcome: Outcome, name: str, now: int) -> None:
    """Puts the envelope where only its hash was known."""
    code, rule, remedy = _refusal(outcome)
    store.run(
        "UPDATE entry SET operation_id = ?, kind = ?, envelope = ?, outcome = ?, code = ?,"
        " rule = ?, remedy = ?, received_at = ? WHERE station = ? AND seq = ?",
        item.header.operation_id.bytes,
        item.header.kind,
        item.data,
        _WORDS[type(outcome)],
        code,
        rule,
        remedy,
        now,
        name,
        item.header.seq,
    )


def advance(store: Store, name: str, seq: int, digest: bytes) -> None:
    """Moves the head of a chain."""
    store.run("UPDATE station SET head_seq = ?, head_hash = ? WHERE name = ?", seq, digest, name)


def acknowledge(store: Store, name: str, at: int) -> None:
    """Keeps the time of an acknowledgement, so that the next one is later."""
    store.run("UPDATE station SET acknowledged_at = ? WHERE name = ?", at, name)


def checked(store: Store, name: str, seq: int) -> None:
    """Keeps up to where every signature has been verified."""
    store.run("UPDATE station SET checked_seq = ? WHERE name = ?", seq, name)


_WORDS = {Accepted: "accepted", Refused: "refused", Missing: "missing"}


def _refusal(outcome: Outcome) -> tuple[str | None, str | None, str]:
    if isinstance(outcome, Refused):
        return outcome.code, outcome.rule, outcome.remedy
    return None, None, ""


def _outcome(word: str, code: str | None, rule: str | None, remedy: str) -> Outcome:
    if word == "missing":
        return Missing()
    return Accepted() if code is None else Refused(code, rule, remedy)
