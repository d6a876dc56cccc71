"""Entries that the hub got late: their keys stay until a backup holds them too."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # `backups`: how often `secured` has gone forward since the hub has the entry.
    """
    CREATE TABLE late (
        seq INTEGER PRIMARY KEY,
        backups INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
)


def apply(database: Database) -> None:
    """Makes the table."""
    for statement in _STATEMENTS:
        database.execute(statement)
