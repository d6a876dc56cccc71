"""The audit trail of all stations, and of this hub's own terminal."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def keep(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STATEMENTS: Final = (
    # Pages in the order of the trail. `content` is the page's plain form in deterministic CBOR: what
    # its lines are about is sealed to the auditor. `seq` is its place in the station's chain; NULL
    # for what this hub wrote itself, and signed.
    """
    CREATE TABLE audit_page (
        station TEXT NOT NULL,
        first INTEGER NOT NULL CHECK (first > 0),
        last INTEGER NOT NULL CHECK (last >= first),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        began_at INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        seq INTEGER,
        content BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (station, first)
    ) STRICT
    """,
    "CREATE INDEX audit_page_time ON audit_page(ended_at)",
    """
    CREATE TRIGGER audit_page_is_kept BEFORE DELETE ON audit_page
    BEGIN SELECT RAISE(ABORT, 'the audit trail is kept'); END
    """,
    """
    CREATE TRIGGER audit_page_is_final BEFORE UPDATE ON audit_page
    BEGIN SELECT RAISE(ABORT, 'the audit trail is final'); END
    """,
)
