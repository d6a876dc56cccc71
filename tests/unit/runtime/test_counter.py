from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.readings import OperatorSignature
from kiosk.flows.clerk import effects as asked
from kiosk.flows.clerk import events as told
from kiosk.flows.clerk.wanted import WantedBooking, WantedRegistration
from kiosk.flows.events import Event
from kiosk.flows.station_facts import SignedList
from kiosk.runtime.auditing import Auditing
from kiosk.runtime.counter import Counter, Places
from kiosk.runtime.duty import Duty
from kiosk.runtime.issuing import Issuing
from kiosk.runtime.leases import Leases
from kiosk.runtime.list_fetching import ListFetch
from kiosk.runtime.mirroring import Mirroring
from kiosk.runtime.records import Records
from kiosk.runtime.rosters import RosterBelief
from kiosk.runtime.signed_lists import ListShelf
from sync.edge import trouble
from sync.edge.clock import StationClock, uuid7
from sync.edge.inquiries import Trouble, Wait
from sync.edge.mirror import Mirror
from sync.edge.mirror.shelf import Shelf
from sync.edge.standing import StandingBook
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model.audit import AuditEvent
from sync.model.console_views import SignedListPart, SignedListSince
from sync.model.credential import OperationKind, basis_of
from sync.model.inquiry import (
    Denied,
    Done,
    LeaseGranted,
    LeaseReturned,
    NotFound,
    Standing,
    StandingKind,
    UsernameTold,
)
from sync.model.registration import Registration
from sync.model.rosters import OperatorEntry, Right, Roster
from sync.model.searching import Filters
from sync.wire import case, roster
from sync.wire.audit_trail import read_page
from sync.wire.envelope import parse
from sync.wire.sealing import UnsealingKey
from tests.unit.edge.mirror.material import T0, active, edit, gone, new_registration, registration
from tests.unit.edge.mirror.material import told as changes
from tests.unit.edge.stations import make_station
from tests.unit.model.examples import HOME, MARTA
from tests.unit.runtime.test_duty import CERTIFICATE, TODAY, Card
from tests.unit.runtime.test_mirroring import Hub

ANNA = hashlib.sha256(CERTIFICATE).digest()
SESSION = UUID(int=9)
MOVED = replace(HOME, street="Via Nuova")
OFFICE_KEY = bytes(range(32))
T = TypeVar("T")


class SigningCard(Card):
    """Signs what nobody checks here: 256 bytes, as RS256 does."""

    pulled = False

    def sign_header(self, header: bytes) -> OperatorSignature | DeviceTrouble:
        if self.pulled:
            return DeviceTrouble(TroubleKind.REMOVED, "token.removed")
        made = super().sign_header(header)
        return made if isinstance(made, DeviceTrouble) else replace(made, signature=bytes(256))


class Desk:
    def __init__(self, folder: Path) -> None:
        self.station = make_station(folder / "station")
        self.told: list[Event] = []
        self.hub = Hub()
        self.card = SigningCard()
        self.records = Records(
            self.station.profile,
            self.station.signer,
            office="Comune",
            post=self.told.append,
            recorded=lambda: None,
        )
        self.give_roster(1)
        self.rosters = RosterBelief(self.station.profile, self.records.store)
        self.shelf = Shelf(folder / "mirror", None)
        mirroring = Mirroring(
            self.shelf,
            self.hub,
            self.records.outcome,
            lambda _: None,
            lambda: T0,
            round_seconds=60,
        )
        self.duty = Duty(
            self.card,
            self.rosters.current,
            self.shelf,
            mirroring,
            post=self.told.append,
            today=lambda: TODAY,
            station="desk-0001",
        )
        self.issuing = Issuing(lambda: datetime.now(UTC).date())
        self.auditor = UnsealingKey.generate()
        self.auditing = Auditing(self.records, StationClock(), lambda: ANNA)
        self.auditing._trail._auditor = lambda: self.auditor.sealing_key
        self.counter = Counter(
            self.duty,
            self.shelf,
            mirroring,
            self.hub,
            self.records,
            self.issuing,
            Leases(self.hub, lambda: None, self.told.append),
            Places(
                self.station.profile.name,
                (OFFICE_KEY,),
                lambda: self.station.hub.unsealing.sealing_key,
                self.told.append,
                self.auditing,
            ),
        )

    def give_roster(self, version: int, *entries: OperatorEntry) -> None:
        rights = frozenset({Right.REGISTER, Right.MANAGE})
        anna = OperatorEntry(ANNA, "Anna", "Comune", rights, (), TODAY)
        data = roster.sign(Roster(version, 1, entries or (anna,)), self.station.hub.signer)
        self.station.profile.roster_list.write_bytes(data)

    def sign_in(self, *people: Registration) -> Mirror:
        self.duty.sign_in(asked.SignIn(SESSION, bytearray(b"123456")))
        assert isinstance(self.told[-1], told.SignedIn)
        self.duty._mirroring.stop()  # what the hub is asked is each test's own
        self.hub.asked.clear()
        mirror = self.shelf.mirror
        assert mirror is not None
        mirror.question()
        assert mirror.take(changes(*people), now=T0) is None
        return mirror

    def last(self, kind: type[T]) -> T:
        found = [one for one in self.told if isinstance(one, kind)]
        assert found, self.told
        return found[-1]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.duty.sign_out()
    made.shelf.close()
    made.records.close()


