"""Programs that break one promise on purpose, so that a campaign is known to find it.

`python -m tests.faults.controls CONTROL MODULE ARGUMENTS` runs a module of the product so. What is
broken lies between the program and SQLite; the program itself is the one that is shipped.
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
from collections.abc import Callable
from typing import Any, Final, cast

_EARLY: Final = 12
_STATION, _HUB = "journal.db", "registry.db"


class NotForced(sqlite3.Connection):
    """Does not wait for the disk, and denies it when asked."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if "synchronous" in sql:
            super().execute("PRAGMA synchronous = NORMAL")
            sql = "SELECT 2"
        return super().execute(sql, parameters)


class AnswersEarly(sqlite3.Connection):
    """Says that a transaction is committed, and commits some of them later."""

    _owed = 0
    _skipped = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        word = sql.strip().upper()
        if word.startswith("BEGIN") and self.in_transaction:
            self._skipped = True
            sql = "SELECT 1"
        elif word == "ROLLBACK" and self._skipped:
            self._skipped, sql = False, "SELECT 1"
        elif word == "COMMIT":
            self._skipped = False
            self._owed += 1
            if self._owed % _EARLY:
                sql = "SELECT 1"
        return super().execute(sql, parameters)

    def close(self) -> None:
        if self.in_transaction:
            super().execute("COMMIT")
        super().close()


CONTROLS: Final[dict[str, tuple[str, type[sqlite3.Connection]]]] = {
    "station-normal": (_STATION, NotForced),
    "hub-normal": (_HUB, NotForced),
    "hub-answers-early": (_HUB, AnswersEarly),
}
"""The file whose connections are of another kind, by control."""


def apply(control: str) -> None:
    """From here on this process is broken in that way."""
    where, factory = CONTROLS[control]
    real = cast("Callable[..., sqlite3.Connection]", sqlite3.connect)

    def connect(path: object, *arguments: Any, **options: Any) -> sqlite3.Connection:
        if where in str(path) and "mode=ro" not in str(path):
            options["factory"] = factory
        return real(path, *arguments, **options)

    sqlite3.connect = connect  # type: ignore[assignment]  # a control breaks what it can reach


if __name__ == "__main__":
    apply(sys.argv[1])
    del sys.argv[:2]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
