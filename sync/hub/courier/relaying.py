"""What stations pass on for neighbours: the same door, where only signatures count."""

from __future__ import annotations

from collections.abc import Callable

from sync.hub import ingest
from sync.hub.courier.taking import UNKNOWN_STATION, Took
from sync.hub.device_ca import office
from sync.hub.door import Delivery
from sync.hub.ingest import Ingest
from sync.hub.log_events import Event, log
from sync.hub.store import chains
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire import relayed
from sync.wire.canonical import Malformed
from sync.wire.relayed import Relayed


class Relaying:
    """Takes messages that came through a neighbour, and answers through it.

    Args:
        ingest: takes messages.
        writer: the thread that writes to the registry.
        answer: sends the answer and lets go of the message (`Door.answer`).
        took: told of each message that was taken, in the writer's thread.
    """

    def __init__(
        self,
        ingest: Ingest,
        writer: Writer,
        answer: Callable[[Delivery, bytes | None], None],
        took: Took,
    ) -> None:
        self._ingest = ingest
        self._writer = writer
        self._answer = answer
        self._took = took

    def receive(self, delivery: Delivery) -> None:
        """In the link's thread; must not block."""
        try:
            found = relayed.read(delivery.payload)
        except Malformed as error:
            log(Event.RELAY_REFUSED, station=delivery.station, code=error.code)
            self._answer(delivery, None)
            return
        if not relayed.may_pass(delivery.station, found.station):
            log(Event.RELAY_REFUSED, station=delivery.station, code="relayed.comune")
            self._answer(delivery, None)
            return
        self._writer.submit(lambda store: self._take(store, delivery, found))

    def _take(self, store: Store, delivery: Delivery, found: Relayed) -> None:
        """In the writer's thread."""
        try:
            stopped = _stopped(store, delivery.station)
            if stopped is not None:
                log(Event.RELAY_REFUSED, station=delivery.station, code=stopped)
                self._answer(delivery, None)
                return
            message = ingest.read(found.data)
            ingested = self._ingest.take(store, found.station, message, in_own_name=False)
        except Exception as error:  # noqa: BLE001  one message must not stop the others
            word = error.code if isinstance(error, StoreError) else type(error).__name__
            log(Event.RELAY_REFUSED, station=delivery.station, code=word)
            self._answer(delivery, None)
            return
        self._answer(delivery, relayed.pack(Relayed(found.station, ingested.acknowledgement)))
        self._took(store, found.station, ingested)


def _stopped(store: Store, by: str) -> str | None:
    """Why a station may pass nothing on: it is not enrolled, blocked or revoked. None: it may."""
    return UNKNOWN_STATION if chains.station(store, by) is None else office.trouble(store, by)
