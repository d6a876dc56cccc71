"""Templates of fingers go by the office's rule; the chain, its signatures and outcomes stay."""

from __future__ import annotations

import sqlite3
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlite_utils import Database

from sync.hub import decide, listing, settings
from sync.hub.migrations import MIGRATIONS, STEPS
from sync.hub.retention import AGAIN_SECONDS, LATER_SECONDS, Retention, RetentionRule, Step
from sync.hub.settings import SettingsError
from sync.hub.store import acts, alarms, chains, shedding
from sync.hub.store.database import IntegrityError, Store, StoreError
from sync.wire import batch, envelope, receipt, remnant
from sync.wire.batch import Absent
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Acknowledgement, Refused
from sync.wire.signer import SoftwareSigner
from tests.unit.hub.stations import HOUR, Bench, Station, identification, preregistration, template
from tests.unit.model.examples import READY

DAY = 24 * HOUR


class Office:
    """A bench whose hub sheds, with what it told of its own accord."""

    def __init__(self, bench: Bench, rule: RetentionRule | None = None) -> None:
        self.bench = bench
        self.rule = rule or RetentionRule()
        self.told: list[Acknowledgement] = []

    def check(self, *names: str) -> None:
        """What `sync.hub.audit` notes when every signature was checked."""
        with self.bench.store.transaction():
            for station in chains.stations(self.bench.store):
                if station.name in names or not names:
                    chains.checked(self.bench.store, station.name, station.head_seq)

    def run(self, most: int = 100) -> tuple[int, Step]:
        """Steps until nothing is to be done now: how many were shed, and the last step."""
        bench = self.bench
        retention = Retention(self.rule, bench.ingest, lambda: bench.now)
        shed = 0
        for _ in range(most):
            step = retention.step(bench.store)
            shed += step.shed
            if step.acknowledgement is not None:
                told = receipt.verify(step.acknowledgement, bench.trust)
                assert told is not None
                self.told.append(told)
            if step.pause != 0.0:
                return shed, step
        raise AssertionError("it does not come to an end")


@pytest.fixture
def office(bench: Bench) -> Office:
    return Office(bench)


def held(store: Store, name: str, seq: int) -> bytes:
    ((_, data),) = chains.envelopes(store, name, seq, seq)
    assert data is not None
    return data


def pieces(whole: Envelope) -> list[bytes]:
    """Parts of a sealed body that nothing else has."""
    sealed = whole.sealed
    return [sealed[at : at + 24] for at in range(0, len(sealed) - 24, 256)]


def found_in(folder: Path, marks: list[bytes]) -> int:
    """How many of `marks` stand in any file of a folder."""
    files = [path.read_bytes() for path in folder.rglob("*") if path.is_file()]
    return sum(any(mark in data for data in files) for mark in marks)


def test_a_body_goes_after_the_acknowledgement_and_the_signature_stays(
    office: Office, station: Station, tmp_path: Path
) -> None:
    store = office.bench.store
    station.record(preregistration(1))
    whole = station.record(identification(1))
    station.record(READY)
    office.bench.send(station, 1, 3)
    assert found_in(tmp_path, pieces(whole)) > 5
    office.check()
    assert office.run() == (1, Step(None))
    assert found_in(tmp_path, pieces(whole)) == 0
    left = remnant.parse(held(store, station.name, 2))
    assert left.header == whole.header
    assert remnant.verify(left, station.signer.verifying_key)
    entries = chains.entries(store, station.name, 1, 3)
    assert [entry.hash for entry in entries] == [one.hash for one in station.chain]
    assert station.chain[2].header.prev == entries[1].hash
    assert not any(entry.is_missing for entry in entries)
    for seq in (1, 3):
        assert envelope.parse(held(store, station.name, seq)) == station.chain[seq - 1]
    (row,) = acts.identifications(store)
    assert row.shed_at == office.bench.now
    assert "gone 2026-11-26" in listing.identification_table([row])


def test_no_template_is_in_any_file_of_the_hub_at_any_time(
    office: Office, station: Station, tmp_path: Path
) -> None:
    marks = []
    for person in range(1, 13):
        for hand in ("left", "right"):
            data = template(person, hand)
            marks += [data[at : at + 24] for at in range(0, 2900, 256)]
        station.record(identification(person))
    for first in (1, 7):
        office.bench.send(station, first, first + 5)
        assert found_in(tmp_path, marks) == 0
        office.bench.settle()
        assert found_in(tmp_path, marks) == 0
    office.check()
    assert office.run()[0] == 12
    assert found_in(tmp_path, marks) == 0


