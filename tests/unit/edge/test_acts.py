"""What is recorded without a registration number: beside preregistrations, in the same chain."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Recorded, RecordedAct
from sync.edge.outbox import Outbox, OutboxEntry
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model import operation, registration_number
from sync.model.operation import Act
from sync.wire import envelope
from tests.unit.edge.stations import CODE, NAME, Station, make_station, preregistration
from tests.unit.model.examples import IDENTIFIED, LEFT, READY, RIGHT


def new_id() -> UUID:
    return uuid7(time.time_ns() // 1_000_000)


def record(journal: Journal, operation_id: UUID | None = None) -> Recorded:
    done = journal.record(operation_id or new_id(), preregistration)
    assert isinstance(done, Recorded), done
    return done


def act(journal: Journal, what: Act = READY, operation_id: UUID | None = None) -> RecordedAct:
    done = journal.record_act(operation_id or new_id(), what)
    assert isinstance(done, RecordedAct), done
    return done


@pytest.mark.parametrize("what", [IDENTIFIED, READY])
def test_an_act_is_sealed_in_the_chain_of_its_station(
    station: Station, store: Store, what: Act
) -> None:
    journal = station.journal(store)
    before, done, after = record(journal), act(journal, what), record(journal)
    ids = [one.operation_id for one in (before, after)]
    ids.insert(1, done.operation_id)
    entries = store.entries(1, most=9)
    assert isinstance(entries, list)
    assert [entry.kind for entry in entries] == [
        "preregistration",
        operation.kind_of(what),
        "preregistration",
    ]
    prev = envelope.genesis(NAME)
    for entry, operation_id in zip(entries, ids, strict=True):
        read = envelope.parse(entry.envelope)
        assert envelope.verify(read, station.signer.verifying_key)
        assert (read.header.prev, read.header.operation_id) == (prev, operation_id)
        prev = read.hash
    inside = envelope.parse(entries[1].envelope)
    plain = envelope.open_body(inside, station.hub.unsealing)
    assert operation.from_plain(inside.header.kind, inside.header.kind_version, plain) == what


def test_an_act_uses_no_registration_number_up(station: Station, store: Store) -> None:
    journal = station.journal(store)
    act(journal)
    first = record(journal)
    act(journal, IDENTIFIED)
    act(journal)
    second = record(journal)
    assert [first.registration_number, second.registration_number] == [
        registration_number.issue(CODE, counter).text for counter in (1, 2)
    ]


@given(st.lists(st.booleans(), max_size=14))
@settings(max_examples=25, deadline=None)
def test_each_number_leads_to_the_entry_that_issued_it(
    tmp_path_factory: pytest.TempPathFactory, issues: list[bool]
) -> None:
    station = make_station(tmp_path_factory.mktemp("mixed") / "station")
    store = station.store()
    journal = station.journal(store)
    issued = [record(journal).seq if one else act(journal).seq for one in issues]
    outbox = Outbox(store)
    numbered = [seq for seq, one in zip(issued, issues, strict=True) if one]
    for counter, seq in enumerate(numbered, 1):
        found = outbox.of_registration(counter)
        assert isinstance(found, OutboxEntry)
        assert (found.seq, found.counter) == (seq, counter)
    for counter in (-1, 0, sum(issues) + 1):
        assert outbox.of_registration(counter) is None
    store.close()


def test_twice_the_same_is_once_also_after_a_restart(station: Station) -> None:
    operation_id = new_id()
    store = station.store()
    first = act(station.journal(store), IDENTIFIED, operation_id)
    again = act(station.journal(store), IDENTIFIED, operation_id)
    store.close()
    store = station.store()
    journal = station.journal(store)
    assert (
        act(journal, IDENTIFIED, operation_id)
        == again
        == RecordedAct(first.seq, operation_id, first.hash, first.recorded_at, again=True)
    )
    assert not first.again
    assert act(journal).seq == 2
    store.close()


def test_an_operation_id_stands_for_one_thing(station: Station, store: Store) -> None:
    journal, identified, registered = station.journal(store), new_id(), new_id()
    act(journal, IDENTIFIED, identified)
    record(journal, registered)
    with pytest.raises(ValueError, match="another kind: preregistration"):
        journal.record_act(registered, READY)
    with pytest.raises(ValueError, match="another kind: identification"):
        journal.record_act(identified, READY)
    with pytest.raises(ValueError, match="another kind: identification"):
        journal.record(identified, preregistration)


def test_an_act_is_held_with_everything_else(station: Station, store: Store) -> None:
    assert store.hold("store.forked", hub_time=5) is None
    held = station.journal(store).record_act(new_id(), READY)
    assert held == StoreTrouble("store.forked")


def test_an_act_has_no_number_in_the_outbox(station: Station, store: Store) -> None:
    journal = station.journal(store)
    record(journal)
    act(journal)
    entries = Outbox(store).entries()
    assert isinstance(entries, tuple)
    assert [(entry.kind, entry.counter) for entry in entries] == [
        ("preregistration", 1),
        ("readiness", None),
    ]


def test_a_station_cannot_read_a_finger_that_it_recorded(station: Station) -> None:
    """Neither as it was nor compressed, and with no key of its own: the key of the body is gone."""
    marks = [bytes(range(256)) * 8, bytes(reversed(range(256))) * 8]
    fingers = tuple(
        replace(one, template=mark) for one, mark in zip((LEFT, RIGHT), marks, strict=True)
    )
    store = station.store()
    journal = station.journal(store)
    journal.prepare()
    act(journal, replace(IDENTIFIED, fingers=fingers))
    folder = station.profile.store
    found = contents(folder)
    store.close()
    for data in (*found, *contents(folder)):
        for mark in marks:
            assert mark[:64] not in data
        assert IDENTIFIED.codice_fiscale.encode() not in data
        assert b"Rossi" not in data


def contents(folder: Path) -> list[bytes]:
    """Every file of a folder."""
    return [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
