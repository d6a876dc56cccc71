"""How stations say they are, and what is wrong now."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Step

HEALTH: Final = Step(
    "m0014_health",
    (
        # The last report of each station, as it came. The station may be one that nobody enrolled.
        """
        CREATE TABLE station_health (
            station TEXT PRIMARY KEY,
            heard_at INTEGER NOT NULL,
            report BLOB NOT NULL
        ) STRICT
        """,
        # What is so now; a row goes when it is so no more. `told_at` is when it was counted as an
        # alarm last.
        """
        CREATE TABLE concern (
            code TEXT NOT NULL,
            subject TEXT NOT NULL,
            detail TEXT NOT NULL DEFAULT '',
            since INTEGER NOT NULL,
            told_at INTEGER NOT NULL,
            PRIMARY KEY (code, subject)
        ) STRICT
        """,
        "CREATE INDEX decision_missing ON decision(station, seq) WHERE outcome = 'missing'",
    ),
)
