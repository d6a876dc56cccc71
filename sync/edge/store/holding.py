"""Until when a store that was made anew is held, and how it goes on behind the hub's chain.

What was lost at its end may be on a medium, at a neighbour or in a broker, and come to the hub any
day: so nothing is recorded until the hub's word covers all that may have left (`marks`), or a person
says that it was taken in. That person lays the file `taken-in` into the store's folder; it goes
into the folder of what was set aside when it has counted.
"""

from __future__ import annotations

import hashlib
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from sync.edge import trouble
from sync.edge.store.placing import sync
from sync.edge.store.rows import LOST
from sync.model.registration_number import COUNTERS

UNKNOWN_HASH: Final = bytes(32)
"""Stands in the place of a lost entry whose hash nobody here knows."""
TAKEN_IN: Final = "taken-in"


def begin(raw: sqlite3.Connection, handed: int | None) -> None:
    """Holds the store; an earlier hold that was not over counts on. Within a transaction.

    Args:
        raw: the store.
        handed: the last entry that may have left; None where nobody knows.
    """
    row = raw.execute("SELECT up_to, released_at FROM held ORDER BY id DESC LIMIT 1").fetchone()
    carried = raw.execute("SELECT coalesce(max(last), 0) FROM carried").fetchone()[0]
    if handed is not None:
        handed = max(handed, carried)
    if row is not None and row[1] is None:
        handed = None if handed is None or row[0] is None else max(handed, row[0])
    raw.execute("INSERT INTO held (up_to) VALUES (?)", (handed,))


def is_held(raw: sqlite3.Connection) -> bool:
    """Whether it was made anew and the hub has not said yet what it must."""
    row = raw.execute("SELECT released_at FROM held ORDER BY id DESC LIMIT 1").fetchone()
    return row is not None and row[0] is None


def covers(raw: sqlite3.Connection, up_to: int) -> bool:
    """Whether nothing can have left that neither the hub, with `up_to`, nor this store holds."""
    (handed,) = raw.execute("SELECT up_to FROM held ORDER BY id DESC LIMIT 1").fetchone()
    row = raw.execute(
        "SELECT seq FROM journal WHERE kind <> ? AND envelope <> x'' ORDER BY seq DESC LIMIT 1",
        (LOST,),
    ).fetchone()
    return handed is not None and handed <= max(up_to, row[0] if row is not None else 0)


def release(raw: sqlite3.Connection, at: int, *, is_vouched: bool) -> None:
    """Ends it, `at` milliseconds since 1970; by a person's word or not."""
    raw.execute(
        "UPDATE held SET released_at = ?, vouched = ? WHERE released_at IS NULL", (at, is_vouched)
    )


def is_vouched(folder: Path) -> bool:
    """Whether a person says that all that left was taken in."""
    return (folder / TAKEN_IN).exists()


def put_word_aside(folder: Path, aside: str) -> None:
    """The person's word has counted: it counts for no other time."""
    with suppress(OSError):
        (folder / TAKEN_IN).replace(folder / aside / TAKEN_IN)
        sync(folder)


def adopt(raw: sqlite3.Connection, station: str, up_to: int, digest: bytes, at: int) -> None:
    """Places for what the hub holds behind the journal's end. Within a transaction.

    The store stays held.

    Args:
        raw: the store.
        station: its station.
        up_to: the last entry that the hub holds.
        digest: its hash.
        at: milliseconds since 1970.
    """
    (against,) = raw.execute("SELECT trouble FROM standing").fetchone()
    last, counter = raw.execute(
        "SELECT coalesce(max(seq), 0), coalesce(max(counter), 0) FROM journal"
    ).fetchone()
    if against != trouble.REBUILT or up_to <= last:
        return
    raw.execute("UPDATE standing SET trouble = NULL")  # a trigger guards the journal
    for seq in range(last + 1, up_to + 1):
        found = digest if seq == up_to else UNKNOWN_HASH
        insert_lost(raw, station, seq, found, counter=counter, recorded_at=at)
    raw.execute("UPDATE standing SET trouble = ?", (trouble.REBUILT,))
    (spare,) = raw.execute("SELECT max(counter) FROM rebuilt").fetchone()
    spare = min(max(spare, counter) + up_to - last, COUNTERS - 1)
    raw.execute(
        "INSERT INTO rebuilt (aside, at, counter)"
        " SELECT aside, ?, ? FROM rebuilt ORDER BY id DESC LIMIT 1",
        (at, spare),
    )


def insert_lost(
    raw: sqlite3.Connection,
    station: str,
    seq: int,
    digest: bytes,
    *,
    counter: int,
    recorded_at: int,
) -> None:
    """A place of the chain of which nothing is left here but its hash, if that."""
    operation_id = hashlib.sha256(b"lost %s %d" % (station.encode(), seq)).digest()[:16]
    raw.execute(
        "INSERT INTO journal (seq, operation_id, kind, counter, recorded_at, hash, envelope)"
        " VALUES (?, ?, ?, ?, ?, ?, x'')",
        (seq, operation_id, LOST, counter, recorded_at, digest),
    )
    raw.execute("INSERT OR IGNORE INTO lost (seq) VALUES (?)", (seq,))
