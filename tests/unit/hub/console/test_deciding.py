"""Acts of the console as they come from a station: signed by an administrator, judged, entered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pytest

from sync.hub.console import production, records
from sync.hub.console.deciding import ConsoleDecisions
from sync.hub.store import alarms, cards, officers, users
from sync.hub.store.database import Store
from sync.model import daily_password
from sync.model.certificates import CertificateKind
from sync.model.console import (
    DailyPasswordAct,
    OfficerAct,
    OfficerAction,
    StationAct,
    StationRegistration,
    UserAction,
    UserActionAct,
    UserChange,
    UserReason,
)
from sync.model.rosters import Right
from sync.model.smart_cards import CardState
from sync.model.users import Profile, UserState, UserType
from sync.wire import mail_seal, officer_proof
from sync.wire.receipt import Accepted, Outcome, Refused
from tests.unit.hub.console.people import ROME, TURIN
from tests.unit.hub.console.test_census_and_officers import master_of
from tests.unit.hub.console.town import Town
from tests.unit.hub.counters import Desk
from tests.unit.hub.stations import HOUR, Bench, codice_fiscale
from tests.unit.model.counter_examples import PHC
from tests.unit.wire.test_operator_signature import Card

ALS, ALP, ASC = 1, 2, 3


@dataclass
class CardOf(Card):
    """A user's card."""

    made: bytes = b""

    @property
    def certificate(self) -> bytes:
        return self.made


