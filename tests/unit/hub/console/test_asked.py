"""What the console asks of the hub, and who is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sync.hub.changes import Scopes
from sync.hub.console import asked as console_asked
from sync.hub.console.day_sign_in import DaySignIns
from sync.hub.epoch import Epoch
from sync.hub.home.checking import Comparer
from sync.hub.inquiries import Inquiries, Sources
from sync.hub.registers import PopulationRegisters
from sync.hub.store import readings
from sync.hub.store.database import Store
from sync.hub.writer import Writer, start
from sync.model.console_views import (
    DayPass,
    DaySignIn,
    UserRecord,
    UsersAsked,
    UsersTold,
)
from sync.model.inquiry import ChangesSince, Denied, PersonLookUp, Reply
from sync.model.rights import Right
from sync.model.smart_cards import CardState
from sync.model.users import Profile, UserType
from sync.wire import duty_statement, inquiry
from sync.wire.duty_statement import DutyStatement
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.test_day_sign_in import KEY, PASSWORD, set_for, spki
from tests.unit.hub.console.test_deciding import ALP, ALS, CardOf, Council
from tests.unit.hub.stations import Bench, codice_fiscale


class Desk:
    """Asks at the council's station, in the name of an administrator."""

    def __init__(self, council: Council, path: Path) -> None:
        self.council, bench = council, council.bench
        self.writer = Writer(lambda: Store.open(path))
        self.thread: threading.Thread = start("writer", self.writer.run)
        self.inquiries = Inquiries(
            Sources(
                open_reader=lambda: Store.open_reader(path),
                writer=self.writer,
                home=bench.home,
                registers=PopulationRegisters(()),
                scopes=Scopes(),
                clock=lambda: bench.now,
                epoch=Epoch(path.with_name("feed.json"), 0),
                day_sign_ins=DaySignIns(
                    Comparer(bench.digests),
                    bench.digests,
                    bench.signer,
                    "hub",
                    council.town.console.offices,
                ),
            ),
            [bench.unsealing],
            bench.signer,
            lambda _name, _data: None,
        )

    def ask(self, by: int | None, asked: Any, card: CardOf | None = None) -> Reply:
        bench, station = self.council.bench, self.council.station
        statement = None
        if by is not None:
            made = duty_statement.make(
                station.name, card or self.council.card(by), signed_at=bench.now
            )
            assert isinstance(made, DutyStatement)
            statement = made
        question = inquiry.ask(
            asked,
            station.name,
            statement,
            station.signer,
            bench.unsealing.sealing_key,
            asked_at=bench.now,
        )
        data = self.inquiries.answer(station.name, question.data)
        assert data is not None
        reply = inquiry.open_answer(data, question, bench.trust)
        assert not isinstance(reply, inquiry.InquiryTrouble)
        return reply

    def code(self, by: int | None, asked: Any) -> str:
        reply = self.ask(by, asked)
        return reply.code if isinstance(reply, Denied) else ""


@pytest.fixture
def desk(bench: Bench, registry_path: Path) -> Iterator[Desk]:
    opened = Desk(Council(bench), registry_path)
    yield opened
    opened.inquiries.stop()
    opened.writer.stop()
    opened.thread.join(5)


@pytest.mark.rule("R-004-4", "R-004-25", "R-004-33")
def test_users_are_told_to_the_administrator_of_their_comune_alone(desk: Desk) -> None:
    desk.council.town.insert(7)
    told = desk.ask(ALS, UsersAsked(ROME))
    assert isinstance(told, UsersTold)
    assert not told.more
    people = {record.codice_fiscale: record for record in told.records}
    assert len(people) == 4
    record: UserRecord = people[codice_fiscale(7)]
    assert record.card is not None
    assert record.card.state is CardState.REQUESTED
    assert len(record.digest) == 32
    assert desk.code(ALS, UsersAsked(TURIN)) == "operator.other-office"
    assert desk.code(ALP, UsersAsked(ROME)) == "operator.no-right"
    assert desk.code(None, UsersAsked(ROME)) != ""
    assert [one.act for one in readings.readings(desk.council.store)] == ["users"]


def test_users_of_a_large_comune_come_page_by_page(desk: Desk) -> None:
    for person in range(10, 10 + console_asked.PAGE):
        desk.council.town.insert(person, card=False)
    first = desk.ask(ALS, UsersAsked(ROME))
    assert isinstance(first, UsersTold)
    assert first.more
    rest = desk.ask(ALS, UsersAsked(ROME, offset=len(first.records)))
    assert isinstance(rest, UsersTold)
    assert not rest.more
    told = [one.codice_fiscale for one in (*first.records, *rest.records)]
    assert len(set(told)) == console_asked.PAGE + 3
    assert told == sorted(told)


@pytest.mark.rule("R-004-28")
def test_who_inserts_users_may_ask_who_somebody_is_anywhere(desk: Desk) -> None:
    asked = PersonLookUp(codice_fiscale(7), "H501")
    assert desk.code(ALS, asked) == ""
    assert desk.code(ALP, asked) == "station.no-counter"
    assert desk.code(ALS, ChangesSince(0)) == "station.no-counter"


@pytest.mark.rule("R-004-6")
def test_question_needs_the_card_itself(desk: Desk) -> None:
    copied = CardOf(desk.council.town.keys["SN000002"], made=desk.council.card(ALS).made)
    reply = desk.ask(ALS, UsersAsked(ROME), card=copied)
    assert isinstance(reply, Denied)
    assert reply.code == "inquiry.unproven"


@pytest.mark.rule("R-004-34")
def test_sign_in_by_daily_password_and_acts_of_its_key(desk: Desk) -> None:
    council = desk.council
    council.town.employ(7, Profile.PRIVILEGED, Profile.ALS)
    assert set_for(council.town, 7) == ""
    asked = DaySignIn(codice_fiscale(7), PASSWORD.whole, spki(KEY))
    signed = desk.ask(None, asked)
    assert isinstance(signed, DayPass)
    of_today = CardOf(KEY, made=signed.certificate)
    reply = desk.ask(7, UsersAsked(ROME), card=of_today)
    assert isinstance(reply, Denied)
    assert reply.code == "operator.no-right", "no console by password (R-004-3)"
    wrong = desk.ask(None, DaySignIn(codice_fiscale(7), "2" * 12, spki(KEY)))
    assert isinstance(wrong, Denied)
    assert wrong.code == "daily.wrong"


@pytest.mark.rule("R-001-3", "R-001-7")
def test_security_officer_sees_the_users_of_the_comune(desk: Desk) -> None:
    desk.council.town.employ(9, user_type=UserType.SECURITY_OFFICER)
    entry = desk.council.town.in_roster(9)
    assert entry is not None
    assert Right.OFFICER in entry.rights
    assert isinstance(desk.ask(9, UsersAsked(ROME)), UsersTold)
    assert desk.code(9, UsersAsked(TURIN)) == "operator.other-office"


@pytest.mark.rule("R-004-34")
def test_key_of_the_day_asks_at_its_own_station_alone(desk: Desk) -> None:
    council = desk.council
    council.town.employ(7, Profile.PRIVILEGED)
    assert set_for(council.town, 7) == ""
    signed = desk.ask(None, DaySignIn(codice_fiscale(7), PASSWORD.whole, spki(KEY)))
    assert isinstance(signed, DayPass)
    of_today = CardOf(KEY, made=signed.certificate)
    council.station = council.bench.enrolled("058091-PC-0002", 22)
    reply = desk.ask(7, UsersAsked(ROME), card=of_today)
    assert isinstance(reply, Denied)
    assert reply.code == "operator.unknown"
