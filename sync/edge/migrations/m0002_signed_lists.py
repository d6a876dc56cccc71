"""The newest version that was taken of each signed list other than the hub's own keys."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    """
    CREATE TABLE signed_list (
        name TEXT PRIMARY KEY,
        version INTEGER NOT NULL
    ) STRICT
    """,
    # A list that was rolled back must not be believed again, whatever writes here.
    """
    CREATE TRIGGER signed_list_never_falls BEFORE UPDATE ON signed_list
    WHEN NEW.version < OLD.version OR NEW.name <> OLD.name
    BEGIN SELECT raise(ABORT, 'a version never falls'); END
    """,
    """
    CREATE TRIGGER signed_list_is_not_forgotten BEFORE DELETE ON signed_list
    BEGIN SELECT raise(ABORT, 'a version is not forgotten'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the table and the triggers that guard it."""
    for statement in _STATEMENTS:
        database.execute(statement)
