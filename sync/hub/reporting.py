"""What stations say of themselves, kept as it comes: the last report of each, several at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable

from sync.hub.door import Delivery
from sync.hub.log_events import Event, log
from sync.hub.store import health
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire.canonical import Malformed
from sync.wire.health import decode


class Reports:
    """Takes health reports from the door and hands them to the writer.

    They are hints and may be lost; while the writer is busy they gather, the newest of each station,
    and go in one transaction.
    """

    def __init__(self, writer: Writer, clock: Callable[[], int]) -> None:
        self._writer = writer
        self._clock = clock
        self._lock = threading.Lock()
        self._gathered: dict[str, bytes] = {}

    def heard(self, delivery: Delivery) -> None:
        """A report came; in the door's thread."""
        try:
            decode(delivery.payload)
        except Malformed as error:
            log(Event.HEALTH_UNREADABLE, station=delivery.station, code=error.code)
            return
        with self._lock:
            is_first = not self._gathered
            self._gathered[delivery.station] = delivery.payload
        if is_first:
            self._writer.submit(self._keep)

    def _keep(self, store: Store) -> None:
        """In the writer's thread."""
        with self._lock:
            gathered, self._gathered = self._gathered, {}
        try:
            with store.transaction():
                for station, report in sorted(gathered.items()):
                    health.keep(store, station, report, self._clock())
        except StoreError:
            return  # the next report comes in minutes
