"""What a station says of itself: from its store, its disk, its clock and its window."""

from __future__ import annotations

from pathlib import Path

import pytest

from sync.edge import health as edge_health
from sync.edge import window_notes
from sync.edge.clock import StationClock, uuid7
from sync.edge.health import PERIOD_SECONDS, SOONEST_SECONDS, Pulse
from sync.edge.journal import Recorded
from sync.edge.store import Store
from sync.edge.window_notes import WindowNotes
from sync.wire import health
from sync.wire.envelope import ClockQuality
from tests.unit.edge.stations import Station, preregistration

NOW = 1_790_000_000_000_000_000


class Clock:
    """A wall clock that a test sets."""

    def __init__(self) -> None:
        self.wall = NOW

    def station_clock(self) -> StationClock:
        return StationClock(wall=lambda: self.wall, synchronised=lambda: True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pulse(station: Station, store: Store, clock: Clock) -> Pulse:
    return Pulse(station.profile, store, clock.station_clock(), monotonic=lambda: 77.5)


def _record(station: Station, store: Store, clock: Clock, count: int) -> None:
    journal = station.journal(store, clock.station_clock())
    for number in range(count):
        found = journal.record(uuid7(number), preregistration)
        assert isinstance(found, Recorded)


def test_an_empty_station_is_well(pulse: Pulse) -> None:
    said = pulse.report()
    assert said is not None
    assert (said.head, said.accepted, said.oldest_seconds, said.to_decide) == (0, 0, 0, 0)
    assert (said.up_seconds, said.clock) == (77, ClockQuality.SYNCHRONISED)
    assert said.size_mb >= said.free_mb > 0
    assert said.codes == ()
    assert health.decode(health.encode(said)) == said


def test_the_oldest_that_waits_is_told(
    station: Station, store: Store, clock: Clock, pulse: Pulse
) -> None:
    _record(station, store, clock, 2)
    clock.wall += 90 * 1_000_000_000
    said = pulse.report()
    assert said is not None
    assert (said.head, said.oldest_seconds) == (2, 90)
    clock.wall = NOW - 10**12  # the clock went back: no age below nothing
    said = pulse.report()
    assert said is not None
    assert said.oldest_seconds == 0


def test_it_is_told_at_once_then_seldom_and_sooner_when_something_breaks(
    store: Store, pulse: Pulse
) -> None:
    assert pulse.due(100.0) is not None
    assert pulse.due(100.0 + SOONEST_SECONDS) is None
    window_notes.keep(store.folder, WindowNotes("0.1.0", ("reader.absent",)))
    assert pulse.due(101.0 + SOONEST_SECONDS) is None
    told = pulse.due(100.0 + 2 * SOONEST_SECONDS)
    assert told is not None
    assert health.decode(told).codes == ("reader.absent",)
    assert health.decode(told).software == "0.1.0"
    assert pulse.due(101.0 + PERIOD_SECONDS) is None
    assert pulse.due(200.0 + PERIOD_SECONDS) is not None
    pulse.connected()
    assert pulse.due(201.0 + PERIOD_SECONDS) is not None


def test_a_clock_that_cannot_be_right_is_told(clock: Clock, pulse: Pulse) -> None:
    clock.wall = 0
    said = pulse.report()
    assert said is not None
    assert said.codes == (edge_health.CLOCK_WRONG,)


def test_little_space_is_told(pulse: Pulse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_health, "FLOOR_BYTES", 1 << 60)
    said = pulse.report()
    assert said is not None
    assert said.codes == (edge_health.SPACE_LOW,)


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"software": 1}', b'{"software": "1", "codes": 3}', b"[" * 8000, b"\xff"],
)
def test_notes_that_cannot_be_read_are_empty(tmp_path: Path, content: bytes) -> None:
    (tmp_path / window_notes.FILE_NAME).write_bytes(content)
    assert window_notes.read(tmp_path) == WindowNotes()


def test_notes_hold_codes_and_nothing_else(tmp_path: Path) -> None:
    assert window_notes.keep(tmp_path, WindowNotes("1.0", ("b.c", "a b", "a.c")))
    assert window_notes.read(tmp_path) == WindowNotes("1.0", ("a.c", "b.c"))
    assert not window_notes.keep(tmp_path / "absent", WindowNotes())
