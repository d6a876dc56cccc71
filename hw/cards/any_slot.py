"""Works with the card in any of several slots, within a time, whatever the cards do.

A call into a card cannot be cancelled: PC/SC waits as long as the reader does, and its service may
hang as well. So the slots are looked for on one thread and each is read on another, which is left
behind where its card is mute; it ends when the card is pulled, and until then its slot alone is
taken. Every other thread ends with its time, so they cannot gather.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Final, Generic, TypeAlias, TypeVar

from hw.errors import DeviceTrouble, TroubleKind
from hw.ports import CardChannel, CardSlot

Found = TypeVar("Found")
"""What is wanted of a card; anything but a `DeviceTrouble`."""
Task: TypeAlias = Callable[[CardChannel, str], Found | DeviceTrouble]
"""What is done with a powered card, in the reader of that name."""
FindSlots: TypeAlias = Callable[[], Sequence[CardSlot] | DeviceTrouble]
"""Gives the slots in which a card lies now."""
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "card.absent")
_SERVICE_HANGS: Final = DeviceTrouble(
    TroubleKind.ABSENT, "reader.service-absent", (("reason", "no answer"),)
)
_ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "card.abandoned")
_UNRESPONSIVE: Final = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
_LEAST_TELLING: Final = ("card.not-health-card", "card.unresponsive", "reader.busy")
_SETTLED: Final = frozenset({"card.abandoned", "card.unresponsive"})


class AnySlot(Generic[Found]):
    """Does a task with all cards at once; the first card with which it succeeds counts."""

    def __init__(self, find_slots: FindSlots, seconds: float, task: Task[Found]) -> None:
        """Take the slots from `find_slots` at each reading, which takes at most `seconds`."""
        self._find_slots = find_slots
        self._task = task
        self._seconds = seconds
        self._lock = threading.Lock()
        self._waiting: set[_Reading[Found]] = set()
        self._searching = threading.Lock()
        self._taken: dict[str, threading.Lock] = {}
        self._names: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the readers in which a card lay when last looked at."""
        return self._names

    def read(self) -> Found | DeviceTrouble:
        """Do the task.

        Returns:
            What the task gave, or trouble: `card.absent` where no slot holds a card,
            `card.abandoned`, `card.unresponsive` where the time is over, or the task's own.
        """
        gathered = self._gather(enough=1)
        if isinstance(gathered, DeviceTrouble):
            return gathered
        found, troubles = gathered
        return found[0] if found else min(troubles, key=_rank, default=_ABSENT)

    def read_sole(self, several: DeviceTrouble) -> Found | DeviceTrouble:
        """Do the task with every card, for when nobody may choose between two.

        Waits for all of them, or for the time to be over: a card that is mute delays it.

        Returns:
            What the task gave for the only card with which it succeeded; `several` where it did
            with more; or trouble as `read`.
        """
        gathered = self._gather(enough=2)
        if isinstance(gathered, DeviceTrouble):
            return gathered
        found, troubles = gathered
        if len(found) > 1:
            return several
        return found[0] if found else min(troubles, key=_rank, default=_ABSENT)

    def read_every(self, reader: str = "") -> tuple[Found, ...] | DeviceTrouble:
        """Do the task with every card; waits for all of them, or for the time to be over.

        Args:
            reader: name of the only reader that is touched; empty for all.

        Returns:
            What the task gave where it succeeded, maybe nothing; or trouble that is not a card's:
            `card.abandoned`, `reader.absent`, `reader.service-absent`.
        """
        gathered = self._gather(enough=None, reader=reader)
        return gathered if isinstance(gathered, DeviceTrouble) else tuple(gathered[0])

    def abandon(self) -> None:
        """Make every `read` under way return `card.abandoned` now."""
        with self._lock:
            waiting = tuple(self._waiting)
        for reading in waiting:
            reading.over.set()
            reading.outcomes.put(_ABANDONED)

    def _gather(
        self, *, enough: int | None, reader: str = ""
    ) -> tuple[list[Found], list[DeviceTrouble]] | DeviceTrouble:
        reading = _Reading(time.monotonic() + self._seconds, self._task)
        with self._lock:
            self._waiting.add(reading)
        try:
            return self._gather_in(reading, enough, reader)
        finally:
            reading.over.set()
            with self._lock:
                self._waiting.discard(reading)

    def _gather_in(
        self, reading: _Reading[Found], enough: int | None, reader: str
    ) -> tuple[list[Found], list[DeviceTrouble]] | DeviceTrouble:
        """What the cards gave, as soon as it is enough, and their troubles."""
        slots = self._occupied(reading)
        if isinstance(slots, DeviceTrouble):
            return slots
        self._names = tuple(slot.name for slot in slots)
        slots = [slot for slot in slots if reader in {"", slot.name}]
        for slot in slots:
            with self._lock:
                taken = self._taken.setdefault(slot.name, threading.Lock())
            _start(reading.run, slot, taken, name=f"card-reading-{slot.name}")
        found: list[Found] = []
        troubles: list[DeviceTrouble] = []
        while len(found) + len(troubles) < len(slots) and len(found) != enough:
            try:
                outcome = reading.outcomes.get(timeout=reading.seconds_left())
            except Empty:
                troubles.append(_UNRESPONSIVE)
                break
            if not isinstance(outcome, DeviceTrouble):
                found.append(outcome)
            elif outcome == _ABANDONED:
                return outcome
            else:
                troubles.append(outcome)
        return found, troubles

    def _occupied(self, reading: _Reading[Found]) -> Sequence[CardSlot] | DeviceTrouble:
        """The slots with a card, or trouble where the service does not answer in time."""
        found: SimpleQueue[Sequence[CardSlot] | DeviceTrouble] = SimpleQueue()

        def search() -> None:
            if self._searching.acquire(timeout=reading.seconds_left()):
                try:
                    found.put(self._find_slots())
                finally:
                    self._searching.release()

        _start(search, name="card-slots")
        try:
            return found.get(timeout=reading.seconds_left())
        except Empty:
            return _SERVICE_HANGS


