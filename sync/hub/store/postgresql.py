"""The registry on a PostgreSQL server, which many processes share.

A transaction is durable when it has ended: `fsync`, `full_page_writes` and `synchronous_commit` are
read back at every connection, as measured for SQLite: without them what was committed gets lost.

Who writes is settled by one lock on the empty table `turn`, taken before anything is read, so that
every question of a transaction sees what the one before it left (READ COMMITTED, a view of its own
for each question). Its three modes are those of `Store.transaction`: EXCLUSIVE beside nobody; SHARE
UPDATE EXCLUSIVE, one at a time but beside ROW EXCLUSIVE; ROW EXCLUSIVE, any number at a time. The
last two also take a lock on the station they name. PostgreSQL lets waiting locks in by their order,
so nobody starves.

A connection that is lost takes what was not committed with it; the next question makes another. A
process that is stopped within a transaction loses its turn after some time (`connecting.PATIENCE_SECONDS`).
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

import psycopg

from sync.hub.store import dialect
from sync.hub.store.connecting import Address, connect, explained
from sync.hub.store.database import Row, Store, StoreError, Value
from sync.hub.store.server_steps import bring_up_to_date, steps_missing

_NOWHERE: Final = "\ufdd0"  # a noncharacter (Unicode 23.7)

_STATION_LOCK: Final = 0x53505253  # "SPRS": of a station
_CLAIM_LOCK: Final = 0x53505243  # "SPRC": of a piece of work
_STEPS_LOCK: Final = 0x5350524D  # "SPRM": of bringing the schema up to date

CLAIM_SECONDS: Final = 30.0
"""So long whoever has a claim may say nothing; then the server ends its connection, and the claim."""

SCRUBBED_BYTES: Final = 64 * 1024 * 1024
"""A table of this size is written anew within about a second."""

SCRUB_REST_SECONDS: Final = 600.0
"""Between two times that the tables are written anew."""


class PostgresStore(Store):
    """One connection to the server, made anew when it was lost."""

    def __init__(
        self, address: Address, *, is_reader: bool, claim_seconds: float = CLAIM_SECONDS
    ) -> None:
        """`at` and `reader_at` make one.

        Args:
            address: where.
            is_reader: whether for reading alone.
            claim_seconds: as `CLAIM_SECONDS`.

        Raises:
            StoreError: the server cannot be reached, does not let the hub in, or does not keep what
                is committed.
        """
        self._address = address
        self._is_reader = is_reader
        self._claim_seconds = claim_seconds
        self._claims: set[str] = set()
        self._within = False
        self._scrubbed_at = -SCRUB_REST_SECONDS
        self._connection = self._connect()

    @classmethod
    def at(
        cls, address: Address, *, migrate: bool = True, claim_seconds: float = CLAIM_SECONDS
    ) -> PostgresStore:
        """For reading and writing.

        Args:
            address: where.
            migrate: make the tables or bring them up to date; else `store.older` is raised.
            claim_seconds: as `CLAIM_SECONDS`.

        Raises:
            StoreError: it cannot be used; nothing in it was changed.
        """
        made = cls(address, is_reader=False, claim_seconds=claim_seconds)
        try:
            bring_up_to_date(made, migrate=migrate)
        except BaseException:
            made.close()
            raise
        return made

    @classmethod
    def reader_at(cls, address: Address) -> PostgresStore:
        """For reading alone.

        Raises:
            StoreError: as above; `store.missing` where there are no tables.
        """
        made = cls(address, is_reader=True)
        try:
            bring_up_to_date(made, migrate=False)
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        """Ends the connection, and what it claimed."""
        self._connection.close()

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""
        return self._asked(dialect.statement(statement), _askable(values)).fetchall()

    def row(self, statement: str, *values: Value) -> Row | None:
        """The first row of a question, or None."""
        return self._asked(dialect.statement(statement), _askable(values)).fetchone()

    def rows_among(self, beginning: str, values: Sequence[Value]) -> list[Row]:
        """Every row of a question that ends in `IN`, for each of `values`."""
        if not values:
            return []
        question = dialect.statement(beginning).removesuffix("IN") + "= ANY(%s)"
        return self._asked(question, [list(_askable(values))]).fetchall()

    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""
        return self._asked(dialect.statement(statement), values).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`, without waiting for each one's answer."""
        if not rows:
            return
        with explained():
            self._alive().cursor().executemany(dialect.statement(statement), rows)

    def each(self, statement: str, *values: Value) -> Iterator[Row]:
        """The rows of a question one by one, of however many. Within a transaction or snapshot."""
        with explained(), self._connection.cursor("each", binary=True) as cursor:
            cursor.execute(dialect.statement(statement).encode(), values)
            yield from cursor

    def fill(self, table: str, columns: Sequence[str], rows: Iterator[Row]) -> None:
        """Puts rows into a table as they come. Within a transaction."""
        target = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with (
            explained(),
            self._connection.cursor() as cursor,
            cursor.copy(target.encode()) as copy,
        ):
            for row in rows:
                copy.write_row(row)

    def given(self, table: str, column: str) -> int:
        """The last number that was given in a table whose rows the registry numbers; 0 for none."""
        row = self.row(
            "SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence(?, ?)::regclass), 0)",
            table,
            column,
        )
        return 0 if row is None else int(row[0])

    def go_on(self, table: str, column: str, last: int) -> None:
        """Numbers of a table go on after `last`. Within a transaction."""
        self.row(
            "SELECT setval(pg_get_serial_sequence(?, ?)::regclass, max(?, 1), ?)",
            table,
            column,
            last,
            "true" if last else "false",
        )

    @contextmanager
    def transaction(self, *, of: str | None = None, deciding: str | None = None) -> Iterator[None]:
        """See `Store.transaction`; of `of` and `deciding` one at most is given."""
        if self._within:
            raise RuntimeError("a transaction within a transaction")
        mode = "EXCLUSIVE"
        if of is not None or deciding is not None:
            mode = "ROW EXCLUSIVE" if of is not None else "SHARE UPDATE EXCLUSIVE"
        # In one message to the server; each statement in it has a view of its own.
        begin = f"BEGIN; LOCK TABLE turn IN {mode} MODE"
        station = of if of is not None else deciding
        if station is not None:
            begin += f"; SELECT pg_advisory_xact_lock({_STATION_LOCK}, {_number(station)})"
        with self._committing(begin):
            yield

    @contextmanager
    def _committing(self, begin: str) -> Iterator[None]:
        with explained():
            connection = self._begun(begin)
            try:
                yield
                _commit(connection)
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._within = False

    @contextmanager
    def transaction_of_steps(self) -> Iterator[None]:
        """Alone among those that bring the schema up to date; others go on."""
        # Two programs may find the same steps missing: the second waits, and finds none.
        number = _number(self.schema())
        with self._committing(f"BEGIN; SELECT pg_advisory_xact_lock({_STEPS_LOCK}, {number})"):
            yield

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several questions that see the same moment."""
        with explained():
            connection = self._begun("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            try:
                yield
            finally:
                self._within = False
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")

    def scrub(self) -> bool:
        """Writes every table anew that is small enough to be locked meanwhile.

        What was deleted from them is in none of the server's data files then. In the larger ones it
        may stand in unused parts of pages until `rewrite`; and in the write-ahead log, its archive
        and older backups for as long as these are kept (ADR 0190).
        """
        since = time.monotonic()
        if since - self._scrubbed_at < SCRUB_REST_SECONDS:
            return False
        try:
            self._write_anew(SCRUBBED_BYTES, patience="1s")
        except StoreError as error:
            if error.code != "store.busy":
                raise
            return False
        self._scrubbed_at = since
        return True

    def rewrite(self) -> list[str]:
        """Writes every table anew, whatever its size. Each is locked meanwhile: the hub waits.

        Returns:
            The tables.

        Raises:
            StoreError: the disk is full (a table needs its own size once more), or as ever.
        """
        return self._write_anew(None, patience="0")

    def _write_anew(self, most_bytes: int | None, patience: str) -> list[str]:
        tables = [
            str(name)
            for name, size in self.rows(
                "SELECT relname, pg_total_relation_size(oid) FROM pg_class WHERE relkind = 'r'"
                " AND relnamespace = CAST(current_schema() AS regnamespace) ORDER BY relname"
            )
            if most_bytes is None or size <= most_bytes
        ]
        with explained():
            connection = self._alive()
            connection.execute(f"SET lock_timeout = '{patience}'".encode())
            try:
                for name in tables:
                    connection.execute(f'VACUUM (FULL) "{name}"'.encode())
            finally:
                with suppress(psycopg.Error):
                    connection.execute("SET lock_timeout = 0")
        return tables

    def claim(self, what: str) -> bool:
        """By an advisory lock of this connection, which the server lets go of when it ends.

        It ends too where nothing is asked on it for some time: a machine that went dark, or a process
        that is stopped, keeps nobody waiting. One that wakes finds its connection gone.
        """
        with explained():
            connection = self._alive()
            if what in self._claims:
                connection.execute("SELECT 1")
                return True
            (got,) = connection.execute(
                "SELECT pg_try_advisory_lock(%s::int, %s::int)",
                (_CLAIM_LOCK, _number(f"{self.schema()} {what}")),
            ).fetchone() or (False,)
            if got:
                milliseconds = round(self._claim_seconds * 1000)
                connection.execute(f"SET idle_session_timeout = {milliseconds}".encode())
                self._claims.add(what)
            return bool(got)

    def is_here(self) -> bool:
        """Whether the server runs on this machine, as far as the connection shows."""
        return (
            self.row("SELECT 1 WHERE inet_server_addr() IS DISTINCT FROM inet_client_addr()")
            is None
        )

    def folder(self) -> Path | None:
        """Where the server keeps its files; None where it does not say (`pg_read_all_settings`)."""
        row = self.row("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
        return None if row is None or not row[0] else Path(row[0])

    def take_time(self) -> None:
        """Lets this transaction do nothing for as long as it likes. Within one."""
        self.define("SET LOCAL idle_in_transaction_session_timeout = 0")

    def define(self, statements: str) -> None:
        """Changes of the schema, in PostgreSQL's own words. Within a transaction."""
        with explained():
            self._alive().execute(statements.encode())

    def schema(self) -> str:
        """The schema of the tables.

        Raises:
            StoreError: the search path names none.
        """
        row = self.row("SELECT current_schema()")
        if row is None or row[0] is None:
            raise StoreError("store.missing", "the search path names no schema")
        return str(row[0])

    def _asked(self, question: str, values: Sequence[Any]) -> psycopg.Cursor[Row]:
        with explained():
            cursor = self._alive().cursor(binary=True)
            try:
                return cursor.execute(question.encode(), values)
            except psycopg.OperationalError:
                if self._within or not (self._is_reader and self._connection.closed):
                    raise
            # The server was away since this reader asked last: nothing was lost by that.
            return self._alive().cursor(binary=True).execute(question.encode(), values)

    def _begun(self, how: str) -> psycopg.Connection[Row]:
        """A connection in a transaction; a new one, where the server was away since the last."""
        connection = self._alive()
        try:
            _begin(connection, how)
        except psycopg.OperationalError:
            if not connection.closed:
                raise
            connection = self._alive()
            _begin(connection, how)
        self._within = True
        return connection

    def _alive(self) -> psycopg.Connection[Row]:
        """The connection, made anew where it was lost and nothing was begun on it."""
        if self._connection.closed and not self._within:
            self._claims.clear()
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection[Row]:
        return connect(self._address, is_reader=self._is_reader)


def _askable(values: Sequence[Value]) -> Sequence[Value]:
    """Values to ask for: a NUL, which no text on the server can have, as what no text has."""
    return [
        value.replace("\0", _NOWHERE) if isinstance(value, str) and "\0" in value else value
        for value in values
    ]


def _commit(connection: psycopg.Connection[Row]) -> None:
    """Raises `StoreError` where something failed and was passed over: nothing of it is kept."""
    if connection.execute("COMMIT").statusmessage != "COMMIT":
        raise StoreError("store.failed", "rolled back")


def _begin(connection: psycopg.Connection[Row], how: str) -> None:
    """Begins a transaction, or leaves none behind."""
    try:
        connection.execute(how.encode())
    except psycopg.Error:
        if not connection.closed:
            connection.execute("ROLLBACK")
        raise


def is_made(address: Address) -> bool:
    """Whether there are tables.

    Raises:
        StoreError: the server cannot be asked, or the tables are not a hub's.
    """
    store = PostgresStore(address, is_reader=True)
    try:
        return steps_missing(store) is not None
    finally:
        store.close()


def _number(text: str) -> int:
    """A number of 32 bits with a sign, for the name of a lock. Two names that share one wait."""
    return zlib.crc32(text.encode()) - 2**31
