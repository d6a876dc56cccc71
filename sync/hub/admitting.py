"""How fast stations may come back: the hub looks at its own load and says so at the broker.

What stations still have to send is known: each one that comes back asks first where the hub stands,
and says where its own chain ends. Divided by what the hub stores in a second that is how long it
takes at best, and over so long the stations are to spread themselves; what has gone by of an outage's
end counts as well, so that they come evenly. What is not known, from disks
to networks, shows in how long messages waited before they were taken: while that is too long the
rate at which stations come is halved, and while it is short it grows step by step (additive increase,
multiplicative decrease, as in TCP; RFC 5681, 3.1).

After silence, of the hub itself or of all stations, nobody has said yet what will come. For that
while the window is the one that a station would choose by itself, and it fades.

Each process of the hub reports what it sees; the one that leads says what follows.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from sync.hub.log_events import Event, log
from sync.hub.store import admission as kept
from sync.hub.store.admission import Load
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.model.urgency import Urgency
from sync.wire import admission
from sync.wire.admission import LONGEST_WINDOW_SECONDS, Admission
from sync.wire.signer import Signer

PERIOD_SECONDS: Final = 5.0
HOLDS_MILLISECONDS: Final = 15 * 60 * 1000
"""So long does a message hold: a hub that is gone does not go on steering."""
RENEW_MILLISECONDS: Final = 5 * 60 * 1000

FIRST_RATE: Final = 2000.0
"""Entries a second that a hub is taken to store until it has seen what it does."""
LATE_MILLISECONDS: Final = 3000
"""A message that waited longer is too late: its station gives it up after fifteen seconds."""
EARLY_MILLISECONDS: Final = 1000
ENOUGH: Final = 200
"""From so many entries a process knows how long it works on one."""
SHORT_SECONDS: Final = 5.0
"""What takes no longer altogether needs no windows."""
LEAST_SHARE: Final = 1 / 16
STEP: Final = 0.02
HALVED_MILLISECONDS: Final = 15_000
"""So long it takes until it shows that fewer stations come."""
FADES_SECONDS: Final = 900.0
QUIET_MILLISECONDS: Final = 10 * 60 * 1000
"""Silence of all stations for longer than that is an outage, or a night."""
_BULK: Final = 2
_SMOOTHING: Final = 0.2
_FRESH_MILLISECONDS: Final = 12_000


@dataclass(frozen=True, slots=True)
class Steering:
    """What the hub has learnt.

    Attributes:
        rate: entries a second that it stores when it has enough to do.
        share: the rate at which stations are let in, of the best that the hub could take.
        halved_at: when it was halved last, milliseconds since 1970.
        begun_at: since when there is more to come than a moment's work; 0 while there is not.
        floor: the window after silence, seconds.
        floor_at: when it began to fade, milliseconds since 1970.
    """

    rate: float = FIRST_RATE
    share: float = 1.0
    halved_at: int = 0
    begun_at: int = 0
    floor: float = 0.0
    floor_at: int = 0


def after_silence(steering: Steering, silent: int, now: int) -> Steering:
    """What is right when it was silent for so many milliseconds and may be over."""
    if silent < QUIET_MILLISECONDS:
        return steering
    floor = admission.own_window(Urgency.NORMAL, silent / 1000)
    return replace(steering, floor=floor, floor_at=now)


def learn(steering: Steering, loads: list[Load], now: int) -> Steering:
    """What follows from what the processes saw."""
    if not loads:
        return steering
    waited = max(load.waited for load in loads)
    share, halved_at = steering.share, steering.halved_at
    if waited > LATE_MILLISECONDS and now - halved_at >= HALVED_MILLISECONDS:
        share, halved_at = max(share / 2, LEAST_SHARE), now
    elif waited < EARLY_MILLISECONDS:
        share = min(share + STEP, 1.0)
    # A few entries come in small messages, and say nothing of what long journals cost.
    seen = [load for load in loads if load.stored >= ENOUGH and load.busy]
    rate = steering.rate
    if seen:
        can = sum(load.stored / load.busy * 1000 for load in seen) * len(loads) / len(seen)
        rate += _SMOOTHING * (can - rate)
    return replace(steering, rate=rate, share=share, halved_at=halved_at)


def begin(steering: Steering, announced: int, now: int) -> Steering:
    """When the windows begin: with the outage's end, and no more once all have come."""
    if announced / steering.rate <= SHORT_SECONDS and _floor(steering, now) <= 0:
        return replace(steering, begun_at=0)
    return replace(steering, begun_at=steering.begun_at or now)


