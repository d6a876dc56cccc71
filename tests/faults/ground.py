"""One station, one hub and everything between them, each part of which a campaign can make fail."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.emulated.network import UnrulyNetwork
from tests.emulated.postgres import PrivatePostgres
from tests.emulated.power import recording
from tests.emulated.power.recording import Faults
from tests.emulated.services import (
    Broker,
    HubProcess,
    LinkProcess,
    MailServer,
    Service,
    ServiceError,
    WorkerProcess,
)
from tests.emulated.shifted_clock import ShiftedClock, preloads
from tests.workbench.pki import REPOSITORY, Ports, Site, Table, make_site

STATION: Final = "kiosk-0001"
START_SECONDS: Final = 120.0
_SHORT: Final = {"broker": {"longest_retry": 2}}


@dataclass
class Told:
    """What people were told, across all lives of the recorder.

    Attributes:
        numbers: by person.
        contradictions: what no person may ever be told.
        refusals: codes of what was refused instead, and how often: a disk that fails refuses.
        heard: how often somebody was told a number, whether for the first time or again.
    """

    numbers: dict[int, str] = field(default_factory=dict)
    contradictions: list[str] = field(default_factory=list)
    refusals: dict[str, int] = field(default_factory=dict)
    heard: int = 0
    _people: dict[str, int] = field(default_factory=dict)

    def take(self, line: str) -> None:
        """One line of the recorder."""
        word, index, number = [*line.split(), "", ""][:3]
        if word == "refused":
            code = line.partition("code='")[2].partition("'")[0] or line.strip()
            self.refusals[code] = self.refusals.get(code, 0) + 1
            return
        if word != "told":
            self.contradictions.append(line.strip())
            return
        self.heard += 1
        before = self.numbers.setdefault(int(index), number)
        if before != number:
            self.contradictions.append(f"person {index} was told {before}, then {number}")
        first = self._people.setdefault(number, int(index))
        if first != int(index):
            self.contradictions.append(f"{number} was told to person {first} and to {index}")


class Recorder(Service):
    """The recording process and the ear that hears what it tells."""

    def __init__(
        self, site: Site, told: Told, environment: Mapping[str, str], *, tells_early: bool = False
    ) -> None:
        """With `tells_early` it breaks its promise, and nobody comes back to what it forgot."""
        log = site.folder / "logs" / "recorder.log"
        super().__init__("recorder", [], log, environment)
        self._early = ("--tells-early",) if tells_early else ()
        self._site = site
        self._told = told
        self._ear: threading.Thread | None = None

    def start(self, *, wait: bool = True) -> None:
        """Go on with the last person that was told, who must be told the same again."""
        del wait
        if self.running:
            return
        last = max(self._told.numbers, default=0) + len(self._early)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.faults.recorder", "--from", str(last)),
                    *("--station-dir", str(self._site.stations[STATION])),
                    *self._early,
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=REPOSITORY,
                env=self._environment,
            )
        self._process = process
        self._ear = threading.Thread(target=self._hear, args=(process,), daemon=True)
        self._ear.start()

    def kill(self) -> None:
        """SIGKILL, and hear what it had said until then."""
        super().kill()
        if self._ear is not None:
            self._ear.join(10)

    def stop(self, seconds: float = 10) -> float:
        """It has nothing to tidy up."""
        del seconds
        self.kill()
        return 0.0

    def _hear(self, process: subprocess.Popen[bytes]) -> None:
        if process.stdout is not None:
            with process.stdout as lines:
                for line in lines:
                    if line.endswith(b"\n"):
                        self._told.take(line.decode())


class KeepingBroker(Broker):
    """Mosquitto that may be started with its persistence, which the product does without."""

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._plain = self._command
        own = site.broker_dir / "mosquitto.conf"
        keeping = site.broker_dir / "keeping.conf"
        kept = site.broker_dir / "kept"
        kept.mkdir(exist_ok=True)
        lines = own.read_text().replace("persistence false", "persistence true")
        keeping.write_text(
            f"{lines}\npersistence_location {kept}/\nautosave_on_changes true\nautosave_interval 1\n"
        )
        self._keeping = (self._plain[0], "-c", str(keeping))

    def choose(self, *, keeps: bool) -> None:
        """How it starts next time."""
        self._command = self._keeping if keeps else self._plain


@dataclass
class Ground:
    """All that runs, and what can be done to it.

    Attributes:
        ended: names of what ended by itself and was started again.
        station_disk, hub_disk: switches of what their disks do wrong.
        station_clock, hub_clock: their calendars.
        workers: beside the hub, where its registry is on a server.
        postgres: that server; None where the registry is a file.
    """

    site: Site
    told: Told
    broker: KeepingBroker
    hub: HubProcess
    link: LinkProcess
    recorder: Recorder
    network: UnrulyNetwork
    station_disk: Faults
    hub_disk: Faults
    station_clock: ShiftedClock
    hub_clock: ShiftedClock
    workers: tuple[WorkerProcess, ...] = ()
    postgres: PrivatePostgres | None = None
    ended: Counter[str] = field(default_factory=Counter)

    @property
    def services(self) -> tuple[Service, ...]:
        """Whatever systemd would start again."""
        return (self.broker, self.hub, *self.workers, self.link, self.recorder)

    def mend(self) -> None:
        """Starts again what has ended by itself, as systemd does."""
        for one in self.services:
            if not one.running:
                self.ended[one.name] += 1
                begin(one)


def begin(one: Service) -> None:
    """Starts it and waits until it answers, also where others take all processors.

    What was just ending by itself is started again, as systemd does.
    """
    for is_last in (False, False, True):
        one.start(wait=False)
        try:
            one.wait_ready(START_SECONDS)
        except ServiceError:
            if is_last or one.running:
                raise
        else:
            return


@contextmanager
def ground(
    folder: Path,
    seed: int,
    workers: tuple[str, ...] = (),
    *,
    tells_early: bool = False,
) -> Iterator[Ground]:
    """Starts it all in `folder`, and ends it.

    Args:
        folder: empty.
        seed: of the network's dice.
        workers: names of workers beside the hub; with any, the registry is on a server.
        tells_early: a control: people are told before anything is recorded.
    """
    with ExitStack() as stack:
        postgres = stack.enter_context(PrivatePostgres()) if workers else None
        yield _started(stack, folder, seed, workers, postgres, tells_early=tells_early)


def _started(
    stack: ExitStack,
    folder: Path,
    seed: int,
    workers: tuple[str, ...],
    postgres: PrivatePostgres | None,
    *,
    tells_early: bool,
) -> Ground:
    hub_tables: Table = {} if postgres is None else {"registry": {"url": postgres.fresh()}}
    site = make_site(
        folder / "site",
        [STATION],
        ports=Ports.free(relay=True),
        overrides=_SHORT,
        hub=hub_tables,
        workers=workers,
    )
    library = recording.build(folder)
    told = Told()
    disks = [Faults(folder / f"{part}.faults") for part in ("station", "hub")]
    clocks = [ShiftedClock(folder, part) for part in ("station", "hub")]
    roots = (site.stations[STATION], site.hub_dir)
    environments = [
        preloads(recording.environment_of(root, library), disk.environment, clock.environment)
        for root, disk, clock in zip(roots, disks, clocks, strict=True)
    ]
    broker = stack.enter_context(KeepingBroker(site))
    stack.enter_context(MailServer(site))
    hub = stack.enter_context(HubProcess(site, environments[1]))
    helpers = tuple(stack.enter_context(WorkerProcess(site, name)) for name in workers)
    network = stack.enter_context(UnrulyNetwork(site, seed))
    link = stack.enter_context(LinkProcess(site, STATION, environments[0]))
    recorder = Recorder(site, told, environments[0], tells_early=tells_early)
    stack.enter_context(recorder)
    switches = (disks[0], disks[1], clocks[0], clocks[1])
    return Ground(site, told, broker, hub, link, recorder, network, *switches, helpers, postgres)
