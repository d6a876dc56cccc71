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
process that is stopped within a transaction loses its turn after `_PATIENCE_SECONDS`.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper, NumericBinaryLoader, NumericLoader

from sync.hub.migrations import LATER, STEPS
from sync.hub.migrations.baseline import BASELINE, UPTO
from sync.hub.store import dialect
from sync.hub.store.database import IntegrityError, Row, Store, StoreError, Value

_PATIENCE_SECONDS: Final = 30
_CONNECT_SECONDS: Final = 10
_DURABLE: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply"},
}
_STATION_LOCK: Final = 0x53505253  # "SPRS": of a station
_CLAIM_LOCK: Final = 0x53505243  # "SPRC": of a piece of work
_STEPS_LOCK: Final = 0x5350524D  # "SPRM": of bringing the schema up to date


@dataclass(frozen=True, slots=True, repr=False)
class Address:
    """Where the registry is.

    Attributes:
        url: `postgresql://user@host:port/database?sslmode=verify-full…` as libpq reads it, without a
            password. The tables are in the first schema of its search path.
        password_file: holds the password and nothing else; None where the server wants none, or
            libpq finds it (PGPASSFILE).
    """

    url: str
    password_file: Path | None = None


class PostgresStore(Store):
    """One connection to the server, made anew when it was lost."""

    def __init__(self, address: Address, *, is_reader: bool) -> None:
        """`open` and `open_reader` make one.

        Raises:
            StoreError: the server cannot be reached, does not let the hub in, or does not keep what
                is committed.
        """
        self._address = address
        self._is_reader = is_reader
        self._claims: set[str] = set()
        self._within = False
        self._connection = self._connect()

    @classmethod
    def at(cls, address: Address, *, migrate: bool = True) -> PostgresStore:
        """For reading and writing.

        Args:
            address: where.
            migrate: make the tables or bring them up to date; else `store.older` is raised.

        Raises:
            StoreError: it cannot be used; nothing in it was changed.
        """
        made = cls(address, is_reader=False)
        try:
            _bring_up_to_date(made, migrate=migrate)
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
            _bring_up_to_date(made, migrate=False)
        except BaseException:
            made.close()
            raise
        return made

    def close(self) -> None:
        """Ends the connection, and what it claimed."""
        self._connection.close()

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""
        return self._asked(dialect.statement(statement), values).fetchall()

    def row(self, statement: str, *values: Value) -> Row | None:
        """The first row of a question, or None."""
        return self._asked(dialect.statement(statement), values).fetchone()

    def rows_among(self, beginning: str, values: Sequence[Value]) -> list[Row]:
        """Every row of a question that ends in `IN`, for each of `values`."""
        if not values:
            return []
        question = dialect.statement(beginning).removesuffix("IN") + "= ANY(%s)"
        return self._asked(question, [list(values)]).fetchall()

    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""
        return self._asked(dialect.statement(statement), values).rowcount

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`, without waiting for each one's answer."""
        if not rows:
            return
        with self._explained():
            self._alive().cursor().executemany(dialect.statement(statement), rows)

    @contextmanager
    def transaction(self, *, of: str | None = None, deciding: str | None = None) -> Iterator[None]:
        """See `Store.transaction`; of `of` and `deciding` one at most is given."""
        if self._within:
            raise RuntimeError("a transaction within a transaction")
        mode = "EXCLUSIVE"
        if of is not None or deciding is not None:
            mode = "ROW EXCLUSIVE" if of is not None else "SHARE UPDATE EXCLUSIVE"
        station = of if of is not None else deciding
        with self._explained():
            connection = self._alive()
            connection.execute("BEGIN")
            self._within = True
            try:
                connection.execute(f"LOCK TABLE turn IN {mode} MODE".encode())
                if station is not None:
                    connection.execute(
                        "SELECT pg_advisory_xact_lock(%s::int, %s::int)",
                        (_STATION_LOCK, _number(station)),
                    )
                yield
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._within = False

    @contextmanager
    def transaction_of_steps(self) -> Iterator[None]:
        """Alone among those that bring the schema up to date; others go on."""
        with self._explained():
            connection = self._alive()
            connection.execute("BEGIN")
            self._within = True
            try:
                # Two programs may find the same steps missing: the second waits, and finds none.
                connection.execute(
                    "SELECT pg_advisory_xact_lock(%s::int, %s::int)",
                    (_STEPS_LOCK, _number(self.schema())),
                )
                yield
                connection.execute("COMMIT")
            except BaseException:
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")
                raise
            finally:
                self._within = False

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Several questions that see the same moment."""
        with self._explained():
            connection = self._alive()
            connection.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            self._within = True
            try:
                yield
            finally:
                self._within = False
                with suppress(psycopg.Error):
                    connection.execute("ROLLBACK")

    def scrub(self) -> bool:
        """Writes the tables anew from which something went. See ADR 0190 for what that is worth."""
        return True

    def claim(self, what: str) -> bool:
        """By an advisory lock of this connection, which the server lets go of when it ends."""
        with self._explained():
            connection = self._alive()
            if what in self._claims:
                connection.execute("SELECT 1")
                return True
            (got,) = connection.execute(
                "SELECT pg_try_advisory_lock(%s::int, %s::int)",
                (_CLAIM_LOCK, _number(f"{self.schema()} {what}")),
            ).fetchone() or (False,)
            if got:
                self._claims.add(what)
            return bool(got)

    def define(self, statements: str) -> None:
        """Changes of the schema, in PostgreSQL's own words. Within a transaction."""
        with self._explained():
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
        with self._explained():
            cursor = self._alive().cursor(binary=True)
            return cursor.execute(question.encode(), values or None)

    def _alive(self) -> psycopg.Connection[Row]:
        """The connection, made anew where it was lost and nothing was begun on it."""
        if self._connection.closed and not self._within:
            self._claims.clear()
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> psycopg.Connection[Row]:
        with self._explained():
            connection = psycopg.connect(
                self._address.url,
                autocommit=True,
                application_name="sportello-hub",
                **_defaults(self._address),
            )
            try:
                _adapt(connection.adapters)
                connection.execute(
                    f"SET idle_in_transaction_session_timeout = '{_PATIENCE_SECONDS}s'"
                )
                _make_durable(connection)
                if self._is_reader:
                    connection.execute("SET default_transaction_read_only = on")
            except BaseException:
                connection.close()
                raise
        return connection

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turns trouble of the server into a `StoreError`; defects in a statement stay."""
        try:
            yield
        except psycopg.IntegrityError as error:
            # Without the detail, which holds values.
            raise IntegrityError(error.diag.message_primary or error.sqlstate) from None
        except psycopg.Error as error:
            code = _code(error)
            if code is None:
                raise
            # The text of the error may hold what was asked for: its number says enough.
            raise StoreError(code, error.sqlstate or type(error).__name__) from None


def is_made(address: Address) -> bool:
    """Whether there are tables.

    Raises:
        StoreError: the server cannot be asked, or the tables are not a hub's.
    """
    store = PostgresStore(address, is_reader=True)
    try:
        return _steps_missing(store) is not None
    finally:
        store.close()


def _defaults(address: Address) -> dict[str, Any]:
    """What a connection needs beyond its address, where that does not say otherwise."""
    wanted: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
    }
    said = conninfo_to_dict(address.url)
    if address.password_file is not None:
        try:
            wanted["password"] = address.password_file.read_text("utf-8").rstrip("\n")
        except (OSError, UnicodeDecodeError):
            raise StoreError("store.refused", "the password file cannot be read") from None
    return {name: value for name, value in wanted.items() if name not in said}


def _make_durable(connection: psycopg.Connection[Row]) -> None:
    (said,) = connection.execute("SHOW synchronous_commit").fetchone() or ("",)
    if said not in _DURABLE["synchronous_commit"]:
        connection.execute("SET synchronous_commit = on")
    for name, good in _DURABLE.items():
        (said,) = connection.execute(f"SHOW {name}".encode()).fetchone() or ("",)
        if said not in good:
            raise StoreError("store.unsafe", f"{name} is {said}")


def _bring_up_to_date(store: PostgresStore, *, migrate: bool) -> None:
    """Makes the tables, or what is missing of them."""
    store.schema()
    missing = _steps_missing(store)
    if missing == ():
        return
    if not migrate:
        if missing is None:
            raise StoreError("store.missing", "run `python -m sync.hub init` first")
        raise StoreError("store.older", "start the hub once, it brings the registry up to date")
    with store.transaction_of_steps():
        missing = _steps_missing(store)
        if missing is None:
            store.define(
                "CREATE TABLE migration (name TEXT PRIMARY KEY, applied_at BIGINT NOT NULL)"
            )
        for step in (BASELINE, *LATER):
            if missing is not None and step.name not in missing:
                continue
            store.define(";\n".join(step.on_postgresql()))
            if step.change is not None:
                step.change(store)
            names = STEPS[: STEPS.index(UPTO) + 1] if step is BASELINE else (step.name,)
            store.run_many(
                "INSERT INTO migration (name, applied_at) VALUES (?, ?)",
                [(name, time.time_ns() // 1_000_000) for name in names],
            )


def _steps_missing(store: PostgresStore) -> tuple[str, ...] | None:
    """Steps that are to be done, in order; None where there are no tables at all.

    Raises:
        StoreError: somebody else's tables are there, or a newer program's.
    """
    tables = {
        row[0]
        for row in store.rows(
            "SELECT relname FROM pg_class WHERE relnamespace ="
            " (SELECT oid FROM pg_namespace WHERE nspname = current_schema()) AND relkind = 'r'"
        )
    }
    if not tables:
        return None
    if "migration" not in tables or "turn" not in tables:
        raise StoreError("store.foreign", "the schema holds somebody else's tables")
    applied = {row[0] for row in store.rows("SELECT name FROM migration")}
    if applied - set(STEPS):
        raise StoreError("store.newer", "a newer program has written it")
    return tuple(name for name in STEPS if name not in applied)


def _number(text: str) -> int:
    """A number of 32 bits with a sign, for the name of a lock. Two names that share one wait."""
    return zlib.crc32(text.encode()) - 2**31


def _code(error: psycopg.Error) -> str | None:
    """The code of a trouble; None for a defect of ours."""
    state = error.sqlstate
    if state is None:
        lost = isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)
        return "store.unreachable" if lost else None
    return next((code for beginning, code in _CODES if state.startswith(beginning)), None)


# https://www.postgresql.org/docs/15/errcodes-appendix.html; what is missing is a defect of ours.
_CODES: Final = (
    ("53100", "store.full"),
    ("53300", "store.unreachable"),  # too many connections
    ("53", "store.failed"),
    ("25006", "store.read-only"),
    ("25P03", "store.unreachable"),  # was stopped within a transaction
    ("58", "store.failed"),
    ("XX001", "store.damaged"),
    ("XX002", "store.damaged"),
    ("XX", "store.failed"),
    ("08", "store.unreachable"),
    ("57P", "store.unreachable"),
    ("57014", "store.failed"),
    ("40", "store.failed"),
    ("55P03", "store.failed"),
    ("28", "store.refused"),
    ("42501", "store.refused"),
    ("3D000", "store.missing"),
    ("3F000", "store.missing"),
)


class _BooleanDumper(Int8Dumper):
    """A truth as 0 or 1, as SQLite keeps it."""

    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _BooleanBinaryDumper(Int8BinaryDumper):
    def dump(self, obj: Any) -> Buffer | None:
        return super().dump(int(obj))


class _SumLoader(NumericLoader):
    """A sum of whole numbers is one."""

    def load(self, data: Buffer) -> Any:
        return int(super().load(data))


class _SumBinaryLoader(NumericBinaryLoader):
    def load(self, data: Buffer) -> Any:
        return int(super().load(data))


def _adapt(adapters: AdaptersMap) -> None:
    """Whole numbers have 64 bits whatever they are, so that a statement is one and the same."""
    adapters.register_dumper(int, Int8Dumper)
    adapters.register_dumper(int, Int8BinaryDumper)
    adapters.register_dumper(bool, _BooleanDumper)
    adapters.register_dumper(bool, _BooleanBinaryDumper)
    adapters.register_loader("numeric", _SumLoader)
    adapters.register_loader("numeric", _SumBinaryLoader)
