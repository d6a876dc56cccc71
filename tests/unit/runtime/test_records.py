"""What the kiosk records beside preregistrations, and what the flows hear of it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from kiosk.flows import events
from kiosk.flows.events import Event
from kiosk.runtime.records import Records
from sync.edge.store import FILE_NAME, Store
from tests.unit.edge.stations import Station, make_station
from tests.unit.model.examples import IDENTIFIED, READY


@dataclass
class Desk:
    """Records of a station, with what they posted and how often the link was woken."""

    station: Station
    posted: list[Event] = field(default_factory=list)
    woken: int = 0
    ids: list[UUID] = field(default_factory=lambda: [uuid4() for _ in range(5)])

    def open(self) -> Records:
        left = iter(self.ids)
        return Records(
            self.station.profile,
            self.station.signer,
            office="Sportello di prova",
            post=self.posted.append,
            recorded=self.wake,
            new_operation_id=lambda: next(left),
        )

    def wake(self) -> None:
        self.woken += 1


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(make_station(tmp_path / "station"))


@pytest.fixture
def records(desk: Desk) -> Iterator[Records]:
    opened = desk.open()
    yield opened
    opened.close()


def test_an_act_is_on_the_disk_before_it_is_told(desk: Desk, records: Records) -> None:
    session_id, operation_id = uuid4(), uuid4()
    records.record_act(session_id, operation_id, IDENTIFIED)
    store = records.store()
    assert isinstance(store, Store)
    entries = store.entries(1, most=9)
    assert isinstance(entries, list)
    assert [(entry.kind, entry.operation_id) for entry in entries] == [
        ("identification", operation_id)
    ]
    (told,) = desk.posted
    assert isinstance(told, events.ActRecorded)
    assert (told.session_id, told.operation_id) == (session_id, operation_id)
    assert told.next_operation_id == desk.ids[0]
    assert told.recorded_at.timestamp() * 1000 == entries[0].recorded_at
    assert desk.woken == 1


def test_asked_again_after_a_restart_it_tells_of_the_first(desk: Desk, records: Records) -> None:
    operation_id = uuid4()
    records.record_act(uuid4(), operation_id, READY)
    records.close()
    again = desk.open()
    again.record_act(uuid4(), operation_id, READY)
    again.record_act(uuid4(), uuid4(), READY)
    first, second, _ = desk.posted
    assert isinstance(first, events.ActRecorded)
    assert isinstance(second, events.ActRecorded)
    assert first.recorded_at == second.recorded_at
    store = again.store()
    assert isinstance(store, Store)
    head = store.head()
    assert getattr(head, "seq", None) == 2
    again.close()


def test_a_store_that_cannot_be_used_is_told_by_its_code(desk: Desk, records: Records) -> None:
    desk.station.profile.store.mkdir()
    (desk.station.profile.store / FILE_NAME).write_bytes(os.urandom(4096))
    session_id, operation_id = uuid4(), uuid4()
    records.record_act(session_id, operation_id, READY)
    assert desk.posted == [events.ActNotRecorded(session_id, operation_id, "store.rebuilt")]
    assert desk.woken == 0


def test_a_store_that_is_held_is_told_by_its_code(desk: Desk, records: Records) -> None:
    store = records.store()
    assert isinstance(store, Store)
    assert store.hold("store.behind-hub", hub_time=1) is None
    session_id, operation_id = uuid4(), uuid4()
    records.record_act(session_id, operation_id, READY)
    assert desk.posted == [events.ActNotRecorded(session_id, operation_id, "store.behind-hub")]
