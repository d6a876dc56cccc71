"""Makes everything fail at random while people register, and counts whether a promise was broken.

One station, one hub, real processes. Each cut is a `kill -9` or SIGSTOP of the recorder, the link,
the broker, the hub or the whole station, a network or a broker at its worst, a disk that is full or
fails, or a calendar that jumps. When all is well again and the outbox is empty, every number that a
person was told must be in the hub's registry exactly once, in the order of the journal and under
the station's signature, the hub's chain must have no hole, and nobody may have raised an alarm.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sync.edge import station
from sync.edge.outbox import Outbox
from sync.edge.store import JournalEntry
from sync.edge.trouble import StoreTrouble
from sync.hub import settings
from sync.hub.store import alarms, chains, opening, registrations
from sync.wire import envelope
from tests.emulated.network import Weather
from tests.emulated.power.recording import Fault, Faults
from tests.emulated.services import Service, wait_until
from tests.emulated.shifted_clock import ShiftedClock
from tests.faults.ground import STATION, Ground, Told, begin, ground
from tests.workbench.pki import Site
from tests.workbench.vaults import open_store

_DRAIN_SECONDS = 180.0
_SERVED_SECONDS = 120.0
_HOUR: Final = 3600
_JUMPS: Final = (-2 * _HOUR, -30 * 24 * _HOUR, _HOUR, 24 * _HOUR, -20_000 * 24 * _HOUR)
_RARE: Final = frozenset({"connections half-open"})
"""What takes a keep-alive of a minute to notice: in long campaigns, one in twenty rounds."""
_DESERVED: Final = frozenset({"ingest.failed"})
"""What a hub must say when its disk takes nothing more."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a campaign found; `broken` is empty when every promise held.

    Attributes:
        cuts: how many were made, and `kinds` of which kind; messages that were lost, doubled or
            late count there too.
        told: how many people were told a number.
        refusals: what people were told instead, by code.
        ended: processes that ended by themselves and were started again, by name.
    """

    cuts: int
    told: int
    broken: tuple[str, ...]
    kinds: Mapping[str, int] = field(default_factory=dict)
    refusals: Mapping[str, int] = field(default_factory=dict)
    ended: Mapping[str, int] = field(default_factory=dict)


class Cuts:
    """Everything that can be done to a ground, by name."""

    def __init__(self, on: Ground, dice: random.Random) -> None:
        self._on = on
        self._dice = dice
        self.deeds: dict[str, Callable[[], None]] = {}
        for one in on.services:
            self.deeds[f"kill -9 of the {_part(one)}"] = self._killing(one)
            self.deeds[f"SIGSTOP of the {_part(one)}"] = self._freezing(one)
        self.deeds |= {
            "kill -9 of the whole station": self._station_killed,
            "kill -9 of broker and hub": self._centre_killed,
            "broker restarted with what it kept": lambda: self._restart_broker(keeps=True),
            "network cut": self._network_cut,
            "connections severed": on.network.sever,
            "connections half-open": on.network.half_open,
            "messages lost after PUBACK": self._weather(Weather(lost=0.3)),
            "messages doubled": self._weather(Weather(doubled=0.5)),
            "messages late and out of order": self._weather(Weather(late=0.6)),
        }
        if on.postgres is not None:
            self.deeds["kill -9 of PostgreSQL"] = self._server_killed
        disks = {"station's": on.station_disk, "hub's": on.hub_disk}
        if on.postgres is not None:
            del disks["hub's"]  # it stores nothing itself
        for whose, disk in disks.items():
            self.deeds[f"{whose} disk full"] = self._disk(disk, Fault.FULL)
            self.deeds[f"{whose} disk fails to sync"] = self._disk(disk, Fault.SYNC_FAILS)
            self.deeds[f"{whose} disk fails to write"] = self._disk(disk, Fault.WRITE_FAILS)
            self.deeds[f"{whose} process dies at a sync"] = self._disk(disk, Fault.KILL_AT_SYNC)
        for whose, clock in (("station's", on.station_clock), ("hub's", on.hub_clock)):
            self.deeds[f"{whose} calendar jumps"] = self._jumping(clock, whose == "hub's")

    def order(self) -> list[str]:
        """The names of one round, shuffled."""
        names = [name for name in self.deeds if name not in _RARE or self._dice.random() < 0.05]
        self._dice.shuffle(names)
        return names

    def _rest(self, most: float = 0.4) -> None:
        time.sleep(self._dice.uniform(0.0, most))

    def _killing(self, one: Service) -> Callable[[], None]:
        def deed() -> None:
            one.kill()
            self._rest()
            begin(one)

        return deed

    def _freezing(self, one: Service) -> Callable[[], None]:
        def deed() -> None:
            begin(one)
            one.freeze()
            self._rest(0.8)
            one.thaw()

        return deed

    def _server_killed(self) -> None:
        if self._on.postgres is not None:
            self._on.postgres.kill()
            self._rest()
            self._on.postgres.start()

    def _station_killed(self) -> None:
        self._on.recorder.kill()
        self._on.link.kill()
        self._rest()
        begin(self._on.link)
        begin(self._on.recorder)

    def _centre_killed(self) -> None:
        self._on.hub.kill()
        self._on.broker.kill()
        self._rest()
        begin(self._on.broker)
        begin(self._on.hub)

    def _restart_broker(self, *, keeps: bool) -> None:
        self._on.broker.kill()
        self._on.broker.choose(keeps=keeps)
        begin(self._on.broker)
        self._rest(1.5)  # long enough that it keeps something
        self._on.broker.kill()
        self._rest()
        begin(self._on.broker)
        self._on.broker.choose(keeps=False)

    def _network_cut(self) -> None:
        self._on.network.cut()
        self._rest()
        self._on.network.restore()

    def _weather(self, weather: Weather) -> Callable[[], None]:
        def deed() -> None:
            self._on.network.weather = weather
            self._rest(1.0)
            self._on.network.restore()

        return deed

    def _disk(self, disk: Faults, fault: Fault) -> Callable[[], None]:
        def deed() -> None:
            once = fault is Fault.KILL_AT_SYNC
            times = 1 if once else self._dice.choice((1, 3, 1 << 31))
            disk.set(fault, after=self._dice.randrange(6), times=times)
            self._rest(0.8)
            disk.set(Fault.NONE)
            self._on.mend()

        return deed

    def _jumping(self, clock: ShiftedClock, is_hub: bool) -> Callable[[], None]:  # noqa: FBT001
        def deed() -> None:
            # A hub's calendar is kept by many; it may be wrong by hours, not by years.
            clock.shift(self._dice.choice((-_HOUR, _HOUR)) if is_hub else self._dice.choice(_JUMPS))
            self._rest(0.8)
            clock.shift(0)

        return deed


def run(
    folder: Path,
    cuts: int,
    seed: int,
    only: frozenset[str] = frozenset(),
    workers: tuple[str, ...] = (),
    *,
    tells_early: bool = False,
) -> Result:
    """Play a campaign in `folder`, the same for the same seed as far as processes allow.

    Args:
        folder: empty.
        cuts: how many.
        seed: of what comes when.
        only: names of `Cuts.deeds` to choose from; all where empty.
        workers: see `ground`.
        tells_early: see `ground`.
    """
    dice = random.Random(seed)
    kinds = Counter[str]()
    with ground(folder, seed, workers, tells_early=tells_early) as on:
        deeds = Cuts(on, dice)
        waiting: list[str] = []
        while kinds.total() < cuts:
            _served(on)
            time.sleep(dice.uniform(0.05, 0.5))
            waiting = waiting or deeds.order()
            name = waiting.pop()
            if only and name not in only:
                continue
            deeds.deeds[name]()
            kinds[name] += 1
        on.network.restore()
        on.recorder.kill()
        broken = [*on.told.contradictions, *_drained(on)]
        deserved = _DESERVED if any("hub's disk" in name for name in kinds) else frozenset()
        broken += kept(on.site, on.told, deserved)
        kinds += Counter({f"message {fate}": n for fate, n in on.network.done.items()})
    return Result(cuts, len(on.told.numbers), tuple(broken), kinds, on.told.refusals, on.ended)


def _served(on: Ground) -> None:
    """Wait until the next person is told a number: what was cut hinders nobody afterwards."""
    before = on.told.heard

    def served() -> bool:
        on.mend()
        return on.told.heard > before

    wait_until(served, _SERVED_SECONDS, "the window serves")


def _drained(on: Ground) -> list[str]:
    """Wait until the station's outbox is empty."""
    profile = station.load(on.site.stations[STATION])
    store = open_store(profile)
    if isinstance(store, StoreTrouble):
        return [f"the station's store: {store.code}"]

    def empty() -> bool:
        for one in (on.broker, on.hub, *on.workers, on.link):
            begin(one)
        entries = Outbox(store).entries()
        return not isinstance(entries, StoreTrouble) and all(
            entry.state.value == "accepted" for entry in entries
        )

    try:
        wait_until(empty, _DRAIN_SECONDS, "an empty outbox")
    except TimeoutError as late:
        return [str(late)]
    finally:
        store.close()
    return []


