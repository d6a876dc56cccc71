"""What a station passes on for another: stored for its signatures, and an alarm for nothing else."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Any

import pytest

from sync.hub.courier.relaying import Relaying
from sync.hub.device_ca import office
from sync.hub.door import Channel, Delivery
from sync.hub.ingest import Ingested
from sync.hub.store import alarms
from sync.hub.store.database import Store
from sync.hub.writer import Writer
from sync.wire import batch, receipt, relayed
from sync.wire.batch import Absent
from sync.wire.receipt import Acknowledgement
from sync.wire.relayed import Relayed
from tests.unit.hub.stations import Bench, Station

HELPER = "kiosk-0002"


class AtOnce(Writer):
    """Works in the test's own thread."""

    def __init__(self, store: Store) -> None:
        super().__init__(lambda: store)
        self._store = store

    def submit(self, work: Any) -> Future[Any]:
        future: Future[Any] = Future()
        future.set_result(work(self._store))
        return future


class Broker:
    """Gives a hub what a helper passes on; opens what it answers as the neighbour would."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.stored = 0
        self._said: bytes | None = None
        self.relaying = Relaying(bench.ingest, AtOnce(bench.store), self._answer, self._took)

    def _answer(self, _delivery: Delivery, data: bytes | None) -> None:
        self._said = data

    def _took(self, _store: Store, _station: str, ingested: Ingested) -> None:
        self.stored += ingested.stored

    def give(self, payload: bytes, by: str = HELPER) -> bytes | None:
        self._said = None
        self.bench.now += 1000
        self.relaying.receive(Delivery(by, payload, 1, 1, Channel.RELAYED))
        return self._said

    def pass_on(self, station: str, message: bytes) -> Acknowledgement:
        said = self.give(relayed.pack(Relayed(station, message)))
        assert said is not None
        found = relayed.read(said)
        assert found.station == station
        told = receipt.verify(found.data, self.bench.trust)
        assert told is not None
        return told


@pytest.fixture
def broker(bench: Bench) -> Broker:
    bench.enrolled(HELPER, 18)
    return Broker(bench)


def test_it_is_taken_once_whichever_way_it_came(
    bench: Bench, station: Station, broker: Broker
) -> None:
    station.record_many(1, 6)
    bench.send(station, 1, 3)
    told = broker.pass_on(station.name, station.message(2, 6))
    assert (told.up_to, told.head, told.trouble) == (6, station.chain[5].hash, None)
    assert broker.stored == 3
    assert bench.send(station, 1, 6).up_to == 6
    assert alarms.alarms(bench.store) == []


def test_nothing_that_is_not_signed_raises_an_alarm(
    bench: Bench, station: Station, broker: Broker
) -> None:
    station.record_many(1, 4)
    bench.send(station, 1, 4)
    station.record_many(5, 2)
    behind = batch.pack([], known=99, end=Absent(1, bytes(32)))
    assert broker.pass_on(station.name, behind).up_to == 4
    forked = batch.pack([], end=Absent(4, bytes(32)))
    assert broker.pass_on(station.name, forked).trouble is None
    assert broker.pass_on(station.name, b"noise").trouble == "batch.malformed"
    stranger = Station(station.name, 17, station.sealing_key, chain=list(station.chain[:4]))
    stranger.record_many(9, 1)
    told = broker.pass_on(station.name, batch.pack(stranger.chain[4:]))
    assert (told.trouble, told.up_to) == ("envelope.signature", 4)
    assert broker.pass_on("kiosk-0077", station.message(5, 6)).trouble == "station.unknown"
    assert alarms.alarms(bench.store) == []
    assert bench.send(station, 5, 6).up_to == 6


def test_a_second_history_is_proven_by_its_own_signature(
    bench: Bench, station: Station, broker: Broker
) -> None:
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    copy = station.copy()
    station.record_many(3, 1)
    copy.record_many(8, 1)
    bench.send(station, 3, 3)
    assert broker.pass_on(station.name, batch.pack(copy.chain[2:])).trouble == "chain.fork"
    assert [one.code for one in alarms.alarms(bench.store)] == ["chain.fork"]


def test_what_is_none_is_let_go_of(broker: Broker) -> None:
    assert broker.give(b"noise") is None
    for_itself = relayed.pack(Relayed(HELPER, b""))
    assert broker.give(for_itself) is None
    elsewhere = relayed.pack(Relayed("001272-PC-0001", b""))
    assert broker.give(elsewhere, "058091-PC-0001") is None


def test_what_a_neighbour_says_that_is_known_changes_nothing(
    bench: Bench, station: Station, broker: Broker
) -> None:
    """Neither that all was told, nor that it was told: the neighbour may keep the answer."""
    station.record_many(1, 6)
    bench.send(station, 1, 3)
    told = bench.ingest.told(station.name)
    broker.pass_on(station.name, batch.pack([], known=10**9))
    assert bench.ingest.told(station.name) == told
    answers = broker.pass_on(station.name, station.message(4, 6)).answers
    assert [one.seq for one in answers][-3:] == [4, 5, 6]
    assert bench.ingest.told(station.name) == told
    greeting = bench.ingest.greet(bench.store, station.name)
    assert greeting is not None
    found = receipt.verify(greeting, bench.trust)
    assert found is not None
    assert {4, 5, 6} <= {one.seq for one in found.answers}


@pytest.mark.parametrize("code", ["station.blocked", "station.revoked", "station.unknown"])
def test_who_may_not_speak_passes_nothing_on(
    code: str,
    station: Station,
    broker: Broker,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    station.record_many(1, 2)
    data = relayed.pack(Relayed(station.name, station.message(1, 2)))
    if code == "station.unknown":
        assert broker.give(data, by="kiosk-0077") is None
    else:
        monkeypatch.setattr(
            office, "trouble", lambda _store, name: code if name == HELPER else None
        )
        assert broker.give(data) is None
    assert broker.stored == 0
    monkeypatch.undo()
    assert broker.give(data) is not None
    assert broker.stored == 2
