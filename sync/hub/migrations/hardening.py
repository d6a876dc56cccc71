"""The sixth step: bounds that clocks, operation ids and disputes of before did not have."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def harden(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in (*_CHAINS, *_DISPUTES, *_PLACES):
        db.execute(statement)


_CHAINS: Final = (
    # When each decided entry counts as done, milliseconds since 1970; NULL where its clock says
    # nothing. What comes after it in its chain was not done before. Of a chain of before, as far
    # as its bookings tell.
    "ALTER TABLE decision ADD COLUMN counts_at INTEGER",
    "DROP TRIGGER decision_is_final",
    """
    UPDATE decision SET counts_at =
        (SELECT max(booked_at) FROM credential_operation WHERE station = decision.station)
    WHERE seq = (SELECT max(seq) FROM decision AS last WHERE last.station = decision.station)
    """,
    """
    CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision
    WHEN OLD.outcome <> 'missing'
    BEGIN SELECT RAISE(ABORT, 'decisions are final'); END
    """,
)

_DISPUTES: Final = (
    # Which parts of a registration a refused edit was about, in order, with spaces between them:
    # another edit of the same parts sets it right. Empty for any other act.
    "ALTER TABLE dispute ADD COLUMN parts TEXT NOT NULL DEFAULT ''",
    # The registration to compare with; and since when the office was told: the name of somebody
    # who is not registered goes after a term.
    "ALTER TABLE dispute ADD COLUMN other_number TEXT NOT NULL DEFAULT ''",
    "ALTER TABLE dispute ADD COLUMN raised_at INTEGER NOT NULL DEFAULT 0",
    "UPDATE dispute SET raised_at = done_at",
    # Who made a code anew: told, where another takes its place without knowing of it.
    """
    CREATE TABLE code_renewal (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        office TEXT NOT NULL,
        station TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX code_renewal_number ON code_renewal(number)",
)

_PLACES: Final = (
    # Where somebody lived before is nobody's business any more: stations are told of everybody who
    # is out of their scope. The column stays, and stays empty.
    "UPDATE registration SET left_comune = '' WHERE left_comune <> ''",
)
