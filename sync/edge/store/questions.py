"""Questions to the hub and its replies, sealed both, between the window and the link."""

from __future__ import annotations

import sqlite3
from typing import Final

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble

MOST_WAITING: Final = 64
"""Replies that nobody has read; with one more the oldest goes."""
REPLY_LASTS_MS: Final = 120_000


class Questions:
    """Part of a `Store`; times are milliseconds since 1970 by the station's clock."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    # --- the window

    def ask(self, data: bytes, *, now: int, until: int) -> StoreTrouble | None:
        """Leaves a question for the link; it is sent before `until` or never."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute("DELETE FROM question WHERE until < ? OR until > ?", (now, _far(now)))
            raw.execute("INSERT INTO question (data, until) VALUES (?, ?)", (data, until))

        return self._connection.note(work)

    def take_replies(self) -> list[bytes] | StoreTrouble:
        """What came since the last time, oldest first; it is taken out."""
        found = self._connection.read(
            lambda raw: raw.execute("SELECT id, data FROM reply ORDER BY id").fetchall()
        )
        if isinstance(found, StoreTrouble) or not found:
            return found
        last = found[-1][0]
        refusal = self._connection.note(
            lambda raw: raw.execute("DELETE FROM reply WHERE id <= ?", (last,)).close()
        )
        return refusal or [data for _, data in found]

    # --- the link

    def to_send(self, *, now: int, most: int) -> list[tuple[int, bytes]] | StoreTrouble:
        """Questions that are not on their way and not late: each with its number here."""
        return self._connection.read(
            lambda raw: raw.execute(
                "SELECT id, data FROM question WHERE NOT sent AND until BETWEEN ? AND ?"
                " ORDER BY id LIMIT ?",
                (now, _far(now), most),
            ).fetchall()
        )

    def sent(self, numbers: list[int]) -> StoreTrouble | None:
        """These are on their way: another connection sends them no more."""

        def work(raw: sqlite3.Connection) -> None:
            raw.executemany(
                "UPDATE question SET sent = 1 WHERE id = ?", [(number,) for number in numbers]
            )

        return self._connection.note(work)

    def arrived(self, data: bytes, *, now: int) -> StoreTrouble | None:
        """Leaves a reply for the window, whoever it may be for."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "DELETE FROM reply WHERE came_at NOT BETWEEN ? AND ?",
                (now - REPLY_LASTS_MS, now + REPLY_LASTS_MS),
            )
            raw.execute("INSERT INTO reply (data, came_at) VALUES (?, ?)", (data, now))
            raw.execute(
                "DELETE FROM reply WHERE id <= (SELECT max(id) FROM reply) - ?", (MOST_WAITING,)
            )

        return self._connection.note(work)


def _far(now: int) -> int:
    """No question waits as long: with a clock that was set back it would wait for years."""
    return now + 10 * REPLY_LASTS_MS