def test_no_page_keeps_what_was_shed(office: Office, tmp_path: Path) -> None:
    """Entries that come late, of all sizes and several stations, split and move the pages."""
    bench = office.bench
    stations = [bench.enrolled(f"kiosk-{number}", number) for number in range(1, 4)]
    marks: list[bytes] = []
    for number in range(30):
        for station in stations:
            size = (number * 397) % 5000 + 16
            fingers = tuple(
                one.__class__(one.hand, one.finger, template(number, one.hand.value)[:size], *rest)
                for one in identification(1).fingers
                for rest in [("libfprint.fp3", 50)]
            )
            late = station.record(identification(number, fingers=fingers))
            marks += pieces(late)
            after = station.record(preregistration(number))
            seq = late.header.seq
            bench.take(station, batch.pack([Absent(seq, late.hash), after]))
            if number % 3 == 2:
                for due in range(seq - 4, seq + 1, 2):
                    bench.send(station, due, due)
        if number % 10 == 9:
            bench.settle()
            office.check()
            office.run()
    bench.settle()
    office.check()
    assert office.run()[1] == Step(None)
    assert len(acts.identifications(bench.store)) == 90
    assert found_in(tmp_path, marks) == 0


def test_a_body_stays_while_its_decision_is_out(office: Office, station: Station) -> None:
    bench = office.bench
    for person in range(1, 8):
        station.record(identification(person))
    bench.send(station, 1, 7)  # too many to be decided at once
    office.check()
    assert office.run() == (0, Step(None))
    bench.settle(most=3)
    assert office.run()[0] == 7


def test_a_body_stays_while_signatures_are_unchecked(office: Office, station: Station) -> None:
    station.record(identification(1))
    station.record(identification(2))
    office.bench.send(station, 1, 2)
    assert office.run() == (0, Step(LATER_SECONDS))
    with office.bench.store.transaction():
        chains.checked(office.bench.store, station.name, 1)
    assert office.run() == (1, Step(LATER_SECONDS))
    assert envelope.parse(held(office.bench.store, station.name, 2)) == station.chain[1]


def test_a_body_stays_until_the_station_was_told(
    office: Office, station: Station, registry_path: Path
) -> None:
    """The hub died between deciding and answering: the next program answers first."""
    bench = office.bench
    station.record(preregistration(1))
    station.record(identification(1))
    bench.send(station, 1, 2)
    office.check()
    bench.store.close()
    bench.restart(Store.open(registry_path))
    step = Retention(office.rule, bench.ingest, lambda: bench.now).step(bench.store)
    assert (step.shed, step.station) == (0, station.name)
    assert envelope.parse(held(bench.store, station.name, 2)) == station.chain[1]
    assert step.acknowledgement is not None
    told = receipt.verify(step.acknowledgement, bench.trust)
    assert told is not None
    assert [(answer.seq, answer.outcome) for answer in told.answers] == [(2, Accepted())]
    assert office.run() == (1, Step(None))
    bench.store.close()


def test_what_a_station_says_it_knows_need_not_be_told(office: Office, station: Station) -> None:
    bench = office.bench
    station.record(identification(1))
    bench.send(station, 1, 1)
    office.check()
    bench.restart(bench.store)
    bench.take(station, batch.pack([], known=1))
    assert office.run() == (1, Step(None))
    assert office.told == []


def test_the_same_envelope_again_is_known_by_its_hash(office: Office, station: Station) -> None:
    bench = office.bench
    station.record(preregistration(1))
    station.record(identification(1))
    first = bench.send(station, 1, 2)
    office.check()
    assert office.run()[0] == 1
    before = held(bench.store, station.name, 2)
    ingested, again = bench.take(station, station.message(1, 2))
    assert (ingested.trouble, ingested.stored, again.answers) == (None, 0, first.answers)
    assert bench.send(station, 2, 2).answers == first.answers
    absent = bench.take(
        station, batch.pack([Absent(2, station.head), station.record(preregistration(2))])
    )
    assert absent[0].trouble is None
    assert held(bench.store, station.name, 2) == before
    assert alarms.alarms(bench.store) == []
    assert len(acts.identifications(bench.store)) == 1
    assert office.run() == (0, Step(None))


