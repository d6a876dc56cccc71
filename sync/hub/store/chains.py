"""Stations, the chains of entries that they have sent, and what was decided about each entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sync.hub.store import parts
from sync.hub.store.database import Row, Store, Value
from sync.model import urgency
from sync.model.urgency import Urgency
from sync.wire import batch, envelope
from sync.wire.batch import Absent, Item
from sync.wire.envelope import Envelope, Priority
from sync.wire.receipt import Accepted, Answer, Missing, Outcome, Refused


@dataclass(frozen=True, slots=True)
class Station:
    """An enrolled station and where its chain stands.

    Attributes:
        code: its part of the registration numbers that it issues.
        spki: its signing key as SubjectPublicKeyInfo in DER.
        head_seq, head_hash: the last entry held; 0 and the genesis hash for none.
        decided_seq: up to there every entry has its decision.
        checked_seq: up to there every single signature has been verified.
        acknowledged_at: the time in the last acknowledgement.
        secured_seq: up to there a backup outside this hub holds the chain.
    """

    name: str
    code: int
    spki: bytes
    head_seq: int
    head_hash: bytes
    decided_seq: int
    checked_seq: int
    acknowledged_at: int
    secured_seq: int = 0


class Entry(NamedTuple):
    """An entry of a chain, which may be known by its hash alone.

    Attributes:
        is_missing: the hub holds the hash without the envelope.
        is_vouched: the hash is the station's word, since the envelope itself or the one after it
            is held. Any other hash came with a message that nobody signed, and binds nobody.
    """

    seq: int
    hash: bytes
    is_missing: bool
    is_vouched: bool


class Decision(NamedTuple):
    """What is to be kept about an entry: the outcome, and the number that it used up.

    `number` is None where there is none to be kept: nobody could read the operation, the number
    is not one of the station's, or it was used before. `counts_at` is when the entry counts as
    done, milliseconds since 1970; None where its clock says nothing.
    """

    seq: int
    outcome: Outcome
    number: str | None = None
    counts_at: int | None = None


_STATION = (
    "name, code, spki, head_seq, head_hash, decided_seq, checked_seq, acknowledged_at,"
    " secured_seq FROM station"
)


def station(store: Store, name: str) -> Station | None:
    """The station of that name, if it is enrolled."""
    row = store.row(f"SELECT {_STATION} WHERE name = ?", name)
    return None if row is None else Station(*row)


def stations(store: Store) -> list[Station]:
    """Every enrolled station, by name."""
    return [Station(*row) for row in store.rows(f"SELECT {_STATION} ORDER BY name")]


_UNDECIDED = f"SELECT {_STATION} WHERE decided_seq < head_seq"


def undecided(
    store: Store,
    *,
    urgent_first: bool = False,
    behind: int = 0,
    without: Sequence[str] = (),
) -> Station | None:
    """The station whose next entry has waited longest for its decision, or None.

    Args:
        store: the registry.
        urgent_first: of those, where there are any, that have something urgent to be decided: what
            comes before it in their chains is decided on the way.
        behind: so many are passed over, as far as others wait; for processes that decide beside
            each other.
        without: stations that are left out; few.
    """
    rows: list[Row] = []
    waiting = _UNDECIDED
    if without:
        waiting += f" AND name NOT IN ({', '.join('?' * len(without))})"
    if urgent_first:
        rows = store.rows(
            f"{waiting} AND urgent_seq > decided_seq ORDER BY waiting_since LIMIT ?",
            *without,
            behind + 1,
        )
    if not rows:
        rows = store.rows(f"{waiting} ORDER BY waiting_since LIMIT ?", *without, behind + 1)
    return Station(*rows[-1]) if rows else None


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
        "SELECT held.seq, held.hash, held.envelope IS NULL,"
        " held.envelope IS NOT NULL OR after.envelope IS NOT NULL"
        " FROM entry AS held LEFT JOIN entry AS after"
        " ON after.station = held.station AND after.seq = held.seq + 1"
        " WHERE held.station = ? AND held.seq BETWEEN ? AND ? ORDER BY held.seq",
        name,
        first,
        last,
    )
    return [
        Entry(seq, digest, bool(is_missing), bool(is_vouched))
        for seq, digest, is_missing, is_vouched in rows
    ]


def envelopes(store: Store, name: str, first: int, last: int) -> list[tuple[int, bytes | None]]:
    """Number and exact bytes of the entries `first` to `last`; None for a missing one."""
    return [
        (seq, data)
        for seq, data in store.rows(
            "SELECT seq, envelope FROM entry"
            " WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            name,
            first,
            last,
        )
    ]


def arrivals(store: Store, name: str, first: int, last: int) -> dict[int, int]:
    """When the entries `first` to `last` of a chain came, as far as they are held."""
    return dict(
        store.rows(
            "SELECT seq, received_at FROM entry WHERE station = ? AND seq BETWEEN ? AND ?",
            name,
            first,
            last,
        )
    )


def answers(store: Store, name: str, first: int, last: int) -> list[Answer]:
    """What was decided about the entries `first` to `last`, as far as it was."""
    rows = store.rows(
        "SELECT seq, operation_id, outcome, code, rule, remedy"
        " FROM decision JOIN entry USING (station, seq)"
        " WHERE station = ? AND seq BETWEEN ? AND ? ORDER BY seq",
        name,
        first,
        last,
    )
    return [
        Answer(
            seq,
            None if operation_id is None else UUID(bytes=operation_id),
            _outcome(outcome, code, rule, remedy),
        )
        for seq, operation_id, outcome, code, rule, remedy in rows
    ]


def operations_decided(store: Store, operation_ids: Sequence[UUID]) -> set[UUID]:
    """Those of `operation_ids` that were decided already, in any station's chain."""
    return {
        UUID(bytes=row[0])
        for row in store.rows_among(
            "SELECT operation_id FROM entry JOIN decision USING (station, seq)"
            " WHERE outcome <> 'missing' AND operation_id IN",
            [operation_id.bytes for operation_id in operation_ids],
        )
    }


