"""What counters and kiosks are told at once: of the registry in their scope, and who edits."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sync.hub import changes, erasure, inquiries, settings
from sync.hub.changes import Scope, Scopes
from sync.hub.epoch import Epoch
from sync.hub.inquiries import (
    BUSY,
    ENTRY_SKIPPED,
    MOST_LOOK_UPS_OF_ONE,
    MOST_WAITING_OF_ONE,
    NO_COUNTER,
    PEOPLE_PER_MINUTE,
    PER_MINUTE,
    TOO_MANY,
    Inquiries,
    Sources,
    standing,
)
from sync.hub.registers import PopulationRegisters, RegisterTrouble
from sync.hub.remedies import CALL_ASSISTANCE
from sync.hub.settings import SettingsError
from sync.hub.store import feed, leases, readings, registrations
from sync.hub.store.alarms import alarms
from sync.hub.store.database import Store
from sync.hub.store.secrets import Login, put_login
from sync.hub.store.sqlite import SqliteStore
from sync.hub.writer import Writer, start
from sync.model.credential import OperationKind, State
from sync.model.inquiry import (
    Changes,
    ChangesSince,
    CodesShown,
    Denied,
    Done,
    EntryKind,
    Inquiry,
    LeaseAsked,
    LeaseGranted,
    LeaseHeld,
    LeaseReturned,
    NotFound,
    PersonFound,
    PersonLookUp,
    RegisterName,
    Reply,
    Standing,
    StandingAsked,
    StandingKind,
    UsernameAsked,
    UsernameTold,
)
from sync.model.registration import Part
from sync.model.rosters import Right
from sync.wire import duty_statement, inquiry
from sync.wire.duty_statement import AHEAD_MILLISECONDS, LIFE_MILLISECONDS, DutyStatement
from tests.unit.hub.counters import Desk, Office
from tests.unit.hub.stations import HOUR, codice_fiscale
from tests.unit.hub.test_setup import TABLES
from tests.unit.model.examples import HOME
from tests.workbench.pki import to_toml

ALL = Scopes({"desk-*": Scope()})


@dataclass
class Hub:
    """Answers over a store on disk, with a writer of its own."""

    counters: Office
    path: Path
    scopes: Scopes = ALL
    registers: PopulationRegisters = field(default_factory=PopulationRegisters)

    def __post_init__(self) -> None:
        self.writer = Writer(lambda: Store.open(self.path))
        self.thread: threading.Thread = start("writer", self.writer.run)
        self.sent: list[tuple[str, bytes]] = []
        self.inquiries = self.open(self.scopes)

    def open(self, scopes: Scopes) -> Inquiries:
        bench = self.counters.bench
        sources = Sources(
            open_reader=lambda: Store.open_reader(self.path),
            writer=self.writer,
            home=bench.home,
            registers=self.registers,
            scopes=scopes,
            clock=lambda: bench.now,
            epoch=self.epoch(),
        )
        return Inquiries(
            sources,
            [bench.unsealing],
            bench.signer,
            lambda name, data: self.sent.append((name, data)),
        )

    def epoch(self) -> Epoch:
        """As the hub that starts now finds it."""
        reader = Store.open_reader(self.path)
        try:
            return Epoch(self.path.with_name("feed.json"), feed.end(reader))
        finally:
            reader.close()

    def ask(self, desk: Desk, asked: Inquiry, **changes: Any) -> Reply:
        """Asks and opens the reply as the kiosk does."""
        bench = self.counters.bench
        question = inquiry.ask(
            asked,
            desk.station.name,
            changes.get("operator", self.statement(desk)),
            desk.station.signer,
            bench.unsealing.sealing_key,
            asked_at=changes.get("at", bench.now),
        )
        data = self.inquiries.answer(desk.station.name, question.data)
        assert data is not None
        assert len(data) <= inquiries.MOST_REPLY_BYTES
        reply = inquiry.open_answer(data, question, bench.trust)
        assert not isinstance(reply, inquiry.InquiryTrouble)
        return reply

    def mirror(self, desk: Desk) -> dict[str, Any]:
        """A mirror filled from the beginning: registrations by number."""
        held: dict[str, Any] = {}
        position = 0
        while True:
            told = self.ask(desk, ChangesSince(position))
            assert isinstance(told, Changes)
            for entry in told.entries:
                if entry.kind is EntryKind.GONE:
                    held.pop(entry.number, None)
                elif entry.kind is EntryKind.REGISTRATION:
                    held[entry.number] = entry.registration
            position = told.position
            if not told.more:
                return held

    def statement(self, desk: Desk, **changes: Any) -> DutyStatement:
        """What the desk's card says of being signed in there."""
        made = duty_statement.make(
            changes.get("station", desk.station.name),
            changes.get("card", desk.card),
            signed_at=changes.get("at", self.counters.bench.now),
        )
        assert isinstance(made, DutyStatement)
        return made

    def post(self, desk: Desk, asked: Inquiry) -> inquiry.Asked:
        """Puts a question among those that wait."""
        bench = self.counters.bench
        question = inquiry.ask(
            asked,
            desk.station.name,
            self.statement(desk),
            desk.station.signer,
            bench.unsealing.sealing_key,
            asked_at=bench.now,
        )
        self.inquiries.receive(desk.station.name, question.data)
        return question

    def replies(self, question: inquiry.Asked) -> list[Reply]:
        """What came back on it."""
        opened = [
            inquiry.open_answer(data, question, self.counters.bench.trust)
            for _, data in list(self.sent)
            if inquiry.id_of_reply(data) == question.id
        ]
        return [one for one in opened if not isinstance(one, inquiry.InquiryTrouble)]


