"""Since when each station waits for a decision: whose turn is next is found without looking at all."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Step

WAITING: Final = Step(
    "m0018_waiting",
    (
        # When the first entry came that is not decided yet; says nothing where there is none. Older
        # programs leave it as it is: then a station's turn comes early or late, and it comes.
        "ALTER TABLE station ADD COLUMN waiting_since INTEGER NOT NULL DEFAULT 0",
        """
        UPDATE station SET waiting_since = coalesce((
            SELECT received_at FROM entry
            WHERE entry.station = station.name AND entry.seq = station.decided_seq + 1
        ), 0)
        """,
        "CREATE INDEX station_waiting ON station(waiting_since) WHERE decided_seq < head_seq",
        "CREATE INDEX station_urgent ON station(waiting_since) WHERE urgent_seq > decided_seq",
    ),
)
