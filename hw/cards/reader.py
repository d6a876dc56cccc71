"""Reads the health card in any of several slots, within a time, whatever the cards do.

A call into a card cannot be cancelled: PC/SC waits as long as the reader does, and its service may
hang as well. So the slots are looked for on one thread and each is read on another, which is left
behind where its card is mute; it ends when the card is pulled, and until then its slot alone is
taken.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from hw.cards.ts_cns import read_health_card
from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel, CardSlot
from hw.readings import HealthCardReading

Outcome: TypeAlias = HealthCardReading | DeviceTrouble
FindSlots: TypeAlias = Callable[[], Sequence[CardSlot] | DeviceTrouble]
"""Gives the slots in which a card lies now."""
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "card.absent")
_SERVICE_HANGS: Final = DeviceTrouble(
    TroubleKind.ABSENT, "reader.service-absent", (("reason", "no answer"),)
)
_ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "card.abandoned")
_UNRESPONSIVE: Final = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
_LEAST_TELLING: Final = ("card.not-health-card", "card.unresponsive", "reader.busy")
_MISTAKABLE: Final = frozenset({TroubleKind.PROTOCOL, TroubleKind.DAMAGED})
"""Troubles that a card gives which is pulled while it speaks: drivers hand on half an answer."""


class AnySlotReader:
    """Implements `HealthCardReader` over all slots at once; the first health card counts."""

    def __init__(self, find_slots: FindSlots, seconds: float) -> None:
        """Take the slots from `find_slots` at each reading, which takes at most `seconds`."""
        self._find_slots = find_slots
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: set[_Reading] = set()
        self._threads: dict[str, threading.Thread] = {}
        self._search: threading.Thread | None = None

    def read(self) -> Outcome:
        """Read the card.

        Returns:
            The reading, or trouble: `card.absent` where no slot holds a card, `card.abandoned`,
            `card.unresponsive` where the time is over, or what `read_health_card` found.
        """
        reading = _Reading()
        with self._lock:
            self._waiting.add(reading)
        try:
            return self._read(reading)
        finally:
            reading.over.set()
            with self._lock:
                self._waiting.discard(reading)

    def abandon(self) -> None:
        """Make every `read` under way return `card.abandoned` now."""
        with self._lock:
            waiting = tuple(self._waiting)
        for reading in waiting:
            reading.over.set()
            reading.outcomes.put(_ABANDONED)

    def _read(self, reading: _Reading) -> Outcome:
        deadline = time.monotonic() + self._seconds
        slots = self._occupied()
        if isinstance(slots, DeviceTrouble):
            return slots
        if not slots:
            return _ABSENT
        for slot in slots:
            self._start(slot, reading)
        troubles: list[DeviceTrouble] = []
        while len(troubles) < len(slots):
            try:
                outcome = reading.outcomes.get(timeout=max(0.0, deadline - time.monotonic()))
            except Empty:
                troubles.append(_UNRESPONSIVE)
                break
            if isinstance(outcome, HealthCardReading) or outcome == _ABANDONED:
                return outcome
            troubles.append(outcome)
        return min(troubles, key=_rank)

    def _occupied(self) -> Sequence[CardSlot] | DeviceTrouble:
        """The slots with a card, or trouble where the service does not answer in time."""
        found: SimpleQueue[Sequence[CardSlot] | DeviceTrouble] = SimpleQueue()
        search = threading.Thread(
            target=lambda: found.put(self._find_slots()), name="card-slots", daemon=True
        )
        with self._lock:
            if self._search is not None and self._search.is_alive():
                return _SERVICE_HANGS
            self._search = search
            search.start()
        try:
            return found.get(timeout=self._seconds)
        except Empty:
            return _SERVICE_HANGS

    def _start(self, slot: CardSlot, reading: _Reading) -> None:
        """Read `slot` on its own thread, unless an earlier reading still hangs in it."""
        with self._lock:
            earlier = self._threads.get(slot.name)
            if earlier is not None and earlier.is_alive():
                # Its card was mute a moment ago; pulling the card frees the slot.
                reading.outcomes.put(_UNRESPONSIVE)
                return
            thread = threading.Thread(
                target=reading.run, args=(slot,), name=f"card-reading-{slot.name}", daemon=True
            )
            self._threads[slot.name] = thread
            thread.start()


class _Reading:
    """One call of `read`, shared with the threads that work for it."""

    def __init__(self) -> None:
        self.outcomes: SimpleQueue[Outcome] = SimpleQueue()
        self.over = threading.Event()

    def run(self, slot: CardSlot) -> None:
        channel = slot.connect()
        if isinstance(channel, DeviceTrouble):
            self.outcomes.put(channel)
            return
        try:
            outcome = read_health_card(_StoppableChannel(channel, self.over))
            if isinstance(outcome, DeviceTrouble) and outcome.kind in _MISTAKABLE:
                outcome = channel.loss() or outcome
        finally:
            channel.close()
        self.outcomes.put(outcome)


class _StoppableChannel:
    """A channel that sends nothing more once nobody waits for the answer."""

    def __init__(self, channel: CardChannel, over: threading.Event) -> None:
        self._channel = channel
        self._over = over

    def transmit(self, command: bytes) -> bytes | DeviceTrouble:
        return _ABANDONED if self._over.is_set() else self._channel.transmit(command)

    def loss(self) -> DeviceTrouble | None:
        return self._channel.loss()

    def close(self) -> None:
        self._channel.close()


def _rank(trouble: DeviceTrouble) -> int:
    """Of several cards' troubles, that of the likeliest health card is told."""
    code = trouble.code
    return -_LEAST_TELLING.index(code) if code in _LEAST_TELLING else -len(_LEAST_TELLING)
