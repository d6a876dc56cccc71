"""Tables of the baseline: chains, decisions, registrations, letters."""

from __future__ import annotations

from typing import Final

REGISTRY: Final = (
    """
    CREATE TABLE station (
        name TEXT PRIMARY KEY,
        code INTEGER NOT NULL UNIQUE CHECK (code BETWEEN 0 AND 29790),
        spki BLOB NOT NULL UNIQUE,
        enrolled_at INTEGER NOT NULL,
        head_seq INTEGER NOT NULL DEFAULT 0 CHECK (head_seq >= 0),
        head_hash BLOB NOT NULL CHECK (length(head_hash) = 32),
        decided_seq INTEGER NOT NULL DEFAULT 0 CHECK (decided_seq BETWEEN 0 AND head_seq),
        checked_seq INTEGER NOT NULL DEFAULT 0 CHECK (checked_seq BETWEEN 0 AND head_seq),
        acknowledged_at INTEGER NOT NULL DEFAULT 0,
        secured_seq INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX station_undecided ON station(name) WHERE decided_seq < head_seq",
    """
    CREATE TABLE entry (
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL CHECK (seq > 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        received_at INTEGER NOT NULL,
        operation_id BLOB CHECK (length(operation_id) = 16),
        envelope BLOB,
        shed_at INTEGER,
        PRIMARY KEY (station, seq),
        CHECK ((operation_id IS NULL) = (envelope IS NULL))
    )
    """,
    "CREATE INDEX entry_operation ON entry(operation_id) WHERE operation_id IS NOT NULL",
    """
    CREATE TABLE decision (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        outcome TEXT NOT NULL CHECK (outcome IN ('accepted', 'refused', 'missing')),
        code TEXT,
        rule TEXT,
        remedy TEXT NOT NULL DEFAULT '',
        number TEXT UNIQUE,
        decided_at INTEGER NOT NULL,
        counts_at INTEGER,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq),
        CHECK ((code IS NOT NULL) = (outcome = 'refused'))
    )
    """,
    """
    CREATE TABLE fork (
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        envelope BLOB NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq, hash)
    )
    """,
    """
    CREATE TABLE alarm (
        station TEXT NOT NULL,
        code TEXT NOT NULL,
        detail TEXT NOT NULL DEFAULT '',
        seq INTEGER,
        times INTEGER NOT NULL DEFAULT 1,
        first_at INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        PRIMARY KEY (station, code)
    )
    """,
    """
    CREATE TABLE trust_version (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        listed INTEGER NOT NULL CHECK (listed >= 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        signed_at INTEGER NOT NULL
    )
    """,
    "CREATE INDEX trust_version_hash ON trust_version(hash)",
    """
    CREATE TABLE trust_revocation_list (
        issuer TEXT PRIMARY KEY,
        starts INTEGER NOT NULL
    )
    """,
    """
    CREATE TABLE identification (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        codice_fiscale TEXT NOT NULL,
        surname TEXT,
        name TEXT,
        birth_date TEXT NOT NULL,
        document TEXT NOT NULL,
        headline TEXT NOT NULL,
        proven TEXT NOT NULL,
        way TEXT NOT NULL CHECK (way IN ('fingerprints', 'card-pin', 'operator')),
        fingers TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    "CREATE INDEX identification_person ON identification(codice_fiscale)",
    """
    CREATE TABLE readiness_report (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        office TEXT NOT NULL,
        role TEXT NOT NULL,
        software TEXT NOT NULL,
        made_on TEXT NOT NULL,
        ready INTEGER NOT NULL CHECK (ready IN (0, 1)),
        devices TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    """
    CREATE TABLE shedding (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        since INTEGER NOT NULL,
        withheld INTEGER NOT NULL DEFAULT 0 CHECK (withheld IN (0, 1)),
        shed INTEGER NOT NULL DEFAULT 0 CHECK (shed IN (0, 1)),
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    "CREATE INDEX shedding_due ON shedding(station, since) WHERE withheld = 0 AND shed = 0",
    "CREATE INDEX shedding_shed ON shedding(shed) WHERE shed = 1",
    """
    CREATE TABLE letter (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        registration TEXT NOT NULL,
        recipient TEXT NOT NULL,
        language TEXT NOT NULL,
        community TEXT NOT NULL DEFAULT '',
        facts TEXT NOT NULL DEFAULT '{}',
        operation_id TEXT,
        mailed_code BLOB,
        queued_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try_at INTEGER NOT NULL,
        code TEXT,
        sent_at INTEGER,
        withdrawn_at INTEGER,
        refused_at INTEGER,
        forget INTEGER NOT NULL DEFAULT 0 CHECK (forget IN (0, 1)),
        token_hash BLOB UNIQUE CHECK (length(token_hash) = 32),
        link_used_at INTEGER,
        CHECK (link_used_at IS NULL OR token_hash IS NOT NULL),
        CHECK (mailed_code IS NULL OR sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS
            NULL)
    )
    """,
    "CREATE INDEX letter_due ON letter(next_try_at) WHERE sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS NULL",
    "CREATE INDEX letter_registration ON letter(registration)",
    """
    CREATE VIEW waiting_letter AS SELECT * FROM letter
    WHERE sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS NULL
    """,
    """
    CREATE TABLE registration (
        number TEXT PRIMARY KEY,
        codice_fiscale TEXT NOT NULL UNIQUE,
        surname TEXT,
        name TEXT,
        birth_date TEXT NOT NULL,
        document TEXT,
        comune TEXT NOT NULL,
        left_comune TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN ('registrato', 'riscontrato', 'attivato', 'respinto')),
        strong TEXT NOT NULL CHECK (strong IN ('Y', 'N')),
        email TEXT NOT NULL,
        email_confirmed_at INTEGER,
        registered_at INTEGER NOT NULL,
        record TEXT NOT NULL,
        delegation TEXT,
        privacy_notice TEXT NOT NULL DEFAULT '',
        station TEXT,
        seq INTEGER,
        received_at INTEGER NOT NULL,
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    "CREATE INDEX registration_document ON registration(document)",
    "CREATE INDEX registration_birth ON registration(birth_date)",
    """
    CREATE TABLE alias (
        rowid BIGINT GENERATED ALWAYS AS IDENTITY,
        number TEXT PRIMARY KEY,
        registration TEXT NOT NULL REFERENCES registration(number) ON UPDATE CASCADE ON DELETE
            CASCADE
    )
    """,
    "CREATE INDEX alias_registration ON alias(registration)",
    """
    CREATE TABLE entry_person (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        codice_fiscale TEXT NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    )
    """,
    "CREATE INDEX entry_person_code ON entry_person(codice_fiscale)",
    """
    CREATE TABLE credential_operation (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        kind TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('A', 'S', 'D')),
        booked_at INTEGER NOT NULL,
        office TEXT NOT NULL,
        station TEXT NOT NULL,
        valid_until TEXT,
        code_renewals INTEGER NOT NULL DEFAULT 0,
        delegation TEXT,
        operator BLOB,
        pin BLOB,
        code BLOB,
        ended_at INTEGER,
        CHECK (status = 'A' OR pin IS NULL AND code IS NULL)
    )
    """,
    "CREATE INDEX credential_operation_number ON credential_operation(number)",
    "CREATE UNIQUE INDEX credential_operation_running ON credential_operation(number) WHERE status = 'A'",
    """
    CREATE TABLE dispute (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL,
        codice_fiscale TEXT NOT NULL,
        person TEXT NOT NULL,
        kind TEXT NOT NULL,
        code TEXT NOT NULL,
        remedy TEXT NOT NULL,
        done_at INTEGER NOT NULL,
        station TEXT NOT NULL,
        office TEXT NOT NULL,
        by_office TEXT NOT NULL DEFAULT '',
        closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1)),
        parts TEXT NOT NULL DEFAULT '',
        other_number TEXT NOT NULL DEFAULT '',
        raised_at INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX dispute_person ON dispute(codice_fiscale)",
    """
    CREATE TABLE change (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('registration', 'gone', 'dispute')),
        number TEXT NOT NULL,
        operation_id TEXT,
        CHECK ((operation_id IS NOT NULL) = (kind = 'dispute'))
    )
    """,
    "CREATE UNIQUE INDEX change_number ON change(number) WHERE kind <> 'dispute'",
    "CREATE UNIQUE INDEX change_dispute ON change(operation_id) WHERE kind = 'dispute'",
)
"""In order."""