class _Reading(Generic[Found]):
    """One call of `read`, shared with the threads that work for it."""

    def __init__(self, deadline: float, task: Task[Found]) -> None:
        self.outcomes: SimpleQueue[Found | DeviceTrouble] = SimpleQueue()
        self._task = task
        self.over = threading.Event()
        self._deadline = deadline

    def seconds_left(self) -> float:
        return max(0.0, self._deadline - time.monotonic())

    def run(self, slot: CardSlot, taken: threading.Lock) -> None:
        """Read `slot` once nobody else does, and put what came of it."""
        if not taken.acquire(timeout=self.seconds_left()):
            self.outcomes.put(_UNRESPONSIVE)
            return
        try:
            self.outcomes.put(_ABANDONED if self.over.is_set() else self._read(slot))
        finally:
            taken.release()

    def _read(self, slot: CardSlot) -> Found | DeviceTrouble:
        channel = slot.connect()
        if isinstance(channel, DeviceTrouble):
            return channel
        try:
            outcome = self._task(_StoppableChannel(channel, self.over), slot.name)
            if isinstance(outcome, DeviceTrouble) and outcome.code not in _SETTLED:
                # Drivers hand on half an answer of a card that is pulled while it speaks, and the
                # first two bytes of many an answer (6F .., 62 ..) look like a refusal.
                outcome = channel.loss() or outcome
        finally:
            channel.close()
        return outcome


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


def _start(work: Callable[..., None], *arguments: object, name: str) -> None:
    """Run `work` on a thread that does not keep the program from ending."""
    threading.Thread(target=work, args=arguments, name=name, daemon=True).start()


def _rank(trouble: DeviceTrouble) -> int:
    """Of several cards' troubles, that of the likeliest health card is told."""
    code = trouble.code
    return -_LEAST_TELLING.index(code) if code in _LEAST_TELLING else -len(_LEAST_TELLING)
