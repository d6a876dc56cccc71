"""Destroying what the hub has safe: keys first, then envelopes, then what SQLite's log still holds.

Deleted rows are overwritten with zeros (`PRAGMA secure_delete`), and the write-ahead log, which
holds copies of them, is overwritten in place: a log that is only cut short leaves its blocks to who
searches the disk. Flash memory may keep old copies of its own; they are sealed by the key store.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble

AT_ONCE: Final = 256
"""Envelopes that are emptied in one transaction: nobody who records waits for more."""

_KEPT: Final = (
    "SELECT seq FROM verdict WHERE outcome = 'missing' UNION SELECT seq FROM late WHERE backups < 2"
)
"""What no backup holds yet, below `secured` too: what the hub never got, and what came late. The
first backup that is told of after it came may have been copied before; the second one was not,
since a hub makes one after the other."""


class Destroying:
    """What is left to destroy of one store; used by one thread."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._done = 0
        self._log_owed = False

    def look_again(self) -> None:
        """Something was emptied by others, and a key may have become free by that."""
        self._done = -1
        self._log_owed = True

    def step(self) -> bool | StoreTrouble:
        """Destroys some of what is secured and still there; whether there may be more.

        Where there is no more, the log was overwritten too. What a power cut interrupts is done by
        the first calls of the next start.
        """
        secured = self._connection.read(_secured)
        if isinstance(secured, StoreTrouble):
            return secured
        if secured != self._done:
            keys = self._connection.write(_destroy_keys)
            if isinstance(keys, StoreTrouble):
                return keys
            emptied = self._connection.write(_empty)
            if isinstance(emptied, StoreTrouble):
                return emptied
            self._log_owed = self._log_owed or bool(keys or emptied)
            if emptied == AT_ONCE:
                return True
            self._done = secured
        if self._log_owed:
            wiped = self._connection.wipe_log()
            if isinstance(wiped, StoreTrouble):
                return wiped
            self._log_owed = not wiped
        return self._log_owed


def _secured(raw: sqlite3.Connection) -> int:
    return int(raw.execute("SELECT secured FROM watermark").fetchone()[0])


def _destroy_keys(raw: sqlite3.Connection) -> int:
    """Deletes the keys that no entry needs any more; how many."""
    (secured,) = raw.execute("SELECT secured FROM watermark").fetchone()
    spent = _spent(raw, secured)
    if spent:
        _overwriting(raw)
        raw.executemany("DELETE FROM segment WHERE id = ?", [(number,) for number in spent])
    return len(spent)


def _spent(raw: sqlite3.Connection, secured: int) -> list[int]:
    """Keys all of whose entries are secured; one that no backup holds keeps its key."""
    return [
        number
        for (number,) in raw.execute(
            "SELECT id FROM segment WHERE first <= ?1"  # noqa: S608 - a constant
            " AND id NOT IN (SELECT segment FROM part WHERE secured = 0 AND segment NOT NULL)"
            " AND id NOT IN (SELECT segment FROM journal WHERE seq > ?1 AND segment NOT NULL)"
            " AND id NOT IN (SELECT segment FROM journal"
            "   WHERE seq IN (" + _KEPT + ") AND segment NOT NULL)",
            (secured,),
        )
    ]


def _stop(raw: sqlite3.Connection, secured: int) -> int:
    """Up to where envelopes can go: before the first whose key is needed for a later entry."""
    (first,) = raw.execute(
        "SELECT min(first) FROM segment WHERE id IN"
        " (SELECT segment FROM journal WHERE seq > ? AND segment NOT NULL)",
        (secured,),
    ).fetchone()
    return secured if first is None else min(secured, int(first) - 1)


def _empty(raw: sqlite3.Connection) -> int:
    """Empties the next envelopes; how many entries it went past."""
    secured, emptied = raw.execute("SELECT secured, emptied FROM watermark").fetchone()
    last = min(_stop(raw, secured), emptied + AT_ONCE)
    _overwriting(raw)
    done = raw.execute(
        "UPDATE journal SET envelope = x'' WHERE seq IN"
        " (SELECT seq FROM late WHERE backups >= 2 AND seq <= ?)",
        (emptied,),
    ).rowcount
    raw.execute("DELETE FROM late WHERE backups >= 2 AND seq <= ?", (emptied,))
    if last <= emptied:
        return done
    raw.execute(
        f"UPDATE journal SET envelope = x'' WHERE seq > ? AND seq <= ? AND seq NOT IN ({_KEPT})",  # noqa: S608 - a constant
        (emptied, last),
    )
    raw.execute("UPDATE watermark SET emptied = ?", (last,))
    return int(last - emptied)


def _overwriting(raw: sqlite3.Connection) -> None:
    """From here on this connection overwrites what it deletes; it never costs a record anything."""
    raw.execute("PRAGMA secure_delete = ON").fetchone()
