"""Tables of the baseline: operators, devices, users and cards, keeping, the trail."""

from __future__ import annotations

from typing import Final

OFFICES: Final = (
    """
    CREATE TABLE lease (
        number TEXT PRIMARY KEY REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        operator BLOB NOT NULL,
        station TEXT NOT NULL,
        until INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE roster_version (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        signed_at INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE reading (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        act TEXT NOT NULL,
        by TEXT NOT NULL,
        station TEXT NOT NULL,
        number TEXT NOT NULL,
        outcome TEXT NOT NULL
    )
    """,
    """
    CREATE TABLE old_account (
        codice_fiscale TEXT PRIMARY KEY,
        imported_at INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE scrub_due (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY,
        since INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE login (
        number TEXT PRIMARY KEY REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        username TEXT,
        folded TEXT UNIQUE,
        password BLOB,
        question TEXT,
        answer BLOB,
        pin BLOB,
        chosen_at INTEGER NOT NULL,
        CHECK ((username IS NULL) = (folded IS NULL))
    )
    """,
    """
    CREATE TABLE ticket (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        number TEXT NOT NULL REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        operation_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        origin TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        valid_until INTEGER NOT NULL,
        used_at INTEGER
    )
    """,
    "CREATE INDEX ticket_number ON ticket(number)",
    """
    CREATE TABLE attempt (
        subject TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        wait_until INTEGER NOT NULL
    )
    """,
    "CREATE INDEX attempt_last ON attempt(last_at)",
    """
    CREATE TABLE code_renewal (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        office TEXT NOT NULL,
        station TEXT NOT NULL
    )
    """,
    "CREATE INDEX code_renewal_number ON code_renewal(number)",
    """
    CREATE TABLE device (
        name TEXT PRIMARY KEY,
        comune TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('PC', 'CO')),
        number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9999),
        label TEXT NOT NULL,
        place TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN ( 'richiesta in lavorazione', 'emesso', 'attivo',
            'bloccato', 'revoca in lavorazione', 'revocato' )),
        registered_at INTEGER NOT NULL,
        token INTEGER NOT NULL DEFAULT 1,
        token_until INTEGER NOT NULL,
        locator BLOB UNIQUE CHECK (length(locator) = 16),
        request BLOB CHECK (length(request) = 32),
        request_data BLOB,
        check_code TEXT NOT NULL DEFAULT '',
        approved BLOB CHECK (length(approved) = 32),
        protection TEXT NOT NULL DEFAULT '',
        code INTEGER UNIQUE,
        last_seen INTEGER NOT NULL DEFAULT 0,
        UNIQUE (comune, kind, number),
        CHECK ((request IS NULL) = (request_data IS NULL))
    )
    """,
    "CREATE INDEX device_waiting ON device(name) WHERE state = 'richiesta in lavorazione'",
    """
    CREATE TABLE device_certificate (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY,
        serial TEXT PRIMARY KEY,
        device TEXT NOT NULL REFERENCES device(name),
        use TEXT NOT NULL CHECK (use IN ('tls', 'signing')),
        generation INTEGER NOT NULL,
        der BLOB NOT NULL,
        request BLOB NOT NULL CHECK (length(request) = 32),
        issued_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL,
        replaced_at INTEGER,
        revoked_at INTEGER
    )
    """,
    "CREATE INDEX device_certificate_device ON device_certificate(device)",
    """
    CREATE TABLE device_register (
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        device TEXT NOT NULL,
        line BLOB NOT NULL
    )
    """,
    "CREATE INDEX device_register_device ON device_register(device)",
    """
    CREATE TABLE device_publication (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        content BLOB NOT NULL CHECK (length(content) = 32),
        begins INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        at INTEGER NOT NULL
    )
    """,
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
        station TEXT NOT NULL DEFAULT '',
        PRIMARY KEY (thumbprint, comune, since)
    )
    """,
    "CREATE UNIQUE INDEX operator_now ON operator(thumbprint, comune) WHERE ended_at IS NULL",
    "CREATE INDEX operator_user ON operator(user) WHERE user IS NOT NULL",
    """
    CREATE TABLE roster_due (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY,
        since INTEGER NOT NULL
    )
    """,
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
        email_changed_at INTEGER NOT NULL DEFAULT 0,
        UNIQUE (comune, codice_fiscale)
    )
    """,
    "CREATE INDEX console_user_person ON console_user(codice_fiscale)",
    """
    CREATE TABLE user_entry (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        user INTEGER NOT NULL REFERENCES console_user(id) ON DELETE CASCADE,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    "CREATE INDEX user_entry_user ON user_entry(user)",
    """
    CREATE TABLE daily_password (
        user INTEGER PRIMARY KEY REFERENCES console_user(id) ON DELETE CASCADE,
        day TEXT NOT NULL,
        digest BLOB,
        until INTEGER NOT NULL,
        wrong INTEGER NOT NULL DEFAULT 0
    )
    """,
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
    )
    """,
    "CREATE UNIQUE INDEX smart_card_person ON smart_card(codice_fiscale) WHERE state <> 'disabilitata'",
    """
    CREATE TABLE master_password (
        user INTEGER PRIMARY KEY REFERENCES console_user(id) ON DELETE CASCADE,
        key BLOB NOT NULL,
        made_at INTEGER NOT NULL,
        received_at INTEGER
    )
    """,
    """
    CREATE TABLE card_activation (
        card INTEGER NOT NULL REFERENCES smart_card(id),
        comune TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (card, comune)
    )
    """,
    """
    CREATE TABLE officer_request (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        comune TEXT NOT NULL,
        user INTEGER REFERENCES console_user(id) ON DELETE SET NULL,
        serial TEXT NOT NULL,
        asked_at INTEGER NOT NULL,
        told_at INTEGER
    )
    """,
    """
    CREATE TABLE list_held (
        station TEXT NOT NULL,
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        told_at INTEGER NOT NULL,
        PRIMARY KEY (station, name)
    )
    """,
    """
    CREATE TABLE backup (
        id INTEGER PRIMARY KEY,
        made_at INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        size INTEGER NOT NULL,
        is_away INTEGER NOT NULL CHECK (is_away IN (0, 1))
    )
    """,
    """
    CREATE TABLE rebuilding (
        id INTEGER PRIMARY KEY,
        began_at INTEGER NOT NULL,
        backup_at INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE rebuilding_head (
        rebuilding INTEGER NOT NULL REFERENCES rebuilding(id),
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL,
        PRIMARY KEY (rebuilding, station)
    )
    """,
    """
    CREATE TABLE audit_page (
        station TEXT NOT NULL,
        first INTEGER NOT NULL CHECK (first > 0),
        last INTEGER NOT NULL CHECK (last >= first),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        began_at INTEGER NOT NULL,
        ended_at INTEGER NOT NULL,
        seq INTEGER,
        content BLOB NOT NULL,
        signature BLOB NOT NULL,
        PRIMARY KEY (station, first)
    )
    """,
    "CREATE INDEX audit_page_time ON audit_page(ended_at)",
    """
    CREATE TABLE card_adoption (
        card INTEGER NOT NULL REFERENCES smart_card(id),
        comune TEXT NOT NULL,
        at INTEGER NOT NULL,
        PRIMARY KEY (card, comune)
    )
    """,
    """
    CREATE TABLE officer_control (
        comune TEXT PRIMARY KEY,
        since INTEGER NOT NULL
    )
    """,
)
"""In order."""
