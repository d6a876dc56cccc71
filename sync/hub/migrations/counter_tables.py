"""The tables of the fifth step (`sync.hub.migrations.counter`)."""

from __future__ import annotations

from typing import Final

LETTERS: Final = (
    # A letter outlives the registration that it is about: that of a revocation is sent when there
    # is none any more. So it names a number and refers to no row. `recipient` is wiped when the
    # person is deleted and the letter is done. `mailed_code` is the code as the station sealed it,
    # bound to `operation_id`; it goes when the letter is sent, withdrawn or refused. `facts` is
    # JSON without personal data: what the words of the letter depend on.
    "DROP VIEW waiting_letter",
    "DROP INDEX letter_due",
    "DROP INDEX letter_registration",
    "ALTER TABLE letter RENAME TO letter_before",
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
        CHECK (mailed_code IS NULL
            OR sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS NULL)
    ) STRICT
    """,
    """
    INSERT INTO letter (id, message_id, kind, registration, recipient, language, community,
        queued_at, attempts, next_try_at, code, sent_at, withdrawn_at, refused_at, token_hash,
        link_used_at)
    SELECT id, message_id, kind, registration, recipient, letter_before.language, community,
        queued_at, attempts, next_try_at, code, sent_at, withdrawn_at, refused_at, token_hash,
        link_used_at
    FROM letter_before JOIN registration ON number = registration
    """,
    "DROP TABLE letter_before",
    """
    CREATE INDEX letter_due ON letter(next_try_at)
    WHERE sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS NULL
    """,
    "CREATE INDEX letter_registration ON letter(registration)",
    """
    CREATE VIEW waiting_letter AS SELECT * FROM letter
    WHERE sent_at IS NULL AND withdrawn_at IS NULL AND refused_at IS NULL
    """,
)

REGISTRY: Final = (
    # The registry: one row a person (R-003-9). `record` is the whole of it: JSON of the version and
    # the plain form of `sync.model.registration.Registration`; the columns before it repeat what
    # is searched. `delegation` is the one that a preregistration announced, JSON of its plain form.
    # `station` and `seq` name the entry that it came with, none for an imported one. `left_comune`
    # is the residence before this one: whose counters are to forget the person.
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
        state TEXT NOT NULL
            CHECK (state IN ('registrato', 'riscontrato', 'attivato', 'respinto')),
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
    ) STRICT
    """,
    "CREATE INDEX registration_document ON registration(document)",
    "CREATE INDEX registration_birth ON registration(birth_date)",
    # Every other number under which a registration is found: all papers stay good.
    """
    CREATE TABLE alias (
        number TEXT PRIMARY KEY,
        registration TEXT NOT NULL
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE
    ) STRICT
    """,
    "CREATE INDEX alias_registration ON alias(registration)",
    # Which entries hold a person's data: when the person is deleted their bodies go.
    """
    CREATE TABLE entry_person (
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        codice_fiscale TEXT NOT NULL,
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
    ) STRICT
    """,
    "CREATE INDEX entry_person_code ON entry_person(codice_fiscale)",
    # Every operation that was booked, the last one too. `delegation` is JSON of its plain form,
    # `pin` and `code` are digests under the hub's key, gone when the operation is not active.
    """
    CREATE TABLE credential_operation (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
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
    ) STRICT
    """,
    "CREATE INDEX credential_operation_number ON credential_operation(number)",
    # R-003-6: one operation in progress a person.
    """
    CREATE UNIQUE INDEX credential_operation_running ON credential_operation(number)
    WHERE status = 'A'
    """,
    # Acts that the registry does not hold, or holds with a doubt: for the office that did them.
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
        closed INTEGER NOT NULL DEFAULT 0 CHECK (closed IN (0, 1))
    ) STRICT
    """,
    "CREATE INDEX dispute_person ON dispute(codice_fiscale)",
    # What stations are told, in order. A registration and a dispute stand here once, at the place
    # of their last change; a position is never given twice.
    """
    CREATE TABLE change (
        position INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL CHECK (kind IN ('registration', 'gone', 'dispute')),
        number TEXT NOT NULL,
        operation_id TEXT,
        CHECK ((operation_id IS NOT NULL) = (kind = 'dispute'))
    ) STRICT
    """,
    "CREATE UNIQUE INDEX change_number ON change(number) WHERE kind <> 'dispute'",
    "CREATE UNIQUE INDEX change_dispute ON change(operation_id) WHERE kind = 'dispute'",
)

OFFICE: Final = (
    # Who edits, and until when.
    """
    CREATE TABLE lease (
        number TEXT PRIMARY KEY
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        operator BLOB NOT NULL,
        station TEXT NOT NULL,
        until INTEGER NOT NULL
    ) STRICT
    """,
    # Operators as every list since the first had them: `since` when, and until when that entry was
    # in force. `rights` and `comuni` are JSON lists.
    """
    CREATE TABLE operator (
        thumbprint BLOB NOT NULL CHECK (length(thumbprint) = 32),
        since INTEGER NOT NULL,
        ended_at INTEGER,
        name TEXT NOT NULL,
        office TEXT NOT NULL,
        rights TEXT NOT NULL,
        comuni TEXT NOT NULL,
        until TEXT NOT NULL,
        certificate BLOB NOT NULL,
        PRIMARY KEY (thumbprint, since)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX operator_now ON operator(thumbprint) WHERE ended_at IS NULL",
    """
    CREATE TABLE roster_version (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        signed_at INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER roster_version_is_kept BEFORE DELETE ON roster_version
    BEGIN SELECT RAISE(ABORT, 'versions are kept'); END
    """,
    # What was read or done beside operations: who (operator or assistance), about which
    # registration, what, when, and how it ended. Kept after the person is deleted, by number alone.
    """
    CREATE TABLE reading (
        id INTEGER PRIMARY KEY,
        at INTEGER NOT NULL,
        act TEXT NOT NULL,
        by TEXT NOT NULL,
        station TEXT NOT NULL,
        number TEXT NOT NULL,
        outcome TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER reading_is_kept BEFORE DELETE ON reading
    BEGIN SELECT RAISE(ABORT, 'readings are kept'); END
    """,
    """
    CREATE TRIGGER reading_is_final BEFORE UPDATE ON reading
    BEGIN SELECT RAISE(ABORT, 'readings are final'); END
    """,
    # People who own credentials of the older service and are in no registration (R-003-46).
    """
    CREATE TABLE old_account (
        codice_fiscale TEXT PRIMARY KEY,
        imported_at INTEGER NOT NULL
    ) STRICT
    """,
    # Since when something stands in the write-ahead log that was deleted and is to be in no file.
    "CREATE TABLE scrub_due (since INTEGER NOT NULL) STRICT",
    # A person who is deleted is deleted from here too.
    "DROP TRIGGER identification_is_kept",
    """
    CREATE TRIGGER identification_is_kept BEFORE DELETE ON identification
    WHEN EXISTS (SELECT 1 FROM entry_person WHERE station = OLD.station AND seq = OLD.seq)
    BEGIN SELECT RAISE(ABORT, 'identifications are kept'); END
    """,
)

