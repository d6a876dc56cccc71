"""What is committed stays; what is not a hub's is not touched."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

import pytest
from sqlite_utils import Database

from sync.hub.migrations import MIGRATIONS, STEPS
from sync.hub.store import chains
from sync.hub.store.database import IntegrityError, Store, StoreError
from sync.wire import batch
from sync.wire.batch import Absent
from tests.unit.hub.stations import Bench, Station


def refusal(path: Path) -> str:
    with pytest.raises(StoreError) as refused:
        Store.open(path)
    return refused.value.code


def test_commits_are_durable(store: Store) -> None:
    assert store.row("PRAGMA journal_mode") == ("wal",)
    assert store.row("PRAGMA synchronous") == (2,)
    assert store.row("PRAGMA foreign_keys") == (1,)


def test_nobody_else_reads_the_registry(store: Store, registry_path: Path) -> None:
    with store.transaction():
        store.run("UPDATE station SET code = 1")
    for path in registry_path.parent.glob("registry.db*"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_opens_again_and_again(registry_path: Path) -> None:
    opened = Store.open(registry_path)
    with opened.transaction():
        chains.enrol(opened, "kiosk-0001", 17, b"key", 0)
    written = chains.stations(opened)
    opened.close()
    for _ in range(3):
        opened = Store.open(registry_path)
        assert chains.stations(opened) == written != []
        opened.close()


def test_steps_are_the_migrations_of_the_program() -> None:
    database = Database(memory=True)
    assert tuple(step.name for step in MIGRATIONS.pending(database)) == STEPS
    database.close()


def test_registry_of_a_newer_program_is_left_alone(registry_path: Path) -> None:
    Store.open(registry_path).close()
    with sqlite3.connect(registry_path) as newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('sportello-hub', 'm0002_of_the_future', 'tomorrow')"
        )
    newer.close()
    assert refusal(registry_path) == "store.newer"


def test_other_sqlite_file_is_left_alone(registry_path: Path) -> None:
    with sqlite3.connect(registry_path) as other:
        other.execute("CREATE TABLE something (a)")
    other.close()
    before = registry_path.read_bytes()
    assert refusal(registry_path) == "store.foreign"
    assert registry_path.read_bytes() == before


def test_file_that_is_no_database_is_left_alone(registry_path: Path) -> None:
    registry_path.write_bytes(b"certainly not a database" * 1000)
    assert refusal(registry_path) == "store.foreign"


def test_reader_says_that_there_is_nothing(registry_path: Path) -> None:
    with pytest.raises(StoreError, match="init"):
        Store.open_reader(registry_path)


def test_reader_sees_what_is_committed_and_changes_nothing(
    bench: Bench, registry_path: Path
) -> None:
    bench.enrolled("kiosk-0001", 17)
    reader = Store.open_reader(registry_path)
    try:
        assert [station.name for station in chains.stations(reader)] == ["kiosk-0001"]
        with pytest.raises(StoreError, match="read-only"), reader.transaction():
            reader.run("DELETE FROM station")
    finally:
        reader.close()


def test_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert refusal(tmp_path / "missing" / "registry.db") == "store.failed"


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only files")
def test_read_only_file(registry_path: Path) -> None:
    Store.open(registry_path).close()
    registry_path.chmod(0o400)
    assert refusal(registry_path) == "store.read-only"


def test_transaction_is_all_or_nothing(bench: Bench) -> None:
    def fail_halfway() -> None:
        with bench.store.transaction():
            chains.enrol(bench.store, "kiosk-0001", 17, b"key", 0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert chains.stations(bench.store) == []


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM entry",
        "UPDATE entry SET hash = zeroblob(32)",
        "DELETE FROM decision",
        "UPDATE decision SET outcome = 'refused', code = 'x'",
        "INSERT OR REPLACE INTO decision SELECT * FROM decision",
        "UPDATE entry SET envelope = x'00'",
        "INSERT OR REPLACE INTO entry SELECT * FROM entry",
    ],
)
def test_entries_and_decisions_are_final(bench: Bench, station: Station, statement: str) -> None:
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    before = bench.store.rows("SELECT * FROM entry JOIN decision USING (station, seq)")
    with pytest.raises(IntegrityError), bench.store.transaction():
        bench.store.run(statement)
    after = bench.store.rows("SELECT * FROM entry JOIN decision USING (station, seq)")
    assert after == before


def test_hash_is_final_where_it_is_vouched_for_alone(bench: Bench, station: Station) -> None:
    """Entry 2 is vouched for by the envelope 3; entry 1 by nobody."""
    _, second, third = station.record_many(1, 3)
    bench.take(station, batch.pack([Absent(1, bytes(32)), Absent(2, second.hash), third]))
    for seq in (2, 3):
        with pytest.raises(IntegrityError), bench.store.transaction():
            bench.store.run("UPDATE entry SET hash = zeroblob(32) WHERE seq = ?", seq)
    with bench.store.transaction():
        assert bench.store.run("UPDATE entry SET hash = zeroblob(32) WHERE seq = 1") == 1


def test_person_has_one_registration_in_force(bench: Bench, station: Station) -> None:
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    with pytest.raises(IntegrityError), bench.store.transaction():
        bench.store.run(
            "UPDATE registration SET codice_fiscale = (SELECT min(codice_fiscale) FROM registration)"
        )
