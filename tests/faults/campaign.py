"""Kills everything at random while people register, and counts whether a promise was broken.

One station, one hub, real processes. Each cut is a `kill -9` (or SIGSTOP for a while, or the wire)
of the recorder, the link, the broker, the hub, or of the whole station at once. When all is up
again and the outbox is empty, every number that a person was told must be in the hub's registry
exactly once, the hub's chain must have no hole, and nobody may have raised an alarm.
"""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sync.edge import station
from sync.edge.outbox import Outbox
from sync.edge.trouble import StoreTrouble
from sync.hub.store import alarms, chains, registrations
from sync.hub.store.database import Store as HubStore
from tests.emulated.services import (
    Broker,
    CuttableNetwork,
    HubProcess,
    LinkProcess,
    MailServer,
    wait_until,
)
from tests.workbench.pki import REPOSITORY, Ports, Site, make_site
from tests.workbench.vaults import open_store

STATION = "kiosk-0001"
_DRAIN_SECONDS = 120.0


@dataclass
class Told:
    """What people were told, across all lives of the recorder."""

    numbers: dict[int, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)

    def take(self, line: str) -> None:
        """One line of the recorder."""
        word, index, number = [*line.split(), "", ""][:3]
        if word != "told":
            self.contradictions.append(line.strip())
            return
        before = self.numbers.setdefault(int(index), number)
        if before != number:
            self.contradictions.append(f"person {index} was told {before}, then {number}")


class Recorder:
    """The recording process and the ear that hears what it tells."""

    def __init__(self, site: Site, told: Told) -> None:
        self._site = site
        self._told = told
        self._process: subprocess.Popen[str] | None = None
        self._ear: threading.Thread | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def start(self) -> None:
        """Go on with the last person that was told, who must be told the same again."""
        last = max(self._told.numbers, default=0)
        self._process = subprocess.Popen(
            [
                *(sys.executable, "-m", "tests.faults.recorder", "--from", str(last)),
                *("--station-dir", str(self._site.stations[STATION])),
            ],
            stdout=subprocess.PIPE,
            text=True,
            cwd=REPOSITORY,
        )
        self._ear = threading.Thread(target=self._hear, args=(self._process,), daemon=True)
        self._ear.start()

    def kill(self) -> None:
        """SIGKILL, and hear what it had said until then."""
        if self._process is not None and self._ear is not None:
            self._process.kill()
            self._process.wait(10)
            self._ear.join(10)

    def _hear(self, process: subprocess.Popen[str]) -> None:
        if process.stdout is not None:
            with process.stdout as lines:
                for line in lines:
                    if line.endswith("\n"):
                        self._told.take(line)


@dataclass(frozen=True, slots=True)
class Result:
    """What a campaign found; `broken` is empty when every promise held."""

    cuts: int
    told: int
    broken: tuple[str, ...]


def run(folder: Path, cuts: int, seed: int) -> Result:
    """Play a campaign in `folder`, the same for the same seed as far as processes allow."""
    dice = random.Random(seed)
    site = make_site(folder / "site", [STATION], ports=Ports.free(relay=True))
    told = Told()
    with (
        Broker(site) as broker,
        MailServer(site),
        HubProcess(site) as hub,
        CuttableNetwork(site) as network,
        LinkProcess(site, STATION) as link,
        Recorder(site, told) as recorder,
    ):

        def power_cut() -> None:
            recorder.kill()
            link.kill()
            _rest(dice)
            link.start()
            recorder.start()

        victims: tuple[Callable[[], None], ...] = (
            lambda: _restart(recorder.kill, recorder.start, dice),
            lambda: _restart(link.kill, link.start, dice),
            lambda: _restart(broker.kill, broker.start, dice),
            lambda: _restart(hub.kill, hub.start, dice),
            lambda: _restart(network.cut, network.restore, dice),
            lambda: _restart(network.stall, network.restore, dice),
            lambda: _restart(hub.freeze, hub.thaw, dice),
            power_cut,
        )
        for cut in range(cuts):
            time.sleep(dice.uniform(0.05, 0.6))
            victims[cut % len(victims)]()
        recorder.kill()
        broken = [*told.contradictions, *_drained(site)]
    return Result(cuts, len(told.numbers), (*broken, *_kept(site, told)))


def _restart(stop: Callable[[], None], start: Callable[[], None], dice: random.Random) -> None:
    stop()
    _rest(dice)
    start()


def _rest(dice: random.Random) -> None:
    time.sleep(dice.uniform(0.0, 0.4))


def _drained(site: Site) -> list[str]:
    """Wait until the station's outbox is empty."""
    profile = station.load(site.stations[STATION])
    store = open_store(profile)
    if isinstance(store, StoreTrouble):
        return [f"the station's store: {store.code}"]

    def empty() -> bool:
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


def _kept(site: Site, told: Told) -> list[str]:
    """Compare what people were told with what the hub holds."""
    store = HubStore.open_reader(site.hub_dir / "registry.db")
    try:
        held = [entry.number for entry in registrations.registrations(store)]
        broken = [f"{number} was told and is not held" for number in _lost(told, held)]
        broken += [f"{number} is held twice" for number in set(held) if held.count(number) > 1]
        broken += [f"alarm {alarm.code}" for alarm in alarms.alarms(store)]
        place = chains.station(store, STATION)
        if place is None or place.head_seq != len(held):
            broken.append("the chain and the registry do not have the same length")
    finally:
        store.close()
    return broken


def _lost(told: Told, held: list[str]) -> list[str]:
    kept = set(held)
    return [number for number in told.numbers.values() if number not in kept]
