"""The audit trail between two pages of the journal."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # Where the trail stands; the lines themselves go when their page is recorded.
    """
    CREATE TABLE audit_head (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        number INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32)
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_goes_forward BEFORE UPDATE ON audit_head
    WHEN NEW.number <= OLD.number
    BEGIN SELECT raise(ABORT, 'the audit trail is not taken back'); END
    """,
    """
    CREATE TRIGGER audit_head_stays BEFORE DELETE ON audit_head
    BEGIN SELECT raise(ABORT, 'the audit trail is not taken back'); END
    """,
    # `page` is the number of the page's first line, once the page is closed; `page_key` is sealed
    # to the auditor, as is what the lines are about.
    """
    CREATE TABLE audit_line (
        number INTEGER PRIMARY KEY,
        before BLOB NOT NULL CHECK (length(before) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        at INTEGER NOT NULL,
        event TEXT NOT NULL,
        actor BLOB NOT NULL,
        words TEXT NOT NULL,
        sealed BLOB NOT NULL,
        page_key BLOB NOT NULL,
        page INTEGER
    ) STRICT
    """,
    """
    CREATE TRIGGER audit_line_is_not_changed BEFORE UPDATE ON audit_line
    WHEN OLD.page IS NOT NULL OR NEW.number IS NOT OLD.number OR NEW.hash IS NOT OLD.hash
        OR NEW.at IS NOT OLD.at OR NEW.event IS NOT OLD.event OR NEW.actor IS NOT OLD.actor
        OR NEW.words IS NOT OLD.words OR NEW.sealed IS NOT OLD.sealed
    BEGIN SELECT raise(ABORT, 'the audit trail is not changed'); END
    """,
    # A line goes with its page, once that is in the journal.
    """
    CREATE TRIGGER audit_line_is_kept BEFORE DELETE ON audit_line
    WHEN OLD.page IS NULL
    BEGIN SELECT raise(ABORT, 'the audit trail is not changed'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the tables and the triggers that guard them."""
    for statement in _STATEMENTS:
        database.execute(statement)
