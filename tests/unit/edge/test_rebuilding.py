"""A store with broken pages: set aside, made anew, and gone on with behind the hub's chain."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Recorded
from sync.edge.link.answers import Agreed, judge
from sync.edge.store import FILE_NAME, JournalEntry, Rebuilt, Store
from sync.edge.store.marks import STRETCH
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.wire.receipt import Acknowledgement
from tests.unit.edge.stations import NAME, Station, preregistration

PAGE = 2048
MANY = 40
VAULT = Vault(bytes(32))
HUB_TIME = 1_800_000_000_000


def record(journal: Journal, count: int) -> list[Recorded]:
    made = []
    for _ in range(count):
        done = journal.record(uuid7(1_800_000_000_000), preregistration)
        assert isinstance(done, Recorded), done
        made.append(done)
    return made


@pytest.fixture
def filled(station: Station) -> list[Recorded]:
    """A closed store with entries, all in the database file."""
    store = station.store(vault=VAULT)
    made = record(station.journal(store), MANY)
    store.close()
    return made


def database(station: Station) -> Path:
    return station.profile.store / FILE_NAME


def opened(station: Station) -> Store:
    return station.store(vault=VAULT)


def entries(store: Store) -> list[JournalEntry]:
    found = store.entries(1, most=10_000)
    assert isinstance(found, list)
    return found


def told(store: Store) -> Rebuilt:
    found = store.rebuilt()
    assert isinstance(found, Rebuilt)
    return found


def whole(store: Store, made: list[Recorded]) -> set[int]:
    """Places whose envelope is there as it was recorded."""
    hashes = {one.seq: one.hash for one in made}
    return {
        entry.seq
        for entry in entries(store)
        if entry.envelope and entry.hash == hashes.get(entry.seq)
    }


def hear(store: Store, up_to: int, head: bytes, hub_time: int = HUB_TIME) -> None:
    """A verified acknowledgement comes to a question, and is kept as the link keeps it."""
    answer = Acknowledgement(NAME, up_to, head, (), hub_time)
    agreed = judge(answer, store, watermark=0, decided=0, is_live=True)
    assert isinstance(agreed, Agreed), agreed
    refusal = store.acknowledge(
        agreed.watermark,
        0,
        {},
        data=b"",
        hub_time=hub_time,
        sent_at=None,
        received_at=1,
        is_live=True,
    )
    assert refusal is None


def overwrite(file: Path, at: int, data: bytes) -> None:
    with file.open("r+b") as stream:
        stream.seek(at)
        stream.write(data)


def pages_of(station: Station, kinds: set[int]) -> list[int]:
    """Pages of the database that begin with one of these b-tree types."""
    data = database(station).read_bytes()
    return [
        number
        for number in range(1, len(data) // PAGE)
        if data[number * PAGE] in kinds and len(data) > number * PAGE
    ]


# --- every kind of damage


def zero_header(station: Station) -> None:
    overwrite(database(station), 0, bytes(100))


def zero_first_page(station: Station) -> None:
    overwrite(database(station), 0, bytes(PAGE))


def tear_schema(station: Station) -> None:
    overwrite(database(station), 100, os.urandom(PAGE - 100))


def zero_inner_tables(station: Station) -> None:
    for number in pages_of(station, {0x05}):
        overwrite(database(station), number * PAGE, bytes(PAGE))


def zero_indexes(station: Station) -> None:
    for number in pages_of(station, {0x02, 0x0A}):
        overwrite(database(station), number * PAGE, bytes(PAGE))


HARMLESS = [zero_header, zero_first_page, tear_schema, zero_inner_tables, zero_indexes]


@pytest.mark.parametrize("damage", HARMLESS, ids=lambda one: one.__name__)
def test_damage_beside_the_entries_loses_none(
    station: Station, filled: list[Recorded], damage: Callable[[Station], None]
) -> None:
    damage(station)

    store = opened(station)

    assert whole(store, filled) == set(range(1, MANY + 1))
    assert told(store).lost == ()
    assert told(store).waits
    aside = station.profile.store / told(store).aside
    assert (aside / FILE_NAME).stat().st_size > 0
    store.close()


def leaves_with_entries(station: Station) -> list[int]:
    data = database(station).read_bytes()
    return [
        number
        for number in pages_of(station, {0x0D})
        if b"preregistration" in data[number * PAGE : (number + 1) * PAGE]
    ]


def test_a_broken_leaf_loses_its_entries_and_tells_them_by_number(
    station: Station, filled: list[Recorded]
) -> None:
    gone = leaves_with_entries(station)[4:6]
    for number in gone:
        overwrite(database(station), number * PAGE, os.urandom(PAGE))

    store = opened(station)

    lost = set(told(store).lost)
    assert lost
    assert len(lost) == told(store).lost_in_all
    assert whole(store, filled) == set(range(1, MANY + 1)) - lost
    # The chain knows the hash of a lost entry from the one behind it.
    kept = {entry.seq: entry.hash for entry in entries(store)}
    named = [seq for seq in lost if seq + 1 not in lost and seq < MANY]
    assert all(kept[seq] == filled[seq - 1].hash for seq in named)
    store.close()


@pytest.mark.usefixtures("filled")
def test_nothing_is_recorded_before_the_hub_was_heard(station: Station) -> None:
    zero_header(station)
    store = opened(station)

    refused = station.journal(store).record(uuid7(1), preregistration)

    assert refused == StoreTrouble("store.rebuilt")
    store.close()


def test_it_goes_on_behind_the_hubs_chain(station: Station, filled: list[Recorded]) -> None:
    """The file is cut off: the newest entries are gone here, and the hub holds them."""
    cut = leaves_with_entries(station)[10] * PAGE
    os.truncate(database(station), cut)
    store = opened(station)
    assert 0 < len(whole(store, filled)) < MANY

    hear(store, MANY, filled[-1].hash)
    (after,) = record(station.journal(store), 1)

    assert after.seq == MANY + 1
    assert not told(store).waits
    head = entries(store)[-1]
    assert head.hash == after.hash
    # No number that a lost entry may have issued is issued again.
    issued = {one.registration_number for one in filled}
    assert after.registration_number not in issued
    assert MANY < head.counter <= 2 * (MANY + STRETCH)
    store.close()


def test_it_goes_on_where_the_hub_is_behind(station: Station, filled: list[Recorded]) -> None:
    zero_header(station)
    store = opened(station)

    hear(store, 7, filled[6].hash)
    (after,) = record(station.journal(store), 1)

    assert after.seq == MANY + 1
    store.close()


@pytest.mark.parametrize("left", [0, 5, PAGE + 7])
def test_a_file_that_is_cut_short(station: Station, filled: list[Recorded], left: int) -> None:
    os.truncate(database(station), left)
    store = opened(station)

    hear(store, MANY, filled[-1].hash)

    (after,) = record(station.journal(store), 1)
    assert after.seq == MANY + 1
    store.close()


@pytest.mark.usefixtures("filled")
def test_a_file_that_is_gone(station: Station) -> None:
    database(station).unlink()
    store = opened(station)

    assert store.standing() != StoreTrouble("store.damaged")
    assert station.journal(store).record(uuid7(1), preregistration) == StoreTrouble("store.rebuilt")
    store.close()


def test_entries_that_are_in_the_log_alone_are_found_there(station: Station) -> None:
    store = opened(station)
    made = record(station.journal(store), MANY)
    # As after a power cut: the log was not brought into the database.
    copy = station.profile.folder / "copy"
    copy.mkdir()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        (copy / name).write_bytes((station.profile.store / name).read_bytes())
    store.close()
    for name in (FILE_NAME, f"{FILE_NAME}-wal"):
        (station.profile.store / name).write_bytes((copy / name).read_bytes())
    zero_first_page(station)

    store = opened(station)

    assert whole(store, made) == set(range(1, MANY + 1))
    store.close()


@pytest.mark.usefixtures("filled")
def test_who_has_it_open_is_not_left_with_the_old_file(station: Station) -> None:
    window = opened(station)
    zero_indexes(station)

    assert station.try_store(vault=VAULT) == StoreTrouble("store.damaged")
    window.close()
    link = opened(station)

    assert told(link).waits
    link.close()


@pytest.mark.usefixtures("filled")
def test_a_running_program_learns_that_its_store_broke(station: Station) -> None:
    store = opened(station)
    for number in range(1, database(station).stat().st_size // PAGE):
        overwrite(database(station), number * PAGE, os.urandom(PAGE))

    store._connection._raw.execute("PRAGMA shrink_memory")

    assert store.entries(1, most=MANY) == StoreTrouble("store.damaged")
    assert store.is_damaged
    store.close()


@pytest.mark.usefixtures("filled")
def test_without_space_for_a_second_store_all_stays_as_it_is(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    zero_header(station)
    before = database(station).read_bytes()
    monkeypatch.setattr("sync.edge.space.Space.free", lambda _: 10)

    assert station.try_store(vault=VAULT) == StoreTrouble("store.damaged")
    assert database(station).read_bytes() == before


def test_what_was_destroyed_does_not_come_back(station: Station) -> None:
    """Of emptied entries the key is gone, whatever copies of pages lie in the file."""
    store = opened(station)
    made = record(station.journal(store), MANY)
    store.acknowledge(30, 30, {}, data=b"", hub_time=5, sent_at=None, received_at=1, secured=30)
    while store.destroy_secured() is True:
        pass
    destroyed = {entry.seq for entry in entries(store) if not entry.envelope}
    store.close()
    zero_header(station)

    store = opened(station)

    assert {entry.seq for entry in entries(store) if not entry.envelope} == destroyed
    assert whole(store, made) == set(range(1, MANY + 1)) - destroyed
    store.close()


def test_a_lost_table_of_the_hubs_word_is_heard_again(
    station: Station, filled: list[Recorded]
) -> None:
    with closing(sqlite3.connect(database(station))) as raw:
        (root,) = raw.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'watermark'"
        ).fetchone()
        raw.execute("PRAGMA journal_mode = DELETE")
    overwrite(database(station), (root - 1) * PAGE, bytes(PAGE))

    store = opened(station)
    hear(store, MANY, filled[-1].hash)

    standing = store.standing()
    assert not isinstance(standing, StoreTrouble)
    assert (standing.watermark, standing.trouble) == (MANY, None)
    store.close()


def test_a_power_cut_before_the_new_file_takes_its_place(
    station: Station, filled: list[Recorded], monkeypatch: pytest.MonkeyPatch
) -> None:
    zero_header(station)

    def cut(_: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("sync.edge.store.rebuilding.finish", cut)
        with pytest.raises(KeyboardInterrupt):
            station.try_store(vault=VAULT)

    store = opened(station)

    assert whole(store, filled) == set(range(1, MANY + 1))
    assert told(store).aside == "set-aside-1"
    store.close()


@pytest.mark.usefixtures("filled")
def test_a_whole_store_is_left_alone(station: Station) -> None:
    store = opened(station)

    assert store.rebuilt() is None
    assert not list(station.profile.store.glob("set-aside-*"))
    after, pieces = 0, 0
    while (found := store.look_further(after)) and isinstance(found, int):
        after, pieces = found, pieces + 1
    assert (after, pieces) == (MANY, 1)
    store.close()
