"""Stores that others use to keep messages until they are delivered, behind one small port.

Each is used as it comes, with the settings that its makers ship. As a program it stores items under
the recorder of power cuts, and tells of each when the store has said that it is stored:

    python -m tests.benchmarks.peer_stores --peer litequeue --folder FOLDER --items N
"""

from __future__ import annotations

import argparse
import base64
import logging
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import Any, Final, Protocol

from tests.emulated.power.told import tell

ITEM_BYTES: Final = 1500
BATCH: Final = 50

_TRACE: Final = 5


class PeerStore(Protocol):
    """A store that is open."""

    def put(self, item: bytes) -> None:
        """Stores one item; returns when the store says that it is stored."""

    def drain(self, most: int) -> int:
        """Takes at most so many and lets them go as delivered; how many."""

    def close(self) -> None:
        """Ends it as its makers mean it to end."""


class BareTable:
    """A table of SQLite, WAL and FULL, and a row that says up to where it was delivered."""

    def __init__(self, folder: Path) -> None:
        self._raw = sqlite3.connect(folder / "rows.db", isolation_level=None)
        self._raw.execute("PRAGMA journal_mode = WAL")
        self._raw.execute("PRAGMA synchronous = FULL")
        self._raw.execute("CREATE TABLE IF NOT EXISTS item (seq INTEGER PRIMARY KEY, body BLOB)")
        self._raw.execute("CREATE TABLE IF NOT EXISTS mark (up_to INTEGER)")
        if self._raw.execute("SELECT count(*) FROM mark").fetchone() == (0,):
            self._raw.execute("INSERT INTO mark VALUES (0)")

    def put(self, item: bytes) -> None:
        self._raw.execute("INSERT INTO item (body) VALUES (?)", (item,))

    def drain(self, most: int) -> int:
        (up_to,) = self._raw.execute("SELECT up_to FROM mark").fetchone()
        taken = self._raw.execute(
            "SELECT seq, body FROM item WHERE seq > ? ORDER BY seq LIMIT ?", (up_to, most)
        ).fetchall()
        if taken:
            self._raw.execute("UPDATE mark SET up_to = ?", (taken[-1][0],))
        return len(taken)

    def close(self) -> None:
        self._raw.close()


class PersistQueue:
    """persist-queue: `SQLiteAckQueue`, or `SQLiteQueue`, which forgets what it hands out."""

    def __init__(self, folder: Path, *, acknowledges: bool) -> None:
        import persistqueue  # noqa: PLC0415  the program of one peer needs no other

        self._acknowledges = acknowledges
        kind = persistqueue.SQLiteAckQueue if acknowledges else persistqueue.SQLiteQueue
        self._queue: Any = kind(str(folder / "queue"), auto_commit=True)

    def put(self, item: bytes) -> None:
        self._queue.put(item)

    def drain(self, most: int) -> int:
        for done in range(most):
            if self._queue.empty():
                return done
            item = self._queue.get(block=False)
            if self._acknowledges:
                self._queue.ack(item)
        return most

    def close(self) -> None:
        self._queue.close()


class LiteQueue:
    """litequeue, which sets `synchronous=NORMAL`."""

    def __init__(self, folder: Path) -> None:
        import litequeue  # noqa: PLC0415  as above

        self._queue: Any = litequeue.LiteQueue(str(folder / "queue.db"))

    def put(self, item: bytes) -> None:
        self._queue.put(base64.b64encode(item).decode())

    def drain(self, most: int) -> int:
        for done in range(most):
            message = self._queue.pop()
            if message is None:
                return done
            self._queue.done(message.message_id)
        return most

    def close(self) -> None:
        self._queue.close()


