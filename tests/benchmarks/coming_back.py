"""Twenty thousand stations come back at once: a simulation over the product's own functions.

Stations, broker and hub are a discrete-event model; what decides in it is the product: the link's
`Gate`, `retry.delay`, and the hub's `learn`, `choose` and `after_silence`. The hub stores so many
entries a second and a broker passes batches on in order; a batch that waits longer than its station
has patience is sent once more, and the hub works on it for nothing.
"""

from __future__ import annotations

import heapq
import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Final

from sync.edge import retry
from sync.edge.link.admitting import Gate
from sync.edge.link.dispatch import ANSWER_SECONDS, LONGEST_SILENCE_SECONDS
from sync.hub import admitting
from sync.hub.admitting import Steering
from sync.hub.store.admission import MOST_ANNOUNCED, Load
from sync.model.urgency import Urgency
from sync.wire.admission import Admission
from sync.wire.batch import MOST_ITEMS

BROKER_QUEUE: Final = 2000
"""`max_queued_messages` of the broker's settings: what comes above is dropped."""
QUESTION_SECONDS: Final = 0.0004
START: Final = 1_795_694_400_000


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated.

    Attributes:
        stations: how many come back.
        entries: how many entries each has, on average; between half and one and a half of it.
        urgent: the share of stations that have something urgent, at the end of their chains.
        outage: how long they were away, seconds.
        rate: entries that the hub stores in a second.
        reconnect: within how many seconds their connections come back.
        admits: whether they wait for their turn; otherwise all send at once.
    """

    stations: int = 20_000
    entries: int = 900
    urgent: float = 0.01
    outage: float = 3 * 86_400.0
    rate: float = 12_000.0
    reconnect: float = retry.LONGEST_SECONDS
    admits: bool = True
    seed: int = 7


@dataclass(slots=True)
class Result:
    """What came out; seconds since the network came back.

    Attributes:
        urgent_done: when the last urgent entry was stored.
        all_done: when the last entry was stored.
        peak_sending: how many stations sent at the same time, at most.
        peak_queue: how many messages waited in the broker, at most.
        longest_wait: how long a message waited there, at most.
        doubled: how many entries the hub looked at for nothing.
        dropped: how many messages the broker had no room for.
    """

    urgent_done: float = 0.0
    all_done: float = 0.0
    peak_sending: int = 0
    peak_queue: int = 0
    longest_wait: float = 0.0
    doubled: int = 0
    dropped: int = 0


@dataclass(slots=True)
class _Station:
    gate: Gate
    left: int
    is_urgent: bool
    patience: float = ANSWER_SECONDS
    sent: int = 0
    is_sending: bool = False
    waits_for: int = 0


@dataclass(slots=True)
class _World:
    plan: Plan
    chance: random.Random
    result: Result = field(default_factory=Result)
    now: float = 0.0
    events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    queue: deque[tuple[float, _Station, int]] = field(default_factory=deque)
    numbers: count[int] = field(default_factory=count)
    is_working: bool = False
    sending: int = 0
    steering: Steering = field(default_factory=Steering)
    said: Admission | None = None
    announced: int = 0
    waited: float = 0.0
    busy: float = 0.0
    stored: int = 0
    open: int = 0

    def at(self, moment: float, what: Callable[[], None]) -> None:
        heapq.heappush(self.events, (moment, next(self.numbers), what))

    def ms(self) -> int:
        return START + round(self.now * 1000)


def simulate(plan: Plan) -> Result:
    """Lets them all come back. Deterministic for a plan."""
    world = _World(plan, random.Random(plan.seed))
    silent = round(plan.outage * 1000)
    world.steering = admitting.after_silence(Steering(), silent, START)
    _say(world)
    for _ in range(plan.stations):
        chance = random.Random(world.chance.random())
        station = _Station(
            Gate(chance.random, START - silent),
            max(1, round(plan.entries * (0.5 + chance.random()))),
            chance.random() < plan.urgent,
        )
        world.open += 1
        world.at(chance.random() * plan.reconnect, partial(_connect, world, station))
    world.at(admitting.PERIOD_SECONDS, lambda: _look(world))
    while world.open:
        world.now, _, what = heapq.heappop(world.events)
        what()
    return world.result


def _say(world: _World) -> None:
    world.steering = admitting.begin(world.steering, world.announced, world.ms())
    normal, bulk = admitting.choose(world.steering, world.announced, world.ms())
    if not world.plan.admits:
        normal = bulk = 0
    world.said = Admission(
        world.ms(),
        world.ms() + admitting.HOLDS_MILLISECONDS,
        world.steering.begun_at or world.ms(),
        normal,
        bulk,
    )


def _look(world: _World) -> None:
    """The hub looks at its load, as every few seconds."""
    load = Load(
        "hub",
        world.ms(),
        round(admitting.PERIOD_SECONDS * 1000),
        round(world.waited * 1000),
        round(world.busy * 1000),
        world.stored,
    )
    world.waited, world.busy, world.stored = 0.0, 0.0, 0
    world.steering = admitting.learn(world.steering, [load], world.ms())
    _say(world)
    world.at(world.now + admitting.PERIOD_SECONDS, lambda: _look(world))


def _connect(world: _World, station: _Station) -> None:
    """It is back, asks where the hub stands, and says how much it has."""
    station.gate.came_back(world.now)
    station.gate.answered(world.now, world.ms())
    world.announced += min(station.left, MOST_ANNOUNCED)
    world.busy += QUESTION_SECONDS
    _turn(world, station)


def _turn(world: _World, station: _Station) -> None:
    """Sends, or looks again when its turn may have come: the link looks every five seconds."""
    if world.said is not None:
        station.gate.told(world.said)
    urgency = Urgency.URGENT if station.is_urgent else Urgency.NORMAL
    moment = station.gate.opens_at(world.now, urgency, station.left)
    if moment is None:
        station.is_sending = True
        world.sending += 1
        world.result.peak_sending = max(world.result.peak_sending, world.sending)
        _send(world, station)
    else:
        world.at(max(world.now + 0.01, min(moment, world.now + 5)), lambda: _turn(world, station))


def _send(world: _World, station: _Station) -> None:
    """One batch to the broker, and patience."""
    station.sent += 1
    number = station.sent
    if len(world.queue) < BROKER_QUEUE:
        world.queue.append((world.now, station, number))
        world.result.peak_queue = max(world.result.peak_queue, len(world.queue))
        _work(world)
    else:
        world.result.dropped += 1
    world.at(world.now + station.patience, lambda: _expired(world, station, number))


def _expired(world: _World, station: _Station, number: int) -> None:
    if station.left and station.sent == number:
        station.patience = min(station.patience * 2, LONGEST_SILENCE_SECONDS)
        _send(world, station)


def _work(world: _World) -> None:
    """The hub takes the next message, if there is one and it is free."""
    if world.is_working or not world.queue:
        return
    came, station, number = world.queue.popleft()
    waited = world.now - came
    world.waited = max(world.waited, waited)
    world.result.longest_wait = max(world.result.longest_wait, waited)
    entries = min(MOST_ITEMS, station.left) or MOST_ITEMS
    seconds = entries / world.plan.rate
    world.is_working = True
    world.busy += seconds
    world.at(world.now + seconds, lambda: _done(world, station, number, entries))


def _done(world: _World, station: _Station, number: int, entries: int) -> None:
    """Stored and answered, or known already."""
    world.is_working = False
    if number != station.sent or not station.left:
        world.result.doubled += entries
    else:
        station.left -= entries
        world.stored += entries
        world.announced -= entries
        station.patience = ANSWER_SECONDS
        if station.left:
            _send(world, station)
        else:
            station.sent += 1
            world.sending -= 1
            world.open -= 1
            world.result.all_done = world.now
            if station.is_urgent:
                world.result.urgent_done = world.now
    _work(world)


def main() -> None:
    """Prints what happens with and without turns."""
    for admits in (False, True):
        found = simulate(Plan(admits=admits))
        print(
            f"BENCH coming-back {'turns' if admits else 'all-at-once'}"
            f" urgent={found.urgent_done:.0f}s all={found.all_done:.0f}s"
            f" sending={found.peak_sending} queue={found.peak_queue}"
            f" waited={found.longest_wait:.1f}s doubled={found.doubled} dropped={found.dropped}"
        )


if __name__ == "__main__":
    main()
