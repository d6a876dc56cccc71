"""What left on a removable medium and is awaited back, and from where the next parcel begins."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database

_STATEMENTS: Final = (
    # `key` opens the answer; sealed by the station's vault where there is one. A parcel without
    # entries has first 1 and last 0. `sealed_to`: id of the hub's key that opens the parcel.
    """
    CREATE TABLE carried (
        id BLOB PRIMARY KEY,
        key BLOB NOT NULL,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        made_at INTEGER NOT NULL,
        size INTEGER NOT NULL,
        sealed_to BLOB NOT NULL,
        answered_at INTEGER
    ) STRICT
    """,
    # Where the hub's newest answer says that its chain ends: behind the watermark where the hub
    # was put back to a backup.
    """
    CREATE TABLE carried_from (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        up_to INTEGER NOT NULL,
        hub_time INTEGER NOT NULL
    ) STRICT
    """,
)


def apply(database: Database) -> None:
    """Makes the tables."""
    for statement in _STATEMENTS:
        database.execute(statement)
