"""Every single signature is checked afterwards, and one that fails is told."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub import audit
from sync.hub.audit import Audit
from sync.hub.store import alarms, chains
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer, start
from sync.model import operation
from sync.wire.signer import SoftwareSigner
from tests.emulated.services import wait_until
from tests.unit.hub.stations import Bench, Station, preregistration


class Auditor:
    def __init__(self, path: Path) -> None:
        self.writer = Writer(lambda: Store.open(path))
        self.reader = Store.open_reader(path)
        self.audit = Audit(lambda: Store.open_reader(path), self.writer, lambda: 1)
        self.thread = start("writer", self.writer.run)

    def close(self) -> None:
        self.writer.stop()
        self.thread.join(5)
        self.reader.close()

    def checked(self) -> int:
        return chains.stations(self.reader)[0].checked_seq


@pytest.fixture
def auditor(store: Store, registry_path: Path) -> Iterator[Auditor]:
    assert store is not None
    made = Auditor(registry_path)
    yield made
    made.close()


def test_good_chain_is_checked_once(auditor: Auditor, bench: Bench, station: Station) -> None:
    station.record_many(1, 70)
    bench.send(station, 1, 30)
    bench.send(station, 31, 60)
    assert auditor.audit.step(auditor.reader)
    assert auditor.checked() == 50
    assert auditor.audit.step(auditor.reader)
    assert auditor.checked() == 60
    assert not auditor.audit.step(auditor.reader)
    bench.send(station, 61, 70)
    assert auditor.audit.step(auditor.reader)
    assert auditor.checked() == 70
    assert alarms.alarms(auditor.reader) == []


def test_signature_that_a_later_one_vouched_for_is_found_out(
    auditor: Auditor, bench: Bench, station: Station
) -> None:
    """A station whose journal holds an entry that its key did not sign signs the next one."""
    station.record_many(1, 2)
    other = station.compose(
        operation.to_plain(preregistration(3, registration_number=station.number())),
        signer=SoftwareSigner.generate(),
    )
    station.chain.append(other)
    station.record(preregistration(4))
    assert bench.send(station, 1, 4).up_to == 4
    assert auditor.audit.step(auditor.reader)
    (alarm,) = alarms.alarms(auditor.reader)
    assert (alarm.station, alarm.code, alarm.seq) == (station.name, audit.OWN_SIGNATURE, 3)
    assert auditor.checked() == 4


def test_thread_waits_for_quiet_and_then_checks(
    auditor: Auditor, bench: Bench, station: Station
) -> None:
    station.record_many(1, 5)
    bench.send(station, 1, 5)
    auditor.writer.call(lambda _store: None)
    thread = start("audit", auditor.audit.run)
    time.sleep(0.3)
    assert auditor.checked() == 0  # there was just something to write
    wait_until(lambda: auditor.checked() == 5, 10, "all signatures")
    auditor.audit.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_thread_goes_on_when_the_registry_was_away(
    auditor: Auditor, bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    station.record_many(1, 5)
    bench.send(station, 1, 5)
    monkeypatch.setattr(audit, "_AWAY_SECONDS", 0.01)
    whole, failures = auditor.audit.step, [StoreError("store.unreachable")]

    def step(reader: Store) -> bool:
        if failures:
            raise failures.pop()
        return whole(reader)

    monkeypatch.setattr(auditor.audit, "step", step)
    thread = start("audit", auditor.audit.run)
    wait_until(lambda: auditor.checked() == 5, 20, "all signatures")
    auditor.audit.stop()
    thread.join(5)
    assert not thread.is_alive()
