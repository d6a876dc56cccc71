"""The schema of the hub's registry, one step after the other. A step is never changed.

Up to the eleventh the steps are SQLite's alone, and PostgreSQL begins with what they have made
(`baseline`). Every later step is one `Step`, for both engines, in a module of its own, and a line of
`LATER`::

    # sync/hub/migrations/examples.py
    EXAMPLES = Step(
        "m0099_examples",
        (
            "CREATE TABLE example (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL,"
            " data BLOB, is_good INTEGER NOT NULL CHECK (is_good IN (0, 1))) STRICT",
            "CREATE INDEX example_name ON example(name)",
            "ALTER TABLE station ADD COLUMN examples INTEGER NOT NULL DEFAULT 0",
            Guard("example_is_kept", "DELETE", "example", "examples are kept"),
            Guard("example_is_final", "UPDATE", "example", "examples are final",
                  when="NEW.data IS DISTINCT FROM OLD.data"),
        ),
        change=_fill,  # (Registry) -> None, where what is kept already must be brought along
    )

A guard that takes another's place comes after an `Unguard`. `sync.hub.store.dialect` says which SQL
both engines understand.
"""

from __future__ import annotations

from typing import Final

from sqlite_utils import Database, Migrations

from sync.hub.migrations import (
    audit,
    bodies,
    comuni,
    counter,
    hardening,
    keeping,
    parts,
    stations,
    users,
)
from sync.hub.migrations.acts import ACTS
from sync.hub.migrations.decisions import DECISIONS
from sync.hub.migrations.health import HEALTH
from sync.hub.migrations.lists import LISTS
from sync.hub.migrations.steps import Step, on_sqlite
from sync.hub.migrations.time import TIME
from sync.hub.migrations.waiting import WAITING

MIGRATIONS: Final = Migrations("sportello-hub")

LATER: Final[tuple[Step, ...]] = (parts.PARTS, DECISIONS, HEALTH, LISTS, TIME, WAITING)
"""Steps of both engines, in order: those that were released first."""

STEPS: Final = (
    "m0001_first",
    "m0002_document_trust",
    "m0003_acts",
    "m0004_bodies_before",
    "m0005_counter",
    "m0006_hardening",
    "m0007_stations",
    "m0008_users",
    "m0009_keeping",
    "m0010_audit",
    "m0011_comuni",
    *(step.name for step in LATER),
)
"""Every step that this program knows, in order."""

APPLICATION_ID: Final = 0x53505248  # "SPRH": tells this file from any other SQLite file


@MIGRATIONS()
def m0001_first(db: Database) -> None:
    """Chains, registrations, letters, alarms."""
    for statement in _FIRST:
        db.execute(statement)


@MIGRATIONS()
def m0002_document_trust(db: Database) -> None:
    """Which lists of believed country signers were signed."""
    for statement in _DOCUMENT_TRUST:
        db.execute(statement)


@MIGRATIONS()
def m0003_acts(db: Database) -> None:
    """Identifications, readiness reports, and bodies that may not be kept."""
    for statement in ACTS:
        db.execute(statement)


@MIGRATIONS()
def m0004_bodies_before(db: Database) -> None:
    """What came before this hub knew that such bodies are not kept."""
    bodies.note_decided(db)
    bodies.leave_forks(db)


@MIGRATIONS()
def m0005_counter(db: Database) -> None:
    """What counters do: one registration a person, operations, secrets, disputes, the feed."""
    counter.take_over(db)


@MIGRATIONS()
def m0006_hardening(db: Database) -> None:
    """What a hostile station, operator or clock could do before."""
    hardening.harden(db)


@MIGRATIONS()
def m0007_stations(db: Database) -> None:
    """Registered devices, their certificates, the Register."""
    stations.register(db)


@MIGRATIONS()
def m0008_users(db: Database) -> None:
    """Users of a comune's stations, their cards, daily passwords."""
    users.let_in(db)


@MIGRATIONS()
def m0009_keeping(db: Database) -> None:
    """Rotation of keys, backups, and a registry that was put back."""
    keeping.remember(db)


@MIGRATIONS()
def m0010_audit(db: Database) -> None:
    """The audit trail."""
    audit.keep(db)


@MIGRATIONS()
def m0011_comuni(db: Database) -> None:
    """Which comuni a card opens; keys of the day; the Security Officers' control."""
    comuni.part(db)


for _step in LATER:
    MIGRATIONS(name=_step.name)(on_sqlite(_step))


