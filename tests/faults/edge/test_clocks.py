"""The hybrid clock of a real journal and a real link, while the wall clock jumps by years."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from sync.edge.store import JournalEntry
from sync.wire import envelope
from sync.wire.hybrid_time import HybridTime
from tests.emulated.services import Broker, LinkProcess, wait_until
from tests.emulated.shifted_clock import ShiftedClock
from tests.faults.edge.conftest import NAME, Kiosk
from tests.faults.edge.scripted_hub import ScriptedHub
from tests.workbench.pki import Site

YEAR = 365 * 24 * 3600
REPOSITORY = Path(__file__).parents[3]
RECORDER = """
import sys, pathlib
from tests.faults.edge.conftest import Kiosk
for line in sys.stdin:
    kiosk = Kiosk.open(pathlib.Path(sys.argv[1]))
    try:
        kiosk.record(2)
    finally:
        kiosk.close()
    print("recorded", flush=True)
"""


@contextmanager
def recorder(folder: Path, clock: ShiftedClock) -> Iterator[Callable[[], None]]:
    """Two records at each call, by a process whose calendar jumps; it opens the store anew."""
    with subprocess.Popen(
        [sys.executable, "-c", RECORDER, str(folder)],
        env={**os.environ, **clock.environment},
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        if process.stdin is None or process.stdout is None:
            raise TypeError
        asking, answering = process.stdin, process.stdout

        def record() -> None:
            asking.write("two\n")
            asking.flush()
            assert answering.readline() == "recorded\n"

        try:
            yield record
        finally:
            asking.close()


def recorded(kiosk: Kiosk) -> list[JournalEntry]:
    found = kiosk.store.entries(1, most=1000)
    assert isinstance(found, list)
    return found


def hybrids(kiosk: Kiosk) -> list[HybridTime]:
    """Of every entry, as its envelope has it."""
    times = [envelope.parse(entry.envelope).header.hybrid for entry in recorded(kiosk)]
    assert times == [entry.hybrid for entry in recorded(kiosk)]
    return [one for one in times if one is not None]


def test_the_preload_shifts_the_wall_clock_alone(tmp_path: Path) -> None:
    clock = ShiftedClock(tmp_path)
    clock.shift(-YEAR)
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"],
        env={**os.environ, **clock.environment},
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()

    assert abs(float(said[0]) - (time.time() - YEAR)) < 60
    assert abs(float(said[1]) - time.monotonic()) < 60


def test_it_rises_over_every_jump_and_comes_back_to_what_the_hub_says(
    direct_site: Site, broker: Broker, kiosk: Kiosk, tmp_path: Path
) -> None:
    assert broker.running
    folder = kiosk.profile.folder
    clock = ShiftedClock(tmp_path)
    jumps = [0, -YEAR, YEAR, -60 * YEAR, 1]
    with recorder(folder, clock) as record:
        for seconds in jumps:
            clock.shift(seconds)
            record()
    alone = len(recorded(kiosk))

    clock.shift(-60 * YEAR)  # the battery of the clock is dead
    with (
        ScriptedHub(direct_site, NAME) as hub,
        LinkProcess(direct_site, NAME, clock.environment),
        recorder(folder, clock) as record,
    ):
        wait_until(lambda: hub.up_to == alone, 60, "the hub has all")
        wait_until(lambda: kiosk.standing().decided == alone, 60, "the station knows")
        for seconds in (-60 * YEAR, YEAR, -YEAR):
            clock.shift(seconds)
            record()
        wait_until(lambda: hub.up_to == alone + 6, 60, "the hub has these too")

    times = hybrids(kiosk)
    assert len(times) == alone + 6
    assert times == sorted(set(times))
    # Nothing was heard before: the clock a year ahead was believed once, and time stayed there.
    assert times[alone].ms - times[0].ms < YEAR * 1000 + 600_000


def test_after_the_hub_was_heard_the_time_is_right_whatever_the_clock_says(
    direct_site: Site, broker: Broker, kiosk: Kiosk, tmp_path: Path
) -> None:
    assert broker.running
    clock = ShiftedClock(tmp_path)
    with ScriptedHub(direct_site, NAME) as hub:
        kiosk.record(1)
        with LinkProcess(direct_site, NAME):
            kiosk.wait_accepted(60)
        heard = hub.time
    with recorder(kiosk.profile.folder, clock) as record:
        for seconds in (-60 * YEAR, -YEAR, YEAR):
            clock.shift(seconds)
            record()

    # The hub's clock is some weeks ahead of this machine's: it is what counts.
    assert heard > hybrids(kiosk)[0].ms
    assert all(0 <= one.ms - heard < 300_000 for one in hybrids(kiosk)[1:])
