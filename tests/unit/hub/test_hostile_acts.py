"""What whoever holds a station's key, an old card or an odd clock cannot do."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from sqlite_utils import Database

from sync.hub import changes, erasure
from sync.hub.acting import OLDEST_MILLISECONDS, PAST_RIGHT
from sync.hub.changes import Scope
from sync.hub.migrations import APPLICATION_ID, MIGRATIONS, STEPS
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.store import alarms, chains, people, registrations, secrets
from sync.hub.store.database import Store
from sync.model.counter import OldAccountDeletion, Subject
from sync.model.credential import Booked, OperationKind, OperationStatus
from sync.model.inquiry import Changes, EntryKind
from sync.model.registration import Part
from sync.model.rosters import Right
from sync.wire.receipt import Accepted, Refused
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import HOUR, NOON, codice_fiscale
from tests.unit.model.examples import HOME

DAY: Final = 24 * HOUR


def code(outcome: object) -> str:
    return outcome.code if isinstance(outcome, Refused) else ""


def alarmed(counters: Office) -> set[str]:
    return {alarm.code for alarm in alarms.alarms(counters.bench.store)}


# --- a station's key without a card


@pytest.mark.parametrize("length", [20, 9000])
def test_key_of_a_station_alone_puts_nothing_into_the_feed(counters: Office, length: int) -> None:
    kiosk = counters.bench.enrolled("kiosk-0001", 17)
    counters.here.register(1)
    act = counters.here.edit(counters.seen(1), Part.NOTE, "x")
    for forged in (
        replace(act, subject=Subject(codice_fiscale(1), "X" * length)),
        replace(act, subject=Subject("X" * length, counters.seen(1).number)),
        act,
    ):
        kiosk.record(forged)
        last = len(kiosk.chain)
        assert code(counters.bench.send(kiosk, last, last).answers[-1].outcome)
    assert counters.disputes() == []
    assert "operator.unknown" in alarmed(counters)
    with counters.bench.store.snapshot():
        told = changes.since(counters.bench.store, 0, 200, Scope(), "desk-0001")
    assert isinstance(told, Changes)
    assert {entry.kind for entry in told.entries} == {EntryKind.REGISTRATION}


def test_office_of_the_card_is_told_and_not_the_one_that_the_act_names(counters: Office) -> None:
    counters.here.register(1)
    act = replace(counters.there.edit(counters.seen(1), Part.NOTE, "x"), office="Comune di Torino")
    assert code(counters.there.do(act)) == "operator.other-office"
    (told,) = counters.disputes()
    assert (told.office, told.dispute.code) == ("ASL di Esempio", "operator.other-office")


def test_malformed_number_of_a_signed_act_is_not_repeated_to_clerks(counters: Office) -> None:
    act = counters.here.ex_novo(1)
    counters.here.do(act)
    edit = counters.here.edit(counters.seen(1), Part.NOTE, "x")
    edit = replace(edit, subject=Subject(codice_fiscale(2), "X" * 5000))
    assert code(counters.here.do(edit))
    assert all(len(kept.dispute.registration_number) < 20 for kept in counters.disputes())


# --- somebody else's operation id


def test_operation_id_of_the_hubs_own_act_is_nobodys(counters: Office) -> None:
    counters.here.register(1)
    counters.here.register(2)
    store, one = counters.bench.store, counters.held(1).registration
    own = uuid.uuid4()
    booked = Booked(
        own.hex,
        OperationKind.REVOCA,
        OperationStatus.ACTIVE,
        counters.bench.now,
        "",
        "",
        None,
        None,
    )
    with store.transaction():  # as a revocation that was booked on the hub's pages
        registrations.put(store, replace(one, credential=replace(one.credential, last=booked)))
        secrets.keep(store, own.hex, code=b"of the owner")
    outcome = counters.there.book(counters.seen(2), OperationKind.REVOCA, operation_id=own)
    assert outcome == Refused("operation.repeated", None, CALL_ASSISTANCE)
    running = secrets.running(store, counters.held(1).number)
    assert running is not None
    assert (running.operation_id, running.code) == (own.hex, b"of the owner")
    assert "operation.repeated" in alarmed(counters)
    assert counters.disputes() == []
    two = counters.held(2).registration
    with pytest.raises(ValueError, match="another registration"), store.transaction():
        registrations.put(store, replace(two, credential=replace(two.credential, last=booked)))


# --- clocks


@pytest.mark.rule("R-003-55")
def test_clock_that_was_set_back_brings_no_right_back(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    counters.bench.now += DAY
    counters.employ(counters.here.known(rights=frozenset({Right.FSE})), counters.there.known())
    assert code(counters.here.book(seen, OperationKind.REVOCA)) == "operator.no-right"
    assert code(counters.here.book(seen, OperationKind.REVOCA, at=1)) == "operator.no-right"
    back = counters.here.book(seen, OperationKind.REVOCA, at=NOON + 1000)
    assert code(back) == "operator.no-right", "the chain has been further already"


def test_card_of_long_ago_is_dead_whatever_the_clock_says(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    counters.bench.now += DAY
    counters.employ(counters.there.known())
    counters.bench.now += OLDEST_MILLISECONDS
    late = counters.here.book(seen, OperationKind.REVOCA, at=NOON + 1000)
    assert code(late) == "operator.unknown"
    (told,) = counters.disputes()
    assert told.office == "Comune di Torino", "what its clerk recorded does not vanish in silence"
    assert (told.dispute.code, told.dispute.registration_number) == (
        "operator.unknown",
        seen.number,
    )


def test_act_by_a_right_of_then_stands_with_an_alarm(counters: Office) -> None:
    counters.here.record(counters.here.ex_novo(1))
    counters.bench.now += DAY
    counters.employ(counters.there.known())
    assert counters.here.send() == Accepted()
    assert PAST_RIGHT in alarmed(counters)


def test_act_counts_no_earlier_than_what_was_recorded_before_it(counters: Office) -> None:
    counters.here.register(1)
    counters.here.do(counters.here.edit(counters.seen(1), Part.NOTE, "x"), at=NOON - DAY)
    assert counters.seen(1).data_at == NOON
    counters.here.register(2, at=NOON - 30 * DAY)
    last = counters.seen(2).credential.last
    assert last is not None
    assert last.booked_at == NOON


# --- what is left of whom


@pytest.mark.rule("R-003-60")
def test_dispute_names_only_whom_its_act_named(counters: Office) -> None:
    counters.here.register(1)
    counters.here.register(2)
    seen = counters.seen(1)
    act = replace(
        counters.here.edit(seen, Part.NOTE, "x"), subject=Subject(codice_fiscale(2), seen.number)
    )
    assert code(counters.here.do(act)) == "registration.other-person"
    (told,) = counters.disputes()
    assert (told.dispute.person, told.dispute.registration_number) == ("", seen.number)
    store = counters.bench.store
    with store.transaction():
        erasure.erase(store, counters.held(1), counters.bench.now, lambda: "a@hub")
    assert store.rows("SELECT person, codice_fiscale FROM dispute") == [("", "")]


@pytest.mark.rule("R-003-46", "R-003-60")
def test_body_about_somebody_unregistered_goes(counters: Office) -> None:
    act = OldAccountDeletion(codice_fiscale(9), request_archived=True, office="Comune di Torino")
    assert counters.here.do(act) == Accepted()
    used = counters.here.ex_novo(1)
    assert counters.here.do(used) == Accepted()
    again = replace(counters.here.ex_novo(3), registration_number=used.registration_number)
    assert code(counters.here.do(again)) == "registration-number.used"
    store = counters.bench.store
    assert people.entries(store, codice_fiscale(9)) == []
    assert people.entries(store, codice_fiscale(3)) == []
    noted = store.rows("SELECT seq FROM shedding WHERE station = 'desk-0001' ORDER BY seq")
    assert noted == [(1,), (3,)]


# --- what an act sets right


@pytest.mark.rule("R-003-32")
def test_only_what_an_act_sets_right_is_closed(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    counters.there.do(counters.there.edit(seen, Part.RESIDENCE, replace(HOME, street="Via Nuova")))
    other = replace(HOME, street="Via Altra")
    assert code(counters.here.do(counters.here.edit(seen, Part.RESIDENCE, other)))
    counters.there.book(counters.seen(1), OperationKind.REVOCA)
    late = counters.here.book(seen, OperationKind.REVOCA, at=NOON - HOUR)
    assert late == Accepted() or code(late)

    def still_open() -> set[str]:
        mine = [kept for kept in counters.disputes() if kept.office == counters.here.office]
        return {kept.dispute.code for kept in mine if not kept.dispute.closed}

    before = still_open()
    assert "edit.overtaken" in before
    note = counters.here.edit(counters.seen(1), Part.NOTE, "x")
    assert counters.here.do(note) == Accepted()
    assert still_open() == before, "a note sets nothing right"
    edit = counters.here.edit(counters.seen(1), Part.RESIDENCE, other)
    assert counters.here.do(edit) == Accepted()
    assert still_open() == before - {"edit.overtaken"}


# --- a registry of before

_BEFORE: Final = """
INSERT INTO station (name, code, spki, enrolled_at, head_hash)
    VALUES ('desk-0001', 21, x'00', 0, zeroblob(32));