@dataclass
class Register:
    """Knows nobody, or somebody; as slowly as it is told."""

    name: RegisterName = RegisterName.CIA
    known: PersonFound | None = None
    open: threading.Event = field(default_factory=threading.Event)
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def find(
        self, codice_fiscale: str, comune: str, asked_by: str = ""
    ) -> PersonFound | RegisterTrouble | None:
        self.asked.append((codice_fiscale, comune, asked_by))
        self.open.wait(20)
        return self.known


def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        threading.Event().wait(0.01)
    raise TimeoutError


@pytest.fixture
def hub(counters: Office, registry_path: Path) -> Iterator[Hub]:
    made = Hub(counters, registry_path)
    yield made
    made.inquiries.stop()
    made.writer.stop()
    made.thread.join(5)


def test_mirror_follows_the_registry(hub: Hub, counters: Office) -> None:
    for person in range(1, 6):
        counters.here.register(person)
    assert set(hub.mirror(counters.there)) == {counters.held(one).number for one in range(1, 6)}
    seen = counters.seen(3)
    counters.there.do(counters.there.edit(seen, Part.NOTE, "nuova"))
    with counters.bench.store.transaction():
        erasure.erase(
            counters.bench.store, counters.held(2), counters.bench.now, lambda: "x@hub.example"
        )
    after = hub.mirror(counters.there)
    assert len(after) == 4
    assert after[seen.number] == counters.seen(3)


def test_changes_come_in_order_once_and_in_parts(hub: Hub, counters: Office) -> None:
    for person in range(1, 6):
        counters.here.register(person)
    first = hub.ask(counters.here, ChangesSince(0, 2))
    assert isinstance(first, Changes)
    assert (len(first.entries), first.more) == (2, True)
    rest = hub.ask(counters.here, ChangesSince(first.position, 100))
    assert isinstance(rest, Changes)
    assert (len(rest.entries), rest.more, rest.position) == (3, False, rest.of)
    nothing = hub.ask(counters.here, ChangesSince(rest.position))
    assert nothing == Changes((), rest.position, rest.position, more=False, epoch=rest.epoch)
    assert hub.ask(counters.here, ChangesSince(rest.position + 1)) == Denied("changes.position")