def test_a_fork_shows_behind_a_body_that_is_gone(office: Office, station: Station) -> None:
    bench = office.bench
    station.record(preregistration(1))
    twin = station.copy()
    station.record(identification(1))
    station.record(preregistration(2))
    bench.send(station, 1, 3)
    office.check()
    assert office.run()[0] == 1
    other = twin.record(identification(1))
    ingested, _ = bench.take(station, twin.message(2, 2))
    assert ingested.trouble == "chain.fork"
    ((seq, evidence),) = alarms.forks(bench.store, station.name)
    left = remnant.parse(evidence)
    assert (seq, left.header) == (2, other.header)
    assert remnant.verify(left, station.signer.verifying_key)


def test_evidence_of_a_fork_holds_no_finger(
    office: Office, station: Station, tmp_path: Path
) -> None:
    bench = office.bench
    twin = station.copy()
    station.record(preregistration(1))
    bench.send(station, 1, 1)
    other = twin.record(identification(1))
    assert bench.take(station, twin.message(1, 1))[0].trouble == "chain.fork"
    assert found_in(tmp_path, pieces(other)) == 0
    forged = twin.copy()
    forged.chain.clear()
    forged.record(identification(2), signer=SoftwareSigner.generate())
    assert bench.take(station, forged.message(1, 1))[0].trouble == "envelope.signature"
    assert len(alarms.forks(bench.store, station.name)) == 1


def test_a_missing_entry_before_one_that_is_gone_still_comes(
    office: Office, station: Station
) -> None:
    bench = office.bench
    station.record(identification(1))
    station.record(identification(2))
    station.record(identification(3))
    first, second, third = station.chain
    absent = [Absent(1, bytes(32)), Absent(2, second.hash)]
    bench.take(station, batch.pack([*absent, third]))
    bench.settle()
    office.check()
    assert office.run() == (1, Step(None))
    bench.send(station, 2, 2)
    assert office.run()[0] == 1
    bench.send(station, 1, 1)
    assert [entry.hash for entry in chains.entries(bench.store, station.name, 1, 3)] == [
        first.hash,
        second.hash,
        third.hash,
    ]
    assert office.run() == (1, Step(None))
    assert len(acts.identifications(bench.store)) == 3


def test_an_envelope_whose_signature_fails_is_kept_as_evidence(
    office: Office, station: Station
) -> None:
    """A later signature covers it in the chain; its own is somebody else's."""
    station.record(identification(1), signer=SoftwareSigner.generate())
    station.record(identification(2))
    office.bench.send(station, 1, 2)
    office.check()
    assert office.run() == (1, Step(None))
    assert envelope.parse(held(office.bench.store, station.name, 1)) == station.chain[0]
    assert office.run() == (0, Step(None))


def test_bodies_go_whatever_became_of_the_operation(office: Office, station: Station) -> None:
    operation_id = uuid.uuid4()
    station.record(identification(1, fingers=()))
    station.record(identification(2), kind_version=9)
    station.record(identification(3), operation_id=operation_id)
    station.record(identification(4), operation_id=operation_id)
    told = office.bench.send(station, 1, 4)
    assert [isinstance(answer.outcome, Refused) for answer in told.answers] == [
        *(True, True, False, True)
    ]
    office.check()
    assert office.run() == (4, Step(None))


def test_other_kinds_keep_their_bodies(office: Office, station: Station) -> None:
    station.record(preregistration(1))
    station.record(READY)
    office.bench.send(station, 1, 2)
    office.check()
    assert office.run() == (0, Step(None))


@pytest.mark.parametrize(
    ("rule", "days"),
    [
        (RetentionRule(), 0),
        (RetentionRule(5), 5),
        (RetentionRule(5, {"kiosk-0001": 2}), 2),
        (RetentionRule(5, {"kiosk-0002": 2}), 5),
        (RetentionRule(5, {"kiosk-*": 3, "*": 4, "to-*": 1}), 3),
        (RetentionRule(5, {"kiosk-*": 3, "kiosk-0001": 0}), 0),
        (RetentionRule(5, {"kiosk-000*": 3, "kiosk-0001": 7}), 7),
    ],
)
def test_the_office_says_how_long(
    bench: Bench, station: Station, rule: RetentionRule, days: int
) -> None:
    office = Office(bench, rule)
    assert rule.days_of(station.name) == days
    station.record(identification(1))
    bench.send(station, 1, 1)
    office.check()
    if days:
        bench.now += days * DAY - HOUR
        assert office.run() == (0, Step(LATER_SECONDS))
        bench.now += HOUR
    assert office.run() == (1, Step(None))


