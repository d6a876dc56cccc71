"""What both engines promise: transactions, values, guards, claims, and the same schema."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from sync.hub.migrations import LATER, STEPS
from sync.hub.migrations.baseline import BASELINE
from sync.hub.migrations.steps import Guard
from sync.hub.store import chains, operators, readers, registrations, server_steps
from sync.hub.store.connecting import Address
from sync.hub.store.database import ALL, IntegrityError, Store, StoreError
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.sqlite import SqliteStore
from sync.wire.receipt import Accepted
from tests.contract.registry.conftest import Place
from tests.emulated.postgres import PrivatePostgres
from tests.unit.hub.stations import NOON, Bench, Station, identification


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def station(bench: Bench) -> Station:
    return bench.enrolled("kiosk-0001", 17)


def test_a_transaction_is_all_or_nothing(store: Store) -> None:
    def fail_halfway() -> None:
        with store.transaction():
            chains.enrol(store, "kiosk-0001", 17, b"key", 0)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail_halfway()
    assert chains.stations(store) == []
    with store.transaction():
        chains.enrol(store, "kiosk-0001", 17, b"key", 0)
    assert [one.name for one in chains.stations(store)] == ["kiosk-0001"]


def test_what_is_committed_others_see_and_what_is_not_they_do_not(place: Place) -> None:
    writer, other = place.open(), place.open_reader()
    with writer.transaction():
        chains.enrol(writer, "kiosk-0001", 17, b"key", 0)
        assert chains.stations(other) == []
    assert len(chains.stations(other)) == 1
    with other.snapshot():
        assert len(chains.stations(other)) == 1
        with writer.transaction():
            chains.enrol(writer, "kiosk-0002", 18, b"other key", 0)
        assert len(chains.stations(other)) == 1
    assert len(chains.stations(other)) == 2


def test_a_reader_changes_nothing(place: Place) -> None:
    writer, reader = place.open(), place.open_reader()
    with writer.transaction():
        chains.enrol(writer, "kiosk-0001", 17, b"key", 0)
    with pytest.raises(StoreError, match="read-only"), reader.transaction():
        reader.run("DELETE FROM station")
    assert len(chains.stations(reader)) == 1


def test_values_come_back_as_they_went_in(store: Store) -> None:
    data, text = bytes(range(256)), "Città 'di' \"Roma\" 100 % ? user"
    with store.transaction():
        store.run(
            "INSERT INTO list_held (station, name, version, told_at) VALUES (?, ?, ?, ?)",
            text,
            "user",
            2**62,
            1,
        )
        store.run("INSERT INTO daily_password (user, day, until) SELECT 1, '', 0 WHERE 1 = 0")
        chains.enrol(store, "kiosk-0001", 17, data, 0)
    assert store.rows("SELECT station, name, version, told_at FROM list_held") == [
        (text, "user", 2**62, 1)
    ]
    assert store.row("SELECT spki FROM station WHERE spki = ?", data) == (data,)
    assert store.row("SELECT sum(version), count(*) FROM list_held") == (2**62, 1)
    assert type((store.row("SELECT sum(told_at) FROM list_held") or ("",))[0]) is int
    assert store.rows("SELECT name FROM station ORDER BY name LIMIT ?", ALL) == [("kiosk-0001",)]
    assert store.row("SELECT 7 % 4, 'a%' LIKE '_%'") in {(3, 1), (3, True)}
    assert store.rows_among("SELECT name FROM station WHERE code IN", []) == []
    assert store.rows_among("SELECT name FROM station WHERE code IN", [3, 17]) == [("kiosk-0001",)]
    assert store.rows_among("SELECT name FROM station WHERE spki IN", [data]) == [("kiosk-0001",)]
    assert store.rows_among("SELECT code FROM station WHERE name IN", ["kiosk-0001"]) == [(17,)]


def test_a_text_that_no_text_can_be_finds_nobody(store: Store) -> None:
    """A NUL, from whoever types one into a page, is no defect of the hub."""
    assert registrations.by_number(store, "AAA\x00AAA") is None
    assert store.rows_among("SELECT name FROM station WHERE name IN", ["a\x00"]) == []


def test_texts_are_compared_byte_by_byte(store: Store) -> None:
    names = ["Z", "a", "b-1", "b1", "É", "é"]
    with store.transaction():
        store.run_many(
            "INSERT INTO list_held (station, name, version, told_at) VALUES (?, 'x', 0, 0)",
            [(name,) for name in reversed(names)],
        )
    assert [row[0] for row in store.rows("SELECT station FROM list_held ORDER BY 1")] == names


def test_every_guard_refuses_on_either_engine(bench: Bench, station: Station) -> None:
    store = bench.store
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    for change in (
        "DELETE FROM entry",
        "UPDATE entry SET hash = operation_id",
        "DELETE FROM decision",
        "UPDATE decision SET outcome = 'refused', code = 'x'",
    ):
        with pytest.raises(IntegrityError), store.transaction():
            store.run(change)
    with pytest.raises(IntegrityError), store.transaction():
        store.run("INSERT INTO entry SELECT * FROM entry")
    with pytest.raises(IntegrityError), store.transaction():
        store.run("UPDATE registration SET state = 'unheard of'")
    assert len(chains.entries(store, station.name, 1, 9)) == 2


def test_the_server_has_the_schema_of_the_file(
    tmp_path: Path, address: Address, keep: Callable[[Store], Store]
) -> None:
    """Columns with their kinds, what they must have, indexes, guards, references."""
    file, server = keep(SqliteStore.open(tmp_path / "r.db")), keep(PostgresStore.at(address))
    tables = [
        name
        for (name,) in file.rows(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '%sqlite%'"
        )
    ]
    kinds = {"bigint": "INTEGER", "bytea": "BLOB", "text": "TEXT"}
    for table in tables:
        wanted = {
            (name, kind, bool(needed or key), key > 0)
            for name, kind, needed, key in file.rows(
                'SELECT name, type, "notnull", pk FROM pragma_table_info(?)', table
            )
        }
        keys = server.rows(
            "SELECT attname FROM pg_index JOIN pg_attribute ON attrelid = indrelid"
            " AND attnum = ANY(indkey) WHERE indisprimary AND indrelid = CAST(? AS regclass)",
            table,
        )
        found = {
            (name, kinds[kind], needed, (name,) in keys)
            for name, kind, needed in server.rows(
                "SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute"
                " WHERE attrelid = CAST(? AS regclass) AND attnum > 0 AND attname <> 'rowid'",
                table,
            )
        }
        assert found == wanted, table
    for kind, question in (
        ("index", "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()"),
        (
            "trigger",
            (
                "SELECT tgname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE NOT"
                " tgisinternal AND relnamespace = CAST(current_schema() AS regnamespace)"
            ),
        ),
    ):
        named = file.rows(
            "SELECT name FROM sqlite_schema WHERE type = ? AND name NOT LIKE '%sqlite%'", kind
        )
        assert set(named) - set(server.rows(question)) == set(), kind
    references = (
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f'"
        " AND connamespace = CAST(current_schema() AS regnamespace)"
    )
    wanted_references = sum(
        len(file.rows("SELECT DISTINCT id FROM pragma_foreign_key_list(?)", table))
        for table in tables
    )
    assert server.row(references) == (wanted_references,)


def test_steps_are_told_and_done_once(place: Place) -> None:
    for _ in range(2):
        place.open().close()
    store = place.open()
    assert place.open_reader().row("SELECT count(*) FROM station") == (0,)
    if isinstance(store, PostgresStore):
        done = store.rows("SELECT name FROM migration")
        assert sorted(name for (name,) in done) == sorted(STEPS)


def test_a_server_of_any_version_before_is_brought_up_to_date(
    address: Address, keep: Callable[[Store], Store], monkeypatch: pytest.MonkeyPatch
) -> None:
    """One step after the other, with what older programs have kept in it meanwhile."""
    before = len(STEPS) - len(LATER)
    for later in range(len(LATER) + 1):
        with monkeypatch.context() as older:
            older.setattr(server_steps, "LATER", LATER[:later])
            older.setattr(server_steps, "STEPS", STEPS[: before + later])
            store = keep(PostgresStore.at(address))
        with store.transaction():
            chains.enrol(store, f"kiosk-{later:04}", later, bytes([later]), 0)
    assert len(chains.stations(store)) == len(LATER) + 1
    assert store.row("SELECT count(*) FROM migration") == (len(STEPS),)
    with monkeypatch.context() as older:
        older.setattr(server_steps, "STEPS", STEPS[:-1])
        with pytest.raises(StoreError) as told:
            PostgresStore.at(address)
    assert told.value.code == "store.newer"


def test_connections_that_read_are_used_again(
    address: Address, keep: Callable[[Store], Store], server: PrivatePostgres
) -> None:
    writer = keep(PostgresStore.at(address))
    first = readers.borrow(address)
    number = first.row("SELECT pg_backend_pid()")
    second = readers.borrow(address)
    assert second.row("SELECT pg_backend_pid()") != number
    first.close()
    again = readers.borrow(address)
    assert again.row("SELECT pg_backend_pid()") == number
    with pytest.raises(StoreError, match="read-only"), again.transaction():
        again.run("DELETE FROM station")
    again.close()
    second.close()
    with psycopg.connect(server.admin_url(), autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'hub'"
        )
    fresh = readers.borrow(address)
    assert chains.stations(fresh) == []
    fresh.close()
    with pytest.raises(StoreError):
        chains.stations(writer)


def test_a_claim_is_one_connections(place: Place) -> None:
    first, second = place.open(), place.open()
    assert first.claim("duties")
    assert first.claim("duties")
    assert not second.claim("duties")
    assert second.claim("another")
    first.close()
    deadline = time.monotonic() + 30
    while not second.claim("duties"):  # a server lets go of it when it has noticed
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_operations_of_a_station_are_entered_once(bench: Bench, station: Station) -> None:
    station.record_many(1, 3)
    station.record(identification(4))
    first = bench.send(station, 1, 4)
    assert [type(answer.outcome) for answer in first.answers] == [Accepted] * 4
    again = bench.send(station, 1, 4)
    assert (again.up_to, again.head) == (first.up_to, first.head)
    assert len(registrations.registrations(bench.store)) == 3
    bench.restart(bench.store)
    assert bench.send(station, 2, 4).up_to == 4
    assert bench.store.row("SELECT count(*) FROM entry") == (4,)


def test_of_a_cards_lines_the_last_counts(store: Store) -> None:
    assert operators.last(store, bytes(32)) == []
    assert operators.lines_at(store, bytes(32), NOON) == []


def test_every_guard_of_the_steps_has_its_table() -> None:
    made = {
        found[1]
        for step in (BASELINE, *LATER)
        for text in step.on_postgresql()
        if (found := re.search(r"CREATE TABLE (\w+)", text))
    }
    guards = [
        one for step in (BASELINE, *LATER) for one in step.statements if isinstance(one, Guard)
    ]
    assert guards
    assert {one.table for one in guards} <= made
