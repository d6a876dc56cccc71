"""The schema of a server's registry: which steps are done, and doing the others."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from sync.hub.migrations import LATER, STEPS
from sync.hub.migrations.baseline import BASELINE, UPTO
from sync.hub.store.database import Row, StoreError, Value


class Server(Protocol):
    """What of `PostgresStore` is needed for it."""

    def schema(self) -> str:
        """The schema of the tables."""
        ...

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""
        ...

    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""
        ...

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`."""
        ...

    def define(self, statements: str) -> None:
        """Changes of the schema, in PostgreSQL's own words."""
        ...

    def transaction_of_steps(self) -> AbstractContextManager[None]:
        """Alone among those that bring the schema up to date."""
        ...


def bring_up_to_date(store: Server, *, migrate: bool) -> None:
    """Makes the tables, or what is missing of them.

    Args:
        store: on the server.
        migrate: else only looks.

    Raises:
        StoreError: `store.missing` or `store.older` where it only looks; `store.newer` or
            `store.foreign`.
    """
    store.schema()
    missing = steps_missing(store)
    if missing == ():
        return
    if not migrate:
        if missing is None:
            raise StoreError("store.missing", "run `python -m sync.hub init` first")
        raise StoreError("store.older", "start the hub once, it brings the registry up to date")
    with store.transaction_of_steps():
        missing = steps_missing(store)
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


def steps_missing(store: Server) -> tuple[str, ...] | None:
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