def counted_before(store: Store, name: str, seq: int) -> int:
    """When the entry before `seq` counts as done: what follows it was not done earlier.

    Of the nearest entry whose clock says something; 0 where none does.
    """
    row = store.row(
        "SELECT counts_at FROM decision WHERE station = ? AND seq < ? AND counts_at IS NOT NULL"
        " ORDER BY seq DESC LIMIT 1",
        name,
        seq,
    )
    return 0 if row is None else row[0]


def numbers_used(store: Store, numbers: Sequence[str]) -> set[str]:
    """Those of `numbers`, registration numbers, that an operation has brought already."""
    rows = store.rows_among("SELECT number FROM decision WHERE number IN", numbers)
    return {row[0] for row in rows}


def add(store: Store, name: str, items: Sequence[Item], now: int) -> None:
    """Stores entries at the end of their chain and moves its head. Within a transaction."""
    store.run_many(
        "INSERT INTO entry (station, seq, hash, received_at, operation_id, envelope)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        [
            (name, item.seq, item.hash, now, None, None)
            if isinstance(item, Absent)
            else (
                name,
                item.header.seq,
                item.hash,
                now,
                item.header.operation_id.bytes,
                item.data,
            )
            for item in items
        ],
    )
    store.run(
        "UPDATE station SET head_seq = ?, head_hash = ?, urgent_seq = max(urgent_seq, ?),"
        " waiting_since = CASE WHEN decided_seq = head_seq THEN ? ELSE waiting_since END"
        " WHERE name = ?",
        batch.seq_of(items[-1]),
        items[-1].hash,
        max((batch.seq_of(item) for item in items if _is_urgent(item)), default=0),
        now,
        name,
    )
    parts.expect(store, name, items, now)


def announce(store: Store, name: str, seq: int) -> None:
    """Keeps up to where a station says that its own chain goes. Within a transaction."""
    store.run("UPDATE station SET announced_seq = ? WHERE name = ?", seq, name)


def fill(store: Store, name: str, item: Envelope, now: int) -> None:
    """Puts the envelope where it was missing. Within a transaction.

    It vouches for the hash of the entry before it: where that one is missing too, what was only
    said of it is replaced.
    """
    # In this order: a hash that is vouched for is final.
    store.run(
        "UPDATE entry SET hash = ? WHERE station = ? AND seq = ? AND envelope IS NULL",
        item.header.prev,
        name,
        item.header.seq - 1,
    )
    store.run(
        "UPDATE entry SET hash = ?, received_at = ?, operation_id = ?, envelope = ?"
        " WHERE station = ? AND seq = ?",
        item.hash,
        now,
        item.header.operation_id.bytes,
        item.data,
        name,
        item.header.seq,
    )
    parts.expect(store, name, [item], now)


