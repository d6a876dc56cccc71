"""How urgent it is what waits in the journal."""

from __future__ import annotations

import sqlite3
from typing import Final

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble
from sync.model import urgency
from sync.model.urgency import Urgency

AT_ONCE: Final = 2000
"""So many entries are looked at in one go: a long journal is not read through while somebody waits."""


class Waiting:
    """Looks at each waiting entry once. For one thread.

    Attributes:
        urgency: the most urgent class among what was looked at.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen = 0
        self.urgency = Urgency.BULK

    def look(self, watermark: int, last: int) -> StoreTrouble | None:
        """Looks at some more of the entries after `watermark`, up to `last`."""
        if watermark >= last:
            self._seen, self.urgency = last, Urgency.BULK
            return None
        first = max(self._seen, watermark) + 1
        if first > last or self.urgency is Urgency.URGENT:
            return None
        to = min(last, first + AT_ONCE - 1)
        found = self._connection.read(lambda raw: _most_urgent(raw, first, to))
        if isinstance(found, StoreTrouble):
            return found
        self._seen = to
        self.urgency = min(self.urgency, found, key=lambda one: one.value)
        return None


def _most_urgent(raw: sqlite3.Connection, first: int, last: int) -> Urgency:
    marked = raw.execute(
        "SELECT 1 FROM urgent WHERE seq BETWEEN ? AND ? LIMIT 1", (first, last)
    ).fetchone()
    if marked is not None:
        return Urgency.URGENT
    kinds = raw.execute(
        "SELECT DISTINCT kind FROM journal WHERE seq BETWEEN ? AND ?", (first, last)
    ).fetchall()
    return min(
        (urgency.of_kind(kind) for (kind,) in kinds),
        key=lambda one: one.value,
        default=Urgency.BULK,
    )
