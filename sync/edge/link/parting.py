"""Sends parts that travel apart: piece by piece, when no operation waits.

First the hub is asked how far it holds a part, and it goes on from there. One piece is on its way at
a time, so that an operation that is recorded meanwhile waits for no more than that. What is whole is
asked after now and then, until a backup has it and it can be destroyed here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sync.edge import retry
from sync.edge.link.pipe import Pipe
from sync.edge.log_events import Event, log
from sync.edge.store import Store
from sync.edge.store.parts import KeptPart
from sync.edge.trouble import StoreTrouble
from sync.wire import parts, topics
from sync.wire.parts import PIECE_BYTES, PartAnswer, Piece

EXPIRY_SECONDS: Final = 60
ANSWER_SECONDS: Final = 60.0
LATER_SECONDS: Final = 300.0
ASK_SECONDS: Final = 1800.0


class Parting:
    """The parts of one station on their way. Moments are seconds of a monotonic clock."""

    def __init__(self, station: str, store: Store, draw: Callable[[], float]) -> None:
        self._topic = topics.parts(station)
        self._station = station
        self._store = store
        self._draw = draw
        self._part: KeptPart | None = None
        self._data = b""
        self._is_open = False
        self._deadline: float | None = None
        self._not_before = 0.0
        self._failures = 0
        self._later: dict[bytes, float] = {}
        self._to_ask: list[KeptPart] = []
        self._ask_at = 0.0

    def connected(self) -> None:
        """A new connection: nothing is on its way."""
        self._deadline, self._not_before, self._failures = None, 0.0, 0
        self._let_go()

    def send(self, pipe: Pipe, now: float, *, up_to: int) -> None:
        """Sends the next piece, if the last one was answered; entries up to `up_to` are held."""
        if self._deadline is not None:
            if now < self._deadline:
                return
            self._deadline = None
            self._failures += 1
            self._let_go()
            self._not_before = now + retry.delay(self._failures, self._draw())
        if now < self._not_before:
            return
        piece = self._next(now, up_to)
        if piece is None:
            self._not_before = now + 1.0  # the store is looked into no more often than that
            return
        pipe.publish(self._topic, parts.pack(piece), expiry=EXPIRY_SECONDS)
        self._deadline = now + ANSWER_SECONDS

    def arrived(self, answer: PartAnswer, now: float) -> None:
        """The hub said how far it holds a part."""
        if answer.station != self._station:
            return
        part = self._part
        if part is None or answer.digest != part.digest:
            return
        self._deadline, self._failures, self._not_before = None, 0, now
        held = part.size if answer.is_complete else min(answer.held, part.size)
        refusal = None
        if answer.is_secured:
            refusal = self._store.parts.secured(part.digest)
        elif held != part.held:
            refusal = self._store.parts.held(part.digest, held)
        if refusal is not None:
            log(Event.STORE, code=refusal.code)
        if answer.trouble is not None:
            log(Event.PART_REFUSED, seq=part.seq, code=answer.trouble)
            self._later[part.digest] = now + LATER_SECONDS
            self._let_go()
        elif answer.is_complete:
            log(Event.PART_HELD, seq=part.seq, size=part.size)
            self._let_go()
        elif self._data:
            self._is_open = True
            self._part = part._replace(held=held)
        else:
            self._let_go()  # a hub that was put back to a copy: it is sent in its turn

    def _next(self, now: float, up_to: int) -> Piece | None:
        part = self._part or self._choose(now, up_to)
        if part is None:
            return self._question(now)
        if not self._is_open:  # how far is it held?
            return Piece(part.digest, part.held, b"")
        return Piece(part.digest, part.held, self._data[part.held : part.held + PIECE_BYTES])

    def _choose(self, now: float, up_to: int) -> KeptPart | None:
        found = self._store.parts.to_send(up_to)
        if isinstance(found, StoreTrouble):
            log(Event.STORE, code=found.code)
            return None
        for part in found:
            if self._later.get(part.digest, 0.0) > now:
                continue
            data = self._store.parts.data(part)
            if isinstance(data, StoreTrouble):
                log(Event.STORE, code=data.code)
                return None
            if len(data) != part.size:
                log(Event.DAMAGED, seq=part.seq)
                self._later[part.digest] = now + ASK_SECONDS
                continue
            self._part, self._data = part, data
            return part
        return None

    def _question(self, now: float) -> Piece | None:
        """Asks after what is whole, each part once in a while."""
        if not self._to_ask and now >= self._ask_at:
            self._ask_at = now + ASK_SECONDS
            found = self._store.parts.to_ask()
            self._to_ask = [] if isinstance(found, StoreTrouble) else found
        if not self._to_ask:
            return None
        self._part = self._to_ask.pop(0)
        return Piece(self._part.digest, self._part.size, b"")

    def _let_go(self) -> None:
        self._part, self._data, self._is_open = None, b"", False