def decide(store: Store, name: str, decisions: Sequence[Decision], now: int) -> None:
    """Keeps decisions; one about a missing entry is replaced when the entry has come.

    Within a transaction.
    """
    store.run_many(
        "INSERT INTO decision"
        " (station, seq, decided_at, outcome, code, rule, remedy, number, counts_at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (station, seq) DO UPDATE SET"
        " decided_at = excluded.decided_at, outcome = excluded.outcome, code = excluded.code,"
        " rule = excluded.rule, remedy = excluded.remedy, number = excluded.number,"
        " counts_at = excluded.counts_at",
        [
            (name, one.seq, now, *_words(one.outcome), one.number, one.counts_at)
            for one in decisions
        ],
    )
    store.run(
        "UPDATE station SET decided_seq = max(decided_seq, ?), waiting_since = coalesce(("
        "SELECT received_at FROM entry WHERE entry.station = station.name"
        " AND entry.seq = max(station.decided_seq, ?) + 1), 0) WHERE name = ?",
        decisions[-1].seq,
        decisions[-1].seq,
        name,
    )


def acknowledge(store: Store, name: str, at: int) -> None:
    """Keeps the time of an acknowledgement, so that the next one is later."""
    store.run("UPDATE station SET acknowledged_at = ? WHERE name = ?", at, name)


def overdue(store: Store, name: str, first: int, last: int) -> list[tuple[int, bytes]]:
    """Entries that were missing when their turn came and have come since: number and envelope.

    Of the entries `first` to `last` of a chain.
    """
    return [
        (seq, data)
        for seq, data in store.rows(
            "SELECT seq, envelope FROM decision JOIN entry USING (station, seq)"
            " WHERE outcome = 'missing' AND envelope IS NOT NULL"
            " AND station = ? AND seq BETWEEN ? AND ? ORDER BY seq",
            name,
            first,
            last,
        )
    ]


def next_missing(store: Store, after: tuple[str, int], most: int) -> list[tuple[str, int, bool]]:
    """Entries that were missing when their turn came: station, number, whether they have come.

    Of all stations, in order, up to `most` of those after the given one.
    """
    return [
        (name, seq, bool(has_come))
        for name, seq, has_come in store.rows(
            "SELECT station, seq, envelope IS NOT NULL FROM decision JOIN entry"
            " USING (station, seq) WHERE outcome = 'missing' AND (station, seq) > (?, ?)"
            " ORDER BY station, seq LIMIT ?",
            *after,
            most,
        )
    ]


def missing(store: Store) -> int:
    """How many entries are known by their hash alone and may still come."""
    row = store.row("SELECT count(*) FROM decision WHERE outcome = 'missing'")
    return 0 if row is None else row[0]


def began_at(store: Store) -> int:
    """When the first entry of any station came, milliseconds since 1970; 0 for none."""
    row = store.row("SELECT coalesce(min(received_at), 0) FROM entry WHERE seq = 1")
    return 0 if row is None else row[0]


def secured(store: Store, heads: Mapping[str, int]) -> None:
    """Keeps up to where a backup holds each chain. Within a transaction."""
    store.run_many(
        "UPDATE station SET secured_seq = max(secured_seq, min(?, decided_seq)) WHERE name = ?",
        [(seq, name) for name, seq in heads.items()],
    )


def checked(store: Store, name: str, seq: int) -> None:
    """Keeps up to where every signature has been verified."""
    store.run("UPDATE station SET checked_seq = ? WHERE name = ?", seq, name)


def _is_urgent(item: Item) -> bool:
    """By its kind, or by its station's word: the body is still sealed."""
    return not isinstance(item, Absent) and (
        item.header.priority is Priority.URGENT
        or urgency.of_kind(item.header.kind) is Urgency.URGENT
    )


def _words(outcome: Outcome) -> tuple[Value, ...]:
    """Outcome, code, rule, remedy."""
    match outcome:
        case Accepted():
            return ("accepted", None, None, "")
        case Refused(code, rule, remedy):
            return ("refused", code, rule, remedy)
        case Missing():
            return ("missing", None, None, "")


def _outcome(word: str, code: str | None, rule: str | None, remedy: str) -> Outcome:
    if word == "missing":
        return Missing()
    return Accepted() if code is None else Refused(code, rule, remedy)
