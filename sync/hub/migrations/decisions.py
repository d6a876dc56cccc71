"""What persons decided on operations that do not stand."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Guard, Step

DECISIONS: Final = Step(
    "m0015_decisions",
    (
        # `seq` is the entry that it is about, `by_seq` the one that decides; both of one station.
        """
        CREATE TABLE closing (
            station TEXT NOT NULL,
            seq INTEGER NOT NULL,
            by_seq INTEGER NOT NULL,
            operation_id TEXT NOT NULL,
            kind TEXT NOT NULL,
            code TEXT NOT NULL,
            reason TEXT NOT NULL,
            done_again TEXT NOT NULL,
            office TEXT NOT NULL,
            operator BLOB NOT NULL CHECK (length(operator) = 32),
            closed_at INTEGER NOT NULL,
            PRIMARY KEY (station, by_seq),
            FOREIGN KEY (station, seq) REFERENCES entry(station, seq),
            CHECK (seq < by_seq)
        ) STRICT
        """,
        "CREATE INDEX closing_of_entry ON closing(station, seq)",
        Guard("closing_is_kept", "DELETE", "closing", "decisions of persons are kept"),
        Guard("closing_is_final", "UPDATE", "closing", "decisions of persons are final"),
    ),
)
