"""Each entry's hybrid time, and the hub's time as it was heard last."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # `hybrid_time.to_number`; NULL for what was recorded before.
    "ALTER TABLE journal ADD COLUMN hybrid INTEGER",
    """
    CREATE TRIGGER journal_time_is_not_changed BEFORE UPDATE OF hybrid ON journal
    BEGIN SELECT raise(ABORT, 'what is recorded is not changed'); END
    """,
    # `monotonic` is in nanoseconds of the boot `boot_id`: the hub's time goes on from there.
    """
    CREATE TABLE heard (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        hub_time INTEGER NOT NULL,
        boot_id BLOB NOT NULL,
        monotonic INTEGER NOT NULL
    ) STRICT
    """,
    # Of an older store only the time is known.
    """
    INSERT INTO heard (id, hub_time, boot_id, monotonic)
    SELECT 1, max(watermark.hub_time, standing.hub_time), x'', 0 FROM watermark, standing
    """,
    """
    CREATE TRIGGER heard_goes_forward BEFORE UPDATE ON heard
    WHEN NEW.hub_time < OLD.hub_time
    BEGIN SELECT raise(ABORT, 'the time of the hub does not fall'); END
    """,
)


def apply(database: Database) -> None:
    """Makes the column, the table and the triggers that guard them."""
    for statement in _STATEMENTS:
        database.execute(statement)
