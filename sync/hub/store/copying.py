"""A whole registry from one engine to the other, row by row, and the proof that it is the same.

One side is always a file: it is what a registry moves from to a server, and what a backup of a
server's registry is. Both have the schema of this program. Tables are copied in the order in which
they refer to each other, rows in the order of their keys; numbers that the registry gives go on where
they stood. What is compared afterwards is every value of every row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.hub.store.database import Row, StoreError
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.sqlite import SqliteStore
from sync.wire import envelope, remnant
from sync.wire.canonical import Malformed

_AT_ONCE: Final = 500
_TELLING: Final = ("station", "registration", "device_register", "reading", "audit_page")
"""In a registry that was used, one of them has rows."""

_BY_AGE: Final = frozenset({"alias", "device_certificate"})
"""Of these the order counts in which their rows came."""


@dataclass(frozen=True, slots=True)
class Copied:
    """What was copied and compared.

    Attributes:
        rows: of each table.
        heads: of each station, how many entries of its chain are decided.
        entries: of all chains, each checked against the hash of the one after it.
    """

    rows: dict[str, int]
    heads: dict[str, int]
    entries: int


@dataclass(frozen=True, slots=True)
class _Table:
    """A table.

    Attributes:
        columns: in order.
        key: by which its rows are ordered; `rowid` where it has no key.
        given: the column that the registry numbers, empty for none.
        refers: tables that it refers to.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    given: str
    refers: frozenset[str]

    def question(self) -> str:
        """Every row, in order."""
        return f"SELECT {', '.join(self.columns)} FROM {self.name} ORDER BY {', '.join(self.key)}"  # noqa: S608  names of the schema


def to_server(source: SqliteStore, target: PostgresStore) -> Copied:
    """Copies the registry in a file into a server's, whose tables are new.

    Args:
        source: within a transaction, so that nobody writes to it meanwhile.
        target: nothing of it is kept where this fails.

    Raises:
        StoreError: either cannot be used, there is something in the target already
            (`store.foreign`), or what is there does not compare (`store.damaged`).
    """
    tables = _tables(source)
    with target.transaction():
        target.take_time()
        for name in _TELLING:
            if target.row(f"SELECT 1 FROM {name} LIMIT 1") is not None:  # noqa: S608  constants
                raise StoreError("store.foreign", "there is a registry on the server already")
        for table in tables:
            target.define(f"ALTER TABLE {table.name} DISABLE TRIGGER USER")
        for table in reversed(tables):
            target.run(f"DELETE FROM {table.name}")  # noqa: S608  what steps have put there
        for table in tables:
            target.fill(table.name, table.columns, source.each(table.question()))
            if table.given:
                target.go_on(table.name, table.given, _given(source, table))
        for table in tables:
            target.define(f"ALTER TABLE {table.name} ENABLE TRIGGER USER")
        return _compared(source, target, tables)


def to_file(source: PostgresStore, path: Path) -> Copied:
    """Copies a server's registry, as it is at one moment, into a new file.

    Args:
        source: whoever writes to it goes on.
        path: is not there, or empty.

    Raises:
        StoreError: either cannot be used, or what was written does not compare.
    """
    with closing(SqliteStore.open(path)) as target:
        tables = _tables(target)
        with source.snapshot(), target.transaction(), _unguarded(target):
            source.take_time()
            for table in reversed(tables):
                target.run(f"DELETE FROM {table.name}")  # noqa: S608  what steps have put there
            for table in tables:
                places = ", ".join("?" * len(table.columns))
                columns = ", ".join(table.columns)
                change = f"INSERT INTO {table.name} ({columns}) VALUES ({places})"  # noqa: S608  names of the schema
                for block in _blocks(source.each(table.question())):
                    target.run_many(change, block)
                if table.given:
                    _go_on(target, table, source.given(table.name, table.given))
            return _compared(target, source, tables)


