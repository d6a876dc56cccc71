"""The mirror's file: SQLCipher, opened with a raw key, and its tables.

What pages list and search by lies in a narrow table apart from what they show one by one, so that
a search reads few pages. Nothing temporary is written beside the file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

APPLICATION_ID: Final = 0x53505442
"""Marks the file as a station's mirror, "SPTB", once it is open."""
VERSION: Final = 2
"""`user_version` of this schema; a mirror of another one is fetched anew."""
KEY_BYTES: Final = 32
BROKEN: Final = (sqlcipher.DatabaseError, MemoryError)
"""What SQLCipher raises for a file that is not as it was written; a page whose authentication fails
may end as SQLITE_NOMEM."""

_CACHE_KIB: Final = 65_536

_TABLES: Final = (
    # One row a person; `number` is that of the registration as this station holds it.
    """
    CREATE TABLE face (
        id INTEGER PRIMARY KEY,
        number TEXT NOT NULL UNIQUE,
        surname TEXT NOT NULL,
        name TEXT NOT NULL,
        codice_fiscale TEXT NOT NULL,
        community TEXT NOT NULL,
        state TEXT NOT NULL,
        strong INTEGER NOT NULL,
        comune TEXT NOT NULL,
        province TEXT NOT NULL,
        registered_at INTEGER NOT NULL,
        own INTEGER NOT NULL
    ) STRICT
    """,
    """
    CREATE INDEX face_in_order ON face (
        surname, name, number, codice_fiscale, community, state, strong, comune, province,
        registered_at
    )
    """,
    "CREATE INDEX face_of_code ON face (codice_fiscale)",
    "CREATE TABLE body (id INTEGER PRIMARY KEY, plain BLOB NOT NULL) STRICT",
    # Of any three letters that follow one another, where they occur.
    """
    CREATE VIRTUAL TABLE words USING fts5 (
        codice_fiscale, surname, name,
        content = '', contentless_delete = 1, tokenize = 'trigram case_sensitive 1'
    )
    """,
    """
    CREATE TABLE alias (
        number TEXT PRIMARY KEY,
        id INTEGER NOT NULL,
        own INTEGER NOT NULL
    ) STRICT
    """,
    "CREATE INDEX alias_of ON alias (id)",
    # What this station did and the hub has not decided, or has and not told in a change yet.
    """
    CREATE TABLE own (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        operation_id TEXT NOT NULL UNIQUE,
        id INTEGER NOT NULL,
        codice_fiscale TEXT NOT NULL,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        plain BLOB NOT NULL,
        booked_at INTEGER NOT NULL,
        station TEXT NOT NULL,
        accepted INTEGER NOT NULL DEFAULT 0
    ) STRICT
    """,
    "CREATE INDEX own_of ON own (id)",
    # What the hub told of those that the station did something to; NULL where it knows none.
    "CREATE TABLE underneath (id INTEGER PRIMARY KEY, plain BLOB) STRICT",
    # `made` tells who did: 0 the hub, 1 and 2 this station (`keeping.Made`); the hub's own stands.
    """
    CREATE TABLE dispute (
        operation_id TEXT PRIMARY KEY,
        number TEXT NOT NULL,
        done_at INTEGER NOT NULL,
        closed INTEGER NOT NULL,
        made INTEGER NOT NULL,
        plain BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX dispute_open ON dispute (closed, done_at)",
    """
    CREATE TABLE standing (
        only INTEGER PRIMARY KEY CHECK (only = 1),
        position INTEGER NOT NULL,
        of INTEGER NOT NULL,
        told_at INTEGER,
        epoch BLOB NOT NULL
    ) STRICT
    """,
    "INSERT INTO standing (only, position, of, told_at, epoch) VALUES (1, 0, 0, NULL, x'')",
)


class Unusable(Exception):  # noqa: N818 - it is no error of the program
    """The file is no mirror that this key and this program can use."""


def connect(path: Path, key: bytes) -> sqlcipher.Connection:
    """A connection to the mirror at `path`, made where there is none.

    Args:
        path: the file.
        key: `KEY_BYTES` bytes by chance.

    Raises:
        Unusable: another key, another schema, or a damaged file.
    """
    raw = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        _prepare(raw, key)
    except BROKEN as error:
        raw.close()
        raise Unusable(type(error).__name__) from None
    except BaseException:
        raw.close()
        raise
    return raw


def _prepare(raw: sqlcipher.Connection, key: bytes) -> None:
    raw.execute("PRAGMA cipher_log_level = NONE")  # it would go to the standard error
    # A raw key needs no derivation; the literal is never logged: no trace callback is set.
    raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
    raw.execute("PRAGMA temp_store = MEMORY")
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = NORMAL")
    raw.execute("PRAGMA secure_delete = ON")
    raw.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
    raw.execute("PRAGMA trusted_schema = OFF")
    found = raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if found == 0:
        raw.execute("BEGIN IMMEDIATE")
        for statement in _TABLES:
            raw.execute(statement)
        raw.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        raw.execute(f"PRAGMA user_version = {VERSION}")
        raw.execute("COMMIT")
        return
    marks = tuple(
        raw.execute(f"PRAGMA {name}").fetchone()[0] for name in ("application_id", "user_version")
    )
    if marks != (APPLICATION_ID, VERSION):
        raise Unusable("schema")
