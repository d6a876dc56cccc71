"""What is wrong now: seen when it comes, told once a day, gone with its cause."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sync.hub import watching
from sync.hub.device_ca import devices
from sync.hub.device_ca.devices import Certificate, Device
from sync.hub.door import Channel, Delivery
from sync.hub.reporting import Reports
from sync.hub.store import alarms, chains, health, operators
from sync.hub.store.chains import Decision
from sync.hub.store.database import Store
from sync.hub.store.health import Concern
from sync.hub.watching import Certificates, Watch
from sync.hub.writer import Writer, start
from sync.model.certificates import CertificateKind, CertificateState
from sync.wire.health import encode
from sync.wire.receipt import Missing
from tests.unit.hub.stations import NOON, Bench, Station
from tests.unit.wire.test_health import WELL

MINUTE = 60_000
DAY = 24 * 60 * MINUTE
NOTHING = Certificates()
NAME = "058091-PC-0001"
GOOD = replace(WELL, to_decide=0, oldest_seconds=0, codes=(), lists=())


def seen(store: Store, now: int, own: Certificates = NOTHING) -> list[tuple[str, str]]:
    return [(one.code, one.subject) for one in watching.look(store, now, own)]


def say(store: Store, station: str, now: int, **changes: object) -> None:
    with store.transaction():
        report = replace(GOOD, **changes)  # type: ignore[arg-type]
        health.keep(store, station, encode(report), now)


def device(store: Store, name: str, *, seen_at: int, ends_at: int) -> None:
    made = Device(
        name=name,
        comune=name[:6],
        kind=CertificateKind.STATION,
        number=int(name[-4:]),
        label="",
        place="",
        state=CertificateState.ACTIVE,
        registered_at=NOON,
        token=1,
        token_until=NOON,
        request=None,
        request_data=None,
        check_code="",
        approved=None,
        protection="",
        code=None,
        last_seen=0,
    )
    with store.transaction():
        devices.add(store, made, None)
        devices.note_seen(store, name, seen_at)
        devices.add_certificate(
            store,
            Certificate(name, name, devices.TLS, 1, b"der", bytes(32), NOON, ends_at, None, None),
        )


def test_a_new_hub_has_nothing_to_complain_of(store: Store, station: Station) -> None:
    assert station is not None
    assert seen(store, NOON + 100 * DAY) == []


def test_what_waits_too_long_for_its_decision(store: Store, bench: Bench, station: Station) -> None:
    station.record_many(1, 3)
    with store.transaction():
        chains.add(store, station.name, station.chain, NOON)
    assert seen(store, NOON + 15 * MINUTE - 1) == []
    assert seen(store, NOON + 15 * MINUTE) == [("backlog.old", "hub")]
    bench.settle()
    assert seen(store, NOON + 15 * MINUTE) == []


def test_an_entry_that_does_not_come_and_a_second_history(store: Store, station: Station) -> None:
    station.record_many(1, 2)
    with store.transaction():
        chains.add(store, station.name, station.chain, NOON)
        chains.decide(store, station.name, [Decision(1, Missing()), Decision(2, Missing())], NOON)
        alarms.keep_fork(store, station.name, station.chain[0], NOON)
    found = {one.code: one.detail for one in watching.look(store, NOON + DAY, NOTHING)}
    assert found == {"chain.fork": "proofs=1", "chain.gap": "entries=2 days=1"}
    assert "chain.gap" not in dict(seen(store, NOON + DAY - 1))


def test_a_station_that_is_silent_and_a_certificate_that_ends(store: Store) -> None:
    device(store, NAME, seen_at=NOON, ends_at=NOON + 20 * DAY)
    assert seen(store, NOON + 3 * DAY - 1) == []
    assert seen(store, NOON + 3 * DAY) == [("station.silent", NAME)]
    assert seen(store, NOON + 6 * DAY) == [("certificate.ending", NAME), ("station.silent", NAME)]
    with store.transaction():
        devices.set_state(store, NAME, CertificateState.REVOKED)
    assert seen(store, NOON + 6 * DAY) == []


def test_the_hubs_own_certificates(store: Store) -> None:
    own = Certificates((("hub", NOON + 61 * DAY), ("authority", NOON + 60 * DAY)))
    assert seen(store, NOON, own) == [("certificate.authority-ending", "hub")]


def test_what_a_station_says_of_itself(store: Store, station: Station) -> None:
    say(
        store,
        station.name,
        NOON,
        codes=("reader.absent",),
        worn_percent=80,
        to_decide=2,
        oldest_seconds=3600,
    )
    assert seen(store, NOON) == [
        ("reader.absent", station.name),
        ("outbox.to-decide", station.name),
        ("storage.worn", station.name),
        ("station.waiting", station.name),
    ]
    assert seen(store, NOON + 31 * MINUTE) == [], "an old report says nothing about now"
    say(store, station.name, NOON + 31 * MINUTE)
    assert seen(store, NOON + 31 * MINUTE) == []


def test_a_station_nobody_enrolled_is_not_listened_to(store: Store) -> None:
    say(store, "kiosk-9999", NOON, codes=("reader.absent",))
    assert seen(store, NOON) == []


def test_a_list_that_a_station_does_not_take(store: Store, station: Station) -> None:
    with store.transaction():
        operators.signed(store, 7, bytes(32), NOON)
    say(store, station.name, NOON + DAY, lists=(("roster", 6),))
    assert seen(store, NOON + DAY) == [("roster.old", station.name)]
    say(store, station.name, NOON + DAY, lists=(("roster", 7),))
    assert seen(store, NOON + DAY) == []
    say(store, station.name, NOON + DAY, lists=())  # a kiosk for citizens takes none
    assert seen(store, NOON + DAY) == []


def test_it_is_told_when_it_comes_and_once_a_day_and_goes_with_its_cause(store: Store) -> None:
    wrong = [Concern("chain.gap", "kiosk-0001", "entries=1")]
    assert [one.code for one in watching.note(store, wrong, NOON)] == ["chain.gap"]
    assert watching.note(store, wrong, NOON + DAY - 1) == []
    assert len(watching.note(store, wrong, NOON + DAY)) == 1
    (kept,) = health.concerns(store)
    assert (kept.since, kept.told_at) == (NOON, NOON + DAY)
    (alarm,) = alarms.alarms(store)
    assert (alarm.station, alarm.code, alarm.times, alarm.detail) == (
        "kiosk-0001",
        "chain.gap",
        2,
        "entries=1",
    )
    assert watching.note(store, [], NOON + DAY) == []
    assert health.concerns(store) == []
    assert len(watching.note(store, wrong, NOON + DAY)) == 1, "it came again"


def test_the_round_is_made_by_its_thread(registry_path: Path, store: Store) -> None:
    device(store, NAME, seen_at=NOON, ends_at=NOON + 900 * DAY)
    writer = Writer(lambda: Store.open(registry_path))
    writing = start("writer", writer.run)
    watch = Watch(
        lambda: Store.open_reader(registry_path), writer, lambda: NOON + 3 * DAY, lambda: NOTHING
    )
    assert [(one.code, one.subject) for one in watch.step()] == [("station.silent", NAME)]
    assert watch.step() == []
    writer.stop()
    writing.join(5)
    assert [one.code for one in health.concerns(store)] == ["station.silent"]


@pytest.mark.parametrize("payload", [b"", b"\xff" * 40, encode(GOOD)[:-1]])
def test_a_report_that_cannot_be_read_changes_nothing(
    registry_path: Path, store: Store, station: Station, payload: bytes
) -> None:
    writer = Writer(lambda: Store.open(registry_path))
    writing = start("writer", writer.run)
    reports = Reports(writer, lambda: NOON)
    for report in (encode(GOOD), payload):
        reports.heard(Delivery(station.name, report, 1, 1, Channel.HEALTH))
    writer.stop()
    writing.join(5)
    assert [one.report for one in health.reports(store)] == [encode(GOOD)]
