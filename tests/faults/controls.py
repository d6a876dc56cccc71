"""Programs that break one promise on purpose, so that a campaign is known to find it.

`python -m tests.faults.controls CONTROL MODULE ARGUMENTS` runs a module of the product so. What is
broken lies between the program and SQLite; the program itself is the one that is shipped.
"""

from __future__ import annotations

import runpy
import sqlite3
import sys
import time
from collections.abc import Callable
from typing import Any, Final, cast

_EARLY: Final = 12
_QUIET_SECONDS: Final = 0.02
_STATION, _HUB = "journal.db", "registry.db"


class NotForced(sqlite3.Connection):
    """Does not wait for the disk, and denies it when asked."""

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        if "synchronous" in sql:
            super().execute("PRAGMA synchronous = NORMAL")
            sql = "SELECT 2"
        return super().execute(sql, parameters)


class AnswersEarly(sqlite3.Connection):
    """Says that a transaction is committed, and commits some of them later, or in a quiet moment."""

    _owed = 0
    _since = 0.0
    _within = False
    _looks = False

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        word = sql.strip().upper()
        late = self._owed and time.monotonic() - self._since > _QUIET_SECONDS
        if self.in_transaction and not self._within and word.startswith("SELECT") and late:
            self._commit()
        if word.startswith("BEGIN"):
            self._within, self._looks = True, word == "BEGIN"
            if self.in_transaction:
                sql = "SELECT 1"
        elif word == "ROLLBACK" and self._looks:
            self._within = False
            sql = "SELECT 1" if self._owed else sql
        elif word == "COMMIT":
            self._within = False
            self._since = self._since if self._owed else time.monotonic()
            self._owed += 1
            if self._owed < _EARLY:
                sql = "SELECT 1"
            else:
                self._owed = 0
        return super().execute(sql, parameters)

    def close(self) -> None:
        if self.in_transaction:
            self._commit()
        super().close()

    def _commit(self) -> None:
        self._owed = 0
        super().execute("COMMIT")


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
