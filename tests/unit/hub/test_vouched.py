"""A message is not signed, envelopes are: what no signature reaches binds nobody."""

from __future__ import annotations

import uuid

import pytest

from sync.hub import ingest
from sync.hub.store import alarms, chains, registrations
from sync.model import operation
from sync.wire import batch, envelope, remnant
from sync.wire.batch import Absent, Item
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Missing
from sync.wire.signer import SoftwareSigner
from tests.unit.hub.stations import Bench, Station, preregistration


def invented(bench: Bench, station: Station) -> list[Envelope]:
    """Four entries, of which the first two came as hashes, the first of them made up."""
    chain = station.record_many(1, 4)
    items: list[Item] = [Absent(1, b"X" * 32), Absent(2, chain[1].hash), *chain[2:]]
    assert bench.take(station, batch.pack(items))[1].up_to == 4
    held = chains.entries(bench.store, station.name, 1, 4)
    assert [entry.is_missing for entry in held] == [True, True, False, False]
    assert [entry.is_vouched for entry in held] == [False, True, True, True]
    return chain


@pytest.mark.parametrize("settled", [True, False])
@pytest.mark.parametrize("order", [(0, 1), (1, 0), None])
def test_invented_hash_gives_way_to_what_the_station_signed(
    bench: Bench, station: Station, order: tuple[int, ...] | None, *, settled: bool
) -> None:
    """The first of two absent entries is named by no signature: a broker can make it up."""
    chain = invented(bench, station)
    if settled:
        (told,) = bench.settle()
        assert [answer.outcome for answer in told.answers[:2]] == [Missing(), Missing()]
    for _ in range(2):  # the second time is a duplicate
        for part in [chain] if order is None else [[chain[place]] for place in order]:
            assert bench.take(station, batch.pack(part))[1].trouble is None
    bench.settle()
    held = chains.entries(bench.store, station.name, 1, 4)
    assert [entry.hash for entry in held] == [one.hash for one in chain]
    assert not any(entry.is_missing for entry in held)
    answers = chains.answers(bench.store, station.name, 1, 4)
    assert [answer.outcome for answer in answers] == [Accepted()] * 4
    assert len(registrations.registrations(bench.store)) == 4
    assert alarms.alarms(bench.store) == []


def test_envelope_vouches_for_the_missing_one_before_it(bench: Bench, station: Station) -> None:
    chain = invented(bench, station)
    bench.take(station, batch.pack([chain[1]]))
    first = chains.entries(bench.store, station.name, 1, 1)[0]
    assert first == (1, chain[0].hash, True, True)
    again = bench.take(station, batch.pack([Absent(1, b"X" * 32), *chain[1:]]))[1]
    assert again.trouble == ingest.BROKEN


def test_other_hash_for_an_unvouched_entry_does_not_stop_the_rest(
    bench: Bench, station: Station
) -> None:
    chain = invented(bench, station)
    station.record(preregistration(5))
    items: list[Item] = [Absent(1, chain[0].hash), Absent(2, chain[1].hash), *station.chain[2:]]
    told = bench.take(station, batch.pack(items))[1]
    assert (told.up_to, told.trouble) == (5, None)


def test_unvouched_entry_is_not_for_anybody_to_fill(bench: Bench, station: Station) -> None:
    invented(bench, station)
    bench.settle()
    body = operation.to_plain(preregistration(9, registration_number=station.number()))
    genesis = envelope.genesis(station.name)
    forged = station.compose(body, seq=1, prev=genesis, signer=SoftwareSigner.generate())
    assert bench.take(station, batch.pack([forged]))[1].trouble == ingest.SIGNATURE
    assert chains.entries(bench.store, station.name, 1, 1)[0].is_missing
    assert len(registrations.registrations(bench.store)) == 2


def test_fork_at_an_unvouched_entry_is_found(bench: Bench, station: Station) -> None:
    """The station's own word is taken, and then the other word for the place is a fork."""
    copy = station.copy()
    copy.counter += 1000
    (other,) = copy.record_many(7, 1)
    chain = invented(bench, station)
    assert bench.take(station, batch.pack([other]))[1].trouble is None
    for genuine in chain[:2]:
        assert bench.take(station, batch.pack([genuine]))[1].trouble == ingest.FORK
    assert {seq for seq, _ in alarms.forks(bench.store, station.name)} == {1, 2}
    assert bench.take(station, batch.pack(chain[:2]))[1].trouble == ingest.FORK


def test_fork_at_an_entry_that_is_vouched_for_is_found(bench: Bench, station: Station) -> None:
    copy = station.copy()
    copy.counter += 1000
    others = copy.record_many(7, 3)
    invented(bench, station)
    for other in others[1:]:  # 2 is vouched for by 3, and 3 is held
        assert bench.take(station, batch.pack([other]))[1].trouble == ingest.FORK


def test_unvouched_entry_follows_the_one_before_it_if_that_is_held(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 1)
    bench.send(station, 1, 1)
    wrong = station.compose(operation.to_plain(preregistration(9)), prev=bytes(32))
    _, third, fourth = station.record_many(2, 3)
    bench.take(station, batch.pack([Absent(2, b"X" * 32), Absent(3, third.hash), fourth]))
    assert bench.take(station, batch.pack([wrong]))[1].trouble == ingest.FORK
    assert bench.send(station, 2, 3).trouble is None


def test_envelope_before_an_absent_entry_needs_its_own_signature(
    bench: Bench, station: Station
) -> None:
    """No signature behind the absent entry reaches it: a broker could put its own there."""
    first, second, third, fourth = station.record_many(1, 4)
    body = operation.to_plain(preregistration(9, registration_number=station.number()))
    forged = station.compose(
        body, seq=2, prev=first.hash, operation_id=uuid.uuid4(), signer=SoftwareSigner.generate()
    )
    told = bench.take(station, batch.pack([first, forged, Absent(3, third.hash), fourth]))[1]
    assert (told.up_to, told.trouble) == (1, ingest.SIGNATURE)
    told = bench.take(station, batch.pack([forged, Absent(3, third.hash), fourth]))[1]
    assert (told.up_to, told.trouble) == (1, ingest.SIGNATURE)
    told = bench.take(station, batch.pack([second, Absent(3, third.hash), fourth]))[1]
    assert (told.up_to, told.trouble) == (4, None)
    bench.settle()
    assert len(registrations.registrations(bench.store)) == 3


def test_two_late_envelopes_of_one_message_follow_each_other(
    bench: Bench, station: Station
) -> None:
    copy = station.copy()
    copy.counter += 1000
    (other,) = copy.record_many(7, 1)
    chain = invented(bench, station)
    assert bench.take(station, batch.pack([other, chain[1]]))[1].trouble == ingest.FORK
    assert alarms.forks(bench.store, station.name) == [(2, remnant.leave(chain[1]))]
