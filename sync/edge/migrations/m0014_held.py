"""Until when a store that was made anew is held."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # The newest row counts. `up_to`: the last entry that may have left, NULL where nobody knows.
    # `vouched`: a person said that what left was taken in.
    """
    CREATE TABLE held (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        up_to INTEGER,
        released_at INTEGER,
        vouched INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "INSERT INTO held (up_to) SELECT NULL FROM standing WHERE trouble = 'store.rebuilt'",
    """
    CREATE TRIGGER held_is_released_once BEFORE UPDATE ON held
    WHEN OLD.released_at IS NOT NULL OR NEW.up_to IS NOT OLD.up_to
    BEGIN SELECT raise(ABORT, 'what held the store stays told'); END
    """,
    """
    CREATE TRIGGER held_is_not_deleted BEFORE DELETE ON held
    BEGIN SELECT raise(ABORT, 'what held the store stays told'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the table."""
    for statement in _STATEMENTS:
        database.execute(statement)
