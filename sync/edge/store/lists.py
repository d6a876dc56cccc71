"""Which version of each signed list this station took last, so that none can be put back."""

from __future__ import annotations

import sqlite3

from sync.edge.store.connection import Connection
from sync.edge.trouble import StoreTrouble


class TakenLists:
    """Part of a `Store`; names are those of the topics (`documents`, `roster`, `crl`, ...)."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def version(self, name: str) -> int | StoreTrouble:
        """The newest version that was taken of that list; 0 for none."""

        def work(raw: sqlite3.Connection) -> int:
            found = raw.execute(
                "SELECT version FROM signed_list WHERE name = ?", (name,)
            ).fetchone()
            return int(found[0]) if found else 0

        return self._connection.read(work)

    def take(self, name: str, version: int) -> StoreTrouble | None:
        """Remembers that a list of this version was taken; an older one changes nothing."""

        def work(raw: sqlite3.Connection) -> None:
            raw.execute(
                "INSERT INTO signed_list (name, version) VALUES (?, ?)"
                " ON CONFLICT (name) DO UPDATE SET version = excluded.version"
                " WHERE excluded.version > version",
                (name, version),
            )

        found = self._connection.write_on_ballast(work)
        return found if isinstance(found, StoreTrouble) else None
