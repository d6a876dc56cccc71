"""Parts that travel apart from their operation, and entries that are more urgent than their kind."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # A part as it was sealed to the hub; sealed once more, as its entry's envelope, by the key of
    # `segment`. `held`: how many bytes the hub says it has. `secured`: a backup of the hub's holds it.
    # The bytes are emptied when the hub has them safe, or when the key of their segment is destroyed.
    """
    CREATE TABLE part (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        seq INTEGER NOT NULL REFERENCES journal(seq),
        kind TEXT NOT NULL,
        size INTEGER NOT NULL CHECK (size > 0),
        held INTEGER NOT NULL DEFAULT 0 CHECK (held BETWEEN 0 AND size),
        secured INTEGER NOT NULL DEFAULT 0 CHECK (secured IN (0, 1)),
        segment INTEGER,
        data BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX part_of_entry ON part(seq)",
    "CREATE INDEX part_on_its_way ON part(seq) WHERE secured = 0",
    """
    CREATE TRIGGER part_is_not_deleted BEFORE DELETE ON part
    BEGIN SELECT raise(ABORT, 'what is recorded is not deleted'); END
    """,
    """
    CREATE TRIGGER part_is_not_changed BEFORE UPDATE ON part
    WHEN NEW.digest IS NOT OLD.digest OR NEW.seq IS NOT OLD.seq OR NEW.kind IS NOT OLD.kind
        OR NEW.size IS NOT OLD.size OR NEW.segment IS NOT OLD.segment
        OR NEW.secured < OLD.secured
        OR (NEW.data IS NOT OLD.data AND (NEW.data IS NOT x'' OR NEW.secured = 0))
    BEGIN SELECT raise(ABORT, 'what is recorded is not changed'); END
    """,
    # A key whose part the hub has not safe stays, as it does for an envelope.
    """
    CREATE TRIGGER key_of_a_part_stays BEFORE DELETE ON segment
    WHEN EXISTS (SELECT 1 FROM part WHERE segment = OLD.id AND secured = 0)
    BEGIN SELECT raise(ABORT, 'the key is still needed'); END
    """,
    # Entries that are urgent though their kind is not, as a booked revocation.
    "CREATE TABLE urgent (seq INTEGER PRIMARY KEY) STRICT",
)


def apply(database: Database) -> None:
    """Makes the tables."""
    for statement in _STATEMENTS:
        database.execute(statement)
