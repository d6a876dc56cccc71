"""Which registry it is: a name by chance that changes when the registry is put back to a copy.

A copy gives positions of the feed again that stations were told before, for other changes. So name
and highest position that was ever told lie beside the keys, outside the database: a registry that
at the start has not come so far is a copy, and gets another name. Whoever was told nothing that the
copy does not hold needs none.
"""

from __future__ import annotations

import json
import os
import secrets
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

FILE: Final = "feed.json"
"""In the folder of the hub's keys. Deleted, the next start makes another name: what to do where it
was put back together with the registry."""

EPOCH_BYTES: Final = 16


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
