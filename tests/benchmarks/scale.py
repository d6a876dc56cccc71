"""How many operations a second a hub takes, what limits it, and what a nation would cost.

Simulated stations have real envelopes, real certificates and connections of their own to a real
Mosquitto; behind it real workers share what comes, and a real PostgreSQL keeps it, with fsync. All
stations come back at once and send what they have. Two times are taken: until everything is stored
and acknowledged, and until everything is decided and told. Then one duty after the other is taken out
of the worker (`scale_worker`): what its absence gains says what it costs, and so what the limit is.

Everything shares the cores of this machine, the stations too, so that more workers gain little here.
What does carry over is the processor time of each part for one operation, and that is what the sizing
table of docs/operations.md is made of: 20,000 stations back after three days with 300 operations a day.

`python -m tests.benchmarks.scale` prints the tables and
`BENCH scale-workers ratio=... limit=... ok|short` (four workers / one, at least) and
`BENCH scale-return ratio=... limit=1.0 ok|short` (hours for all of them / 24).
"""

from __future__ import annotations

import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.benchmarks.scale_worker import DUTIES
from tests.emulated.postgres import PrivatePostgres
from tests.emulated.services import Broker, Service, wait_until
from tests.story.hub.conftest import WireStation
from tests.workbench.pki import Site, make_site

STATIONS: Final = 10
OPERATIONS: Final = 150
SECONDS: Final = 300.0
LIMIT_WORKERS: Final = 0.7
"""Four workers on two cores must not be much slower than one: they do not stand in each other's way."""
LIMIT_HOURS: Final = 24.0

NATION: Final = 20_000
OUTAGE_OPERATIONS: Final = NATION * 3 * 300
WORKER_CORES: Final = 16
DATABASE_CORES: Final = 8
BROKER_CORES: Final = 4

_TICKS: Final = os.sysconf("SC_CLK_TCK")
_WORKERS: Final = tuple(f"hub-w{number}" for number in range(1, 5))


class DutiedWorker(Service):
    """A worker with one duty taken out."""

    def __init__(self, site: Site, name: str, without: str) -> None:
        super().__init__(
            name,
            [
                *(sys.executable, "-m", "tests.benchmarks.scale_worker", "--name", name),
                *("--hub-dir", str(site.hub_dir), "--without", without),
                *("--turns", str(site.folder / f"{name}.turns")),
            ],
            site.folder / "logs" / f"{name}.log",
            None,
        )

    def linked(self) -> bool:
        """Whether it hears the stations."""
        return self.running and "link.up" in self.log_end(100_000)


@dataclass(frozen=True, slots=True)
class Figures:
    """One run.

    Attributes:
        workers: how many.
        without: the duty that was taken out; `nothing`.
        stored, decided: operations a second; decided is 0 where nobody decides.
        worker, database, broker: seconds of a processor for one operation.
        turn: seconds of the turn to decide for one operation; one process has it at a time.
    """

    workers: int
    without: str
    stored: float
    decided: float
    worker: float
    database: float
    broker: float
    turn: float


def run(folder: Path, postgres: PrivatePostgres, workers: int, without: str) -> Figures:
    """Everything from new in `folder`; one drain of all stations."""
    names = [f"kiosk-{number:04}" for number in range(1, STATIONS + 1)]
    registry = {"registry": {"url": postgres.fresh()}}
    site = make_site(folder, names, hub=registry, workers=_WORKERS)
    stations = [WireStation(site, name, code) for code, name in enumerate(names, 17)]
    for place, one in enumerate(stations):
        one.station.record_many(1 + place * OPERATIONS, OPERATIONS)
    with ExitStack() as running:
        broker = running.enter_context(Broker(site))
        team = [
            running.enter_context(DutiedWorker(site, name, without)) for name in _WORKERS[:workers]
        ]
        for worker in team:
            wait_until(worker.linked, SECONDS, f"the link of {worker.name}")
        parts = ([worker.pid for worker in team], [postgres.pid], [broker.pid])
        before = [_processor_seconds(*pids) for pids in parts]
        decides = without in {"nothing", "verifying"}
        stored, decided = _drain(stations, decides=decides)
        spent = [_processor_seconds(*pids) - at for pids, at in zip(parts, before, strict=True)]
        for worker in team:
            worker.stop(60)
    count = STATIONS * OPERATIONS
    turns = sum(
        float((site.folder / f"{worker.name}.turns").read_text(encoding="ascii")) for worker in team
    )
    worker_seconds, database_seconds, broker_seconds = spent
    return Figures(
        workers=workers,
        without=without,
        stored=count / stored,
        decided=count / decided if decides else 0.0,
        worker=worker_seconds / count,
        database=database_seconds / count,
        broker=broker_seconds / count,
        turn=turns / count,
    )


