"""Parts at rest: sealed with their entry, kept until a backup has them, destroyed then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest

from sync.edge.journal import RecordedAct
from sync.edge.store import FILE_NAME, Store
from sync.edge.store.parts import KeptPart
from sync.edge.vault import Vault
from sync.model.credential import Basis, OperationKind, State
from sync.model.operation import Act
from sync.model.urgency import Urgency
from sync.wire import envelope, parts
from sync.wire.envelope import Priority
from sync.wire.parts import Part
from sync.wire.receipt import Accepted
from tests.unit.edge.stations import Station
from tests.unit.model.console_examples import BLOCKED
from tests.unit.model.counter_examples import booking
from tests.unit.model.examples import READY

PAGE = Part("installation_page", b"page " * 20_000)


@pytest.fixture
def kept(station: Station) -> Iterator[Store]:
    opened = station.store(vault=Vault(bytes(range(32))))
    yield opened
    opened.close()


def record(station: Station, store: Store, act: Act, *given: Part) -> RecordedAct:
    done = station.journal(store).record_act(uuid4(), act, None, given)
    assert isinstance(done, RecordedAct)
    return done


def only(store: Store) -> KeptPart:
    found = store.parts.to_send(9)
    assert isinstance(found, list)
    (part,) = found
    return part


def keys(station: Station) -> int:
    with closing(sqlite3.connect(station.profile.store / FILE_NAME)) as raw:
        return int(raw.execute("SELECT count(*) FROM segment").fetchone()[0])


def files(station: Station) -> bytes:
    folder = station.profile.store
    return b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())


def destroy(store: Store) -> None:
    for _ in range(20):
        if store.destroy_secured() is False:
            return
    raise AssertionError("there is always more to destroy")


def test_a_part_lies_sealed_twice_and_comes_back_as_it_was(station: Station, kept: Store) -> None:
    done = record(station, kept, READY, PAGE)
    part = only(kept)
    data = kept.parts.data(part)
    assert isinstance(data, bytes)
    assert data[:64] not in files(station), "as it travels it is on no disk"
    name, key = station.profile.name, station.hub.unsealing
    assert parts.unseal(data, part.kind, name, done.operation_id, key) == PAGE.data


def test_its_key_stays_until_a_backup_has_it(station: Station, kept: Store) -> None:
    record(station, kept, READY, PAGE)
    part = only(kept)
    sent = kept.parts.data(part)
    assert (
        kept.acknowledge(
            1, 1, {1: Accepted()}, data=b"", hub_time=1, sent_at=1, received_at=2, secured=1
        )
        is None
    )
    destroy(kept)
    assert keys(station) == 1
    assert kept.parts.data(part) == sent
    assert kept.parts.secured(part.digest) is None
    destroy(kept)
    assert keys(station) == 0
    assert kept.parts.data(part) == b""
    assert kept.parts.waiting() == (0, 0)


def test_how_far_the_hub_has_it_is_kept_and_nothing_else_of_it_changes(
    station: Station, kept: Store
) -> None:
    record(station, kept, READY, PAGE)
    part = only(kept)
    assert kept.parts.held(part.digest, 1000) is None
    assert only(kept).held == 1000
    with closing(sqlite3.connect(station.profile.store / FILE_NAME)) as raw:
        for change in ("DELETE FROM part", "UPDATE part SET data = x''", "UPDATE part SET seq = 2"):
            with pytest.raises(sqlite3.IntegrityError):
                raw.execute(change)


def most_urgent(store: Store, watermark: int, last: int) -> Urgency:
    assert store.waiting.look(watermark, last) is None
    return store.waiting.urgency


def test_what_waits_is_as_urgent_as_its_most_urgent(station: Station, kept: Store) -> None:
    record(station, kept, READY)
    assert most_urgent(kept, 0, 1) is Urgency.BULK
    record(station, kept, booking(OperationKind.RESET, Basis(State.ATTIVATO, strong=True)))
    assert most_urgent(kept, 0, 2) is Urgency.NORMAL
    record(station, kept, booking(OperationKind.REVOCA, Basis(State.ATTIVATO, strong=True)))
    assert most_urgent(kept, 0, 3) is Urgency.URGENT, "a booked revocation"
    record(station, kept, BLOCKED)
    entries = kept.entries(1, most=9)
    assert isinstance(entries, list)
    priorities = [envelope.parse(entry.envelope).header.priority for entry in entries]
    assert priorities == [Priority.NORMAL, Priority.NORMAL, Priority.URGENT, Priority.URGENT]
    assert most_urgent(kept, 4, 4) is Urgency.BULK, "all of it is sent"
    record(station, kept, READY)
    assert most_urgent(kept, 4, 5) is Urgency.BULK
