"""Who may use a comune's stations: users, their smart cards, daily passwords (R-004-1 to 36)."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def let_in(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in (*_OPERATORS, *_USERS, *_CARDS, *_OFFICERS):
        db.execute(statement)


_OPERATORS: Final = (
    # A card may act for several comuni, with a line each. `comune` is the ISTAT code of the Ente,
    # empty for lines of a CSV file. `source`: `csv`, `console` (derived from users), `day` (the key
    # of a daily password; it ends by itself and stands in no roster). `bare`: the person is deleted,
    # and of the certificate only the public key is kept, for what was recorded before.
    "DROP INDEX operator_now",
    "ALTER TABLE operator RENAME TO operator_before",
    """
    CREATE TABLE operator (
        thumbprint BLOB NOT NULL CHECK (length(thumbprint) = 32),
        comune TEXT NOT NULL DEFAULT '',
        since INTEGER NOT NULL,
        ended_at INTEGER,
        name TEXT NOT NULL,
        office TEXT NOT NULL,
        rights TEXT NOT NULL,
        profiles TEXT NOT NULL DEFAULT '[]',
        comuni TEXT NOT NULL,
        until TEXT NOT NULL,
        certificate BLOB NOT NULL,
        source TEXT NOT NULL DEFAULT 'csv' CHECK (source IN ('csv', 'console', 'day')),
        user INTEGER,
        bare INTEGER NOT NULL DEFAULT 0 CHECK (bare IN (0, 1)),
        PRIMARY KEY (thumbprint, comune, since)
    ) STRICT
    """,
    """
    INSERT INTO operator
        (thumbprint, since, ended_at, name, office, rights, comuni, until, certificate)
    SELECT thumbprint, since, ended_at, name, office, rights, comuni, until, certificate
    FROM operator_before
    """,
    "DROP TABLE operator_before",
    "CREATE UNIQUE INDEX operator_now ON operator(thumbprint, comune) WHERE ended_at IS NULL",
    "CREATE INDEX operator_user ON operator(user) WHERE user IS NOT NULL",
    # That a roster is to be signed: what it says has changed.
    "CREATE TABLE roster_due (since INTEGER NOT NULL) STRICT",
)

_USERS: Final = (
    # A person in one comune; the same person in another comune is another row. A deleted user has
    # none. `environments` and `profiles` are JSON lists.
    """
    CREATE TABLE console_user (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        comune TEXT NOT NULL CHECK (length(comune) = 6),
        codice_fiscale TEXT NOT NULL,
        surname TEXT NOT NULL,
        name TEXT NOT NULL,
        email TEXT NOT NULL,
        pec TEXT NOT NULL DEFAULT '',
        user_type TEXT NOT NULL,
        environments TEXT NOT NULL,
        profiles TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('attivo', 'bloccato')),
        inserted_at INTEGER NOT NULL,
        UNIQUE (comune, codice_fiscale)
    ) STRICT
    """,
    "CREATE INDEX console_user_person ON console_user(codice_fiscale)",
    # Which entries hold a user's data: when the user is deleted, their bodies go.
    """
    CREATE TABLE user_entry (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        user INTEGER NOT NULL REFERENCES console_user(id) ON DELETE CASCADE,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    ) STRICT
    """,
    "CREATE INDEX user_entry_user ON user_entry(user)",
    # The daily password of a user: `digest` is under the hub's key. `wrong` counts tries.
    """
    CREATE TABLE daily_password (
        user INTEGER PRIMARY KEY REFERENCES console_user(id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        digest BLOB,
        until INTEGER NOT NULL,
        wrong INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
)

_CARDS: Final = (
    # R-004-20: one person has one card, over all comuni. Of a person who is deleted the card is
    # known by serial and thumbprint, disabled for ever. `codes`: the second halves of PIN, PUK and
    # password, sealed to the key for letters. `blocked_by` is the comune whose administrator
    # blocked it, `reason` why it was asked for or blocked.
    """
    CREATE TABLE smart_card (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        codice_fiscale TEXT,
        comune TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('richiesta', 'in prefettura',
            'consegnata dalla prefettura', 'attiva', 'bloccata', 'disabilitata')),
        serial TEXT UNIQUE,
        thumbprint BLOB UNIQUE CHECK (length(thumbprint) = 32),
        certificate BLOB,
        codes BLOB,
        codes_sent INTEGER NOT NULL DEFAULT 0,
        requested_at INTEGER NOT NULL,
        due TEXT,
        registered_at INTEGER,
        reason TEXT NOT NULL DEFAULT '',
        blocked_by TEXT NOT NULL DEFAULT '',
        CHECK (codice_fiscale IS NOT NULL OR state = 'disabilitata'),
        CHECK (codes IS NULL OR state <> 'disabilitata')
    ) STRICT
    """,
    """
    CREATE UNIQUE INDEX smart_card_person ON smart_card(codice_fiscale)
    WHERE state <> 'disabilitata'
    """,
    """
    CREATE TRIGGER smart_card_is_kept BEFORE DELETE ON smart_card
    BEGIN SELECT RAISE(ABORT, 'cards are kept'); END
    """,
    """
    CREATE TRIGGER smart_card_stays_disabled BEFORE UPDATE ON smart_card
    WHEN OLD.state = 'disabilitata' AND NEW.state <> 'disabilitata'
    BEGIN SELECT RAISE(ABORT, 'a disabled card stays so'); END
    """,
)

_OFFICERS: Final = (
    # The master password of a Security Officer (R-001-7): `key` proves it, under the hub's key.
    """
    CREATE TABLE master_password (
        user INTEGER PRIMARY KEY REFERENCES console_user(id) ON DELETE CASCADE,
        key BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        received_at INTEGER
    ) STRICT
    """,
    # Cards that a Security Officer of a comune has activated, for that comune (R-001-7).
    """
    CREATE TABLE card_activation (
        card INTEGER NOT NULL REFERENCES smart_card(id),
        comune TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (card, comune)
    ) STRICT
    """,
    # What is asked of the ministry's assistance (R-001-28).
    """
    CREATE TABLE officer_request (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        comune TEXT NOT NULL,
        user INTEGER REFERENCES console_user(id) ON DELETE SET NULL,
        serial TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        told_at INTEGER
    ) STRICT
    """,
)