HOME: Final = (
    # What a person logs in with. `folded` is the username without case; `password`, `answer` and
    # `pin` are digests under the hub's key. Any of them is missing for some imported registrations.
    """
    CREATE TABLE login (
        number TEXT PRIMARY KEY
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        username TEXT,
        folded TEXT UNIQUE,
        password BLOB,
        question TEXT,
        answer BLOB,
        pin BLOB,
        chosen_at INTEGER NOT NULL,
        CHECK ((username IS NULL) = (folded IS NULL))
    ) STRICT
    """,
    # Who has proven the codes of an operation and may conclude it now. Only the hash of a ticket
    # is kept. `origin` is a station's name or a hash of an address.
    """
    CREATE TABLE ticket (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        number TEXT NOT NULL
            REFERENCES registration(number) ON UPDATE CASCADE ON DELETE CASCADE,
        operation_id TEXT NOT NULL,
        kind TEXT NOT NULL,
        origin TEXT NOT NULL,
        issued_at INTEGER NOT NULL,
        valid_until INTEGER NOT NULL,
        used_at INTEGER
    ) STRICT
    """,
    "CREATE INDEX ticket_number ON ticket(number)",
    # Tries that failed, counted for a person, a station or an address; a person or an address is
    # a keyed hash here.
    """
    CREATE TABLE attempt (
        subject TEXT PRIMARY KEY,
        failures INTEGER NOT NULL,
        last_at INTEGER NOT NULL,
        wait_until INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX attempt_last ON attempt(last_at)",
)
