"""What persons decided here on operations that do not stand."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # Written before the operation that says so is recorded, so that no power cut can part the two:
    # a row counts when the journal has its operation, and is nothing until then.
    """
    CREATE TABLE closing (
        operation_id BLOB PRIMARY KEY CHECK (length(operation_id) = 16),
        seq INTEGER NOT NULL CHECK (seq > 0),
        reason TEXT NOT NULL,
        operator BLOB NOT NULL,
        done_again BLOB CHECK (length(done_again) = 16)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX closing_of_entry ON closing(seq)",
    """
    CREATE TRIGGER closing_is_kept BEFORE DELETE ON closing
    WHEN EXISTS (SELECT 1 FROM journal WHERE operation_id = OLD.operation_id)
    BEGIN SELECT RAISE(ABORT, 'decisions are kept'); END
    """,
    """
    CREATE TRIGGER closing_is_final BEFORE UPDATE ON closing
    BEGIN SELECT RAISE(ABORT, 'decisions are final'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the table."""
    for statement in _STATEMENTS:
        database.execute(statement)
