"""Who comes back first, and parts of operations that travel apart."""

from __future__ import annotations

from typing import Final

from sync.hub.migrations.steps import Guard, Step

PARTS: Final = Step(
    "m0012_parts",
    (
        # Up to where the station says that its own chain goes, and its last entry that is urgent.
        "ALTER TABLE station ADD COLUMN announced_seq INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE station ADD COLUMN urgent_seq INTEGER NOT NULL DEFAULT 0",
        # How fast stations may come back: what was said last, and whether a person chose it.
        """
        CREATE TABLE admission (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            is_set INTEGER NOT NULL CHECK (is_set IN (0, 1)),
            normal INTEGER NOT NULL CHECK (normal >= 0),
            bulk INTEGER NOT NULL CHECK (bulk >= 0),
            at INTEGER NOT NULL
        ) STRICT
        """,
        "INSERT INTO admission (id, is_set, normal, bulk, at) VALUES (1, 0, 0, 0, 0)",
        # What each process of the hub sees of the load, over its last stretch of time.
        """
        CREATE TABLE load (
            process TEXT PRIMARY KEY,
            at INTEGER NOT NULL,
            over INTEGER NOT NULL,
            waited INTEGER NOT NULL,
            busy INTEGER NOT NULL,
            stored INTEGER NOT NULL
        ) STRICT
        """,
        # A part that an operation's header names, sealed as its station sealed it, and how far it
        # has come. `secured`: a backup elsewhere holds it. `shed_at`: its bytes went with the body.
        """
        CREATE TABLE part (
            station TEXT NOT NULL,
            digest BLOB NOT NULL CHECK (length(digest) = 32),
            seq INTEGER NOT NULL,
            kind TEXT NOT NULL,
            size INTEGER NOT NULL CHECK (size > 0),
            held INTEGER NOT NULL DEFAULT 0 CHECK (held BETWEEN 0 AND size),
            expected_at INTEGER NOT NULL,
            completed_at INTEGER,
            secured INTEGER NOT NULL DEFAULT 0 CHECK (secured IN (0, 1)),
            shed_at INTEGER,
            PRIMARY KEY (station, digest),
            FOREIGN KEY (station, seq) REFERENCES entry(station, seq)
        ) STRICT
        """,
        "CREATE INDEX part_of_entry ON part(station, seq)",
        "CREATE INDEX part_missing ON part(expected_at) WHERE completed_at IS NULL",
        """
        CREATE TABLE part_piece (
            station TEXT NOT NULL,
            digest BLOB NOT NULL,
            place INTEGER NOT NULL CHECK (place >= 0),
            data BLOB NOT NULL,
            PRIMARY KEY (station, digest, place),
            FOREIGN KEY (station, digest) REFERENCES part(station, digest)
        ) STRICT
        """,
        Guard("part_is_kept", "DELETE", "part", "parts are kept"),
        Guard(
            "part_is_final",
            "UPDATE",
            "part",
            "what a header says of a part is final",
            when="NEW.station IS DISTINCT FROM OLD.station"
            " OR NEW.digest IS DISTINCT FROM OLD.digest OR NEW.seq IS DISTINCT FROM OLD.seq"
            " OR NEW.size IS DISTINCT FROM OLD.size OR NEW.kind IS DISTINCT FROM OLD.kind",
        ),
    ),
)