def test_a_kill_between_shedding_and_scrubbing_is_made_good(
    office: Office, station: Station, registry_path: Path, tmp_path: Path
) -> None:
    bench = office.bench
    whole = station.record(identification(1))
    bench.send(station, 1, 1)
    office.check()
    retention = Retention(office.rule, bench.ingest, lambda: bench.now)
    assert retention.step(bench.store).shed == 1
    assert found_in(tmp_path, pieces(whole)) > 5  # in the log
    # As a killed process leaves it: the files as they are, nothing closed.
    copy = tmp_path / "copy"
    copy.mkdir()
    for name in ("registry.db", "registry.db-wal"):
        (copy / name).write_bytes(registry_path.with_name(name).read_bytes())
    again = Store.open(copy / "registry.db")
    assert shedding.overwritten(again) is not None
    bench.restart(again)
    assert office.run() == (0, Step(None))
    assert found_in(copy, pieces(whole)) == 0
    assert shedding.overwritten(again) is None
    again.close()


def test_a_reader_delays_the_scrubbing_and_nothing_else(
    office: Office, station: Station, registry_path: Path, tmp_path: Path
) -> None:
    bench = office.bench
    whole = station.record(identification(1))
    bench.send(station, 1, 1)
    office.check()
    reader = Store.open_reader(registry_path)
    with reader.snapshot():
        assert reader.row("SELECT count(*) FROM entry") == (1,)
        began = time.monotonic()
        assert office.run() == (1, Step(AGAIN_SECONDS))
        assert time.monotonic() - began < 1
        station.record(preregistration(1))
        assert bench.send(station, 2, 2).up_to == 2
    reader.close()
    assert office.run() == (0, Step(None))
    assert found_in(tmp_path, pieces(whole)) == 0


def refused(store: Store, statement: str) -> bool:
    try:
        with store.transaction():
            store.run(statement)
    except IntegrityError:
        return True
    return False


REPLACE = "UPDATE entry SET envelope = x'00', shed_at = 1 WHERE seq = 1"


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE station SET checked_seq = 0", "not checked"),
        ("UPDATE shedding SET withheld = 1", "evidence"),
        ("UPDATE shedding SET seq = 2", "not noted"),
        (REPLACE, "gone already"),
    ],
)
def test_the_registry_itself_refuses_to_shed_what_may_not_go(
    office: Office, station: Station, change: str, why: str
) -> None:
    store = office.bench.store
    station.record(identification(1))
    station.record(preregistration(1))
    office.bench.send(station, 1, 2)
    office.check()
    with store.transaction():
        store.run(change)
    assert refused(store, REPLACE), why


def test_the_registry_itself_changes_nothing_else_while_it_sheds(
    office: Office, station: Station
) -> None:
    store = office.bench.store
    station.record(identification(1))
    office.bench.send(station, 1, 1)
    office.check()
    for change in ("hash = x'00'", "operation_id = NULL", "received_at = 1", "envelope = NULL"):
        assert refused(store, REPLACE.replace(" WHERE", f", {change} WHERE")), change
    assert refused(store, "UPDATE entry SET envelope = x'00' WHERE seq = 1")
    assert refused(store, "UPDATE entry SET shed_at = NULL, envelope = x'00'")
    assert refused(store, "DELETE FROM shedding")
    assert not refused(store, REPLACE)
    assert refused(store, "DELETE FROM entry")


