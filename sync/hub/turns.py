"""Whose turn it is: no station takes the places of another, and none asks without end."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Hashable
from dataclasses import dataclass


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


@dataclass(slots=True)
class _Minute:
    number: int
    count: int


class Pace:
    """How often within a minute. May be used from any thread."""

    def __init__(self) -> None:
        self._minutes: dict[Hashable, _Minute] = {}
        self._lock = threading.Lock()

    def allows(self, name: Hashable, most: int) -> bool:
        """Whether it is at the most the `most`-th time in this minute under that name."""
        now = int(time.monotonic() // 60)
        with self._lock:
            minute = self._minutes.setdefault(name, _Minute(now, 0))
            if minute.number != now:
                minute.number, minute.count = now, 0
            minute.count += 1
            return minute.count <= most


def to_next_minute() -> int:
    """Seconds until `Pace` counts anew."""
    return 60 - int(time.monotonic() % 60)