def fresh_id() -> UUID:
    return uuid7(T0 + 5)


def booking(seen: Registration) -> WantedBooking:
    kind = OperationKind.RISCONTRO_FORTE
    return WantedBooking(seen, kind, basis_of(seen.credential), None, identified=True)


def wanted_registration() -> WantedRegistration:
    made = new_registration(1)
    fields = WantedRegistration.__dataclass_fields__
    return WantedRegistration(**{name: getattr(made, name) for name in fields})


def record(desk: Desk, operation_id: UUID, wanted: object) -> None:
    desk.counter.record(asked.RecordCounterAct(SESSION, operation_id, wanted))  # type: ignore[arg-type]


def test_nothing_is_found_or_done_without_an_operator(desk: Desk) -> None:
    desk.counter.search(asked.SearchRegistrations(SESSION, Filters(surname="x")))
    assert desk.last(told.SearchFailed).code == "mirror.closed"
    desk.counter.open(asked.OpenRegistration(SESSION, "2292222ZJ"))
    assert desk.last(told.RegistrationNotOpened).code == "mirror.closed"
    record(desk, fresh_id(), booking(registration()))
    assert desk.last(told.CounterActNotRecorded).code == "operator.card-away"
    assert desk.issuing._held.letters is None


@pytest.mark.rule("R-003-53")
def test_what_the_mirror_has_is_found_and_opened(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    desk.counter.search(asked.SearchRegistrations(SESSION, Filters(surname="ross")))
    assert [row.number for row in desk.last(told.SearchFinished).found.rows] == [seen.number]
    desk.counter.open(asked.OpenRegistration(SESSION, codice_fiscale=seen.person.codice_fiscale))
    assert desk.last(told.RegistrationOpened).case.registration == seen
    desk.counter.open(asked.OpenRegistration(SESSION, "none"))
    assert desk.last(told.RegistrationNotOpened).code == "registration.not-here"


@pytest.mark.rule("R-003-63")
def test_an_act_is_signed_recorded_and_shown_at_once(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    done = desk.last(told.CounterActRecorded)
    assert done.registration is not None
    assert done.registration.credential.running is not None
    assert done.registration.credential.running.office == "Comune"
    store = desk.records.store()
    assert isinstance(store, Store)
    entry = store.find(operation_id)
    header = parse(getattr(entry, "envelope", b"")).header
    assert header.kind == "booking"
    assert header.operator is not None
    assert header.operator.thumbprint == ANNA
    held = desk.issuing.of(operation_id)
    assert held is not None
    assert held.made_at == done.recorded_at


def test_the_same_act_again_has_the_same_letters(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    operation_id = fresh_id()
    for _ in range(2):
        record(desk, operation_id, booking(seen))
    recorded = [one for one in desk.told if isinstance(one, told.CounterActRecorded)]
    assert len(recorded) == 2
    assert recorded[0].recorded_at == recorded[1].recorded_at
    held = desk.issuing.of(operation_id)
    assert held is not None
    assert any(held.code)


def test_letters_of_what_an_earlier_run_recorded_are_void(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    desk.issuing.forget()  # as when the program was started again
    record(desk, operation_id, booking(seen))
    assert desk.issuing.of(operation_id) is None
    assert desk.last(told.CounterActRecorded).registration is not None


def test_a_card_that_is_pulled_at_the_last_moment_leaves_nothing(desk: Desk) -> None:
    desk.sign_in(registration())
    desk.card.pulled = True
    record(desk, fresh_id(), booking(registration()))
    assert desk.last(told.CounterActNotRecorded).code == "operator.card-away"
    store = desk.records.store()
    assert isinstance(store, Store)
    assert getattr(store.head(), "seq", None) == 0


def test_a_new_registration_has_its_number_at_once(desk: Desk) -> None:
    desk.sign_in()
    made = new_registration(1)
    wanted = WantedRegistration(
        **{name: getattr(made, name) for name in WantedRegistration.__dataclass_fields__}
    )
    record(desk, fresh_id(), wanted)
    done = desk.last(told.CounterActRecorded).registration
    assert done is not None
    assert done.person == MARTA
    desk.counter.open(asked.OpenRegistration(SESSION, done.number))
    assert desk.last(told.RegistrationOpened).case.waiting == ("registration",)


def test_an_edit_shows_what_was_changed(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    record(desk, fresh_id(), edit(seen, MOVED))
    done = desk.last(told.CounterActRecorded).registration
    assert done is not None
    assert done.residence == MOVED


@pytest.mark.rule("R-003-43")
def test_a_person_is_looked_up_at_the_hub_else_in_the_mirror(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    code = seen.person.codice_fiscale
    desk.hub.replies = [Standing(StandingKind.WEAK, seen.number), Standing(StandingKind.WEAK)]
    desk.counter.look_up(asked.LookUpPerson(SESSION, code, "L219"))
    assert desk.last(told.PersonLookedUp).certain
    on_duty = desk.duty.on_duty
    assert on_duty is not None
    assert desk.hub.operators[-1] is on_duty.presence
    desk.hub.replies = [Trouble("inquiry.offline"), Trouble("inquiry.offline")]
    desk.counter.look_up(asked.LookUpPerson(SESSION, code, "L219"))
    looked = desk.last(told.PersonLookedUp)
    assert (looked.certain, looked.found) == (False, None)
    assert looked.standing == Standing(StandingKind.WEAK, seen.number)
    desk.hub.replies = [NotFound(), NotFound()]
    desk.counter.look_up(asked.LookUpPerson(SESSION, MARTA.codice_fiscale))
    looked = desk.last(told.PersonLookedUp)
    assert looked.standing == Standing(StandingKind.UNKNOWN)
    assert not looked.certain


@pytest.mark.rule("R-003-62")
def test_a_username_is_told_or_why_not(desk: Desk) -> None:
    desk.sign_in()
    for reply, expected in (
        (UsernameTold("maria.verdi"), ("maria.verdi", "")),
        (Denied("operator.no-right"), (None, "operator.no-right")),
        (Trouble("inquiry.offline"), (None, "inquiry.offline")),
    ):
        desk.hub.replies = [reply]
        desk.counter.ask_username(asked.AskUsername(SESSION, "x", "y"))
        answer = desk.last(told.UsernameAnswered)
        assert (answer.username, answer.code) == expected


def test_a_case_on_paper_is_gone_on_with_where_the_mirror_is_older(desk: Desk) -> None:
    seen, other = registration(), registration(2, person=MARTA)
    newer = replace(seen, data_at=T0 + 9)
    desk.sign_in(seen)
    for paper, from_paper in ((newer, True), (seen, False), (other, True)):
        text = case.make_case(paper, office_key=OFFICE_KEY, station="counter-2", made_at=T0)
        assert text is not None
        desk.counter.read_case(asked.ReadCase(SESSION, text))
        opened = desk.last(told.RegistrationOpened).case
        assert (opened.registration, opened.from_paper) == (paper, from_paper)
    desk.counter.read_case(asked.ReadCase(SESSION, "something else"))
    assert desk.last(told.RegistrationNotOpened).code == "case.other-code"


def test_a_case_from_paper_is_booked_though_the_mirror_knows_nothing(desk: Desk) -> None:
    desk.sign_in()
    seen = registration(2, person=MARTA)
    text = case.make_case(seen, office_key=OFFICE_KEY, station="counter-2", made_at=T0)
    desk.counter.read_case(asked.ReadCase(SESSION, text or ""))
    record(desk, fresh_id(), booking(seen))
    done = desk.last(told.CounterActRecorded).registration
    assert done is not None
    assert done.credential.running is not None


def test_a_lease_is_asked_for_and_given_back(desk: Desk) -> None:
    desk.sign_in()
    desk.hub.replies = [LeaseGranted(7), Done()]
    desk.counter.leases.ask(SESSION, "2292222ZJ")
    for _ in range(100):
        if any(isinstance(one, told.LeaseTold) for one in desk.told):
            break
        time.sleep(0.01)
    assert desk.last(told.LeaseTold).lease == LeaseGranted(7)
    desk.counter.end_session()
    for _ in range(100):
        if LeaseReturned("2292222ZJ") in desk.hub.asked:
            return
        time.sleep(0.01)
    pytest.fail("the lease was not given back")


def test_a_roster_lies_sealed_and_is_read_at_its_station_only(desk: Desk) -> None:
    desk.give_roster(5)
    names = desk.station.profile.roster_list
    assert b"Anna" in names.read_bytes()
    ours = RosterBelief(desk.station.profile, desk.records.store, Vault(bytes(32)))
    found = ours.current()
    assert isinstance(found, Roster)
    assert b"Anna" not in names.read_bytes()
    assert ours.current() == found
    anew = RosterBelief(desk.station.profile, desk.records.store, Vault(bytes(32)))
    assert anew.current() == found
    elsewhere = RosterBelief(desk.station.profile, desk.records.store, Vault(bytes(range(32))))
    assert elsewhere.current() == "vault.sealed-elsewhere"


def test_a_roster_is_never_put_back(desk: Desk) -> None:
    desk.give_roster(5)
    assert isinstance(desk.rosters.current(), Roster)
    desk.give_roster(4, OperatorEntry(bytes(32), "Altra", "Comune", frozenset(), (), TODAY))
    current = desk.rosters.current()
    assert isinstance(current, Roster)
    assert current.version == 5
    anew = RosterBelief(desk.station.profile, desk.records.store)
    assert anew.current() == "roster.rolled-back"
    desk.station.profile.roster_list.unlink()
    assert RosterBelief(desk.station.profile, desk.records.store).current() == "roster.absent"


def test_what_the_mirror_has_learnt_since_the_page_was_opened_is_judged(desk: Desk) -> None:
    seen = registration()
    mirror = desk.sign_in(seen)
    mirror.question()
    assert mirror.take(gone(seen.number, 2), now=T0) is None
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    assert desk.last(told.CounterActNotRecorded).code == "registration.gone"
    assert desk.issuing.of(operation_id) is None
    assert not desk.records.has(operation_id)


@pytest.mark.rule("R-003-44")
def test_nobody_is_registered_over_strong_credentials_that_the_mirror_knows(desk: Desk) -> None:
    made = new_registration(1)
    desk.sign_in(active(registration(1, person=made.person)))
    operation_id = fresh_id()
    record(desk, operation_id, wanted_registration())
    assert desk.last(told.CounterActNotRecorded).code == "registration.strong"
    assert desk.issuing.of(operation_id) is None
    assert not desk.records.has(operation_id)


def test_a_right_that_the_newest_roster_takes_away_is_away_at_once(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    rights = frozenset({Right.REGISTER})
    desk.give_roster(2, OperatorEntry(ANNA, "Anna", "Comune", rights, (), TODAY))
    record(desk, fresh_id(), booking(seen))
    assert desk.last(told.CounterActNotRecorded).code == "operator.no-right"
    desk.give_roster(3, OperatorEntry(bytes(32), "Bruno", "Comune", rights, (), TODAY))
    record(desk, fresh_id(), wanted_registration())
    assert desk.last(told.CounterActNotRecorded).code == "operator.unknown"


def test_nothing_is_recorded_for_whom_the_hub_does_not_answer(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    desk.duty.heard("operator.unknown")
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    assert desk.last(told.CounterActNotRecorded).code == "operator.unknown"
    assert not desk.records.has(operation_id)
    desk.duty.heard("")
    record(desk, operation_id, booking(seen))
    assert desk.records.has(operation_id)


def test_letters_wiped_while_they_were_made_are_not_recorded(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = registration()
    desk.sign_in(seen)
    prepare = desk.issuing.prepare

    def ended(*wanted: object) -> object:
        made = prepare(*wanted)  # type: ignore[arg-type]
        desk.counter.end_session()
        return made

    monkeypatch.setattr(desk.issuing, "prepare", ended)
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    assert not desk.records.has(operation_id)


def test_letters_are_outstanding_until_they_are_in_hand(desk: Desk) -> None:
    seen = registration()
    mirror = desk.sign_in(seen)
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    desk.counter.list_disputes(asked.ListDisputes(SESSION))
    (one,) = desk.last(told.DisputesListed).disputes
    assert (one.operation_id, one.code) == (operation_id.hex, "letter.outstanding")
    desk.counter.in_hand(operation_id)
    assert mirror.disputes() == ()


def signed_roster(desk: Desk, version: int) -> bytes:
    before = desk.station.profile.roster_list.read_bytes()
    desk.give_roster(version)
    made = desk.station.profile.roster_list.read_bytes()
    desk.station.profile.roster_list.write_bytes(before)
    return made


def parts(data: bytes, version: int, size: int = 100) -> list[SignedListPart]:
    return [
        SignedListPart("roster", version, offset, len(data), data[offset : offset + size])
        for offset in range(0, len(data), size)
    ]


def fetch_of(desk: Desk) -> ListFetch:
    profile = desk.station.profile
    book = StandingBook(profile.store, profile.name)
    return ListFetch(ListShelf(profile, desk.records.store, book, desk.rosters.take), desk.hub)


def test_a_newer_roster_comes_over_the_network(desk: Desk) -> None:
    fetch = fetch_of(desk)
    assert desk.rosters.version() == 1
    desk.hub.replies = [*parts(signed_roster(desk, 2), 2)]
    assert fetch.fetch(SignedList.ROSTER, Wait())
    assert desk.rosters.version() == 2
    assert desk.hub.asked[:2] == [
        SignedListSince("roster", 1, 0, delta=True),
        SignedListSince("roster", 1, 100, delta=True),
    ]
    anew = RosterBelief(desk.station.profile, desk.records.store)
    assert anew.version() == 2, "it is in the place of the file"
    desk.hub.replies = [Done()]
    assert fetch.fetch(SignedList.ROSTER, Wait())


def test_a_roster_signed_meanwhile_is_begun_anew(desk: Desk) -> None:
    second, third = parts(signed_roster(desk, 2), 2), parts(signed_roster(desk, 3), 3)
    desk.hub.replies = [second[0], third[1], *third]
    assert fetch_of(desk).fetch(SignedList.ROSTER, Wait())
    assert desk.rosters.version() == 3


def test_no_older_or_foreign_roster_is_taken(desk: Desk) -> None:
    fetch = fetch_of(desk)
    old = signed_roster(desk, 1)
    desk.hub.replies = [*parts(signed_roster(desk, 2), 2)]
    assert fetch.fetch(SignedList.ROSTER, Wait())
    for data in (old, b"x" * 250):
        desk.hub.replies = [*parts(data, 9)]
        fetch.fetch(SignedList.ROSTER, Wait())
        assert desk.rosters.version() == 2
    desk.hub.replies = [Trouble("inquiry.offline")]
    assert not fetch.fetch(SignedList.ROSTER, Wait())


def trail(desk: Desk) -> list[tuple[AuditEvent, tuple[str, ...], str | None]]:
    """What stands in the trail, as the auditor reads it."""
    desk.auditing.note(AuditEvent.STOPPED)
    assert desk.auditing._trail.flush() is None
    found = desk.auditing._trail.page()
    assert isinstance(found, tuple)
    read = read_page(desk.station.profile.name, found[1], desk.auditor)
    assert {line.line.actor for line in read} == {ANNA[:16]}
    return [(line.line.event, line.line.words, line.subject) for line in read]


@pytest.mark.rule("R-000-18")
def test_whoever_reads_of_a_person_leaves_a_line(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    desk.counter.search(asked.SearchRegistrations(SESSION, Filters(surname="ross", comune="L219")))
    desk.counter.open(asked.OpenRegistration(SESSION, seen.number))
    operation_id = fresh_id()
    record(desk, operation_id, booking(seen))
    lines = trail(desk)
    assert lines[:3] == [
        (AuditEvent.SEARCHED, ("1",), "surname=ross comune=L219"),
        (AuditEvent.OPENED, ("found",), seen.number),
        (AuditEvent.RECORDED, ("booking", "1"), ""),
    ]


@pytest.mark.rule("R-000-18")
def test_what_leaves_no_line_is_not_shown(desk: Desk) -> None:
    seen = registration()
    desk.sign_in(seen)
    full = StoreTrouble(trouble.FULL)
    desk.auditing._trail._store = lambda: full
    desk.counter.search(asked.SearchRegistrations(SESSION, Filters(surname="ross")))
    assert desk.last(told.SearchFailed).code == trouble.FULL
    desk.counter.open(asked.OpenRegistration(SESSION, seen.number))
    assert desk.last(told.RegistrationNotOpened).code == trouble.FULL
    assert not any(isinstance(one, told.SearchFinished) for one in desk.told)