def _tables(store: SqliteStore) -> list[_Table]:
    """Every table, each after those that it refers to."""
    waiting: dict[str, _Table] = {}
    for name, text in store.rows(
        "SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
    ):
        columns = store.rows("SELECT name, pk FROM pragma_table_info(?)", name)
        key = tuple(column for column, place in sorted(columns, key=lambda one: one[1]) if place)
        refers = store.rows('SELECT DISTINCT "table" FROM pragma_foreign_key_list(?)', name)
        is_given = key == ("id",) or "AUTOINCREMENT" in text
        waiting[name] = _Table(
            name,
            tuple(_quoted(column) for column, _ in columns),
            ("rowid",) if name in _BY_AGE or not key else tuple(map(_quoted, key)),
            key[0] if is_given else "",
            frozenset(row[0] for row in refers) - {name},
        )
    ordered: list[_Table] = []
    while waiting:
        ready = [one for one in waiting.values() if not one.refers & waiting.keys()]
        if not ready:
            raise ValueError("tables that refer to each other in a circle")
        ordered += ready
        for one in ready:
            del waiting[one.name]
    return ordered


def _quoted(column: str) -> str:
    return f'"{column}"'


def _given(store: SqliteStore, table: _Table) -> int:
    """The last number that was given in a table."""
    kept = store.row("SELECT seq FROM sqlite_sequence WHERE name = ?", table.name)
    there = store.row(f"SELECT coalesce(max({table.given}), 0) FROM {table.name}")  # noqa: S608  names of the schema
    return max(0 if kept is None else kept[0], 0 if there is None else there[0])


def _go_on(store: SqliteStore, table: _Table, last: int) -> None:
    if store.run("UPDATE sqlite_sequence SET seq = ? WHERE name = ?", last, table.name) == 0:
        is_kept = store.row(
            "SELECT 1 FROM sqlite_schema WHERE name = ? AND sql LIKE '%AUTOINCREMENT%'", table.name
        )
        if is_kept is not None:
            store.run("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", table.name, last)


@contextmanager
def _unguarded(store: SqliteStore) -> Iterator[None]:
    """Without triggers, within a transaction; they are there again when it ends."""
    guards = store.rows("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    for name, _ in guards:
        store.run(f"DROP TRIGGER {name}")
    yield
    for _, text in guards:
        store.run(text)


def _blocks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    block: list[Row] = []
    for row in rows:
        block.append(row)
        if len(block) == _AT_ONCE:
            yield block
            block = []
    if block:
        yield block


def _compared(file: SqliteStore, server: PostgresStore, tables: list[_Table]) -> Copied:
    """Compares every row of both, and the chains with their hashes."""
    rows: dict[str, int] = {}
    for table in tables:
        first, second = _digest(file, table), _digest(server, table)
        if first != second:
            raise StoreError("store.damaged", f"{table.name} is not the same in both")
        rows[table.name] = first[0]
    heads: dict[str, int] = dict(file.rows("SELECT name, decided_seq FROM station"))
    return Copied(rows, heads, _walked(server))


def _digest(store: SqliteStore | PostgresStore, table: _Table) -> tuple[int, bytes]:
    """How many rows, and a hash over every value with its kind and length."""
    digest, count = hashlib.sha256(), 0
    for row in store.each(table.question()):
        for value in row:
            kind = type(value).__name__
            data = value if isinstance(value, bytes) else str(value).encode()
            digest.update(f"{kind} {len(data)} ".encode())
            digest.update(data)
        count += 1
    return count, digest.digest()


def _walked(store: PostgresStore) -> int:
    """Walks every chain. Returns how many entries all have.

    Raises:
        StoreError: a number is missing, an envelope is not the one that its hash is of, or the head is
            not the last entry's.
    """
    entries = 0
    for name, head_seq, head_hash in store.rows("SELECT name, head_seq, head_hash FROM station"):
        last, before = 0, envelope.genesis(name)
        question = "SELECT seq, hash, envelope FROM entry WHERE station = ? ORDER BY seq"
        for seq, digest, data in store.each(question, name):
            if seq != last + 1 or not _fits(data, digest, before):
                raise StoreError("store.damaged", f"the chain of {name} breaks at {seq}")
            last, before = seq, digest
        if (last, before) != (head_seq, head_hash):
            raise StoreError("store.damaged", f"the chain of {name} does not end at its head")
        entries += last
    return entries


def _fits(data: bytes | None, digest: bytes, before: bytes) -> bool:
    """Whether an envelope, or its remnant, is the one of that hash and names the one before it."""
    if data is None:
        return True
    try:
        found = envelope.parse(data)
    except Malformed:
        return _fits_without_body(data, before)
    return found.hash == digest and found.header.prev == before


def _fits_without_body(data: bytes, before: bytes) -> bool:
    """Of an envelope whose body was shed the hash is kept beside it."""
    try:
        return remnant.parse(data).header.prev == before
    except Malformed:
        return False
