"""Parts that travel apart from their operations: what is expected, what is held, what is missing."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from sync.hub.store.database import Store
from sync.wire.batch import Absent, Item


class Part(NamedTuple):
    """A part that an entry's header names.

    Attributes:
        digest: SHA-256 of it as it is sealed.
        size, held: bytes of it, and how many of them are here, from the first on.
        expected_at, completed_at: milliseconds since 1970; `completed_at` None while it is missing.
        secured: a backup outside this hub holds it.
        shed_at: when its bytes were given up with the body of its entry.
    """

    station: str
    digest: bytes
    seq: int
    kind: str
    size: int
    held: int
    expected_at: int
    completed_at: int | None
    secured: int
    shed_at: int | None


class Missing(NamedTuple):
    """What has not come of one entry.

    Attributes:
        parts: how many of its parts.
        bytes: of them all.
        since: when the entry came, milliseconds since 1970.
    """

    station: str
    seq: int
    parts: int
    bytes: int
    since: int


_PART = (
    "station, digest, seq, kind, size, held, expected_at, completed_at, secured, shed_at FROM part"
)


def expect(store: Store, name: str, items: Sequence[Item], now: int) -> None:
    """Notes which parts the headers of new entries name. Within a transaction."""
    rows = [
        (name, part.digest, item.header.seq, part.kind, part.size, now)
        for item in items
        if not isinstance(item, Absent)
        for part in item.header.parts
    ]
    if rows:
        store.run_many(
            "INSERT INTO part (station, digest, seq, kind, size, expected_at)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (station, digest) DO NOTHING",
            rows,
        )


def part(store: Store, name: str, digest: bytes) -> Part | None:
    """The part of that digest, if the station's chain names it."""
    row = store.row(f"SELECT {_PART} WHERE station = ? AND digest = ?", name, digest)
    return None if row is None else Part(*row)


def of_entry(store: Store, name: str, seq: int) -> list[Part]:
    """The parts of one entry."""
    return [
        Part(*row)
        for row in store.rows(
            f"SELECT {_PART} WHERE station = ? AND seq = ? ORDER BY digest", name, seq
        )
    ]


def add_piece(store: Store, held: Part, data: bytes) -> int:
    """Keeps the next piece of a part. Within a transaction.

    Returns:
        How many bytes of the part are held now.
    """
    store.run(
        "INSERT INTO part_piece (station, digest, place, data) VALUES (?, ?, ?, ?)",
        held.station,
        held.digest,
        held.held,
        data,
    )
    store.run(
        "UPDATE part SET held = ? WHERE station = ? AND digest = ?",
        held.held + len(data),
        held.station,
        held.digest,
    )
    return held.held + len(data)


def sealed(store: Store, name: str, digest: bytes) -> bytes:
    """What is held of a part, as it was sealed."""
    rows = store.rows(
        "SELECT data FROM part_piece WHERE station = ? AND digest = ? ORDER BY place", name, digest
    )
    return b"".join(data for (data,) in rows)


def is_whole(store: Store, name: str, digest: bytes) -> bool:
    """Whether what is held is what the header names."""
    rows = store.rows(
        "SELECT data FROM part_piece WHERE station = ? AND digest = ? ORDER BY place", name, digest
    )
    found = hashlib.sha256()
    for (data,) in rows:
        found.update(data)
    return found.digest() == digest


def completed(store: Store, name: str, digest: bytes, now: int) -> None:
    """All of it is here, and is what the header names. Within a transaction."""
    store.run(
        "UPDATE part SET completed_at = ? WHERE station = ? AND digest = ?", now, name, digest
    )


def begin_again(store: Store, name: str, digest: bytes) -> None:
    """Forgets what is held of a part that is not what the header names. Within a transaction."""
    store.run("DELETE FROM part_piece WHERE station = ? AND digest = ?", name, digest)
    store.run("UPDATE part SET held = 0 WHERE station = ? AND digest = ?", name, digest)


def shed(store: Store, name: str, seq: int, now: int) -> None:
    """Gives up the bytes of an entry's parts, as those of its body. Within a transaction."""
    store.run(
        "DELETE FROM part_piece WHERE station = ? AND digest IN"
        " (SELECT digest FROM part WHERE station = ? AND seq = ?)",
        name,
        name,
        seq,
    )
    store.run(
        "UPDATE part SET shed_at = ?, completed_at = coalesce(completed_at, ?)"
        " WHERE station = ? AND seq = ?",
        now,
        now,
        name,
        seq,
    )


def secured(store: Store, before: int) -> None:
    """A backup elsewhere was copied at `before`: it holds what was complete. Within a transaction."""
    store.run("UPDATE part SET secured = 1 WHERE secured = 0 AND completed_at <= ?", before)


def missing(store: Store, since: int | None = None) -> list[Missing]:
    """Entries of which a part has not come, the oldest first; only those that came before `since`."""
    return [
        Missing(*row)
        for row in store.rows(
            "SELECT station, seq, count(*), CAST(sum(size - held) AS INTEGER), min(expected_at)"
            " FROM part WHERE completed_at IS NULL AND expected_at < ?"
            " GROUP BY station, seq ORDER BY min(expected_at), station, seq",
            2**62 if since is None else since,
        )
    ]
