"""Looks after the store and its disk while nothing else is to be done, and says what is wrong."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from sync.edge import trouble
from sync.edge.storage_wear import StorageWear, Wear
from sync.edge.store import Rebuilt, Store

LOOK_SECONDS: Final = 300.0
ENTRIES_LOST: Final = "store.entries-lost"
"""Entries were lost with a damaged store, and the hub does not hold them either."""


class StorageWatch:
    """The care for one store.

    Args:
        store: the store; `look` reads on in it, a small piece at each call.
        wear: of its disk.
        monotonic: seconds.
    """

    def __init__(
        self,
        store: Store,
        *,
        wear: StorageWear | None = None,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._wear = wear or StorageWear(store.folder)
        self._monotonic = monotonic
        self._looked_at = float("-inf")
        self._known = Wear()
        self._read_to = 0

    def look(self) -> None:
        """One step: an end of the journal is read, and the disk is asked every five minutes."""
        now = self._monotonic()
        if now - self._looked_at >= LOOK_SECONDS:
            self._looked_at = now
            self._known = self._wear.look()
        found = self._store.look_further(self._read_to)
        self._read_to = found if isinstance(found, int) else 0

    def percent(self) -> int | None:
        """How much of the disk's life is used up; None where it does not tell."""
        return self._known.percent

    def codes(self) -> tuple[str, ...]:
        """What is wrong with store or disk, by failure code."""
        found = list(self._known.codes)
        rebuilt = self._store.rebuilt()
        if isinstance(rebuilt, Rebuilt):
            if rebuilt.waits:
                found.append(trouble.REBUILT)
            if rebuilt.lost_in_all:
                found.append(ENTRIES_LOST)
        return tuple(found)