_FIRST: Final = (
    # A station and the head of its chain. Up to `decided_seq` every entry has its decision, up to
    # `checked_seq` every signature has been verified. `acknowledged_at` is the time in the last
    # acknowledgement, which never falls.
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
        acknowledged_at INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX station_undecided ON station(name) WHERE decided_seq < head_seq",
    # The chains, as received: the exact bytes. A missing entry is known by its hash alone, until
    # a later message brings it. Its hash is vouched for by the signature of the entry after it;
    # where that one is missing too, the hash is hearsay and gives way to a signed one.
    """
    CREATE TABLE entry (
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL CHECK (seq > 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        received_at INTEGER NOT NULL,
        operation_id BLOB CHECK (length(operation_id) = 16),
        envelope BLOB,
        PRIMARY KEY (station, seq),
        CHECK ((operation_id IS NULL) = (envelope IS NULL))
    ) STRICT
    """,
    "CREATE INDEX entry_operation ON entry(operation_id) WHERE operation_id IS NOT NULL",
    """
    CREATE TRIGGER entry_is_kept BEFORE DELETE ON entry
    BEGIN SELECT RAISE(ABORT, 'entries are kept'); END
    """,
    """
    CREATE TRIGGER entry_is_final BEFORE UPDATE ON entry
    WHEN OLD.envelope IS NOT NULL
        OR NEW.station IS NOT OLD.station OR NEW.seq IS NOT OLD.seq
        OR NEW.hash IS NOT OLD.hash AND EXISTS (
            SELECT 1 FROM entry
            WHERE station = OLD.station AND seq = OLD.seq + 1 AND envelope IS NOT NULL
        )
    BEGIN SELECT RAISE(ABORT, 'entries are final'); END
    """,
    # What the hub decided about each entry. A registration number counts as used by the first
    # operation that brought it, accepted or not.
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
        PRIMARY KEY (station, seq),
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq),
        CHECK ((code IS NOT NULL) = (outcome = 'refused'))
    ) STRICT
    """,
    """
    CREATE TRIGGER decision_is_kept BEFORE DELETE ON decision
    BEGIN SELECT RAISE(ABORT, 'decisions are kept'); END
    """,
    """
    CREATE TRIGGER decision_is_final BEFORE UPDATE ON decision
    WHEN OLD.outcome <> 'missing'
    BEGIN SELECT RAISE(ABORT, 'decisions are final'); END
    """,
    # Two signed histories of one station: the bytes that prove it.
    """
    CREATE TABLE fork (
        station TEXT NOT NULL REFERENCES station(name),
        seq INTEGER NOT NULL,
        hash BLOB NOT NULL,
        envelope BLOB NOT NULL,
        seen_at INTEGER NOT NULL,
        PRIMARY KEY (station, seq, hash)
    ) STRICT
    """,
    # One row for each trouble of each station, counted: a flood stays one row. The station may
    # be one that nobody enrolled.
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
    ) STRICT
    """,
    # The registry. Columns for what is searched; `operation` is the whole of it: JSON of its kind,
    # version and plain form.
    """
    CREATE TABLE registration (
        number TEXT PRIMARY KEY,
        codice_fiscale TEXT NOT NULL,
        state TEXT NOT NULL DEFAULT 'registrato'
            CHECK (state IN ('registrato', 'riscontrato', 'attivato', 'respinto')),
        strong TEXT NOT NULL DEFAULT 'N' CHECK (strong IN ('Y', 'N')),
        community TEXT NOT NULL,
        language TEXT NOT NULL,
        surname TEXT,
        name TEXT,
        email TEXT NOT NULL,
        email_confirmed_at INTEGER,
        operation TEXT NOT NULL,
        station TEXT NOT NULL,
        seq INTEGER NOT NULL,
        received_at INTEGER NOT NULL,
        superseded_by TEXT REFERENCES registration(number) DEFERRABLE INITIALLY DEFERRED,
        FOREIGN KEY (station, seq) REFERENCES entry(station, seq),
        CHECK (superseded_by IS NULL OR email_confirmed_at IS NULL)
    ) STRICT
    """,
    # R-003-9: the codice fiscale is the unique identifier of the person.
    """
    CREATE UNIQUE INDEX registration_person ON registration(codice_fiscale)
    WHERE superseded_by IS NULL
    """,
    # Letters to send. None is ever deleted: it is sent, withdrawn, refused by the mail server for
    # good, or still due. Of the token in a letter's link only the hash is kept.
    """
    CREATE TABLE letter (
        id INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        registration TEXT NOT NULL REFERENCES registration(number),
        recipient TEXT NOT NULL,
        language TEXT NOT NULL,
        queued_at INTEGER NOT NULL,
        attempts INTEGER NOT NULL DEFAULT 0,
        next_try_at INTEGER NOT NULL,
        code TEXT,
        sent_at INTEGER,
        withdrawn_at INTEGER,
        refused_at INTEGER,
        token_hash BLOB UNIQUE CHECK (length(token_hash) = 32),
        link_used_at INTEGER,
        CHECK (link_used_at IS NULL OR token_hash IS NOT NULL)
    ) STRICT
    """,
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

_DOCUMENT_TRUST: Final = (
    # Every list of believed country signers that this hub signed, and when the master list was
    # signed that it was made from. `hash` is the SHA-256 of the signed file, by which the hub knows
    # it again after its key was replaced.
    """
    CREATE TABLE trust_version (
        version INTEGER PRIMARY KEY CHECK (version > 0),
        listed INTEGER NOT NULL CHECK (listed >= 0),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        signed_at INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX trust_version_hash ON trust_version(hash)",
    """
    CREATE TRIGGER trust_version_is_kept BEFORE DELETE ON trust_version
    BEGIN SELECT RAISE(ABORT, 'versions are kept'); END
    """,
    """
    CREATE TRIGGER trust_version_is_final BEFORE UPDATE ON trust_version
    BEGIN SELECT RAISE(ABORT, 'versions are final'); END
    """,
    # thisUpdate of the newest revocation list of each issuer, by its prepared name.
    """
    CREATE TABLE trust_revocation_list (
        issuer TEXT PRIMARY KEY,
        starts INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER trust_revocation_list_is_kept BEFORE DELETE ON trust_revocation_list
    BEGIN SELECT RAISE(ABORT, 'dates are kept'); END
    """,
    """
    CREATE TRIGGER trust_revocation_list_is_newer BEFORE UPDATE ON trust_revocation_list
    WHEN NEW.starts < OLD.starts OR NEW.issuer IS NOT OLD.issuer
    BEGIN SELECT RAISE(ABORT, 'dates are not taken back'); END
    """,
)