def test_a_registry_of_the_version_before_goes_on(bench: Bench, registry_path: Path) -> None:
    older = registry_path.with_name("older.db")
    with sqlite3.connect(older, isolation_level=None) as raw:
        raw.execute("PRAGMA application_id = 0x53505248")
        MIGRATIONS.apply(Database(raw), stop_before=STEPS[2])
        raw.execute(
            "INSERT INTO station (name, code, spki, enrolled_at, head_seq, head_hash, decided_seq)"
            " VALUES ('kiosk-0009', 9, x'01', 1, 1, zeroblob(32), 1)"
        )
        raw.execute(
            "INSERT INTO entry VALUES ('kiosk-0009', 1, zeroblob(32), 1, zeroblob(16), x'0102')"
        )
        raw.execute(
            "INSERT INTO decision (station, seq, outcome, decided_at)"
            " VALUES ('kiosk-0009', 1, 'accepted', 1)"
        )
    raw.close()
    with pytest.raises(StoreError) as told:
        Store.open_reader(older)
    assert told.value.code == "store.older"
    opened = Store.open(older)
    assert held(opened, "kiosk-0009", 1) == b"\x01\x02"
    assert refused(opened, "UPDATE entry SET envelope = x'00'")
    bench.restart(opened)
    fresh = bench.enrolled("kiosk-0001", 17)
    fresh.record(identification(1))
    bench.send(fresh, 1, 1)
    office = Office(bench)
    office.check(fresh.name)
    assert office.run() == (1, Step(None))
    opened.close()
    Store.open_reader(older).close()


def test_bodies_that_an_older_hub_took_in_are_noted_when_it_is_brought_up_to_date(
    bench: Bench, registry_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A station may be updated first: that hub refuses the kind, and keeps what it cannot read."""
    station = bench.enrolled("kiosk-0001", 17)
    twin = station.copy()
    monkeypatch.setattr(decide, "is_shed", lambda _kind: False)
    first = station.record(identification(1))
    station.record(preregistration(1))
    other = twin.record(identification(2))
    bench.send(station, 1, 2)
    bench.take(station, twin.message(1, 1))
    decided_at = bench.now
    monkeypatch.undo()
    station.record(identification(3))  # stored by the old hub, decided by the new one
    bench.take(station, station.message(3, 3))
    with bench.store.transaction():
        bench.store.run("DELETE FROM _sqlite_migrations WHERE name = ?", STEPS[3])
        bench.store.run("INSERT OR IGNORE INTO shedding VALUES ('kiosk-0001', 3, 1, 0, 0)")
        bench.store.run("UPDATE fork SET envelope = ?", other.data)  # as that hub kept it
    bench.store.close()
    opened = Store.open(registry_path)
    noted = opened.rows("SELECT seq, since FROM shedding ORDER BY seq")
    assert [seq for seq, _ in noted] == [1, 3]
    assert noted[0][1] <= decided_at
    bench.restart(opened)
    office = Office(bench)
    office.check()
    assert office.run() == (2, Step(None))
    assert found_in(registry_path.parent, pieces(first) + pieces(other)) == 0
    assert envelope.parse(held(opened, station.name, 2)) == station.chain[1]
    ((_, evidence),) = alarms.forks(opened, station.name)
    assert remnant.verify(remnant.parse(evidence), station.signer.verifying_key)
    opened.close()
    Store.open(registry_path).close()


HUB_TOML = (
    '[broker]\nhost = "localhost"\nport = 1\n[smtp]\nhost = "localhost"\nport = 1\n'
    'sender = "hub@example.org"\n[web]\nport = 1\nbase_url = "https://hub.example.org"\n'
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], settings.HubSettings]:
    def load(more: str) -> settings.HubSettings:
        (tmp_path / "hub.toml").write_text(HUB_TOML + more)
        return settings.load(tmp_path)

    return load


def test_the_rule_is_in_the_hubs_settings(
    written: Callable[[str], settings.HubSettings],
) -> None:
    assert written("").retention == RetentionRule(0, {})
    found = written(
        "[retention]\nfinger_template_days = 30\n"
        '[retention.stations]\nkiosk-0001 = 0\n"to-*" = 7\n"*" = 3\n'
    )
    assert found.retention == RetentionRule(30, {"kiosk-0001": 0, "to-*": 7, "*": 3})


@pytest.mark.parametrize(
    "more",
    [
        "finger_template_days = -1",
        "finger_template_days = 3661",
        "finger_template_days = true",
        "stations = 3",
        'stations = { "Kiosk 1" = 3 }',
        'stations = { "**" = 3 }',
        "stations = { kiosk-0001 = 4000 }",
        "stations = { kiosk-0001 = true }",
    ],
)
def test_a_rule_that_cannot_be_is_told(
    written: Callable[[str], settings.HubSettings], more: str
) -> None:
    with pytest.raises(SettingsError, match=r"retention\."):
        written(f"[retention]\n{more}\n")
