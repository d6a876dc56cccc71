"""The seventh step: registered devices, their certificates, and the Register of what happened."""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database


def register(db: Database) -> None:
    """Everything of the step, in order."""
    for statement in _STATEMENTS:
        db.execute(statement)


_STATEMENTS: Final = (
    # A registration of a device (R-004-13). `token` counts its one-time codes; of a code only what
    # finds the registration is kept, `locator`. `request` names the one request that the code has
    # let in, `approved` the one that the administrator has compared. `code` is the station's part
    # of registration numbers, from the day its certificate is made.
    """
    CREATE TABLE device (
        name TEXT PRIMARY KEY,
        comune TEXT NOT NULL,
        kind TEXT NOT NULL CHECK (kind IN ('PC', 'CO')),
        number INTEGER NOT NULL CHECK (number BETWEEN 1 AND 9999),
        label TEXT NOT NULL,
        place TEXT NOT NULL DEFAULT '',
        state TEXT NOT NULL CHECK (state IN (
            'richiesta in lavorazione', 'emesso', 'attivo', 'bloccato', 'revoca in lavorazione',
            'revocato'
        )),
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
    ) STRICT
    """,
    "CREATE INDEX device_waiting ON device(name) WHERE state = 'richiesta in lavorazione'",
    """
    CREATE TRIGGER device_is_kept BEFORE DELETE ON device
    BEGIN SELECT RAISE(ABORT, 'devices are kept'); END
    """,
    # Every certificate that was issued to a device; `request` names what asked for it. What is
    # superseded is good until `replaced_at`.
    """
    CREATE TABLE device_certificate (
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
    ) STRICT
    """,
    "CREATE INDEX device_certificate_device ON device_certificate(device)",
    """
    CREATE TRIGGER device_certificate_is_kept BEFORE DELETE ON device_certificate
    BEGIN SELECT RAISE(ABORT, 'certificates are kept'); END
    """,
    """
    CREATE TRIGGER device_certificate_is_final BEFORE UPDATE ON device_certificate
    WHEN NEW.serial IS NOT OLD.serial OR NEW.device IS NOT OLD.device OR NEW.der IS NOT OLD.der
        OR OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS NOT OLD.revoked_at
    BEGIN SELECT RAISE(ABORT, 'certificates are final'); END
    """,
    # The Register (R-004-11): one line for everything that happens to a device, signed, each with
    # the hash of the one before. Triggers keep honest programs from changing it, signatures tell
    # of the others.
    """
    CREATE TABLE device_register (
        seq INTEGER PRIMARY KEY CHECK (seq > 0),
        device TEXT NOT NULL,
        line BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX device_register_device ON device_register(device)",
    """
    CREATE TRIGGER device_register_is_kept BEFORE DELETE ON device_register
    BEGIN SELECT RAISE(ABORT, 'the register is kept'); END
    """,
    """
    CREATE TRIGGER device_register_is_final BEFORE UPDATE ON device_register
    BEGIN SELECT RAISE(ABORT, 'the register is final'); END
    """,
    # What was published: a digest of who is blocked and revoked, as which version of the signed
    # list of stations, and since when the revocation lists of that moment count, in seconds.
    """
    CREATE TABLE device_publication (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        content BLOB NOT NULL CHECK (length(content) = 32),
        begins INTEGER NOT NULL,
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        at INTEGER NOT NULL
    ) STRICT
    """,
)