class ThingsBoard:
    """The event storage of ThingsBoard's gateway, in files or in SQLite, as it is shipped."""

    def __init__(self, folder: Path, *, in_files: bool) -> None:
        from thingsboard_gateway.storage.file.file_event_storage import (  # noqa: PLC0415  as above
            FileEventStorage,
        )
        from thingsboard_gateway.storage.sqlite.sqlite_event_storage import (  # noqa: PLC0415
            SQLiteEventStorage,
        )

        place = f"{folder / 'data'}/"
        if in_files:
            shipped: dict[str, object] = {
                "data_folder_path": place,
                "max_file_count": 10,
                "max_read_records_count": 10,
                "max_records_per_file": 10_000,
            }
            self._storage: Any = FileEventStorage(shipped, _logger(), Event())
        else:
            shipped = {
                "data_file_path": place,
                "messages_ttl_check_in_hours": 1,
                "messages_ttl_in_days": 7,
                "max_read_records_count": 1000,
            }
            self._storage = SQLiteEventStorage(shipped, _logger(), Event())

    def put(self, item: bytes) -> None:
        if not self._storage.put(base64.b64encode(item).decode()):
            raise OSError("the storage takes no more")

    def drain(self, most: int) -> int:
        del most  # it says itself how many
        taken = self._storage.get_event_pack()
        if taken:
            self._storage.event_pack_processing_done()
        return len(taken)

    def close(self) -> None:
        self._storage.stop()


PEERS: Final[Mapping[str, Callable[[Path], PeerStore]]] = {
    "bare SQLite table": BareTable,
    "persist-queue SQLiteAckQueue": lambda folder: PersistQueue(folder, acknowledges=True),
    "persist-queue SQLiteQueue": lambda folder: PersistQueue(folder, acknowledges=False),
    "litequeue": LiteQueue,
    "ThingsBoard Gateway sqlite": lambda folder: ThingsBoard(folder, in_files=False),
    "ThingsBoard Gateway file": lambda folder: ThingsBoard(folder, in_files=True),
}


def item(number: int) -> bytes:
    """The `number`-th item, which says so."""
    return f"item-{number} ".encode().ljust(ITEM_BYTES, b".")


def survived(peer: str, folder: Path) -> set[str]:
    """The items that a store still holds, read from its files: opening it may change them.

    Raises:
        sqlite3.Error: a database is damaged or not there.
    """
    if peer == "ThingsBoard Gateway file":
        files = sorted((folder / "data").glob("data_*"))
        lines = [line for file in files for line in file.read_bytes().splitlines()]
        return _names(base64.b64decode(line, validate=False) for line in lines)
    pattern, table, column = _TABLES[peer]
    found: list[bytes] = []
    for file in sorted(folder.glob(pattern)):
        with closing(sqlite3.connect(file)) as database:
            rows = database.execute(f"SELECT {column} FROM {table}").fetchall()  # noqa: S608
        found += [row[0] if isinstance(row[0], bytes) else str(row[0]).encode() for row in rows]
    return _names(_plain(one) for one in found)


_TABLES: Final = {
    "bare SQLite table": ("rows.db", "item", "body"),
    "persist-queue SQLiteAckQueue": ("queue/*.db", "ack_queue_default", "data"),
    "persist-queue SQLiteQueue": ("queue/*.db", "queue_default", "data"),
    "litequeue": ("queue.db", "Queue", "data"),
    "ThingsBoard Gateway sqlite": ("data/*.db", "messages", "message"),
}


def _plain(stored: bytes) -> bytes:
    """What was put, out of how the store keeps it: as it is, pickled, or in base 64."""
    if b"item-" in stored:
        return stored[stored.index(b"item-") :]
    return base64.b64decode(stored, validate=False)


def _names(items: Iterable[bytes]) -> set[str]:
    return {one.split(b" ", 1)[0].decode(errors="replace") for one in items}


def _logger() -> Any:
    """A logger with the level that the gateway adds to Python's."""
    logger: Any = logging.getLogger("tests.peer")
    logger.setLevel(logging.CRITICAL)
    logger.trace = lambda message, *values: logger.log(_TRACE, message, *values)
    return logger


def main() -> int:
    """Stores items and tells of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", choices=PEERS, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--items", type=int, required=True)
    arguments = parser.parse_args()
    store = PEERS[arguments.peer](arguments.folder)
    for number in range(arguments.items):
        store.put(item(number))
        tell(f"item-{number}")
        time.sleep(0.005)  # as people come, one after the other: nobody stores in bursts
    store.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
