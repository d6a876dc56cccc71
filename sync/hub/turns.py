"""Whose turn it is: no station takes the places of another, and none asks without end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Hashable
from typing import Final


class Places:
    """How many may wait, of all stations and of each. May be used from any thread."""

    def __init__(self, most: int, most_of_one: int) -> None:
        """With so many places for all together, and of them so many for one station."""
        self._most = most
        self._most_of_one = most_of_one
        self._taken: Counter[str] = Counter()
        self._lock = threading.Lock()

    def take(self, station: str) -> bool:
        """Whether one more of that station may wait."""
        with self._lock:
            full = self._taken.total() >= self._most
            if full or self._taken[station] >= self._most_of_one:
                return False
            self._taken[station] += 1
            return True

    def give_back(self, station: str) -> None:
        """One waits no more."""
        with self._lock:
            self._taken[station] -= 1
            if self._taken[station] <= 0:
                del self._taken[station]


MOST_NAMES: Final = 10_000
"""Names that are counted one by one within a minute, some 3 MB; further ones count together."""


class Pace:
    """How often within a minute. May be used from any thread."""

    def __init__(self, most_names: int = MOST_NAMES) -> None:
        """With so many names at the most: whoever has many addresses fills no memory."""
        self._most_names = most_names
        self._minute = 0
        self._counts: Counter[Hashable] = Counter()
        self._lock = threading.Lock()

    def allows(self, name: Hashable, most: int) -> bool:
        """Whether it is at the most the `most`-th time in this minute under that name."""
        now = int(time.monotonic() // 60)
        with self._lock:
            if now != self._minute:
                self._minute = now
                self._counts.clear()
            if name not in self._counts and len(self._counts) >= self._most_names:
                name = _FURTHER
            self._counts[name] += 1
            return self._counts[name] <= most


_FURTHER: Final = object()


def to_next_minute() -> int:
    """Seconds until `Pace` counts anew."""
    return 60 - int(time.monotonic() % 60)
