"""A few at a time, in the order in which they came."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager


class NoTurnError(Exception):
    """Too many wait already, or the wait was too long."""


class Turns:
    """Lets so many at once do something, and the others wait: whoever came first is next.

    A semaphore of the standard library wakes whom it likes, so one who does the same thing over and
    over leaves somebody waiting for ever.
    """

    def __init__(self, places: int, most_waiting: int | None = None) -> None:
        """Set it up.

        Args:
            places: so many at once.
            most_waiting: one more is turned away at once; None: nobody is.
        """
        self._lock = threading.Lock()
        self._free = places
        self._most_waiting = most_waiting
        self._waiting: deque[threading.Event] = deque()

    @contextmanager
    def turn(self, patience: float | None = None) -> Iterator[None]:
        """Waits for a place, up to `patience` seconds, and holds it.

        Raises:
            NoTurnError: there was none in time, or too many wait already.
        """
        self._take(patience)
        try:
            yield
        finally:
            self._leave()

    def _take(self, patience: float | None) -> None:
        with self._lock:
            if self._free:  # nobody waits while a place is free
                self._free -= 1
                return
            if self._most_waiting is not None and len(self._waiting) >= self._most_waiting:
                raise NoTurnError
            mine = threading.Event()
            self._waiting.append(mine)
        try:
            if mine.wait(patience):
                return
        except BaseException:
            if self._give_up(mine):
                self._leave()
            raise
        if not self._give_up(mine):
            raise NoTurnError

    def _give_up(self, mine: threading.Event) -> bool:
        """Waits no more. Returns whether the place had been given meanwhile."""
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def _leave(self) -> None:
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._free += 1