def kept(site: Site, told: Told, deserved: frozenset[str] = frozenset()) -> list[str]:
    """Compare what people were told with what both ends hold; what is broken.

    Alarms of the codes `deserved` are as they should be.
    """
    journal = _journal(site)
    if isinstance(journal, StoreTrouble):
        return [f"the journal cannot be read: {journal.code}"]
    store = opening.open_reader(settings.load(site.hub_dir))
    try:
        held = [entry.number for entry in registrations.registrations(store)]
        broken = [f"{number} was told and is not held" for number in _lost(told, held)]
        broken += [f"{number} is held twice" for number in set(held) if held.count(number) > 1]
        raised = {alarm.code for alarm in alarms.alarms(store)}
        broken += [f"alarm {code}" for code in sorted(raised - deserved)]
        place = chains.station(store, STATION)
        if place is None or place.head_seq != len(held):
            broken.append("the chain and the registry do not have the same length")
        entries = chains.entries(store, STATION, 1, len(held) + 10)
        if [one.hash for one in entries] != [one.hash for one in journal]:
            broken.append("station and hub hold different chains")
        key = station.load(site.stations[STATION]).signing_key()
        broken += [
            f"entry {seq} is not under the station's signature"
            for seq, data in chains.envelopes(store, STATION, 1, len(held) + 10)
            if data is None or not envelope.verify(envelope.parse(data), key)
        ]
    finally:
        store.close()
    return broken


def _journal(site: Site) -> list[JournalEntry] | StoreTrouble:
    store = open_store(station.load(site.stations[STATION]))
    if isinstance(store, StoreTrouble):
        return store
    try:
        return store.entries(1, most=1_000_000)
    finally:
        store.close()


def _lost(told: Told, held: list[str]) -> list[str]:
    kept_numbers = set(held)
    return [number for number in told.numbers.values() if number not in kept_numbers]


def _part(one: Service) -> str:
    return one.name.split(" of ")[0]
