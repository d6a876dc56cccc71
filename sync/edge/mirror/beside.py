"""The station's undecided acts once more, in a small file beside the mirror, under the same key.

The mirror can be fetched anew, but not what the hub has not got yet: the journal's bodies are sealed
to the hub. So where the mirror is damaged, or another one takes its place, these are put on top of
the new one. What cannot be kept here only costs that.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from sync.edge.mirror import form
from sync.edge.mirror.keeping import awaits_letters
from sync.edge.mirror.schema import BROKEN
from sync.model.counter import CounterAct
from sync.model.reconciliation import Stamp
from sync.wire.receipt import Refused

ENDING: Final = ".acts"

_TABLE: Final = """
    CREATE TABLE IF NOT EXISTS act (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        operation_id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        version INTEGER NOT NULL,
        plain BLOB NOT NULL,
        booked_at INTEGER NOT NULL,
        station TEXT NOT NULL,
        printed INTEGER NOT NULL DEFAULT 0,
        code TEXT,
        remedy TEXT NOT NULL DEFAULT ''
    ) STRICT
"""


@dataclass(frozen=True, slots=True, repr=False)
class Kept:
    """An act that may have to be put on top again.

    Attributes:
        printed: its letters are out of the printer.
        refused: what the hub said, where it did and has not told of it in a dispute yet.
    """

    act: CounterAct
    when: Stamp
    printed: bool
    refused: Refused | None


class Beside:
    """The file of one mirror. The mirror's lock for writing guards it."""

    def __init__(self, path: Path, key: bytes) -> None:
        """Open it; one that cannot be used gives way to a new one.

        Args:
            path: of the mirror.
            key: of the mirror.
        """
        self._path = path.with_name(path.name + ENDING)
        self._raw = _opened(self._path, key)
        if self._raw is None:
            delete(path)
            self._raw = _opened(self._path, key)

    def close(self) -> None:
        """Close it."""
        if self._raw is not None:
            self._raw.close()

    def kept(self) -> tuple[Kept, ...]:
        """What is kept, in the order of recording."""
        if self._raw is None:
            return ()
        found = []
        with suppress(*BROKEN):
            for row in self._raw.execute(
                "SELECT kind, version, plain, operation_id, booked_at, station, printed, code,"
                " remedy FROM act ORDER BY seq"
            ):
                with suppress(form.Unreadable):
                    act = form.act_from(*row[:3])
                    if act is not None:
                        refused = None if row[7] is None else Refused(row[7], remedy=row[8])
                        found.append(Kept(act, Stamp(*row[3:6]), bool(row[6]), refused))
        return tuple(found)

    def keep(self, act: CounterAct, when: Stamp) -> None:
        """Keep an act; a second time it changes nothing. Returns after it is on the disk."""
        self._run(
            "INSERT OR IGNORE INTO act"
            " (kind, version, plain, operation_id, booked_at, station, printed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                *form.act_to(act),
                when.operation_id,
                when.booked_at,
                when.station,
                int(not awaits_letters(act)),
            ),
        )

    def printed(self, operation_id: str) -> None:
        """Its letters are out of the printer."""
        self._run("UPDATE act SET printed = 1 WHERE operation_id = ?", (operation_id,))

    def refused(self, operation_id: str, outcome: Refused) -> None:
        """The hub refused it: kept until the hub's own dispute has come."""
        self._run(
            "UPDATE act SET code = ?, remedy = ? WHERE operation_id = ?",
            (outcome.code, outcome.remedy, operation_id),
        )

    def let_go(self, operation_id: str) -> None:
        """The hub holds it, or has told of it."""
        self._run("DELETE FROM act WHERE operation_id = ?", (operation_id,))

    def _run(self, statement: str, values: tuple[object, ...]) -> None:
        if self._raw is not None:
            with suppress(*BROKEN):
                self._raw.execute(statement, values)


def delete(path: Path) -> None:
    """Deletes the file of the mirror at `path`."""
    for ending in ("", "-wal", "-shm", "-journal"):
        with suppress(OSError):
            path.with_name(path.name + ENDING + ending).unlink(missing_ok=True)


def _opened(path: Path, key: bytes) -> sqlcipher.Connection | None:
    raw = sqlcipher.connect(str(path), isolation_level=None, check_same_thread=False, timeout=10.0)
    try:
        raw.execute("PRAGMA cipher_log_level = NONE")
        raw.execute(f"PRAGMA key = \"x'{key.hex()}'\"")
        raw.execute("PRAGMA temp_store = MEMORY")
        raw.execute("PRAGMA synchronous = FULL")
        raw.execute("PRAGMA secure_delete = ON")
        raw.execute("PRAGMA trusted_schema = OFF")
        raw.execute(_TABLE)
    except BROKEN:
        raw.close()
        return None
    except BaseException:
        raw.close()
        raise
    return raw
