"""How a step of the schema is written for both engines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from sqlite_utils import Database

from sync.hub.store import dialect

Value = str | int | bytes | None


class Registry(Protocol):
    """What a step may do with what is kept already; either engine's, within its transaction."""

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        """Every row of a question."""
        ...

    def run(self, statement: str, *values: Value) -> int:
        """A change. Returns how many rows it touched."""
        ...

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """The same change for each of `rows`."""
        ...


@dataclass(frozen=True, slots=True)
class Guard:
    """A trigger that refuses a change.

    Attributes:
        name: of the trigger.
        event: `DELETE` or `UPDATE`.
        table: of the rows.
        message: what is said to whoever tried.
        when: a condition over `OLD` and `NEW`; always, where empty. Compare what may be NULL by `IS
            [NOT] DISTINCT FROM`.
    """

    name: str
    event: str
    table: str
    message: str
    when: str = ""

    def on_sqlite(self) -> tuple[str, ...]:
        """The statement for SQLite."""
        when = f" WHEN {self.when}" if self.when else ""
        return (
            (
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}{when}"
                f" BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            ),
        )

    def on_postgresql(self) -> tuple[str, ...]:
        """The statements for PostgreSQL; what may not be deleted may not be truncated either."""
        refuse = (
            f"RAISE EXCEPTION '{self.message}' USING ERRCODE = 'integrity_constraint_violation';"
        )
        body = f"IF {self.when} THEN {refuse} END IF;" if self.when else refuse
        back = "OLD" if self.event == "DELETE" else "NEW"
        made = (
            (
                f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {body} RETURN {back}; END $$"
            ),
            (
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table}"
                f" FOR EACH ROW EXECUTE FUNCTION {self.name}()"
            ),
        )
        if self.event != "DELETE":
            return made
        return (
            *made,
            (
                f"CREATE OR REPLACE FUNCTION {self.name}_whole() RETURNS trigger LANGUAGE plpgsql AS"
                f" $$ BEGIN {refuse} RETURN NULL; END $$"
            ),
            (
                f"CREATE TRIGGER {self.name}_whole BEFORE TRUNCATE ON {self.table}"
                f" FOR EACH STATEMENT EXECUTE FUNCTION {self.name}_whole()"
            ),
        )


@dataclass(frozen=True, slots=True)
class Unguard:
    """Takes a guard away; mostly to put another in its place."""

    name: str
    table: str

    def on_sqlite(self) -> tuple[str, ...]:
        """The statement for SQLite."""
        return (f"DROP TRIGGER {self.name}",)

    def on_postgresql(self) -> tuple[str, ...]:
        """The statements for PostgreSQL."""
        return (
            f"DROP TRIGGER {self.name} ON {self.table}",
            f"DROP TRIGGER IF EXISTS {self.name}_whole ON {self.table}",
        )


@dataclass(frozen=True, slots=True)
class Each:
    """What has to be said in different words; empty where an engine needs none."""

    sqlite: str
    postgresql: str

    def on_sqlite(self) -> tuple[str, ...]:
        """The statement for SQLite."""
        return (self.sqlite,) if self.sqlite else ()

    def on_postgresql(self) -> tuple[str, ...]:
        """The statement for PostgreSQL."""
        return (self.postgresql,) if self.postgresql else ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the schema. It is never changed once it was released.

    Programs of before go on working beside it, so a step adds: tables, columns with a default,
    indexes; it takes nothing away that they use.

    Attributes:
        name: `m0012_parts`.
        statements: in order; plain ones in the SQL of both engines (`sync.hub.store.dialect`): types
            TEXT, INTEGER, BLOB, tables `STRICT`, numbers that the registry gives as `id INTEGER
            PRIMARY KEY AUTOINCREMENT`.
        change: what it does to what is kept already, after the statements.
    """

    name: str
    statements: tuple[str | Guard | Unguard | Each, ...]
    change: Callable[[Registry], None] | None = None

    def on_sqlite(self) -> list[str]:
        """Its statements for SQLite, in order."""
        return [
            one
            for statement in self.statements
            for one in ((statement,) if isinstance(statement, str) else statement.on_sqlite())
        ]

    def on_postgresql(self) -> list[str]:
        """Its statements for PostgreSQL, in order."""
        return [
            one
            for statement in self.statements
            for one in (
                (dialect.definition(statement),)
                if isinstance(statement, str)
                else statement.on_postgresql()
            )
        ]


def on_sqlite(step: Step) -> Callable[[Database], None]:
    """A step as sqlite-utils runs it, within its transaction."""

    def run(db: Database) -> None:
        for statement in step.on_sqlite():
            db.execute(statement)
        if step.change is not None:
            step.change(_OnSqlite(db))

    return run


class _OnSqlite:
    """`Registry` within a step of SQLite."""

    def __init__(self, db: Database) -> None:
        self._connection = db.conn

    def rows(self, statement: str, *values: Value) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self._connection.execute(statement, values).fetchall()
        return found

    def run(self, statement: str, *values: Value) -> int:
        return int(self._connection.execute(statement, values).rowcount)

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        self._connection.executemany(statement, rows)
