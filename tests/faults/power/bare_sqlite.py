"""A bare SQLite table in each of its modes: what the harness says of them is known already.

Block devices whose cache was lost, sixty images each, gave the same: WAL with FULL and DELETE with
EXTRA lose nothing; DELETE with FULL loses the last row, because nobody syncs the folder after the
journal's name is removed; WAL with NORMAL loses many; OFF may lose the file.
"""

from __future__ import annotations

import argparse
import sqlite3
import sys
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.emulated.power.told import tell
from tests.faults.power.campaign import Subject, keeps

MODES: Final = {
    "wal-full": ("WAL", "FULL"),
    "delete-extra": ("DELETE", "EXTRA"),
    "delete-full": ("DELETE", "FULL"),
    "wal-normal": ("WAL", "NORMAL"),
    "delete-off": ("DELETE", "OFF"),
}
DURABLE: Final = frozenset({"wal-full", "delete-extra"})

_FILE = "rows.db"


def subject(mode: str, rows: int = 40) -> Subject:
    """That mode under power cuts."""

    def command(folder: Path, seed: int) -> Sequence[str]:
        del seed
        module = [sys.executable, "-m", "tests.faults.power.bare_sqlite"]
        return [*module, "--folder", str(folder), "--rows", str(rows), "--mode", mode]

    return keeps(f"bare SQLite {mode}", command, survived)


def survived(folder: Path) -> set[str]:
    """The rows that are there."""
    with closing(sqlite3.connect(folder / _FILE)) as database:
        (verdict,) = database.execute("PRAGMA integrity_check").fetchone()
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)
        return {str(row[0]) for row in database.execute("SELECT name FROM item")}


def main() -> int:
    """Stores rows, each told of when it is committed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--mode", choices=MODES, required=True)
    arguments = parser.parse_args()
    journal, synchronous = MODES[arguments.mode]
    database = sqlite3.connect(arguments.folder / _FILE, isolation_level=None)
    with closing(database):
        database.execute(f"PRAGMA journal_mode = {journal}")
        database.execute(f"PRAGMA synchronous = {synchronous}")
        database.execute("CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, body BLOB)")
        for number in range(arguments.rows):
            name = f"row-{number}"
            database.execute("INSERT INTO item (name, body) VALUES (?, ?)", (name, bytes(1500)))
            tell(name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
