"""Connections that read, kept for the next question: to make one costs more than most questions.

A few of a process are kept when they are given back, for a short while. One that the server has ended
meanwhile makes a new connection at its next question, like every reader.
"""

from __future__ import annotations

import atexit
import threading
import time
from typing import Final

from sync.hub.store.connecting import Address
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.server_steps import bring_up_to_date

MOST_IDLE: Final = 8
IDLE_SECONDS: Final = 60.0

_CHECKED_SECONDS: Final = 5.0
"""For so long nobody asks again whether a newer program has changed the tables."""


class Reader(PostgresStore):
    """One that is given back by `close`."""

    def __init__(self, address: Address) -> None:
        """Connects; `borrow` rather takes one that is there.

        Raises:
            StoreError: as `PostgresStore.reader_at`.
        """
        super().__init__(address, is_reader=True)
        self.checked_at = 0.0
        self.since = 0.0

    @property
    def address(self) -> Address:
        """Where it reads."""
        return self._address

    def check(self) -> None:
        """Looks whether the tables are this program's.

        Raises:
            StoreError: `store.missing`, `store.older`, `store.newer` or `store.foreign`.
        """
        now = time.monotonic()
        if not self.checked_at or now - self.checked_at > _CHECKED_SECONDS:
            bring_up_to_date(self, migrate=False)
            self.checked_at = now

    def close(self) -> None:
        """Gives the connection back. The store is not to be used any more."""
        if self._within or self._connection.closed:
            self.end()
        else:
            _IDLE.keep(self)

    def end(self) -> None:
        """Ends the connection."""
        super().close()


class _Idle:
    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: list[Reader] = []

    def take(self, address: Address) -> Reader | None:
        with self._lock:
            found = next((one for one in self._kept if one.address == address), None)
            if found is not None:
                self._kept.remove(found)
            return found

    def keep(self, reader: Reader) -> None:
        """Keeps the newest; those that nobody took for long are ended."""
        reader.since = time.monotonic()
        with self._lock:
            self._kept.insert(0, reader)
            ending = [
                one
                for place, one in enumerate(self._kept)
                if place >= MOST_IDLE or reader.since - one.since > IDLE_SECONDS
            ]
            self._kept = [one for one in self._kept if one not in ending]
        for one in ending:
            one.end()

    def end(self) -> None:
        with self._lock:
            ending, self._kept = self._kept, []
        for one in ending:
            one.end()


_IDLE: Final = _Idle()
atexit.register(_IDLE.end)


def borrow(address: Address) -> Reader:
    """A connection that reads; `close` gives it back.

    Raises:
        StoreError: as `PostgresStore.reader_at`.
    """
    reader = _IDLE.take(address) or Reader(address)
    try:
        reader.check()
    except BaseException:
        reader.end()
        raise
    return reader
