"""Envelopes lie sealed under keys of their own, which are destroyed when the hub has them safe.

Entries stay for ever, by number and hash; what they say goes. An entry without a segment was
recorded before this step, or by a station without a key store, and lies as it was recorded.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # Keys, each sealed by the key store; a row that is deleted is a key that is destroyed. An id
    # never comes again, so that no program goes on with a key that another one destroyed.
    """
    CREATE TABLE segment (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        first INTEGER NOT NULL,
        key BLOB NOT NULL
    ) STRICT
    """,
    "ALTER TABLE journal ADD COLUMN segment INTEGER",
    """
    CREATE TRIGGER journal_has_its_key BEFORE INSERT ON journal
    WHEN NEW.segment IS NOT NULL AND NOT EXISTS (SELECT 1 FROM segment WHERE id = NEW.segment)
    BEGIN SELECT raise(ABORT, 'the key of this entry is destroyed'); END
    """,
    # Up to where the hub has all in a backup, and up to where envelopes were emptied for it.
    "ALTER TABLE watermark ADD COLUMN secured INTEGER NOT NULL DEFAULT 0 CHECK (secured <= decided)",
    "ALTER TABLE watermark ADD COLUMN emptied INTEGER NOT NULL DEFAULT 0 CHECK (emptied <= secured)",
    """
    CREATE TRIGGER secured_goes_forward BEFORE UPDATE ON watermark
    WHEN NEW.secured < OLD.secured OR NEW.emptied < OLD.emptied
    BEGIN SELECT raise(ABORT, 'what is destroyed does not come back'); END
    """,
    "DROP TRIGGER journal_is_not_changed",
    """
    CREATE TRIGGER journal_is_not_changed BEFORE UPDATE ON journal
    WHEN NEW.envelope IS NOT x'' OR OLD.seq > (SELECT secured FROM watermark)
        OR NEW.seq IS NOT OLD.seq OR NEW.operation_id IS NOT OLD.operation_id
        OR NEW.kind IS NOT OLD.kind OR NEW.counter IS NOT OLD.counter
        OR NEW.recorded_at IS NOT OLD.recorded_at OR NEW.hash IS NOT OLD.hash
        OR NEW.segment IS NOT OLD.segment
    BEGIN SELECT raise(ABORT, 'what is recorded is not changed'); END
    """,
    """
    CREATE TRIGGER key_of_what_is_not_secured_stays BEFORE DELETE ON segment
    WHEN OLD.first > (SELECT secured FROM watermark)
    BEGIN SELECT raise(ABORT, 'the key is still needed'); END
    """,
    """
    CREATE TRIGGER segment_is_not_changed BEFORE UPDATE ON segment
    BEGIN SELECT raise(ABORT, 'a key is made once'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the table of keys, and lets go what is secured, and nothing else."""
    for statement in _STATEMENTS:
        database.execute(statement)
