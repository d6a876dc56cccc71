"""Looks at a store when it is opened: whether it can be relied on, in a bounded time.

A small store is looked at whole. Of a large one the ends are: its head, how SQLite finds it again,
and what is not acknowledged, which nobody else has. What lies between was acknowledged by its
hash, and is looked at, a piece at a time, while the link has nothing else to do.
"""

from __future__ import annotations

import hashlib
import sqlite3
from typing import Final

from sync.edge import trouble
from sync.edge.store.connection import Connection
from sync.edge.store.segments import Segments
from sync.edge.trouble import StoreTrouble

SMALL_BYTES: Final = 8 << 20
"""A store up to this size is looked at whole: some ten milliseconds."""
AT_EACH_END: Final = 128
PIECE: Final = 64

_SINGLE: Final = ("station", "watermark", "standing", "link", "heard")


def at_start(connection: Connection, segments: Segments) -> StoreTrouble | None:
    """Whether the store is what it was; `store.damaged` where not.

    A single envelope that is not what was recorded is no reason to set the store aside: it is sent
    by its hash alone, and a person is told. Only the head must be whole.
    """

    def work(raw: sqlite3.Connection) -> bool:
        return _structure_is_whole(raw) and _head_is_whole(raw) and _ends_are_read(raw, segments)

    found = connection.read(work)
    if isinstance(found, StoreTrouble):
        return found
    return None if found else StoreTrouble(trouble.DAMAGED)


def piece(connection: Connection, segments: Segments, after: int) -> int | StoreTrouble:
    """Reads the next entries behind `after`; the last one that was read, 0 at the end.

    Returns:
        `store.damaged` where SQLite finds a page broken; what is broken within an envelope is
        found when it is sent.
    """

    def work(raw: sqlite3.Connection) -> int:
        last = 0
        for seq, operation_id, digest, data, segment in raw.execute(
            "SELECT seq, operation_id, hash, envelope, segment FROM journal"
            " WHERE seq > ? ORDER BY seq LIMIT ?",
            (after, PIECE),
        ).fetchall():
            segments.unseal(raw, seq, digest, segment, data)
            raw.execute(
                "SELECT seq FROM journal WHERE operation_id = ?", (operation_id,)
            ).fetchone()
            last = seq
        return last

    return connection.read(work)


def _structure_is_whole(raw: sqlite3.Connection) -> bool:
    (pages,) = raw.execute("PRAGMA page_count").fetchone()
    (size,) = raw.execute("PRAGMA page_size").fetchone()
    if pages * size <= SMALL_BYTES:
        (said,) = raw.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            return False
    return all(
        raw.execute(f'SELECT count(*) FROM "{name}"').fetchone() == (1,)  # noqa: S608 - constants
        for name in _SINGLE
    )


def _head_is_whole(raw: sqlite3.Connection) -> bool:
    row = raw.execute("SELECT seq, operation_id FROM journal ORDER BY seq DESC LIMIT 1").fetchone()
    if row is None:
        (up_to,) = raw.execute("SELECT up_to FROM watermark").fetchone()
        return bool(up_to == 0)
    found = raw.execute("SELECT seq FROM journal WHERE operation_id = ?", (row[1],)).fetchone()
    return found is not None and found[0] == row[0]


def _ends_are_read(raw: sqlite3.Connection, segments: Segments) -> bool:
    """Reads the entries that nobody else has; the head's envelope must hash to its hash."""
    (up_to,) = raw.execute("SELECT up_to FROM watermark").fetchone()
    columns = "SELECT seq, hash, envelope, segment FROM journal WHERE seq > ?"
    first = raw.execute(f"{columns} ORDER BY seq LIMIT ?", (up_to, AT_EACH_END)).fetchall()
    last = raw.execute(f"{columns} ORDER BY seq DESC LIMIT ?", (up_to, AT_EACH_END)).fetchall()
    for place, (seq, digest, data, segment) in enumerate([*last, *first]):
        plain = segments.unseal(raw, seq, digest, segment, data)
        if place == 0 and plain and hashlib.sha256(plain).digest() != digest:
            return False
    return True
