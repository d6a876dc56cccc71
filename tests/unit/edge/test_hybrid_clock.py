"""The hybrid time of what a station records, under clocks that are wrong in every way."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from sync.edge.clock import StationClock, uuid7
from sync.edge.hybrid_clock import LONGEST_WITHOUT_HUB_MS, Heard, believed, tick
from sync.edge.journal import Journal, Recorded
from sync.edge.link.answers import Agreed
from sync.edge.link.keeping import Keeper
from sync.edge.store import JournalEntry, Store
from sync.wire import envelope, hybrid_time
from sync.wire.envelope import ClockQuality, ClockReading
from sync.wire.hybrid_time import HybridTime
from sync.wire.receipt import Acknowledgement
from tests.unit.edge.stations import NAME, Station, preregistration

NOW = int(datetime(2027, 6, 1, tzinfo=UTC).timestamp() * 1000)
YEAR = 365 * 24 * 60 * 60 * 1000
BOOT, LATER_BOOT = b"\x01" * 16, b"\x02" * 16
HOUR_NS = 3600 * 1_000_000_000


def reading(
    wall: int,
    *,
    monotonic: int = 0,
    boot: bytes = BOOT,
    quality: ClockQuality = ClockQuality.UNSYNCHRONISED,
) -> ClockReading:
    return ClockReading(wall, monotonic, boot, quality)


class Clocks:
    """A machine whose clocks are set by a test."""

    def __init__(self) -> None:
        self.wall, self.monotonic, self.boot, self.right = NOW, 0, BOOT, False

    def clock(self) -> StationClock:
        return StationClock(
            wall=lambda: self.wall * 1_000_000,
            monotonic=lambda: self.monotonic,
            synchronised=lambda: self.right,
            boot_id=lambda: self.boot,
        )


def record(journal: Journal) -> Recorded:
    done = journal.record(uuid7(NOW), preregistration)
    assert isinstance(done, Recorded)
    return done


def entry_at(store: Store, seq: int) -> JournalEntry:
    found = store.entries(seq, most=1)
    assert isinstance(found, list)
    return found[0]


def hear(store: Store, clocks: Clocks, hub_time: int, up_to: int = 0) -> None:
    """An acknowledgement, kept as the link keeps it."""
    head = store.hash_at(up_to)
    assert isinstance(head, bytes)
    keeper = Keeper(store, clocks.clock())
    answer = Acknowledgement(NAME, up_to, head, (), hub_time)
    keeper.owe(answer, Agreed(up_to, 0, {}), b"signed", None)
    assert keeper.keep() is True


# --- which clock is believed


def test_after_the_hub_was_heard_its_time_goes_on_by_the_clock_that_only_goes_forward() -> None:
    heard = Heard(NOW, BOOT, 5 * HOUR_NS)

    for wall in (0, NOW - YEAR, NOW + YEAR):
        assert believed(reading(wall, monotonic=6 * HOUR_NS), heard) == NOW + 3_600_000


def test_a_clock_that_is_kept_right_is_believed_a_little_ahead_of_the_hub_and_no_more() -> None:
    heard = Heard(NOW, BOOT, 0)
    right = ClockQuality.SYNCHRONISED

    assert believed(reading(NOW + 1500, quality=right), heard) == NOW + 1500
    assert believed(reading(NOW + YEAR, quality=right), heard) == NOW


@pytest.mark.parametrize("wall", [NOW - YEAR, NOW + YEAR])
def test_after_a_restart_a_clock_wrong_by_a_year_says_nothing(wall: int) -> None:
    heard = Heard(NOW, BOOT, 9 * HOUR_NS)

    assert believed(reading(wall, boot=LATER_BOOT), heard) == NOW


def test_after_a_restart_a_clock_within_the_longest_outage_is_believed() -> None:
    wall = NOW + LONGEST_WITHOUT_HUB_MS

    assert believed(reading(wall, boot=LATER_BOOT), Heard(NOW, BOOT, 0)) == wall


def test_an_impossible_clock_counts_for_nothing() -> None:
    assert believed(reading(1, quality=ClockQuality.IMPOSSIBLE), Heard()) == 0


def test_a_machine_without_a_boot_id_cannot_go_on_from_what_it_heard() -> None:
    assert Heard(NOW, bytes(16), 0).now(reading(0, boot=bytes(16))) is None


def test_what_is_recorded_after_the_hub_was_heard_is_later() -> None:
    dead = reading(0, quality=ClockQuality.IMPOSSIBLE, boot=LATER_BOOT)

    assert tick(dead, HybridTime(5), Heard(NOW, BOOT, 0)) == HybridTime(NOW)


# --- in the journal


def test_every_new_envelope_carries_it_and_the_journal_keeps_it(
    station: Station, store: Store
) -> None:
    journal = station.journal(store, Clocks().clock())

    record(journal)

    entry = entry_at(store, 1)
    assert entry.hybrid == HybridTime(NOW)
    assert envelope.parse(entry.envelope).header.hybrid == entry.hybrid


def test_it_never_repeats_or_falls_over_jumps_and_restarts(station: Station) -> None:
    clocks = Clocks()
    seen: list[HybridTime] = []
    walls = [NOW, NOW - YEAR, 0, NOW + 60_000, NOW + YEAR, NOW + 60_001, NOW + 60_001]
    for turn, wall in enumerate(walls):
        store = station.store()
        clocks.wall, clocks.boot = wall, bytes([turn + 1]) * 16
        done = record(station.journal(store, clocks.clock()))
        record(station.journal(store, clocks.clock()))
        for seq in (done.seq, done.seq + 1):
            hybrid = entry_at(store, seq).hybrid
            assert hybrid is not None
            seen.append(hybrid)
        store.close()

    assert seen == sorted(set(seen))


def test_what_the_link_heard_is_in_the_next_record_of_the_window(station: Station) -> None:
    window, link = station.store(), station.store()
    clocks = Clocks()
    clocks.wall = 0  # the battery of its clock is dead
    journal = station.journal(window, clocks.clock())
    record(journal)
    clocks.monotonic = HOUR_NS

    hear(link, clocks, NOW)
    clocks.monotonic = 2 * HOUR_NS
    record(journal)

    assert entry_at(window, 1).hybrid == hybrid_time.HybridTime(0, 1)
    assert entry_at(window, 2).hybrid == HybridTime(NOW + 3_600_000)
    window.close()
    link.close()


def test_an_older_acknowledgement_takes_nothing_back(store: Store) -> None:
    clocks = Clocks()

    hear(store, clocks, NOW)
    hear(store, clocks, NOW - 5)

    assert store.heard() == Heard(NOW, BOOT, 0)


def test_a_record_that_is_asked_for_again_keeps_its_time(station: Station, store: Store) -> None:
    journal = station.journal(store, Clocks().clock())
    operation_id: UUID = uuid7(NOW)
    journal.record(operation_id, preregistration)

    journal.record(operation_id, preregistration)

    assert store.head() == store.head()
    assert entry_at(store, 1).hybrid == HybridTime(NOW)