class Council:
    """A town whose administrators act at one station, and a hub that decides."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.asked: list[tuple[StationAct, str]] = []
        self.town = Town(bench.store, bench.now - HOUR, bench.letters, digests=bench.digests)
        decisions = ConsoleDecisions(self.town.console, self.about_station)
        bench.registry = replace(bench.registry, console=decisions)
        bench.restart(bench.store)
        self.station = bench.enrolled("058091-PC-0001", 21)
        for person, profile in ((ALS, Profile.ALS), (ALP, Profile.ALP), (ASC, Profile.ASC)):
            self.town.employ(person, profile)

    @property
    def store(self) -> Store:
        return self.bench.store

    def about_station(self, _store: Store, act: StationAct, by: str, _now: int) -> Outcome:
        self.asked.append((act, by))
        return Accepted()

    def card(self, person: int) -> CardOf:
        held = self.town.card(person)
        assert held.serial is not None
        assert held.certificate is not None
        return CardOf(self.town.keys[held.serial], made=held.certificate)

    def do(self, by: int, act: Any, **changes: Any) -> str:
        """Done at the station by the `by`-th person; the code of the refusal, or empty."""
        desk = Desk(self.bench, self.station, "Roma Capitale", self.card(by))
        outcome = desk.do(act, **changes)
        self.town.now = self.bench.now
        if isinstance(outcome, Accepted):
            return ""
        assert isinstance(outcome, Refused)
        return outcome.code

    def act(self, by: int, person: int, what: UserAction, **changes: Any) -> str:
        return self.do(by, replace(UserActionAct(ROME, codice_fiscale(person), what), **changes))

    def shed(self) -> int:
        """How many bodies are to go."""
        row = self.store.row("SELECT count(*) FROM shedding WHERE since = 0")
        return 0 if row is None else int(row[0])


@pytest.fixture
def council(bench: Bench) -> Council:
    return Council(bench)


@pytest.mark.rule("R-004-2", "R-004-28", "R-004-30")
def test_administrator_of_security_inserts_a_user_from_request_to_roster(council: Council) -> None:
    town = council.town
    assert council.do(ALS, town.insertion(7, Profile.ENROLMENT)) == ""
    assert town.card(7).state is CardState.REQUESTED
    town.give_card(7)
    entry = town.in_roster(7)
    assert entry is not None
    assert entry.rights == {Right.REGISTER}
    assert council.do(ALS, town.insertion(7, Profile.ENROLMENT)) == "user.exists"


@pytest.mark.rule("R-004-4")
def test_each_administrator_does_their_own_and_nothing_else(council: Council) -> None:
    registration = StationRegistration(ROME, "Sportello 1", CertificateKind.STATION)
    assert council.do(ALS, registration) == "operator.no-right"
    assert council.do(ALP, council.town.insertion(7)) == "operator.no-right"
    assert council.do(ALP, registration) == ""
    (done,) = council.asked
    assert done[0] == registration
    assert done[1] == f"{council.card(ALP).thumbprint.hex()} 058091-PC-0001"


@pytest.mark.rule("R-004-1", "R-004-4")
def test_nobody_acts_for_another_comune(council: Council) -> None:
    found = council.do(ALS, council.town.insertion(7, comune=TURIN))
    assert found == "operator.other-office"
    assert users.of(council.store, TURIN, codice_fiscale(7)) is None


def test_act_that_no_administrators_card_signed_changes_nothing(council: Council) -> None:
    stranger = CardOf(council.town.keys["SN000002"], made=council.card(ALS).made)
    desk = Desk(council.bench, council.station, "Roma Capitale", stranger)
    outcome = desk.do(council.town.insertion(7))
    assert isinstance(outcome, Refused)
    assert outcome.code == "operator.signature"
    assert users.of(council.store, ROME, codice_fiscale(7)) is None
    assert "operator.signature" in {one.code for one in alarms.alarms(council.store)}
    assert council.shed() == 1


@pytest.mark.rule("R-004-7")
def test_administrator_of_security_names_another_administrator_of_stations(
    council: Council,
) -> None:
    assert council.act(ALS, ALP, UserAction.DELETE, reason=UserReason.RETIRED) == ""
    assert (
        council.do(ALS, council.town.insertion(8, Profile.ALP, user_type=UserType.ADMINISTRATOR))
        == ""
    )
    council.town.give_card(8)
    assert council.do(8, StationRegistration(ROME, "", CertificateKind.STATION)) == ""


@pytest.mark.rule("R-004-7")
def test_last_administrator_of_security_does_not_lock_the_comune_out(council: Council) -> None:
    assert council.act(ALS, ALS, UserAction.BLOCK) in {"user.last-als", "operator.no-right"}
    assert council.act(ALS, ALS, UserAction.DELETE) in {"user.last-als", "operator.no-right"}
    assert council.town.user(ALS).state is UserState.ACTIVE


@pytest.mark.rule("R-004-33")
def test_change_needs_the_record_as_it_is(council: Council) -> None:
    town = council.town
    town.insert(7)
    seen = records.of_user(council.store, town.user(7))
    change = UserChange(
        ROME,
        codice_fiscale(7),
        seen.digest,
        "other@example.org",
        "",
        seen.environments,
        frozenset({Profile.SUPERVISOR}),
    )
    assert council.do(ALS, change) == ""
    assert town.user(7).email == "other@example.org"
    assert town.user(7).profiles == {Profile.SUPERVISOR}
    assert council.do(ALS, change) == "user.changed", "somebody has changed the user since"


@pytest.mark.rule("R-004-31", "R-004-32")
def test_what_was_recorded_without_a_network_takes_effect_when_it_comes(council: Council) -> None:
    town = council.town
    town.employ(7)
    desk = Desk(council.bench, council.station, "Roma Capitale", council.card(ALS))
    for what in (UserAction.BLOCK, UserAction.UNBLOCK, UserAction.BLOCK):
        desk.record(UserActionAct(ROME, codice_fiscale(7), what))
    assert town.user(7).state is UserState.ACTIVE
    desk.send_all()
    assert town.user(7).state is UserState.BLOCKED
    assert town.in_roster(7) is None


@pytest.mark.rule("R-004-34")
def test_daily_password_is_set_and_its_body_goes_at_once(council: Council) -> None:
    town = council.town
    town.employ(7)
    operation_id = uuid.uuid4()
    sealed = mail_seal.seal_half(b"ABCDEF", council.bench.letters.sealing_key, operation_id)
    act = DailyPasswordAct(ROME, codice_fiscale(7), PHC, sealed, date(2026, 11, 26))
    assert council.do(ALS, act, operation_id=operation_id) == ""
    (kept,) = users.passwords(council.store, codice_fiscale(7), council.bench.now)
    assert kept.until == daily_password.ends_at(act.day)
    assert PHC.encode() not in (kept.digest or b"")
    assert council.shed() == 1
    late = replace(act, day=date(2026, 11, 25))
    assert council.do(ALS, late) == "daily.day"
    own = replace(act, codice_fiscale=codice_fiscale(ALS))
    assert council.do(ALS, own) in {"daily.own", "operator.no-right"}


@pytest.mark.rule("R-004-32")
def test_bodies_about_a_user_go_with_the_user(council: Council) -> None:
    council.do(ALS, council.town.insertion(7))
    council.act(ALS, 7, UserAction.BLOCK)
    assert council.shed() == 0
    assert council.act(ALS, 7, UserAction.UNBLOCK, reason=UserReason.FORGOTTEN) == ""
    assert council.act(ALS, 7, UserAction.DELETE) == ""
    assert council.shed() == 4, "insertion, block, return and deletion"
    assert council.act(ALS, 7, UserAction.BLOCK) == "user.unknown"
    assert council.shed() == 5, "what is about nobody goes at once"


@pytest.mark.rule("R-004-24", "R-004-36")
def test_stolen_card_is_blocked_and_replaced_by_its_number(council: Council) -> None:
    town = council.town
    town.employ(7)
    serial = town.card(7).serial or ""
    assert council.act(ALS, 7, UserAction.BLOCK, reason=UserReason.THEFT, reported=True) == ""
    assert town.in_roster(7) is None
    replaced = {"reason": UserReason.THEFT, "reported": True}
    assert council.act(ALS, 7, UserAction.REPLACE_CARD, serial="SN999", **replaced) == "card.other"
    assert council.act(ALS, 7, UserAction.REPLACE_CARD, serial=serial, **replaced) == ""
    found = cards.by_serial(council.store, serial)
    assert found is not None
    assert found.state is CardState.DISABLED


@pytest.mark.rule("R-001-3", "R-001-7", "R-001-28")
def test_security_officer_confirms_activates_and_asks(council: Council) -> None:
    town, officer = council.town, 9
    town.employ(officer, user_type=UserType.SECURITY_OFFICER)
    password = master_of(town, officer)
    received = OfficerAct(ROME, codice_fiscale(officer), OfficerAction.MASTER_RECEIVED)
    assert council.do(ALS, received) == "officer.not-one", "the receipt is the officer's own"
    assert council.do(officer, received) == ""
    council.bench.now += HOUR
    town.now = council.bench.now
    town.employ(7)
    entry, serial = town.in_roster(7), town.card(7).serial or ""
    assert entry is not None
    assert entry.rights == frozenset()
    activation = OfficerAct(ROME, codice_fiscale(7), OfficerAction.ACTIVATE_CARD, serial, bytes(32))
    assert council.do(ALS, activation) == "officer.not-one"
    assert council.do(officer, activation) == "officer.proof"
    assert "officer.proof" in {one.code for one in alarms.alarms(council.store)}
    proof = officer_proof.prove(officer_proof.key_of(password), ROME, codice_fiscale(7), serial)
    assert council.do(officer, replace(activation, proof=proof)) == ""
    entry = town.in_roster(7)
    assert entry is not None
    assert entry.rights == {Right.REGISTER}
    asked = OfficerAct(ROME, codice_fiscale(7), OfficerAction.ASK_REVOCATION, serial)
    assert council.do(officer, asked) == ""
    assert council.do(ALS, asked) == ""
    assert council.do(ALP, asked) == "officer.not-one"
    assert len(officers.requests(council.store)) == 1


@pytest.mark.rule("R-004-1")
def test_mayor_appoints_administrators_collects_cards_and_leaves_operators_alone(
    council: Council,
) -> None:
    town = council.town
    administrator = town.insertion(8, Profile.ALS, user_type=UserType.ADMINISTRATOR)
    assert council.do(ASC, administrator) == ""
    assert council.do(ASC, town.insertion(7)) == "operator.no-right"
    town.insert(7)
    production.deliver(town.store, [town.delivery(7)])
    serial = town.card(7).serial or ""
    assert council.act(ASC, 7, UserAction.HAND_OVER_CARD, serial=serial) == ""
    assert council.act(ASC, 7, UserAction.REGISTER_CARD, serial=serial) == "operator.no-right"
    assert council.act(ASC, 7, UserAction.DELETE) == "operator.no-right"
    assert council.act(ALS, 7, UserAction.REGISTER_CARD, serial=serial) == ""
    assert council.act(ASC, ALS, UserAction.DELETE) == "", "another is appointed already"
    assert council.do(ASC, StationRegistration(ROME, "", CertificateKind.STATION)) == ""


def test_hub_without_a_console_says_so(bench: Bench) -> None:
    station = bench.enrolled("kiosk-0001", 17)
    desk = Desk(bench, station, "Roma Capitale")
    outcome = desk.do(UserActionAct(ROME, codice_fiscale(7), UserAction.BLOCK))
    assert isinstance(outcome, Refused)
    assert outcome.code == "console.not-here"
