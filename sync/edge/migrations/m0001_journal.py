"""The first schema: the journal, and what the hub said about it."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

APPLICATION_ID: Final = 0x5350544A
"""Marks the file as a station's journal, "SPTJ"; in the file's header."""

_STATEMENTS: Final = (
    f"PRAGMA application_id = {APPLICATION_ID}",
    # Whose store this is.
    """
    CREATE TABLE station (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        name TEXT NOT NULL,
        code INTEGER NOT NULL
    ) STRICT
    """,
    # What was recorded, for ever. The last row is the head of the chain and carries the counter
    # of registration numbers, so that neither can differ from what is recorded.
    """
    CREATE TABLE journal (
        seq INTEGER PRIMARY KEY,
        operation_id BLOB NOT NULL UNIQUE CHECK (length(operation_id) = 16),
        kind TEXT NOT NULL,
        counter INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        envelope BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    BEGIN SELECT raise(ABORT, 'what is recorded is not changed'); END
    """,
    """
    CREATE TRIGGER journal_is_not_deleted BEFORE DELETE ON journal
    BEGIN SELECT raise(ABORT, 'what is recorded is not deleted'); END
    """,
    # Recording stops while the hub's acknowledgements contradict this store.
    """
    CREATE TRIGGER journal_is_held BEFORE INSERT ON journal
    WHEN (SELECT trouble FROM standing) IS NOT NULL
    BEGIN SELECT raise(ABORT, 'the store is at odds with the hub'); END
    """,
    # Up to where the hub has acknowledged, and up to where its decisions are known.
    """
    CREATE TABLE watermark (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        up_to INTEGER NOT NULL,
        decided INTEGER NOT NULL CHECK (decided <= up_to),
        hub_time INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER watermark_goes_forward BEFORE UPDATE ON watermark
    WHEN NEW.up_to < OLD.up_to OR NEW.decided < OLD.decided
    BEGIN SELECT raise(ABORT, 'an acknowledgement is not taken back'); END
    """,
    """
    CREATE TRIGGER watermark_is_not_deleted BEFORE DELETE ON watermark
    BEGIN SELECT raise(ABORT, 'an acknowledgement is not taken back'); END
    """,
    "INSERT INTO watermark (id, up_to, decided, hub_time) VALUES (1, 0, 0, 0)",
    # The signed acknowledgements that moved the watermark: proof of what the hub held.
    """
    CREATE TABLE acknowledgement (
        up_to INTEGER PRIMARY KEY,
        sent_at INTEGER,
        received_at INTEGER NOT NULL,
        data BLOB NOT NULL
    ) STRICT
    """,
    # Outcomes other than accepted, so that the usual case costs nothing.
    """
    CREATE TABLE verdict (
        seq INTEGER PRIMARY KEY,
        outcome TEXT NOT NULL CHECK (outcome IN ('refused', 'missing')),
        code TEXT,
        rule TEXT,
        remedy TEXT,
        decided_at INTEGER NOT NULL
    ) STRICT
    """,
    # What the hub's acknowledgements say against this store, and the newest trust list taken.
    """
    CREATE TABLE standing (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        trouble TEXT,
        hub_time INTEGER NOT NULL,
        trust_version INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO standing (id, trouble, hub_time, trust_version) VALUES (1, NULL, 0, 0)",
    # What the link is doing; may be lost with the power.
    """
    CREATE TABLE link (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        connected INTEGER NOT NULL,
        hub_present INTEGER NOT NULL,
        code TEXT NOT NULL,
        since INTEGER NOT NULL,
        heartbeat INTEGER NOT NULL,
        next_try_at INTEGER,
        in_flight_first INTEGER,
        in_flight_last INTEGER,
        sent_at INTEGER
    ) STRICT
    """,
    """
    INSERT INTO link (id, connected, hub_present, code, since, heartbeat)
    VALUES (1, 0, 0, 'link.never-started', 0, 0)
    """,
)


def apply(database: Database) -> None:
    """Makes the tables and the triggers that guard them."""
    for statement in _STATEMENTS:
        database.execute(statement)
