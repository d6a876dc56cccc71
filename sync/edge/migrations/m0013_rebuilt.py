"""What is known of a store that was damaged and made anew."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # One row for each time. `counter`: no registration number up to this one is issued again,
    # since entries that are lost may have issued it. The damaged files lie in the folder `aside`.
    """
    CREATE TABLE rebuilt (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        aside TEXT NOT NULL,
        at INTEGER NOT NULL,
        counter INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER rebuilt_is_not_changed BEFORE UPDATE ON rebuilt
    BEGIN SELECT raise(ABORT, 'what was lost stays told'); END
    """,
    """
    CREATE TRIGGER rebuilt_is_not_deleted BEFORE DELETE ON rebuilt
    BEGIN SELECT raise(ABORT, 'what was lost stays told'); END
    """,
    # Places of the chain of which nothing but the place is left here.
    """
    CREATE TABLE lost (
        seq INTEGER PRIMARY KEY
    ) STRICT
    """,
    """
    CREATE TRIGGER lost_is_not_deleted BEFORE DELETE ON lost
    BEGIN SELECT raise(ABORT, 'what was lost stays told'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the tables."""
    for statement in _STATEMENTS:
        database.execute(statement)
