"""What entries have told of the boot in which their station is."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Step

TIME: Final = Step(
    "m0017_time",
    (
        # `sync.hub.time_bounds.Tie` of the newest entry that was decided; milliseconds since 1970.
        """
        CREATE TABLE station_boot (
            station TEXT PRIMARY KEY REFERENCES station(name),
            boot_id BLOB NOT NULL,
            latest INTEGER NOT NULL,
            right_at INTEGER
        ) STRICT
        """,
    ),
)
