"""What rotation, backups and rebuilding need to remember."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def remember(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STATEMENTS: Final = (
    # Up to `secured_seq` a backup outside this hub holds the chain: a station may forget what it
    # has sent.
    "ALTER TABLE station ADD COLUMN secured_seq INTEGER NOT NULL DEFAULT 0",
    # Which version of each signed list a station has said that it holds.
    """
    CREATE TABLE list_held (
        station TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        told_at INTEGER NOT NULL,
        PRIMARY KEY (station, name)
    ) STRICT
    """,
    # Backups that were made and read back, and where each chain stood.
    """
    CREATE TABLE backup (
        id INTEGER PRIMARY KEY,
        made_at INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        size INTEGER NOT NULL,
        is_away INTEGER NOT NULL CHECK (is_away IN (0, 1))
    ) STRICT
    """,
    # When this registry was put back to a backup, and where each chain stood in it.
    """
    CREATE TABLE rebuilding (
        id INTEGER PRIMARY KEY,
        began_at INTEGER NOT NULL,
        backup_at INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE rebuilding_head (
        rebuilding INTEGER NOT NULL REFERENCES rebuilding(id),
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL,
        PRIMARY KEY (rebuilding, station)
    ) STRICT
    """,
)
