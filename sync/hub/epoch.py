"""Which registry it is: a name by chance that changes when the registry is put back to a copy.

A copy gives positions of the feed again that stations were told before, for other changes. So name
and highest position that was ever told lie beside the keys, outside the database: a registry that
at the start has not come so far is a copy, and gets another name. Whoever was told nothing that the
copy does not hold needs none.

Of a registry on a server many processes tell, on many machines. Its name is what the server says of
itself: it changes when a copy takes the server's place, and with the tables.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

from sync.hub.settings import HubSettings
from sync.hub.store import feed
from sync.hub.store.database import Store
from sync.hub.store.postgresql import PostgresStore

FILE: Final = "feed.json"
"""In the folder of the hub's keys. Deleted, the next start makes another name: what to do where it
was put back together with the registry."""

EPOCH_BYTES: Final = 16


class Naming(Protocol):
    """Says which registry it is."""

    def name_at(self, reader: Store) -> bytes:
        """Its name at this moment; 16 bytes."""
        ...

    def told(self, position: int) -> None:
        """Keep that a station is about to be told of a position."""
        ...


def of(settings: HubSettings, store: Store) -> Naming:
    """How the registry of these settings is named.

    Raises:
        OSError: the file cannot be written.
    """
    if settings.registry.url:
        return ServerEpoch()
    with store.snapshot():
        end = feed.end(store)
    return Epoch(settings.keys_dir / FILE, end)


class ServerEpoch:
    """By the server's own word: which server, which of its histories, which tables.

    A standby that takes over begins another history (PostgreSQL 26.3, timelines): mirrors are then
    filled anew, whether something was lost with the old server or not. A machine that was put back to
    a snapshot begins none and knows nothing of it: `begin_another` is for that.
    """

    def name_at(self, reader: Store) -> bytes:
        """Its name at this moment. Asks the server."""
        row = reader.row(
            "SELECT CAST((SELECT system_identifier FROM pg_control_system()) AS TEXT),"
            " substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8),"
            " CAST(CAST('entry' AS regclass) AS oid),"
            " coalesce(obj_description(CAST('entry' AS regclass), 'pg_class'), '')"
        )
        return hashlib.sha256(repr(row).encode()).digest()[:EPOCH_BYTES]

    def told(self, position: int) -> None:
        """Nothing to keep."""


def begin_another(settings: HubSettings, store: Store) -> None:
    """Gives the registry another name, where nothing but a person knows that it is a copy.

    Of one in a file no hub may be running, which would go on with the name that it has read.

    Raises:
        StoreError: it cannot be given.
        OSError: likewise.
    """
    if isinstance(store, PostgresStore):
        with store.transaction():
            store.define(f"COMMENT ON TABLE entry IS '{secrets.token_hex(EPOCH_BYTES)}'")
    else:
        (settings.keys_dir / FILE).unlink(missing_ok=True)


class Epoch:
    """Name and highest position that was told. May be used from several threads."""

    def __init__(
        self, path: Path, end: int, random: Callable[[int], bytes] = secrets.token_bytes
    ) -> None:
        """Read it, or make it anew.

        Args:
            path: the file.
            end: the last position that the registry has given.
            random: gives so many random bytes.

        Raises:
            OSError: the file cannot be written.
        """
        self._path = path
        self._lock = threading.Lock()
        kept = _read(path)
        if kept is None or kept[1] > end:
            self.name = random(EPOCH_BYTES)
            self._told = end
            self._write(end)
        else:
            self.name, self._told = kept

    def name_at(self, _reader: Store) -> bytes:
        """Its name."""
        return self.name

    def told(self, position: int) -> None:
        """Keep that a station is about to be told of a position. Returns when it is on the disk.

        Raises:
            OSError: it cannot be kept, so it must not be told.
        """
        with self._lock:
            if position > self._told:
                self._write(position)
                self._told = position

    def _write(self, position: int) -> None:
        kept = {"epoch": self.name.hex(), "told": position}
        _replace(self._path, json.dumps(kept).encode())


def _read(path: Path) -> tuple[bytes, int] | None:
    """What is kept; None where there is nothing, or nothing that can be read."""
    try:
        kept = json.loads(path.read_bytes())
        name, told = bytes.fromhex(kept["epoch"]), kept["told"]
    except (OSError, ValueError, TypeError, KeyError):
        return None
    return (name, told) if len(name) == EPOCH_BYTES and isinstance(told, int) else None


def _replace(path: Path, content: bytes) -> None:
    """The whole new content or the whole old one, after a power cut too."""
    fresh = path.with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