def choose(steering: Steering, announced: int, now: int) -> tuple[int, int]:
    """The windows, normal and bulk, in seconds, for so many entries that are still to come."""
    if not steering.begun_at:
        return 0, 0
    gone = max(0.0, (now - steering.begun_at) / 1000)
    needed = announced / steering.rate / steering.share
    floor = _floor(steering, now)
    normal = round(max(gone + needed, floor))
    bulk = round(max(gone + needed * _BULK, floor * _BULK))
    return min(normal, LONGEST_WINDOW_SECONDS), min(bulk, LONGEST_WINDOW_SECONDS)


def _is_about(window: int, before: int) -> bool:
    """Whether a window is so near to the one before that it is not worth a message to all."""
    return (window == 0) == (before == 0) and abs(window - before) <= before // 10


def _floor(steering: Steering, now: int) -> float:
    age = max(0.0, (now - steering.floor_at) / 1000)
    return steering.floor * max(0.0, 1 - age / FADES_SECONDS)


class Meter:
    """What one process sees of the load; for any thread."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._since = monotonic()
        self._waited = 0.0
        self._busy = 0.0
        self._stored = 0

    def took(self, stored: int, busy: float, waited: float) -> None:
        """A message was taken: entries stored, seconds worked, seconds waited before."""
        with self._lock:
            self._stored += stored
            self._busy += busy
            self._waited = max(self._waited, waited)

    def read(self, process: str, now: int) -> Load:
        """What was seen since it was read last."""
        with self._lock:
            at = self._monotonic()
            load = Load(
                process,
                now,
                max(1, round((at - self._since) * 1000)),
                round(self._waited * 1000),
                round(self._busy * 1000),
                self._stored,
            )
            self._since, self._waited, self._busy, self._stored = at, 0.0, 0.0, 0
            return load


@dataclass(frozen=True, slots=True)
class Voice:
    """How the hub says it.

    Attributes:
        process: a name for this process among the hub's.
        steers: whether this process is the one that says it, asked at each look.
        signer: the hub's key.
        retain: retains a message at the broker.
    """

    process: str
    steers: Callable[[], bool]
    signer: Signer
    retain: Callable[[bytes], None]


class Admitting:
    """Reports and steers, in a thread of its own."""

    def __init__(
        self,
        voice: Voice,
        meter: Meter,
        writer: Writer,
        clock: Callable[[], int],
        period: float = PERIOD_SECONDS,
    ) -> None:
        """Set it up; `run` works.

        Args:
            voice: who says it, and how.
            meter: what this process sees.
            writer: changes the registry.
            clock: milliseconds since 1970.
            period: seconds between two looks.
        """
        self._voice = voice
        self._meter = meter
        self._writer = writer
        self._clock = clock
        self._period = period
        self._steering = Steering()
        self._heard_at: int | None = None
        self._was_quiet = True
        self._said: Admission | None = None
        self._stopping = threading.Event()

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        while True:
            try:
                said = self._writer.look(self.step)
            except StoreError as error:
                log(Event.ADMISSION_WAITS, error=error.code)
            else:
                if said is not None:
                    self._voice.retain(admission.sign(said, self._voice.signer))
            if self._stopping.wait(self._period):
                return

    def step(self, store: Store) -> Admission | None:
        """One look, in the writer's thread; what is to be said, None where nothing new is.

        Raises:
            StoreError: the registry cannot be used.
        """
        now = self._clock()
        load = self._meter.read(self._voice.process, now)
        is_quiet = not load.stored and not load.busy
        if not (is_quiet and self._was_quiet):
            with store.transaction():
                kept.report(store, load)
        self._was_quiet = is_quiet
        if not self._voice.steers():
            return None
        return self._steer(store, now)

    def _steer(self, store: Store, now: int) -> Admission | None:
        before = kept.windows(store)
        heard = kept.last_heard(store)
        if self._heard_at is None:
            self._steering = after_silence(self._steering, now - heard if heard else 0, now)
        elif self._heard_at and heard > self._heard_at:
            self._steering = after_silence(self._steering, heard - self._heard_at, now)
        self._heard_at = heard
        self._steering = learn(self._steering, kept.loads(store, now - _FRESH_MILLISECONDS), now)
        normal, bulk = before.normal, before.bulk
        if not before.is_set:
            announced, stations = kept.announced(store)
            self._steering = begin(self._steering, announced, now)
            chosen = choose(self._steering, announced, now)
            if not _is_about(chosen[0], before.normal):
                normal, bulk = chosen
                with store.transaction():
                    kept.steer(store, normal, bulk, now)
                    kept.forget_loads(store, now - HOLDS_MILLISECONDS)
                log(Event.ADMISSION, normal=normal, bulk=bulk, waiting=announced, stations=stations)
        last = self._said
        if (
            last is not None
            and (last.normal, last.bulk) == (normal, bulk)
            and 0 <= now - last.at < RENEW_MILLISECONDS
        ):
            return None
        since = self._steering.begun_at or now
        self._said = Admission(now, now + HOLDS_MILLISECONDS, since, normal, bulk)
        return self._said
