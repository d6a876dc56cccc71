from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.edge.clock import StationClock, uuid7
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.station import ProfileError
from sync.edge.store import FILE_NAME, Head, JournalEntry, Store
from sync.edge.trouble import StoreTrouble
from sync.model import operation, registration_number
from sync.model.preregistration import Preregistration
from sync.wire import envelope, proof
from sync.wire.envelope import ClockQuality
from sync.wire.proof import Proof
from sync.wire.signer import SoftwareSigner
from tests.unit.edge.stations import CODE, NAME, Station, make_station, preregistration


def new_id() -> UUID:
    return uuid7(time.time_ns() // 1_000_000)


def record(journal: Journal, operation_id: UUID | None = None) -> Recorded:
    done = journal.record(operation_id or new_id(), preregistration)
    assert isinstance(done, Recorded), done
    return done


def entries(store: Store) -> list[JournalEntry]:
    found = store.entries(1, most=10_000)
    assert isinstance(found, list), found
    return found


def test_what_is_recorded_is_signed_sealed_and_chained(station: Station, store: Store) -> None:
    journal = station.journal(store)
    done = [record(journal) for _ in range(5)]
    prev = envelope.genesis(NAME)
    for seq, (entry, one) in enumerate(zip(entries(store), done, strict=True), 1):
        read = envelope.parse(entry.envelope)
        assert envelope.verify(read, station.signer.verifying_key)
        assert (read.header.station, read.header.seq, read.header.prev) == (NAME, seq, prev)
        assert read.header.operation_id == one.operation_id == entry.operation_id
        assert read.hash == entry.hash == one.hash
        plain = envelope.open_body(read, station.hub.unsealing)
        found = operation.from_plain(read.header.kind, read.header.kind_version, plain)
        assert isinstance(found, Preregistration)
        assert found.registration_number == one.registration_number
        prev = read.hash


def test_numbers_count_up_and_carry_the_stations_code(station: Station, store: Store) -> None:
    journal = station.journal(store)
    numbers = [record(journal).registration_number for _ in range(3)]
    assert numbers == [registration_number.issue(CODE, counter).text for counter in (1, 2, 3)]


def test_the_receipt_proves_it_without_a_network(station: Station, store: Store) -> None:
    done = record(station.journal(store))
    read = proof.read_proof(done.proof)
    assert isinstance(read, Proof)
    assert proof.verify(read, station.profile.signing_key())
    assert read.registration_number == done.registration_number
    assert read.operation_hash == done.hash
    assert read.station == NAME
    assert read.recorded_at == round(done.recorded_at.timestamp() * 1000)
    assert abs(done.recorded_at - datetime.now(UTC)) < timedelta(minutes=1)


def test_twice_the_same_is_once(station: Station, store: Store) -> None:
    journal, operation_id = station.journal(store), new_id()
    first = record(journal, operation_id)
    record(journal)
    again = record(journal, operation_id)
    assert again == replace(first, again=True)
    assert (first.again, again.again) == (False, True)
    assert len(entries(store)) == 2


def test_twice_the_same_after_a_restart_is_once(station: Station) -> None:
    store, operation_id = station.store(), new_id()
    first = record(station.journal(store), operation_id)
    store.close()
    store = station.store()
    assert record(station.journal(store), operation_id) == replace(first, again=True)
    assert record(station.journal(store)).seq == 2
    store.close()


def test_two_programs_at_once_share_one_chain(station: Station) -> None:
    stores = [station.store() for _ in range(3)]
    journals = [station.journal(store) for store in stores]
    done: list[Recorded] = []

    def work(journal: Journal) -> None:
        done.extend(record(journal) for _ in range(20))

    threads = [threading.Thread(target=work, args=(journal,)) for journal in journals * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.seq for one in done) == list(range(1, 121))
    assert len({one.registration_number for one in done}) == 120
    prev = envelope.genesis(NAME)
    for entry in entries(stores[0]):
        assert envelope.parse(entry.envelope).header.prev == prev
        prev = entry.hash
    for store in stores:
        store.close()


def test_the_same_from_two_programs_at_once_is_once(station: Station) -> None:
    stores = [station.store() for _ in range(4)]
    operation_id = new_id()
    done: list[Recorded] = []
    gate = threading.Barrier(4)

    def work(store: Store) -> None:
        journal = station.journal(store)
        gate.wait(10)
        done.append(record(journal, operation_id))

    threads = [threading.Thread(target=work, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({(one.seq, one.registration_number, one.hash) for one in done}) == 1
    assert sorted(one.again for one in done) == [False, True, True, True]
    for store in stores:
        store.close()


def test_a_fault_while_composing_uses_nothing_up(station: Station, store: Store) -> None:
    journal = station.journal(store)

    def broken(_: Position) -> Preregistration:
        raise LookupError

    with pytest.raises(LookupError):
        journal.record(new_id(), broken)
    assert entries(store) == []
    assert record(journal).seq == 1


def test_an_operation_with_another_number_is_a_fault(station: Station, store: Store) -> None:
    journal = station.journal(store)
    for number in (None, registration_number.issue(CODE, 2).text):
        with pytest.raises(ValueError, match="registration number"):
            journal.record(
                new_id(),
                lambda position, number=number: replace(  # type: ignore[misc]
                    preregistration(position), registration_number=number
                ),
            )
    assert entries(store) == []


def test_a_key_that_is_not_the_stations_is_found_at_once(station: Station, store: Store) -> None:
    with pytest.raises(ProfileError, match="certificate"):
        Journal(
            store,
            station.profile,
            signer=SoftwareSigner.generate(),
            sealing_key=station.hub.unsealing.sealing_key,
        )


def test_numbers_run_out_with_a_word(station: Station, store: Store) -> None:
    record(station.journal(store))
    with sqlite3.connect(station.profile.store / FILE_NAME) as raw:
        last = registration_number.COUNTERS - 1
        raw.execute(
            "INSERT INTO journal (seq, operation_id, kind, counter, recorded_at, hash, envelope)"
            " SELECT 2, randomblob(16), kind, ?, recorded_at, hash, envelope FROM journal",
            (last,),
        )
    raw.close()
    store.close()
    reopened = station.store()
    operation_id = entries(reopened)[0].operation_id
    journal = station.journal(reopened)
    assert journal.record(new_id(), preregistration) == StoreTrouble("store.numbers-exhausted")
    assert record(journal, operation_id).again
    reopened.close()


@given(st.lists(st.integers(-(10**10), 10**11), min_size=1, max_size=8))
@settings(max_examples=20, deadline=None)
def test_order_is_that_of_recording_whatever_the_clock_says(
    tmp_path_factory: pytest.TempPathFactory, walls: list[int]
) -> None:
    """Clocks that jump by years, also before 1970."""
    station = make_station(tmp_path_factory.mktemp("clock") / "station")
    store = station.store()
    for wall in walls:
        clock = StationClock(wall=lambda wall=wall: wall * 1_000_000_000)  # type: ignore[misc]
        record(station.journal(store, clock))
    found = entries(store)
    assert [entry.seq for entry in found] == list(range(1, len(walls) + 1))
    assert [entry.counter for entry in found] == [entry.seq for entry in found]
    for entry, wall in zip(found, walls, strict=True):
        header = envelope.parse(entry.envelope).header
        assert header.clock.wall == max(0, wall * 1000)
        if wall < 0:
            assert header.clock.quality is ClockQuality.IMPOSSIBLE
    store.close()


def test_nothing_personal_is_readable_on_the_disk(station: Station, store: Store) -> None:
    record(station.journal(store))
    on_disk = b"".join(
        path.read_bytes() for path in station.profile.store.iterdir() if path.is_file()
    )
    for word in (b"Rossi", b"Mario", b"RSSMRA80A01L219M", b"example.org", b"Garibaldi", b"CA12345"):
        assert word not in on_disk
        assert word.hex().encode() not in on_disk


def test_preparing_changes_nothing_but_the_time(station: Station, store: Store) -> None:
    journal = station.journal(store)
    journal.prepare()
    first, second = record(journal), record(journal)
    assert (first.seq, second.seq) == (1, 2)
    for entry in entries(store):
        assert envelope.open_body(envelope.parse(entry.envelope), station.hub.unsealing) is not None


def test_a_recorded_shows_no_key(station: Station, store: Store) -> None:
    assert "igner" not in repr(record(station.journal(store)))


def test_head_follows(station: Station, store: Store, tmp_path: Path) -> None:
    assert tmp_path.exists()
    assert store.head() == Head(0, envelope.genesis(NAME), 0)
    done = record(station.journal(store))
    head = store.head()
    assert isinstance(head, Head)
    assert (head.seq, head.hash, head.counter) == (1, done.hash, 1)
