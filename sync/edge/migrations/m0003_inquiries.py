"""What is asked of the hub and what it replies, on the way between the window and the link.

Both are sealed; the key that opens a reply is in the window's memory. Nothing here counts: it may
be lost with the power, and is deleted when it was read or is late.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    """
    CREATE TABLE question (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        data BLOB NOT NULL,
        until INTEGER NOT NULL,
        sent INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    """
    CREATE TABLE reply (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        data BLOB NOT NULL,
        came_at INTEGER NOT NULL
    ) STRICT
    """,
)


def apply(database: Database) -> None:
    """Makes the tables."""
    for statement in _STATEMENTS:
        database.execute(statement)