def _drain(stations: list[WireStation], *, decides: bool) -> tuple[float, float]:
    """All at once; seconds until all is acknowledged, and until all is decided."""
    failed: list[BaseException] = []
    stored: list[float] = []

    def work(one: WireStation) -> None:
        try:
            one.send_all(SECONDS)
            stored.append(time.perf_counter())
            if decides:
                one.drain(SECONDS)
        except BaseException as error:  # noqa: BLE001  told below
            failed.append(error)
        finally:
            one.close()

    for one in stations:
        one.connect()
    started = time.perf_counter()
    threads = [threading.Thread(target=work, args=(one,)) for one in stations]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise failed[0]
    return max(stored) - started, time.perf_counter() - started


def _processor_seconds(*pids: int) -> float:
    """Of processes, their children, and those of their children that have ended."""
    return sum(_ticks(pid) for pid in {one for pid in pids for one in _family(pid)}) / _TICKS


def _family(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in task.read_text().split():
            found += _family(int(child))
    return found


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(one) for one in fields[11:15])  # utime, stime, and of children that ended


def sizing(whole: Figures) -> list[tuple[str, float]]:
    """Hours that each part needs for everything that comes back, on the cores of the table.

    However many cores and workers there are, one process at a time decides.
    """
    return [
        (name, seconds * OUTAGE_OPERATIONS / cores / 3600)
        for name, seconds, cores in (
            (f"workers, {WORKER_CORES} cores", whole.worker, WORKER_CORES),
            (f"PostgreSQL, {DATABASE_CORES} cores", whole.database, DATABASE_CORES),
            (f"broker, {BROKER_CORES} cores", whole.broker, BROKER_CORES),
            ("the turn to decide, one at a time", whole.turn, 1),
        )
    ]


def _print(figures: Figures) -> None:
    decided = f"{figures.decided:7.0f}" if figures.decided else "      -"
    print(
        f"workers {figures.workers}  without {figures.without:10}"
        f" {figures.stored:7.0f} stored/s {decided} decided/s   for one operation, ms:"
        f" worker {figures.worker * 1e3:.2f}, database {figures.database * 1e3:.2f},"
        f" broker {figures.broker * 1e3:.2f}, turn {figures.turn * 1e3:.2f}",
        flush=True,
    )


def measure(folder: Path, *, tell: Callable[[Figures], None] = _print) -> dict[str, Figures]:
    """Every run, by `workers/without`."""
    found = {}
    plan = [(1, "nothing"), (2, "nothing"), (4, "nothing"), *((1, one) for one in DUTIES[1:])]
    with PrivatePostgres(parent=folder) as postgres:
        for workers, without in plan:
            one = run(folder / f"{workers}-{without}", postgres, workers, without)
            tell(one)
            found[f"{workers}/{without}"] = one
    return found


def _line(name: str, ratio: float, limit: float, *, held: bool) -> bool:
    print(f"BENCH {name} ratio={ratio:.2f} limit={limit} {'ok' if held else 'short'}")
    return held


def main() -> int:
    """Prints what was found; 1 where a limit is not held."""
    with tempfile.TemporaryDirectory(prefix="sportello-scale-") as folder:
        Path(folder).chmod(0o755)
        found = measure(Path(folder))
    whole = found["1/nothing"]
    for duty in DUTIES[1:]:
        gain = found[f"1/{duty}"].stored / whole.stored
        print(f"without {duty}: {gain:.2f} of the rate at which operations are stored")
    hours = sizing(whole)
    for name, needed in hours:
        print(f"{OUTAGE_OPERATIONS} operations back: {needed:.1f} h of {name}")
    slowest, longest = max(hours, key=lambda one: one[1])
    print(f"the limit is {slowest}")
    many = found["4/nothing"].decided / whole.decided
    held = _line("scale-workers", many, LIMIT_WORKERS, held=many >= LIMIT_WORKERS)
    ratio = longest / LIMIT_HOURS
    return 0 if _line("scale-return", ratio, 1.0, held=ratio <= 1.0) and held else 1


if __name__ == "__main__":
    sys.exit(main())
