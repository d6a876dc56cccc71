"""The registry in an SQLite file, so that what was committed stays committed.

WAL with `synchronous=FULL`, set and read back at every open: measured, WAL with NORMAL and the
default journal with FULL both lose committed rows when the power goes.
"""

from __future__ import annotations

import fcntl
import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlite_utils import Database

from sync.hub.migrations import APPLICATION_ID, MIGRATIONS, STEPS
from sync.hub.store.database import IntegrityError, Row, Store, StoreError, Value

_FULL: Final = 2  # https://sqlite.org/pragma.html#pragma_synchronous
_BUSY_MILLISECONDS: Final = 5000


class SqliteStore(Store):
    """One connection to the file. One process alone writes to it, by its own rule."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Takes a connection over; `open` and `open_reader` make one.

        Args:
            connection: with this program's schema.
            path: of the file.
        """
        self._connection = connection
        self._path = path
        self._claims: dict[str, int] = {}

    @classmethod
    def open(cls, path: Path) -> SqliteStore:
        """For reading and writing; makes the file and brings its schema up to date.

        Raises:
            StoreError: it cannot be used; nothing in it was changed.
        """
        with _explained():
            if not path.exists():
                # Made here so that it is never, not for a moment, readable by others: SQLite
                # gives the journal beside it the same rights.
                os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=True)
            try:
                _refuse_foreign(connection)
                _make_durable(connection)
                _migrate(connection)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    @classmethod
    def open_reader(cls, path: Path) -> SqliteStore:
        """For reading alone, beside a writer.

        Raises:
            StoreError: it is missing, was written by an older program alone (`store.older`), or
                cannot be used.
        """
        if not path.exists():
            raise StoreError("store.missing", "run `python -m sync.hub init` first")
        with _explained():
            connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None
            )
            try:
                connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
                _refuse_foreign(connection)
                _refuse_older(connection)
            except BaseException:
                connection.close()
                raise
        return cls(connection, path)

    def close(self) -> None:
        """Ends the connection, and what it claimed."""
        self._connection.close()
        while self._claims:
            os.close(self._claims.popitem()[1])

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""
        return self._connection.execute(statement, values).fetchall()

    def row(self, statement: str, *values: Value) -> Row | None:
        """The first row of a question, or None."""
        row: Row | None = self._connection.execute(statement, values).fetchone()
        return row

    def rows_among(self, beginning: str, values: Sequence[Value]) -> list[Row]:
        """Every row of a question that ends in `IN`, for each of `values`."""
        places = ", ".join("?" * len(values))
        return self._connection.execute(f"{beginning} ({places})", values).fetchall()

    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""
        return self._connection.execute(statement, values).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`."""
        self._connection.executemany(statement, rows)

    def each(self, statement: str, *values: Value) -> Iterator[Row]:
        """The rows of a question one by one, of however many."""
        yield from self._connection.execute(statement, values)

    @contextmanager
    def transaction(self, *, of: str | None = None, deciding: str | None = None) -> Iterator[None]:
        """Alone in the registry, whatever is asked for: SQLite has one writer."""
        del of, deciding
        with _explained():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._connection.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    self._connection.execute("ROLLBACK")
                raise

    def scrub(self) -> bool:
        """Takes what was overwritten out of the write-ahead log too: `secure_delete` did the rest."""
        with _explained():
            self._connection.execute("PRAGMA busy_timeout=0")
            try:
                (busy, _, _) = self._connection.execute(
                    "PRAGMA wal_checkpoint(TRUNCATE)"
                ).fetchone()
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF not in {
                    sqlite3.SQLITE_BUSY,
                    sqlite3.SQLITE_LOCKED,
                }:
                    raise
                busy = 1
            finally:
                self._connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        return not busy

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several questions that see the same moment."""
        self._connection.execute("BEGIN")
        try:
            yield
        finally:
            self._connection.execute("ROLLBACK")

    def claim(self, what: str) -> bool:
        """By a lock on an empty file beside the registry, which the system lets go of at the end."""
        if what in self._claims:
            return True
        beside = self._path.with_name(f"{self._path.name}.{what}")
        with _explained():
            handle = os.open(beside, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(handle)
            return False
        self._claims[what] = handle
        return True


def _refuse_foreign(connection: sqlite3.Connection) -> None:
    """A file that is not a hub's registry is not touched."""
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if application != APPLICATION_ID and tables:
        raise StoreError("store.foreign", "the file is not a hub's registry")


def _refuse_older(connection: sqlite3.Connection) -> None:
    """A reader changes nothing, so it cannot bring the tables up to date that it asks."""
    applied = {step.name for step in MIGRATIONS.applied(Database(connection))}
    if not applied >= set(STEPS):
        raise StoreError("store.older", "start the hub once, it brings the registry up to date")


def _make_durable(connection: sqlite3.Connection) -> None:
    connection.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
    (journal,) = connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=FULL")
    (synchronous,) = connection.execute("PRAGMA synchronous").fetchone()
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA trusted_schema=OFF")
    connection.execute("PRAGMA recursive_triggers=ON")  # REPLACE deletes too, and is refused
    # What is deleted or replaced is overwritten: a body that was shed is in no page any more.
    (overwrites,) = connection.execute("PRAGMA secure_delete=ON").fetchone()
    if overwrites != 1:
        raise StoreError("store.unsafe", "no secure_delete")
    if journal != "wal" or synchronous != _FULL:
        raise StoreError("store.unsafe", f"journal {journal}, synchronous {synchronous}")


def _migrate(connection: sqlite3.Connection) -> None:
    database = Database(connection)
    applied = {migration.name for migration in MIGRATIONS.applied(database)}
    if applied - set(STEPS):
        raise StoreError("store.newer", "a newer program has written it")
    if applied != set(STEPS):
        # Two programs may find the same steps missing: the second waits, and finds none.
        connection.execute("BEGIN IMMEDIATE")
        try:
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            MIGRATIONS.apply(database)
            connection.execute("COMMIT")
        except BaseException:
            with suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            raise


@contextmanager
def _explained() -> Iterator[None]:
    """Turns trouble of the disk into a `StoreError`; defects in a statement stay what they are."""
    try:
        yield
    except sqlite3.IntegrityError as error:
        raise IntegrityError(str(error)) from error
    except (sqlite3.DatabaseError, OSError) as error:
        name = getattr(error, "sqlite_errorname", None) or type(error).__name__
        for beginning, code in _CODES:
            if name.startswith(beginning):
                raise StoreError(code, name) from error
        if isinstance(error, OSError):
            raise StoreError("store.failed", error.strerror or name) from error
        raise


# https://sqlite.org/rescode.html; what is missing here is a defect of ours.
_CODES: Final = (
    ("SQLITE_FULL", "store.full"),
    ("SQLITE_READONLY", "store.read-only"),
    ("SQLITE_CORRUPT", "store.damaged"),
    ("SQLITE_NOTADB", "store.foreign"),
    ("SQLITE_IOERR", "store.failed"),
    ("SQLITE_CANTOPEN", "store.failed"),
    ("SQLITE_BUSY", "store.failed"),
    ("SQLITE_PERM", "store.failed"),
    ("SQLITE_NOMEM", "store.failed"),
)
