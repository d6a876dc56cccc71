"""A connection to a PostgreSQL server: where it is, that it keeps what is committed, what it says.

What a server cannot do is told in the codes of `StoreError`. The text of its errors may hold values
that were asked for; only their number goes on.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg.abc import Buffer
from psycopg.adapt import AdaptersMap
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.numeric import Int8BinaryDumper, Int8Dumper, NumericBinaryLoader, NumericLoader

from sync.hub.store.database import IntegrityError, Row, StoreError

PATIENCE_SECONDS: Final = 30
"""So long a transaction may do nothing; then the server ends its connection."""

_CONNECT_SECONDS: Final = 10
_NOTICED: Final = {
    "tcp_keepalives_idle": 10,
    "tcp_keepalives_interval": 5,
    "tcp_keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""By these the server ends the session of a machine that is gone, within half a minute and not after
two hours, and lets go of what it holds (PostgreSQL 20.3.2). On a Unix socket they mean nothing."""
_DURABLE: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "remote_apply"},
    "server_encoding": {"UTF8"},  # any other lacks letters that names have
}


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


def connect(address: Address, *, is_reader: bool) -> psycopg.Connection[Row]:
    """Connects; every statement is a transaction of its own unless one was begun.

    Raises:
        StoreError: the server cannot be reached, does not let the hub in, or does not keep what is
            committed (`store.unsafe`).
    """
    with explained():
        try:
            connection = psycopg.connect(
                address.url, autocommit=True, application_name="sportello-hub", **_defaults(address)
            )
        except psycopg.OperationalError as error:
            # libpq says what, of which host, database and role; no number tells these apart.
            said = str(error).strip().splitlines() or [""]
            raise StoreError("store.unreachable", said[0]) from None
        try:
            _adapt(connection.adapters)
            connection.execute(
                f"SET idle_in_transaction_session_timeout = '{PATIENCE_SECONDS}s'".encode()
            )
            for name, value in _NOTICED.items():
                connection.execute(f"SET {name} = {value}".encode())
            _make_durable(connection)
            if is_reader:
                connection.execute("SET default_transaction_read_only = on")
        except BaseException:
            connection.close()
            raise
    return connection


@contextmanager
def explained() -> Iterator[None]:
    """Turns trouble of the server into a `StoreError`; defects in a statement stay what they are."""
    try:
        yield
    except psycopg.IntegrityError as error:
        raise IntegrityError(error.diag.message_primary or error.sqlstate) from None
    except psycopg.DataError as error:
        # A value that no column takes, above all a text with a NUL.
        raise IntegrityError(error.sqlstate or "a value that the server does not take") from None
    except psycopg.Error as error:
        code = _code(error)
        if code is None:
            raise
        raise StoreError(code, error.sqlstate or type(error).__name__) from None


def _defaults(address: Address) -> dict[str, Any]:
    """What a connection needs beyond its address, where that does not say otherwise."""
    wanted: dict[str, Any] = {
        "connect_timeout": _CONNECT_SECONDS,
        "client_encoding": "UTF8",
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
    ("40", "store.busy"),  # a deadlock; whoever asks again is let in
    ("55P03", "store.busy"),
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
