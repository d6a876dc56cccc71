"""Connections for reading that are kept: to a server each costs as much as a hundred questions."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeVar

from sync.hub.store.database import Row, Store, StoreError, Value

T = TypeVar("T")

KEPT_SECONDS: Final = 60.0
"""Then it is opened anew, which finds out that a newer program has changed the registry."""


class Readers:
    """One connection a thread. `lend` from any thread; `close` when no thread asks any more."""

    def __init__(
        self,
        open_reader: Callable[[], Store],
        *,
        kept_seconds: float = KEPT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Set it up.

        Args:
            open_reader: opens one; raises `StoreError`.
            kept_seconds: how long one is used.
            clock: seconds that never go back.
        """
        self._open_reader = open_reader
        self._kept_seconds = kept_seconds
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: dict[int, tuple[Store, float]] = {}

    def lend(self) -> Store:
        """This thread's connection, to be closed like any other: it stays.

        Raises:
            StoreError: it cannot be opened.
        """
        thread, now = threading.get_ident(), self._clock()
        with self._lock:
            kept = self._kept.get(thread)
            if kept is not None and now - kept[1] > self._kept_seconds:
                del self._kept[thread]
        if kept is not None and now - kept[1] <= self._kept_seconds:
            return _Lent(kept[0], self._lost)
        if kept is not None:
            kept[0].close()
        made = self._open_reader()
        with self._lock:
            self._kept[thread] = made, now
        return _Lent(made, self._lost)

    def close(self) -> None:
        """Closes all of them."""
        with self._lock:
            kept, self._kept = self._kept, {}
        for store, _ in kept.values():
            store.close()

    def _lost(self) -> None:
        """This thread's connection has failed: the next question opens another."""
        with self._lock:
            kept = self._kept.pop(threading.get_ident(), None)
        if kept is not None:
            kept[0].close()


class _Lent(Store):
    """A connection that is closed by whoever keeps it."""

    def __init__(self, store: Store, lost: Callable[[], None]) -> None:
        self._store = store
        self._lost = lost

    def close(self) -> None:
        """It stays."""

    def rows(self, statement: str, *values: Value) -> list[Row]:
        """Every row of a question."""
        return self._asked(lambda: self._store.rows(statement, *values))

    def row(self, statement: str, *values: Value) -> Row | None:
        """The first row of a question, or None."""
        return self._asked(lambda: self._store.row(statement, *values))

    def rows_among(self, beginning: str, values: Sequence[Value]) -> list[Row]:
        """Every row of a question that ends in `IN`."""
        return self._asked(lambda: self._store.rows_among(beginning, values))

    def run(self, statement: str, *values: Value) -> int:
        """A change, which the engine refuses."""
        return self._asked(lambda: self._store.run(statement, *values))

    def run_many(self, statement: str, rows: Sequence[Sequence[Value]]) -> None:
        """Changes, which the engine refuses."""
        self._asked(lambda: self._store.run_many(statement, rows))

    def transaction(
        self, *, of: str | None = None, deciding: str | None = None
    ) -> AbstractContextManager[None]:
        """As of the connection."""
        return self._store.transaction(of=of, deciding=deciding)

    def snapshot(self) -> AbstractContextManager[None]:
        """Several questions that see the same moment."""
        return self._store.snapshot()

    def scrub(self) -> bool:
        """As of the connection."""
        return self._asked(self._store.scrub)

    def claim(self, what: str) -> bool:
        """As of the connection."""
        return self._asked(lambda: self._store.claim(what))

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except StoreError:
            self._lost()
            raise
