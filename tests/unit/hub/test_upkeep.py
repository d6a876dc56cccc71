"""The hub's hourly round: daily passwords that have ended go, an old backup is told of."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sync.hub import upkeep
from sync.hub.audit import Audit
from sync.hub.store import alarms, backups, chains, users
from sync.hub.store.database import Store
from sync.hub.store.users import DailyPassword
from sync.hub.writer import Writer, start
from sync.model import daily_password
from tests.emulated.services import wait_until
from tests.unit.hub.console.town import Town
from tests.unit.hub.stations import NOON, Bench, Station

DAY = 24 * 60 * 60 * 1000


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)


@pytest.fixture
def decided(bench: Bench, station: Station) -> Station:
    """A station of whose chain everything is decided, received at noon."""
    station.record_many(1, 3)
    bench.send(station, 1, 3)
    bench.settle()
    return station


def backed_up(store: Store, at: int) -> None:
    with store.transaction():
        backups.made(store, at, bytes(32), 1, is_away=True)
        chains.secured(store, {one.name: one.head_seq for one in chains.stations(store)})


def told(store: Store) -> list[tuple[str, str, int]]:
    return [(one.station, one.code, one.times) for one in alarms.alarms(store)]


def test_a_hub_without_a_backup_says_so_after_a_week_and_once_a_day(
    store: Store, decided: Station
) -> None:
    begun = chains.began_at(store)
    assert chains.stations(store)[0].decided_seq == decided.chain[-1].header.seq
    assert not upkeep.look(store, begun + 7 * DAY - 1)
    assert upkeep.look(store, begun + 7 * DAY)
    for hour in range(1, 24):
        assert not upkeep.look(store, begun + 7 * DAY + hour * 3_600_000)
    assert upkeep.look(store, begun + 8 * DAY)
    assert told(store) == [("hub", "backup.old", 2)]


def test_a_backup_elsewhere_counts_as_long_as_nothing_came_since(
    store: Store, bench: Bench, decided: Station
) -> None:
    backed_up(store, NOON)
    assert not upkeep.look(store, NOON + 100 * DAY), "nothing would be lost"
    decided.record_many(4, 4)
    bench.send(decided, 4, 4)
    bench.settle()
    assert not upkeep.look(store, NOON + 7 * DAY - 1)
    assert upkeep.look(store, NOON + 7 * DAY)
    backed_up(store, NOON + 7 * DAY)
    assert not upkeep.look(store, NOON + 30 * DAY)


def test_a_hub_of_which_nothing_is_decided_has_nothing_to_lose(
    store: Store, station: Station
) -> None:
    assert station is not None
    assert not upkeep.look(store, NOON + 100 * DAY)


@pytest.mark.rule("R-004-34")
def test_a_daily_password_goes_with_its_day_though_nobody_signs_in(town: Town) -> None:
    ends = daily_password.ends_at(date(2026, 11, 26))
    store, user = town.store, town.insert(1).id
    with store.transaction():
        users.set_password(store, DailyPassword(user, "2026-11-26", bytes(32), ends, 0))
    upkeep.look(store, ends - 1)
    assert store.row("SELECT count(*) FROM daily_password") == (1,)
    upkeep.look(store, ends)
    assert store.row("SELECT count(*) FROM daily_password") == (0,)


@pytest.mark.usefixtures("decided")
def test_the_thread_makes_its_round_by_itself(registry_path: Path, store: Store) -> None:
    begun = chains.began_at(store)
    writer = Writer(lambda: Store.open(registry_path))
    writing = start("writer", writer.run)
    audit = Audit(lambda: Store.open_reader(registry_path), writer, lambda: begun + 7 * DAY)
    auditing = start("audit", audit.run)
    wait_until(lambda: told(store) == [("hub", "backup.old", 1)], 10, "the alarm")
    audit.stop()
    auditing.join(5)
    writer.stop()
    writing.join(5)
