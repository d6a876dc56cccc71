"""Who may use whose card: comuni that took a card over, keys of the day, Security Officers' control."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def part(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STATEMENTS: Final = (
    # A card opens only the comuni that asked for it, knew it as active when they inserted its
    # holder, or registered it themselves. What it opens at this step it goes on opening.
    """
    CREATE TABLE card_adoption (
        card INTEGER NOT NULL REFERENCES smart_card(id),
        comune TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (card, comune)
    ) STRICT
    """,
    """
    INSERT INTO card_adoption (card, comune, at)
    SELECT card.id, user.comune, card.requested_at
    FROM smart_card AS card JOIN console_user AS user USING (codice_fiscale)
    WHERE card.state IN ('attiva', 'bloccata')
        OR card.state <> 'disabilitata' AND card.comune = user.comune
    """,
    # Since when a comune's cards need activation (R-001-7); it outlives its Security Officers.
    """
    CREATE TABLE officer_control (
        comune TEXT PRIMARY KEY,
        since INTEGER NOT NULL
    ) STRICT
    """,
    """
    INSERT INTO officer_control (comune, since)
    SELECT comune, min(received_at) FROM master_password JOIN console_user ON id = user
    WHERE received_at IS NOT NULL GROUP BY comune
    """,
    # When a user's address was last changed: for a day nothing secret goes to a new one.
    "ALTER TABLE console_user ADD COLUMN email_changed_at INTEGER NOT NULL DEFAULT 0",
    # At which station alone a key of the day may act; empty for every other line.
    "ALTER TABLE operator ADD COLUMN station TEXT NOT NULL DEFAULT ''",
    # A card that the console knows stands in no CSV file's line.
    """
    INSERT INTO roster_due (since) SELECT 0 WHERE EXISTS (
        SELECT 1 FROM operator JOIN smart_card USING (thumbprint)
        WHERE source = 'csv' AND ended_at IS NULL
    )
    """,
    """
    UPDATE operator SET ended_at = max(since + 1, CAST(strftime('%s', 'now') AS INTEGER) * 1000)
    WHERE source = 'csv' AND ended_at IS NULL
        AND thumbprint IN (SELECT thumbprint FROM smart_card WHERE thumbprint IS NOT NULL)
    """,
)
