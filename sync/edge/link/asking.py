"""Carries what the window asks of the hub, and what the hub replies; neither can be read here."""

from __future__ import annotations

from typing import Final

from sync.edge.clock import StationClock
from sync.edge.link.pipe import Pipe
from sync.edge.log_events import Event, log
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role, WakeUp
from sync.wire import topics

EXPIRY_SECONDS: Final = 30
MOST_BYTES: Final = 256 * 1024
_AT_ONCE: Final = 8


class Asking:
    """Questions of the window on their way. What is lost, the window asks again."""

    def __init__(self, station: str, store: Store, wake: WakeUp, clock: StationClock) -> None:
        self._topic = topics.asks(station)
        self._store = store
        self._wake = wake
        self._clock = clock
        self._may_have = True

    def look(self) -> None:
        """There may be questions: the window rang, or some time has gone by."""
        self._may_have = True

    def send(self, pipe: Pipe) -> None:
        """Sends what is asked over an open connection, a few at a time."""
        if not self._may_have:
            return
        found = self._store.questions.to_send(now=self._clock.now_ms(), most=_AT_ONCE)
        if isinstance(found, StoreTrouble):
            self._may_have = False
            log(Event.STORE, code=found.code)
            return
        self._may_have = len(found) == _AT_ONCE
        if not found:
            return
        refusal = self._store.questions.sent([number for number, _ in found])
        if refusal is not None:
            self._may_have = False
            log(Event.STORE, code=refusal.code)
            return
        for _, data in found:
            pipe.publish(self._topic, data, expiry=EXPIRY_SECONDS)
        log(Event.ASKED, count=len(found))

    def arrived(self, payload: bytes) -> None:
        """Leaves a reply for the window and rings."""
        if len(payload) > MOST_BYTES:
            log(Event.FOREIGN, size=len(payload))
            return
        refusal = self._store.questions.arrived(payload, now=self._clock.now_ms())
        if refusal is not None:
            log(Event.STORE, code=refusal.code)
            return
        self._wake.ring(Role.WINDOW)
        log(Event.REPLIED, size=len(payload))
