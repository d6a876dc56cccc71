"""The signed lists, told to a station that asks whether there is a newer one.

The hub judges by a roster from the moment it is loaded, and refuses a station from the moment it is
blocked. A station that went on with older lists would let people record what is refused; so it need
not wait until somebody carries files to it. Of a long list it gets the difference to the one that it
holds, where the hub still knows the lines of that one (ADR 0205).
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Final

from sync.hub.store import list_lines, operators
from sync.hub.store.database import Store
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.inquiry import Done
from sync.wire import list_delta, list_versions
from sync.wire.canonical import Malformed

PART_BYTES: Final = 64 * 1024
"""Of one reply: whole a list would not go through the broker."""

FILES: Final = {
    list_versions.TRUST: "hub.cose",
    list_versions.STATIONS: "stations.cose",
    list_versions.ROSTER: "roster.cose",
    list_versions.DOCUMENTS: "documents.cose",
    list_versions.SETTINGS: "settings.cose",
    list_versions.TEXTS: "texts.cose",
    list_versions.PLACES: "places.cose",
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

    def stamps(self) -> tuple[tuple[int, int], ...]:
        """Differs as soon as one of the lists was replaced."""
        found = []
        for file in FILES.values():
            try:
                stat = (self._folder / file).stat()
            except OSError:
                found.append((0, 0))
            else:
                found.append((stat.st_mtime_ns, stat.st_ino))
        return tuple(found)

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
    delta = _difference(store, asked, data) if asked.delta and asked.version else None
    told = data if delta is None else delta
    part = told[asked.offset : asked.offset + PART_BYTES]
    if not part:
        return Done()
    base = 0 if delta is None else asked.version
    return SignedListPart(asked.name, version, asked.offset, len(told), part, base)


def note_lines(store: Store, name: str, version: int, data: bytes, now: int) -> None:
    """Keeps the digests of the lines of a list that is told from now on. Within a transaction.

    Args:
        store: the registry.
        name: of the list.
        version: of the list.
        data: as it was signed; what is no list has no lines.
        now: milliseconds since 1970.
    """
    hash_ = hashlib.sha256(data).digest()
    if list_lines.is_noted(store, name, version, hash_):
        return
    try:
        digests = list_delta.digests(list_delta.lines(data))
    except Malformed:
        return
    list_lines.note(store, name, version, hash_, digests, now)


def _difference(store: Store, asked: SignedListSince, data: bytes) -> bytes | None:
    """What leads from the version that the station holds to `data`; None where the whole is better."""
    old = list_lines.digests(store, asked.name, asked.version)
    if old is None:
        return None
    try:
        delta = _delta(old, data)
    except Malformed:
        return None
    return delta if len(delta) * 5 < len(data) * 4 else None


@lru_cache(maxsize=32)
def _delta(old: bytes, new: bytes) -> bytes:
    """Many stations come back from the same version, and each asks part by part."""
    return list_delta.make(old, new)
