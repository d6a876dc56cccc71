"""The signed lists, told to a station that asks whether there is a newer one.

The hub judges by a roster from the moment it is loaded, and refuses a station from the moment it is
blocked. A station that went on with older lists would let people record what is refused; so it need
not wait until somebody carries files to it.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from sync.hub.store import operators
from sync.hub.store.database import Store
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Done
from sync.wire import list_versions

PART_BYTES: Final = 64 * 1024
"""Of one reply: whole a list would not go through the broker."""

FILES: Final = {
    list_versions.TRUST: "hub.cose",
    list_versions.STATIONS: "stations.cose",
    list_versions.ROSTER: "roster.cose",
    list_versions.DOCUMENTS: "documents.cose",
}
"""Where each list is in the hub's folder of trust."""

SignedList = Callable[[str], tuple[int, bytes] | None]
"""The list of a name as it was signed last, with its version; None where there is none."""


class SignedLists:
    """The signed lists in the hub's folder of trust. For any thread.

    A file is read when it has changed, and not for each part that is told of it.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._held: dict[str, tuple[tuple[int, int, int], tuple[int, bytes] | None]] = {}

    def read(self, name: str) -> tuple[int, bytes] | None:
        """Version and bytes of a list; None where it is not there or is no such list."""
        if name not in FILES:
            return None
        path = self._folder / FILES[name]
        with self._lock:
            try:
                found = path.stat()
                stamp = found.st_mtime_ns, found.st_ino, found.st_size
                held = self._held.get(name)
                if held is not None and held[0] == stamp:
                    return held[1]
                data = path.read_bytes()
            except OSError:
                return None
            version = list_versions.version_of(name, data)
            told = None if version is None else (version, data)
            self._held[name] = stamp, told
            return told

    def versions(self) -> dict[str, int]:
        """Version of each list that is there, for `sync.wire.list_versions`."""
        found = {name: self.read(name) for name in list_versions.NAMES}
        return {name: held[0] for name, held in found.items() if held is not None}


def since(store: Store, asked: SignedListSince, signed: SignedList) -> SignedListPart | Done:
    """The part that is asked for, or `Done` where there is nothing newer, or no such list.

    Of the roster also `Done` between the moment a version is used up and the moment its file is
    there, and for a file that is not the one signed last: the station asks again.

    Args:
        store: the registry.
        asked: what the station holds, and which part it wants.
        signed: gives the lists.
    """
    found = signed(asked.name)
    if found is None or found[0] <= asked.version:
        return Done()
    version, data = found
    if asked.name == list_versions.ROSTER:
        last = operators.version(store)
        if version != last or not operators.is_signed(store, last, hashlib.sha256(data).digest()):
            return Done()
    part = data[asked.offset : asked.offset + PART_BYTES]
    if not part:
        return Done()
    return SignedListPart(asked.name, version, asked.offset, len(data), part)