def test_a_registry_put_back_to_a_copy_is_another_one_however_long_it_grew(
    hub: Hub, counters: Office, tmp_path: Path
) -> None:
    counters.here.register(1)
    store = counters.bench.store
    assert isinstance(store, SqliteStore)
    copy = sqlite3.connect(tmp_path / "copy.db")
    store._connection.backup(copy)
    counters.here.register(2)
    before = hub.ask(counters.here, ChangesSince(0))
    assert isinstance(before, Changes)
    again = hub.epoch()
    assert again.name == before.epoch, "a restart alone is no other registry"
    copy.backup(store._connection)
    copy.close()
    hub.inquiries = hub.open(ALL)  # the hub starts on the copy
    for person in (3, 4, 5):
        counters.there.register(person)
    question = ChangesSince(before.position, epoch=before.epoch)
    assert hub.ask(counters.here, question) == Denied("changes.position")
    anew = hub.ask(counters.here, ChangesSince(0))
    assert isinstance(anew, Changes)
    assert anew.position > before.position
    assert anew.epoch != before.epoch


def test_what_no_message_can_carry_is_told_in_parts(
    hub: Hub, counters: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    for person in range(1, 6):
        counters.here.register(person)
    monkeypatch.setattr(inquiries, "MOST_REPLY_BYTES", 2300)
    told = hub.ask(counters.here, ChangesSince(0))
    assert isinstance(told, Changes)
    assert 0 < len(told.entries) < 5
    assert len(told.entries) >= 3, "as many as fit, not half of half"
    assert told.more
    assert told.epoch == hub.epoch().name
    assert len(hub.mirror(counters.here)) == 5


def test_an_entry_that_no_message_can_carry_is_gone_past_with_one_alarm(
    hub: Hub, counters: Office
) -> None:
    for person in range(1, 6):
        counters.here.register(person)
    seen = counters.seen(3)
    with counters.bench.store.transaction():
        registrations.put(counters.bench.store, replace(seen, note=secrets.token_hex(400_000)))
    others = {counters.held(one).number for one in (1, 2, 4, 5)}
    assert set(hub.mirror(counters.here)) == others
    assert set(hub.mirror(counters.there)) == others
    (alarm,) = alarms(counters.bench.store)
    assert (alarm.code, alarm.times) == (ENTRY_SKIPPED, 1)
    assert str(seen.person.surname) not in alarm.detail


def test_scope_is_by_residence_and_office_and_who_leaves_it_is_gone(
    hub: Hub, counters: Office
) -> None:
    counters.here.register(1, residence=replace(HOME, comune="L219"))
    counters.there.register(2, residence=replace(HOME, comune="A326"))
    counters.there.register(3, residence=replace(HOME, comune="L219"))
    hub.inquiries = hub.open(
        Scopes({"desk-0001": Scope(comuni=frozenset({"L219"})), "desk-*": Scope()})
    )
    assert set(hub.mirror(counters.here)) == {counters.held(1).number, counters.held(3).number}
    assert len(hub.mirror(counters.there)) == 3
    position = hub.ask(counters.here, ChangesSince(0))
    assert isinstance(position, Changes)
    moved = counters.there.move(counters.seen(3), replace(HOME, comune="A326"))
    counters.there.do(moved)
    told = hub.ask(counters.here, ChangesSince(position.position))
    assert isinstance(told, Changes)
    assert [entry.kind for entry in told.entries] == [EntryKind.GONE]


def test_disputes_are_told_to_the_office_and_the_station(counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    at = counters.bench.now
    counters.bench.now += 3 * HOUR
    counters.there.book(seen, OperationKind.REVOCA, at=at + 2 * HOUR)
    counters.here.book(seen, OperationKind.REVOCA, at=at + HOUR)
    only = frozenset({"Comune di Torino"})
    store = counters.bench.store
    told = changes.since(store, 0, 100, Scope(offices=only), "desk-0009")
    other = changes.since(store, 0, 100, Scope(comuni=frozenset({"A326"})), "desk-0009")
    own = changes.since(store, 0, 100, Scope(comuni=frozenset({"A326"})), "desk-0001")
    for found, count in ((told, 1), (other, 0), (own, 1)):
        assert isinstance(found, Changes)
        assert sum(entry.kind is EntryKind.DISPUTE for entry in found.entries) == count


@pytest.mark.parametrize(
    ("asked", "right"),
    [
        (PersonLookUp(codice_fiscale(1), "L219"), Right.REGISTER),
        (StandingAsked(codice_fiscale(1)), Right.REGISTER),
        (UsernameAsked(codice_fiscale(1), "AAAAAAAAA"), Right.MANAGE),
    ],
)
def test_operator_needs_the_right(hub: Hub, counters: Office, asked: Inquiry, right: Right) -> None:
    assert not isinstance(hub.ask(counters.here, asked), Denied) or right is Right.MANAGE
    others = {Right.USERS, Right.APPOINT} if right is Right.REGISTER else set()
    counters.employ(counters.here.known(rights=frozenset(Right) - {right} - others))
    reply = hub.ask(counters.here, asked)
    assert isinstance(reply, Denied)
    assert reply.code == "operator.no-right"
    assert hub.ask(counters.there, asked) == Denied("operator.unknown", CALL_ASSISTANCE)


def test_station_that_is_no_counter_is_told_nothing(hub: Hub, counters: Office) -> None:
    """An operator's thumbprint stands in every envelope: it proves nothing."""
    kiosk = Desk(counters.bench, counters.bench.enrolled("kiosk-0001", 17), "x", counters.here.card)
    counters.here.register(1)
    for asked in (
        ChangesSince(0),
        StandingAsked(codice_fiscale(1)),
        LeaseAsked(counters.held(1).number),
        UsernameAsked(codice_fiscale(1), counters.held(1).number),
    ):
        assert hub.ask(kiosk, asked) == Denied(NO_COUNTER, CALL_ASSISTANCE)
    assert hub.ask(counters.here, PersonLookUp(codice_fiscale(1), "L219")) == NotFound()


def test_questions_of_others_and_repeated_ones_are_not_answered(hub: Hub, counters: Office) -> None:
    bench, desk = counters.bench, counters.here
    question = inquiry.ask(
        ChangesSince(0),
        desk.station.name,
        hub.statement(desk),
        desk.station.signer,
        bench.unsealing.sealing_key,
        asked_at=bench.now,
    )
    assert hub.inquiries.answer("desk-0002", question.data) is None
    assert hub.inquiries.answer(desk.station.name, b"rubbish") is None
    assert hub.inquiries.answer(desk.station.name, question.data) is not None
    assert hub.inquiries.answer(desk.station.name, question.data) is None
    stale = hub.ask(desk, ChangesSince(0), at=bench.now - HOUR)
    assert stale == Denied("inquiry.stale", CALL_ASSISTANCE)


def test_station_that_asks_too_often_waits(
    hub: Hub, counters: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.hub.turns.time.monotonic", lambda: 61.0)
    for _ in range(PER_MINUTE):
        assert hub.ask(counters.here, LeaseReturned("x")) == Done()
    reply = hub.ask(counters.here, LeaseReturned("x"))
    assert reply == Denied(TOO_MANY, "", 59)
    assert hub.ask(counters.there, LeaseReturned("x")) == Done()
    # Whoever fills a mirror leaves clerks their questions, and is not kept up by them.
    monkeypatch.setattr(inquiries, "CHANGES_PER_MINUTE", 3)
    for _ in range(3):
        assert isinstance(hub.ask(counters.here, ChangesSince(0)), Changes)
    assert hub.ask(counters.here, ChangesSince(0)) == Denied(TOO_MANY, "", 59)


def test_who_edits_has_it_for_ten_minutes_and_prolongs_it_by_asking(
    hub: Hub, counters: Office
) -> None:
    counters.here.register(1)
    number = counters.held(1).number
    granted = hub.ask(counters.here, LeaseAsked(number))
    until = counters.bench.now + leases.LEASE_MILLISECONDS
    assert granted == LeaseGranted(until)
    held = hub.ask(counters.there, LeaseAsked(number))
    assert held == LeaseHeld("Ada Prova", "Comune di Torino", until)
    counters.bench.now += 5 * 60_000
    again = hub.ask(counters.here, LeaseAsked(number))
    assert again == LeaseGranted(until + 5 * 60_000)
    counters.bench.now += leases.LEASE_MILLISECONDS
    assert isinstance(hub.ask(counters.there, LeaseAsked(number)), LeaseGranted)
    assert hub.ask(counters.there, LeaseReturned(number)) == Done()
    assert isinstance(hub.ask(counters.here, LeaseAsked(number)), LeaseGranted)
    assert isinstance(hub.ask(counters.here, LeaseAsked("ZZZZZZZZZ")), Denied)


def test_lease_keeps_nobody_from_recording(hub: Hub, counters: Office) -> None:
    counters.here.register(1)
    seen = counters.seen(1)
    hub.ask(counters.here, LeaseAsked(seen.number))
    counters.there.do(counters.there.edit(seen, Part.NOTE, "intanto"))
    assert counters.seen(1).note == "intanto"


@pytest.mark.rule("R-003-62")
def test_username_is_told_and_the_telling_is_kept(hub: Hub, counters: Office) -> None:
    counters.here.register(1)
    number = counters.held(1).number
    nobody = hub.ask(counters.here, UsernameAsked(codice_fiscale(1), number))
    assert nobody == Denied("username.none")
    with counters.bench.store.transaction():
        login = Login(number, "mario.prova", None, None, None, None, 0)
        assert put_login(counters.bench.store, login)
    told = hub.ask(counters.here, UsernameAsked(codice_fiscale(1), number))
    assert told == UsernameTold("mario.prova")
    other = hub.ask(counters.here, UsernameAsked(codice_fiscale(2), number))
    assert other == Denied("registration.gone")
    kept = readings.readings(counters.bench.store)
    assert [(one.act, one.station, one.number, one.outcome) for one in kept] == [
        ("username", "desk-0001", number, "username.none"),
        ("username", "desk-0001", number, "told"),
        ("username", "desk-0001", "", "registration.gone"),
    ]
    assert {one.by for one in kept} == {counters.here.card.thumbprint.hex()}


@pytest.mark.rule("R-003-44", "R-003-45", "R-003-46")
def test_standing_of_a_person(counters: Office) -> None:
    store = counters.bench.store
    assert standing(store, codice_fiscale(1)) == Standing(StandingKind.UNKNOWN)
    with store.transaction():
        store.run("INSERT INTO old_account VALUES (?, 0)", codice_fiscale(1))
    assert standing(store, codice_fiscale(1)) == Standing(StandingKind.OLD_CREDENTIALS)
    counters.here.register(1)
    seen = counters.seen(1)
    assert standing(store, codice_fiscale(1)) == Standing(StandingKind.WEAK, seen.number)
    for state, strong, kind in (
        (State.ATTIVATO, True, StandingKind.STRONG),
        (State.ATTIVATO, False, StandingKind.WEAK),
        (State.RISCONTRATO, True, StandingKind.WEAK),
        (State.RESPINTO, False, StandingKind.UNKNOWN),
    ):
        credential = replace(seen.credential, state=state, strong=strong)
        with store.transaction():
            registrations.put(store, replace(seen, credential=credential))
        assert standing(store, codice_fiscale(1)).kind is kind


def test_codes_of_nobody_are_wrong_and_cost_time(hub: Hub, counters: Office) -> None:
    reply = hub.ask(
        counters.here, CodesShown(codice_fiscale(9), "NASDURZVSPY8", "48205917"), operator=None
    )
    assert isinstance(reply, Denied)
    assert reply.code == "codes.wrong"


def test_questions_are_taken_in_the_background(hub: Hub, counters: Office) -> None:
    bench, desk = counters.bench, counters.here
    question = inquiry.ask(
        ChangesSince(0),
        desk.station.name,
        hub.statement(desk),
        desk.station.signer,
        bench.unsealing.sealing_key,
        asked_at=bench.now,
    )
    hub.inquiries.receive(desk.station.name, question.data)
    for _ in range(500):
        if hub.sent:
            break
        threading.Event().wait(0.01)
    ((name, data),) = hub.sent
    assert name == desk.station.name
    assert isinstance(inquiry.open_answer(data, question, bench.trust), Changes)


@pytest.mark.parametrize(
    ("table", "is_right"),
    [
        ('"desk-*" = {}', True),
        ('"desk-1" = { offices = ["A"], comuni = ["L219"] }', True),
        ('"Desk" = {}', False),
        ('"desk-1" = { office = ["A"] }', False),
        ('"desk-1" = { comuni = "L219" }', False),
        ('"desk-1" = 3', False),
    ],
)
def test_counters_are_named_in_the_settings(tmp_path: Path, table: str, is_right: bool) -> None:  # noqa: FBT001
    text = to_toml(TABLES) + f"\n[counters]\n{table}\n"
    (tmp_path / "hub.toml").write_text(text)
    if not is_right:
        with pytest.raises(SettingsError, match="counters"):
            settings.load(tmp_path)
        return
    scopes = settings.load(tmp_path).counters
    assert scopes.of("desk-1") is not None
    assert scopes.of("kiosk-0001") is None


def test_a_station_takes_no_place_of_another(
    hub: Hub, counters: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, open_reader = threading.Event(), Store.open_reader

    def slow(path: Path) -> Store:
        gate.wait(20)
        return open_reader(path)

    monkeypatch.setattr(Store, "open_reader", slow)
    for _ in range(300):
        hub.post(counters.here, ChangesSince(0))
    other = hub.post(counters.there, ChangesSince(0))
    gate.set()
    until(lambda: len(hub.sent) > MOST_WAITING_OF_ONE)
    assert hub.replies(other)
    assert Counter(name for name, _ in hub.sent) == {
        counters.here.station.name: MOST_WAITING_OF_ONE,
        counters.there.station.name: 1,
    }
    again = hub.post(counters.here, ChangesSince(0))
    until(lambda: bool(hub.replies(again)))


@pytest.mark.rule("R-003-43")
def test_a_slow_register_keeps_nobody_but_who_waits_for_it(
    counters: Office, registry_path: Path
) -> None:
    slow = Register()
    hub = Hub(counters, registry_path, registers=PopulationRegisters([slow], seconds=20))
    try:
        counters.employ(counters.here.known(), counters.there.known())
        waiting = [
            hub.post(counters.here, PersonLookUp(codice_fiscale(one), "L219"))
            for one in range(MOST_LOOK_UPS_OF_ONE + 1)
        ]
        until(lambda: len(slow.asked) == MOST_LOOK_UPS_OF_ONE and len(hub.sent) == 1)
        quick = hub.post(counters.here, ChangesSince(0))
        other = hub.post(counters.there, PersonLookUp(codice_fiscale(1), "L219"))
        until(lambda: bool(hub.replies(quick)) and len(slow.asked) == MOST_LOOK_UPS_OF_ONE + 1)
        slow.open.set()
        until(lambda: all(hub.replies(one) for one in (*waiting, other)))
        told = [hub.replies(one)[0] for one in waiting]
        assert sorted(map(repr, told)) == sorted(
            map(repr, [NotFound()] * MOST_LOOK_UPS_OF_ONE + [Denied(BUSY)])
        )
    finally:
        slow.open.set()
        hub.inquiries.stop()
        hub.writer.stop()
        hub.thread.join(5)


@pytest.mark.rule("R-003-43", "R-003-61")
def test_registers_are_told_who_asks_and_cia_is_for_the_competent(
    counters: Office, registry_path: Path
) -> None:
    counters.here.register(1)
    one = counters.seen(1)
    cia, aura = Register(), Register(RegisterName.AURA)
    aura.known = PersonFound(RegisterName.AURA, one.person, None, None, None)
    cia.open.set()
    aura.open.set()
    hub = Hub(counters, registry_path, registers=PopulationRegisters([cia, aura]))
    try:
        counters.employ(counters.here.known(comuni=("L219",)))
        by = counters.here.card.thumbprint.hex()
        code = one.person.codice_fiscale
        for comune in ("L219", "", "A326"):
            assert hub.ask(counters.here, PersonLookUp(code, comune)) == aura.known
        aura.known = None
        unasked = hub.ask(counters.here, PersonLookUp(codice_fiscale(2), "A326"))
        assert unasked == NotFound((RegisterName.CIA,))
        assert cia.asked == [(code, "L219", by), (code, "", by)]
        assert aura.asked[0] == (code, "L219", by)
        kept = [
            (one.act, one.by, one.number, one.outcome)
            for one in readings.readings(counters.bench.store)
        ]
        number = counters.held(1).number
        assert kept == [("look-up", by, number, "AURA")] * 3 + [("look-up", by, "", "not-found")]
    finally:
        hub.inquiries.stop()
        hub.writer.stop()
        hub.thread.join(5)


@pytest.mark.rule("R-003-44", "R-003-62")
def test_who_asks_about_people_is_kept_and_nobody_fills_the_disk_with_made_up_ones(
    hub: Hub, counters: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.hub.turns.time.monotonic", lambda: 61.0)
    counters.here.register(1)
    number = counters.held(1).number
    for one in range(1, 10):
        hub.ask(counters.here, StandingAsked(codice_fiscale(one)))
        made_up = UsernameAsked(codice_fiscale(one), "ZZZZZZZZZ")
        assert hub.ask(counters.here, made_up) == Denied("registration.gone")
    kept = readings.readings(counters.bench.store)
    assert [(one.act, one.number, one.outcome) for one in kept] == [
        ("standing", number, "weak"),
        ("username", "", "registration.gone"),
        ("standing", "", "unknown"),
    ]
    counters.bench.now += readings.AGAIN_MILLISECONDS
    hub.ask(counters.here, StandingAsked(codice_fiscale(1)))
    assert len(readings.readings(counters.bench.store)) == 4
    for _ in range(PEOPLE_PER_MINUTE - 10):
        hub.ask(counters.here, StandingAsked(codice_fiscale(1)))
    assert hub.ask(counters.here, StandingAsked(codice_fiscale(1))) == Denied(TOO_MANY, "", 59)
    assert isinstance(hub.ask(counters.here, ChangesSince(0)), Changes)


def test_an_operator_must_be_there_to_ask(hub: Hub, counters: Office) -> None:
    """A station's key and a thumbprint, which every envelope shows, open nothing."""
    bench, desk = counters.bench, counters.here
    counters.employ(counters.here.known(), counters.there.known())
    counters.here.register(1)
    other = hub.statement(counters.there)
    good = hub.statement(desk)
    forged = (
        replace(good, signature=bytes(len(good.signature))),
        replace(good, signed_at=good.signed_at + 1),
        replace(other, thumbprint=good.thumbprint),
        other,  # signed for another station
        hub.statement(desk, station=counters.there.station.name),
        hub.statement(desk, at=bench.now - LIFE_MILLISECONDS - 1),
        hub.statement(desk, at=bench.now + AHEAD_MILLISECONDS + 1),
    )
    unproven = Denied("inquiry.unproven", CALL_ASSISTANCE)
    number = counters.held(1).number
    for asked in (
        ChangesSince(0),
        PersonLookUp(codice_fiscale(1), "L219"),
        StandingAsked(codice_fiscale(1)),
        LeaseAsked(number),
        UsernameAsked(codice_fiscale(1), number),
    ):
        for statement in forged:
            assert hub.ask(desk, asked, operator=statement) == unproven
        assert hub.ask(desk, asked, operator=good) != unproven
    before = len(readings.readings(bench.store))
    hub.ask(desk, StandingAsked(codice_fiscale(2)), operator=forged[0])
    assert len(readings.readings(bench.store)) == before
    for at in (bench.now - LIFE_MILLISECONDS, bench.now + AHEAD_MILLISECONDS):
        told = hub.ask(desk, ChangesSince(0), operator=hub.statement(desk, at=at))
        assert isinstance(told, Changes)