INSERT INTO entry (station, seq, hash, received_at) VALUES ('desk-0001', 1, zeroblob(32), 9);
INSERT INTO decision (station, seq, outcome, decided_at) VALUES ('desk-0001', 1, 'accepted', 9);
INSERT INTO registration (number, codice_fiscale, birth_date, comune, left_comune, state, strong,
        email, registered_at, record, received_at)
    VALUES ('A', 'B', '1980', 'L219', 'A326', 'riscontrato', 'N', '', 1, '', 1);
INSERT INTO credential_operation (operation_id, number, kind, status, booked_at, office, station)
    VALUES ('x', 'A', 'revoca', 'D', 77, '', 'desk-0001');
"""


def test_registry_of_before_is_bounded_by_its_last_bookings(tmp_path: Path) -> None:
    path = tmp_path / "registry.db"
    database = Database(path)
    MIGRATIONS.apply(database, stop_before=STEPS[5])
    with database.conn:
        database.conn.executescript(_BEFORE)
        database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.close()
    store = Store.open(path)
    assert chains.counted_before(store, "desk-0001", 2) == 77
    assert chains.counted_before(store, "desk-0001", 1) == 0
    assert store.rows("SELECT left_comune FROM registration") == [("",)]
    assert store.rows("SELECT parts FROM dispute") == []
    store.close()


def test_until_is_a_day_of_the_time_that_counts(counters: Office) -> None:
    counters.here.record(counters.here.ex_novo(1))
    counters.bench.now += 5 * DAY
    counters.employ(counters.here.known(until=date(2026, 11, 27)), counters.there.known())
    assert counters.here.send() == Accepted()
    assert code(counters.here.register(2)) == "operator.expired"
