from __future__ import annotations

import hashlib
import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Recorded
from sync.edge.space import Space
from sync.edge.store import (
    FILE_NAME,
    Acknowledged,
    Head,
    JournalEntry,
    LinkRow,
    Standing,
    Store,
)
from sync.edge.trouble import UNAVAILABLE, StoreTrouble
from sync.wire.envelope import genesis
from sync.wire.receipt import Accepted, Missing, Outcome, Refused
from tests.unit.edge.disks import Disk, small_disk
from tests.unit.edge.stations import CODE, NAME, Station, make_station, preregistration

MIB = 1 << 20
UP = LinkRow(
    connected=True,
    hub_present=True,
    code="link.up",
    since=5,
    heartbeat=6,
    next_try_at=None,
    in_flight=(1, 9),
    sent_at=7,
)


def record(journal: Journal, count: int = 1) -> list[Recorded]:
    done = []
    for _ in range(count):
        one = journal.record(uuid7(time.time_ns() // 1_000_000), preregistration)
        assert isinstance(one, Recorded), one
        done.append(one)
    return done


def try_record(journal: Journal) -> Recorded | StoreTrouble:
    return journal.record(uuid7(time.time_ns() // 1_000_000), preregistration)


@contextmanager
def raw(station: Station) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(station.profile.store / FILE_NAME)) as connection:
        yield connection
        connection.commit()


def acknowledge(
    store: Store,
    up_to: int,
    outcomes: dict[int, Outcome] | None = None,
    *,
    decided: int | None = None,
    hub_time: int = 1000,
) -> StoreTrouble | None:
    return store.acknowledge(
        up_to,
        up_to if decided is None else decided,
        outcomes or {},
        data=b"signed",
        hub_time=hub_time,
        sent_at=5,
        received_at=6,
    )


# --- durability


def test_commits_are_durable(station: Station, store: Store) -> None:
    """WAL with synchronous=FULL, in force on the connection that writes."""
    connection = store._connection._raw
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert store.note_link(UP) is None
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)
    assert station.profile.store.stat().st_mode & 0o777 == 0o700
    for path in station.profile.store.iterdir():
        assert path.stat().st_mode & 0o077 == 0, path


def test_the_log_is_made_ahead(station: Station, store: Store) -> None:
    """So that no record pays for its growth."""
    log = station.profile.store / f"{FILE_NAME}-wal"
    size = log.stat().st_size
    assert size > 2_000_000
    record(station.journal(store), 600)
    assert log.stat().st_size == size
    second = station.store()
    assert log.stat().st_size == size
    second.close()
    store.close()
    assert not log.exists()
    reopened = station.store()
    assert log.stat().st_size == size
    assert len(reopened.entries(1, most=1000)) == 600  # type: ignore[arg-type]
    reopened.close()


def test_opening_again_gives_up_no_lock(station: Station, store: Store) -> None:
    """POSIX takes a file's locks from a process that closes any handle of it."""
    held = store._connection._raw
    held.execute("BEGIN IMMEDIATE")
    code = (
        "import sqlite3, sys; sqlite3.connect(sys.argv[1], timeout=0.1).execute('BEGIN IMMEDIATE')"
    )
    command = [sys.executable, "-c", code, str(station.profile.store / FILE_NAME)]
    assert b"locked" in subprocess.run(command, capture_output=True, check=False).stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sync.edge.store.connection._WAIT_SECONDS", 0.1)
        assert station.try_store() == StoreTrouble("store.busy")
    assert b"locked" in subprocess.run(command, capture_output=True, check=False).stderr
    held.execute("ROLLBACK")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_durability_is_set_at_every_open(station: Station, store: Store) -> None:
    store.close()
    with raw(station) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    reopened = station.store()
    assert reopened._connection._raw.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    reopened.close()


def test_settings_that_do_not_take_are_told(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that SQLite will not put into WAL mode: another program holds it in the old one."""
    station.store().close()
    with raw(station) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("sync.edge.store.connection._WAIT_SECONDS", 0.1)
        assert station.try_store() in {
            StoreTrouble("store.busy"),
            StoreTrouble("store.not-durable"),
        }


def test_what_is_recorded_cannot_be_changed(station: Station, store: Store) -> None:
    record(station.journal(store), 3)
    for statement in (
        "UPDATE journal SET kind = 'x' WHERE seq = 1",
        "DELETE FROM journal WHERE seq = 3",
        "UPDATE watermark SET up_to = -1",
        "DELETE FROM watermark",
    ):
        with pytest.raises(sqlite3.IntegrityError), raw(station) as connection:
            connection.execute(statement)
    replaced = (
        "INSERT OR REPLACE INTO journal (seq, operation_id, kind, counter, recorded_at, hash,"
        " envelope) SELECT 3, operation_id, kind, counter, recorded_at, hash, zeroblob(5)"
        " FROM journal WHERE seq = 3"
    )
    with pytest.raises(sqlite3.IntegrityError):
        store._connection._raw.execute(replaced)


def test_types_are_strict(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        store._connection._raw.execute(
            "INSERT INTO journal (seq, operation_id, kind, counter, recorded_at, hash, envelope)"
            " VALUES ('x', randomblob(16), 'k', 1, 1, randomblob(32), x'00')"
        )


# --- whose store


def test_it_belongs_to_one_station(station: Station, store: Store) -> None:
    record(station.journal(store))
    store.close()
    folder = station.profile.store
    for name, code in (("kiosk-0002", CODE), (NAME, CODE + 1)):
        assert Store.open(folder, station=name, code=code) == StoreTrouble("store.foreign")
    assert isinstance(station.try_store(), Store)


def test_another_programs_file_is_left_alone(station: Station) -> None:
    station.profile.store.mkdir()
    with raw(station) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    before = (station.profile.store / FILE_NAME).read_bytes()
    assert station.try_store() == StoreTrouble("store.foreign")
    assert (station.profile.store / FILE_NAME).read_bytes() == before


def test_a_newer_store_is_left_alone(station: Station, store: Store) -> None:
    record(station.journal(store), 2)
    store.close()
    with raw(station) as connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('sportello-store', '0999_of_tomorrow', '2031-01-01')"
        )
    assert station.try_store() == StoreTrouble("store.newer")
    with raw(station) as connection:
        assert connection.execute("SELECT count(*) FROM journal").fetchone() == (2,)


# --- damage


@pytest.mark.parametrize(
    "content", [b"no database at all" * 100, b"SQLite format 3\x00" + bytes(9)]
)
def test_a_file_that_is_no_database(station: Station, content: bytes) -> None:
    station.profile.store.mkdir()
    (station.profile.store / FILE_NAME).write_bytes(content)
    opened = station.store()
    assert try_record(station.journal(opened)) == StoreTrouble("store.rebuilt")
    opened.close()
    assert (station.profile.store / "set-aside-1" / FILE_NAME).read_bytes() == content


def test_nothing_is_recorded_after_a_head_that_is_not_what_was_recorded(
    station: Station, store: Store
) -> None:
    """It is not known whether the envelope or its hash is wrong, and the next builds on it."""
    done = record(station.journal(store), 3)
    store.close()
    damage(station, 3)
    reopened = station.store()
    journal = station.journal(reopened)
    assert try_record(journal) == StoreTrouble("store.rebuilt")
    # What is there can still be looked at and sent.
    found = reopened.entries(1, most=10)
    assert isinstance(found, list)
    assert [entry.hash for entry in found] == [one.hash for one in done]
    reopened.close()


def test_pages_that_contradict_each_other_are_told(station: Station, store: Store) -> None:
    record(station.journal(store), 40)
    store.close()
    path = station.profile.store / FILE_NAME
    data = bytearray(path.read_bytes())
    # Everything but the first pages, which hold the schema.
    for place in range(2048 * 20, len(data)):
        data[place] = 0xA5
    path.write_bytes(data)
    opened = station.store()
    assert try_record(station.journal(opened)) == StoreTrouble("store.rebuilt")
    opened.close()
    assert (station.profile.store / "set-aside-1" / FILE_NAME).read_bytes() == data


def damage(station: Station, seq: int) -> None:
    """Changes one bit of a recorded envelope, as a failing disk would."""
    with raw(station) as connection:
        connection.execute("DROP TRIGGER IF EXISTS journal_is_not_changed")
        data = connection.execute("SELECT envelope FROM journal WHERE seq = ?", (seq,)).fetchone()[
            0
        ]
        middle = len(data) // 2
        changed = data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]
        connection.execute("UPDATE journal SET envelope = ? WHERE seq = ?", (changed, seq))


def test_a_lost_side_file_loses_nothing_committed_before(station: Station, store: Store) -> None:
    """What is in the log only is lost with the log; what is in the file stays consistent."""
    record(station.journal(store), 3)
    store.close()  # folds the log into the file
    assert not (station.profile.store / f"{FILE_NAME}-wal").exists()
    reopened = station.store()
    head = reopened.head()
    assert isinstance(head, Head)
    assert head.seq == 3
    reopened.close()


# --- space


def test_a_full_disk_stops_records_and_not_acknowledgements(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24 * MIB) as disk:
        station = make_station(disk.folder / "station")
        store = station.store(floor=4 * MIB, ballast=2 * MIB)
        journal = station.journal(store)
        done = record(journal, 20)
        disk.fill(leave=3 * MIB)
        assert try_record(journal) == StoreTrouble("store.full")
        # Recorded before is recorded, also when asked again.
        again = journal.record(done[0].operation_id, preregistration)
        assert again == replace(done[0], again=True)
        # There is no room at all any more, and still the hub's word is kept.
        disk.fill()
        for up_to in range(1, 21):
            assert acknowledge(store, up_to, {up_to: Accepted()}) is None
        assert standing(store).watermark == 20
        disk.empty()
        assert record(journal)[0].seq == 21
        store.close()


def test_the_ballast_comes_back_when_there_is_space(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24 * MIB) as disk:
        station = make_station(disk.folder / "station")
        store = station.store(floor=4 * MIB, ballast=2 * MIB)
        ballast = station.profile.store / "ballast"
        assert ballast.stat().st_size == 2 * MIB
        record(station.journal(store), 3)
        grow_the_log(store)
        disk.fill()
        # More than the log has room for: it must grow, and only the ballast makes that possible.
        outcomes: dict[int, Outcome] = {
            seq: Refused("x" * 60, "R-003-1", "y" * 60) for seq in range(1, 3000)
        }
        assert acknowledge(store, 3, outcomes) is None
        assert not ballast.exists()
        disk.empty()
        assert acknowledge(store, 3, {}, hub_time=2000) is None
        assert ballast.stat().st_size == 2 * MIB
        store.close()


def grow_the_log(store: Store) -> None:
    """Uses up the log that was made ahead, without folding it in."""
    connection = store._connection._raw
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    count = 0
    while Path(store.folder / f"{FILE_NAME}-wal").stat().st_size < 2_200_000:
        count += 1
        store.note_link(replace(UP, heartbeat=count))


def test_a_disk_that_is_full_at_the_start(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24 * MIB) as disk:
        station = make_station(disk.folder / "station")
        store = station.store(floor=4 * MIB, ballast=2 * MIB)
        done = record(station.journal(store), 3)
        store.close()
        disk.fill()
        opened = station.try_store(floor=4 * MIB, ballast=2 * MIB)
        assert isinstance(opened, Store)
        journal = station.journal(opened)
        assert try_record(journal) == StoreTrouble("store.full")
        assert acknowledge(opened, 3) is None
        disk.empty()
        assert record(journal)[0].seq == done[-1].seq + 1
        opened.close()


def test_every_record_is_whole_or_absent_on_a_disk_that_fills_up(tmp_path: Path) -> None:
    """Without a floor, so that SQLite itself meets the end of the disk."""
    with small_disk(tmp_path / "disk", 8 * MIB) as disk:
        station = make_station(disk.folder / "station")
        store = station.store(floor=0, ballast=0)
        journal = station.journal(store)
        disk.fill(leave=200_000)
        done: list[Recorded] = []
        trouble: StoreTrouble | None = None
        for _ in range(3000):
            one = try_record(journal)
            if isinstance(one, StoreTrouble):
                trouble = one
                break
            done.append(one)
        assert trouble == StoreTrouble("store.full")
        assert done
        store.close()
        disk.empty()
        reopened = station.store()
        found = reopened.entries(1, most=5000)
        assert isinstance(found, list)
        assert [entry.hash for entry in found] == [one.hash for one in done]
        assert record(station.journal(reopened))[0].seq == len(done) + 1
        reopened.close()


# --- read-only


def test_a_read_only_store_is_told_and_mended(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 24 * MIB) as disk:
        station = make_station(disk.folder / "station")
        store = station.store()
        done = record(station.journal(store), 2)
        store.close()
        disk.lock()
        assert station.try_store() == StoreTrouble("store.read-only")
        disk.unlock()
        reopened = station.store()
        assert record(station.journal(reopened))[0].seq == len(done) + 1
        reopened.close()


def test_a_file_that_cannot_be_written_is_told(station: Station, store: Store) -> None:
    record(station.journal(store))
    store.close()
    path = station.profile.store / FILE_NAME
    path.chmod(0o400)
    if os.access(path, os.W_OK):
        pytest.skip("root writes to read-only files")
    assert station.try_store() == StoreTrouble("store.read-only")


def test_a_folder_that_is_a_file(station: Station) -> None:
    station.profile.store.write_bytes(b"")
    assert station.try_store() == StoreTrouble("store.unavailable")


def test_a_store_that_somebody_holds_is_busy(
    station: Station, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.close()
    monkeypatch.setattr("sync.edge.store.connection._WAIT_SECONDS", 0.1)
    store = station.store()
    journal = station.journal(store)
    with raw(station) as connection:
        connection.execute("BEGIN IMMEDIATE")
        assert try_record(journal) == StoreTrouble("store.busy")
        assert acknowledge(store, 0) == StoreTrouble("store.busy")
        assert store.note_link(UP) == StoreTrouble("store.busy")
    assert record(journal)[0].seq == 1
    store.close()


# --- what the hub said


def standing(store: Store) -> Standing:
    found = store.standing()
    assert isinstance(found, Standing)
    return found


def test_the_watermark_only_goes_forward(station: Station, store: Store) -> None:
    record(station.journal(store), 5)
    assert standing(store) == Standing(0, 0, 0, None)
    assert acknowledge(store, 3, decided=1) is None
    assert acknowledge(store, 2, decided=2, hub_time=900) is None
    assert standing(store) == Standing(3, 2, 1000, None)
    assert store.acknowledged(3) == Acknowledged(5, 6)
    assert store.acknowledged(4) is None


def test_outcomes_are_kept_and_renewed(station: Station, store: Store) -> None:
    record(station.journal(store), 4)
    refused = Refused("email.cec-pac", "R-003-31", "remedy.correct-and-repeat")
    assert acknowledge(store, 3, {1: Accepted(), 2: refused, 3: Missing()}) is None
    assert store.verdicts() == {2: refused, 3: Missing()}
    # A later word counts, an earlier one that was overtaken does not.
    assert acknowledge(store, 3, {3: Accepted()}, hub_time=2000) is None
    assert acknowledge(store, 3, {2: Accepted(), 3: Missing()}, hub_time=1500) is None
    assert store.verdicts() == {2: refused}
    assert acknowledge(store, 4, {4: Refused("a", None, "")}, hub_time=1500) is None
    assert store.verdicts() == {2: refused, 4: Refused("a", None, "")}


def test_a_store_at_odds_with_the_hub_records_no_more(station: Station, store: Store) -> None:
    journal = station.journal(store)
    done = record(journal)
    for code in ("store.behind-hub", "store.forked"):
        assert store.hold(code, hub_time=1000) is None
        assert try_record(journal) == StoreTrouble(code)
        assert journal.record(done[0].operation_id, preregistration) == replace(done[0], again=True)
    store.close()
    reopened = station.store()
    journal = station.journal(reopened)
    assert try_record(journal) == StoreTrouble("store.forked")
    # An acknowledgement from before does not release it; a later one that agrees does.
    assert acknowledge(reopened, 1, hub_time=1000) is None
    assert try_record(journal) == StoreTrouble("store.forked")
    assert acknowledge(reopened, 1, hub_time=1001) is None
    assert record(journal)[0].seq == 2
    # Nor does an old contradiction come back.
    assert reopened.hold("store.forked", hub_time=999) is None
    assert standing(reopened).trouble is None
    reopened.close()


def test_the_newest_trust_list_is_remembered(station: Station, store: Store) -> None:
    assert store.trust_version() == 0
    assert store.take_trust_version(3) is None
    assert store.take_trust_version(2) is None
    store.close()
    reopened = station.store()
    assert reopened.trust_version() == 3
    reopened.close()


def test_what_the_link_does_is_noted(store: Store) -> None:
    found = store.link()
    assert isinstance(found, LinkRow)
    assert (found.connected, found.code) == (False, "link.never-started")
    assert store.note_link(UP) is None
    assert store.link() == UP
    away = replace(UP, in_flight=None, sent_at=None, next_try_at=99, connected=False)
    assert store.note_link(away) is None
    assert store.link() == away


def test_chain_look_ups(station: Station, store: Store) -> None:
    done = record(station.journal(store), 25)
    assert store.hash_at(0) == genesis(NAME)
    assert store.hash_at(25) == done[24].hash
    assert store.hash_at(26) is None
    assert store.operation_ids(24, 30) == {24: done[23].operation_id, 25: done[24].operation_id}
    found = store.find(done[6].operation_id)
    assert isinstance(found, JournalEntry)
    assert found.seq == 7
    assert store.find(UUID(int=0)) is None
    some = store.entries(24, most=50)
    assert isinstance(some, list)
    assert [entry.seq for entry in some] == [24, 25]
    assert all(hashlib.sha256(entry.envelope).digest() == entry.hash for entry in some)


def test_a_number_leads_to_its_entry(station: Station, store: Store) -> None:
    assert store.entry_of_number(1) is None
    record(station.journal(store), 25)
    for counter in range(1, 26):
        found = store.entry_of_number(counter)
        assert isinstance(found, JournalEntry)
        assert found.counter == counter
    for counter in (0, 26, 1000, -1):
        assert store.entry_of_number(counter) is None


def test_space_that_does_not_answer_is_none(tmp_path: Path) -> None:
    space = Space(tmp_path / "missing")
    assert space.free() == 0
    assert space.is_low()
    space.lay_ballast()
    assert not space.drop_ballast()


def test_a_disk_of_its_own_is_small(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2 * MIB) as disk:
        assert isinstance(disk, Disk)
        assert disk.free() <= 2 * MIB
        disk.fill()
        assert disk.free() < 4096


def test_a_list_that_was_taken_cannot_be_put_back(store: Store) -> None:
    assert store.lists.version("documents") == 0
    assert store.lists.take("documents", 7) is None
    assert store.lists.take("documents", 3) is None
    assert store.lists.take("roster", 2) is None
    assert (store.lists.version("documents"), store.lists.version("roster")) == (7, 2)
    with closing(sqlite3.connect(store.folder / FILE_NAME)) as raw:
        for tampering in (
            "UPDATE signed_list SET version = 1",
            "UPDATE signed_list SET name = 'crl'",
            "DELETE FROM signed_list",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(tampering)


def test_a_store_of_the_first_schema_is_brought_to_this_one(station: Station) -> None:
    """What was recorded before stays, and the next number follows."""
    before = station.store()
    record(station.journal(before), 3)
    before.close()
    path = station.profile.store / FILE_NAME
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DROP TABLE signed_list")
        raw.execute("DELETE FROM _sqlite_migrations WHERE name = '0002_signed_lists'")
    after = station.store()
    assert after.lists.version("documents") == 0
    assert record(station.journal(after))[0].seq == 4
    after.close()


def test_a_store_that_was_closed_is_away_for_who_comes_late(store: Store) -> None:
    store.close()
    assert store.standing() == StoreTrouble(UNAVAILABLE)
