"""Administrators at the console: what each sees, does, and is told. Nobody real."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

import pytest

from kiosk.flows import events as ev
from kiosk.flows.clerk import events as cl
from kiosk.flows.clerk.desk import MirrorStanding, Operator
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.clerk.menu import entries
from kiosk.flows.console import actions, effects, filtering
from kiosk.flows.console import events as co
from kiosk.flows.console.events import Check
from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.stations import StationList, StationTask
from kiosk.flows.console.users import Area, UserTask
from kiosk.flows.console.views import ActName, SentAct, StationsView
from kiosk.flows.console.wanted import WantedActivation, WantedDailyPassword
from kiosk.flows.wording import wording
from sync.model import console, console_rules
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import StationAction, StationReason, UserAction, UserReason
from sync.model.console_views import CardRecord, EnrolmentCodeTold, StationRecord, UserRecord
from sync.model.inquiry import PersonFound, RegisterName
from sync.model.rosters import Right
from sync.model.smart_cards import CardState
from sync.model.users import ASSIGNABLE, Environment, Profile, UserState, UserType, rights_of
from tests.flows.clerk.counter import CODE, PERSON, SESSION, TODAY, Walk, signed_in

COMUNE: Final = "058091"
STATION: Final = f"{COMUNE}-PC-0001"
NOON: Final = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
_I = FieldId


def administrator(*profiles: Profile) -> Operator:
    held = frozenset(profiles)
    return Operator(
        "Ada Prova",
        "Comune di Esempio",
        rights_of(held),
        comune=COMUNE,
        profiles=held,
        thumbprint=bytes(32),
    )


def officer(*profiles: Profile) -> Operator:
    """A Security Officer, who may be anything besides."""
    held = administrator(*profiles)
    return replace(held, rights=held.rights | {Right.OFFICER}, codice_fiscale=CODE)


ALS: Final = administrator(Profile.ALS)
ALP: Final = administrator(Profile.ALP)
MAYOR: Final = administrator(Profile.ASC)


def station(state: CertificateState = CertificateState.ACTIVE, **changes: Any) -> StationRecord:
    return replace(StationRecord(STATION, "Sportello 1", CertificateKind.STATION, state), **changes)


def user(card: CardState | None = CardState.ACTIVE, **changes: Any) -> UserRecord:
    record = UserRecord(
        codice_fiscale=CODE,
        surname="Rossi",
        name="Mario",
        email="mario@esempio.it",
        pec="",
        user_type=UserType.OPERATOR,
        environments=frozenset({Environment.PRODUCTION}),
        profiles=frozenset({Profile.ENROLMENT}),
        state=UserState.ACTIVE,
        card=None if card is None else CardRecord(card, "AB12"),
        digest=bytes(32),
    )
    return replace(record, **changes)


def stations(*records: StationRecord, operator: Operator = ALP) -> Walk:
    walk = signed_in(operator)(cl.MenuChosen(MenuEntry.STATIONS))
    return walk(co.StationsListed(SESSION, records, NOON))


def at_station(record: StationRecord, task: StationTask | None = None) -> Walk:
    walk = stations(record)(co.StationChosen(record.name))
    return walk if task is None else walk(co.StationTaskChosen(task))


def users(*records: UserRecord, area: Area = Area.USERS, operator: Operator = ALS) -> Walk:
    walk = signed_in(operator)
    if area is Area.USERS:
        walk(cl.MenuChosen(MenuEntry.USERS))
    else:
        walk(cl.MenuChosen(MenuEntry.CARDS), co.AreaChosen(area))
    return walk(co.UsersListed(SESSION, records, NOON))


def at_user(record: UserRecord, task: UserTask, area: Area = Area.USERS) -> Walk:
    return users(record, area=area)(co.UserChosen(CODE), co.UserTaskChosen(task))


def recorded(walk: Walk) -> Any:
    return walk.last(effects.RecordConsoleAct).wanted


def kept(walk: Walk, first_half: str = "") -> Walk:
    asked = walk.last(effects.RecordConsoleAct)
    return walk(co.ConsoleActRecorded(SESSION, asked.operation_id, UUID(int=9), first_half))


# --- who sees what


@pytest.mark.rule("R-004-4")
@pytest.mark.rule("R-004-2")
def test_each_administrator_sees_their_own_part() -> None:
    def shown(operator: Operator) -> tuple[MenuEntry, ...]:
        session = signed_in(operator).session
        assert session.desk is not None
        return entries(session.desk, session.office)

    assert shown(ALS) == (MenuEntry.OUTBOX, MenuEntry.USERS, MenuEntry.CARDS)
    assert shown(ALP) == (MenuEntry.OUTBOX, MenuEntry.STATIONS, MenuEntry.DEVICES)
    assert MenuEntry.USERS not in shown(administrator(Profile.ENROLMENT))


@pytest.mark.rule("R-004-4")
def test_what_is_not_in_the_menu_does_not_open() -> None:
    assert signed_in(ALS)(cl.MenuChosen(MenuEntry.STATIONS)).page == "clerk.menu"
    assert signed_in(ALP)(cl.MenuChosen(MenuEntry.USERS)).page == "clerk.menu"


@pytest.mark.rule("R-004-3")
def test_who_signed_in_by_daily_password_sees_no_console() -> None:
    desk = signed_in(ALS).session.desk
    assert desk is not None
    by_day = replace(desk, day_seconds=3600, day=TODAY)
    assert not actions.manages_cards(by_day)
    assert not actions.manages_stations(by_day)
    assert actions.of_user(user(), Area.USERS, by_day) == ()


# --- stations


@pytest.mark.rule("R-004-13")
def test_a_station_is_registered_with_a_label() -> None:
    walk = stations()(co.RegistrationChosen(), co.FieldTyped(_I.LABEL, "Sportello <1>"))
    walk(ev.Continued())
    assert walk.page == "console.register-station"
    assert walk.activity.sheet.problem(_I.LABEL).code == "station.label"
    walk(co.FieldTyped(_I.LABEL, "Sportello 1"), ev.Continued(), ev.Continued())
    assert recorded(walk) == console.StationRegistration(COMUNE, "Sportello 1")
    assert kept(walk).page == "console.sent"


@pytest.mark.rule("R-004-9")
def test_the_servers_certificate_is_on_offer_once() -> None:
    walk = stations()(co.RegistrationChosen())
    assert walk.activity.sheet.options(_I.KIND) == ("station", "server")
    server = station(name=f"{COMUNE}-CO-9999", kind=CertificateKind.SERVER)
    walk = stations(server)(co.RegistrationChosen())
    assert walk.activity.sheet.options(_I.KIND) == ()


def test_a_request_is_approved_once_its_code_was_compared() -> None:
    record = station(CertificateState.REQUESTED, check_code="ABCD-EFGH", request=b"r" * 32)
    walk = at_station(record, StationTask.APPROVE)(ev.Continued())
    assert walk.page == "console.approve-confirm"
    other = replace(record, check_code="ZZZZ-ZZZZ", request=b"x" * 32)
    walk(co.CheckToggled(Check.COMPARED), co.StationsListed(SESSION, (other,), NOON))
    walk(ev.Continued())
    assert recorded(walk) == console.EnrolmentApproval(COMUNE, STATION, b"r" * 32)


@pytest.mark.rule("R-004-14")
def test_the_one_time_code_is_shown_for_a_while() -> None:
    walk = at_station(station(CertificateState.REQUESTED), StationTask.CODE)
    told = EnrolmentCodeTold("token", "password")
    walk(co.EnrolmentCodeAnswered(SESSION, STATION, told))
    assert walk.page == "console.code-shown"
    assert "password" not in repr(walk.activity)
    for _ in range(12):
        walk(ev.TimePassed(10, TODAY), ev.ScreenTouched())
    assert walk.page == "console.station"


@pytest.mark.rule("R-004-14")
def test_the_one_time_code_is_saved_to_a_stick_or_why_not_is_told() -> None:
    walk = at_station(station(CertificateState.REQUESTED), StationTask.CODE)
    walk(co.EnrolmentCodeAnswered(SESSION, STATION, EnrolmentCodeTold("token", "password")))
    walk(co.CodeSaveChosen())
    asked = walk.last(effects.SaveEnrolmentCode)
    assert (asked.station, asked.token) == (STATION, "token")
    assert "'token'" not in repr(asked)
    assert co.CodeSaveChosen() not in [one.event for one in wording(walk.session).actions]
    walk(co.EnrolmentCodeSaved(SESSION, STATION, "", "download.no-medium"))
    problem = wording(walk.session).problem
    assert problem is not None
    assert problem.key == "problem.download.no-medium"
    walk(co.CodeSaveChosen(), co.EnrolmentCodeSaved(SESSION, STATION, "sportello-token.bin"))
    said = wording(walk.session)
    assert said.problem is None
    assert "console.code-shown.saved" in [one.key for one in said.body]
    assert walk.page == "console.code-shown"


@pytest.mark.rule("R-004-15")
def test_a_certificate_is_cancelled_in_two_steps_with_a_reason() -> None:
    walk = at_station(station(), StationTask.CANCEL)(ev.Continued())
    assert walk.page == "console.station-change"
    walk(co.FieldTyped(_I.STATION_REASON, "furto"), ev.Continued(), ev.Continued())
    assert walk.page == "console.cancel-confirm"
    walk(co.CheckToggled(Check.FOR_EVER), ev.Continued())
    expected = console.StationChange(COMUNE, STATION, StationAction.CANCEL, StationReason.STOLEN)
    assert recorded(walk) == expected


@pytest.mark.rule("R-004-15")
@pytest.mark.rule("R-004-12")
@pytest.mark.parametrize("state", CertificateState)
def test_only_what_the_state_allows_is_on_offer(state: CertificateState) -> None:
    desk = stations().session.desk
    assert desk is not None
    offered = set(actions.of_station(station(state), desk))
    assert (StationTask.BLOCK in offered) is (state is CertificateState.ACTIVE)
    assert (StationTask.UNBLOCK in offered) is (state is CertificateState.BLOCKED)
    assert (StationTask.DOWNLOAD in offered) is (
        state in {CertificateState.ACTIVE, CertificateState.ISSUED}
    )


@pytest.mark.rule("R-004-12")
@pytest.mark.rule("R-004-14")
def test_stations_are_found_by_name_label_and_state() -> None:
    walk = stations(station(), station(CertificateState.BLOCKED, name=f"{COMUNE}-PC-0002"))
    assert walk.activity.filters.options(_I.STATION_STATE)[0] == "all"
    walk(co.FieldTyped(_I.STATION_STATE, "blocked"))
    assert [one.name for one in filtering.stations(walk.activity)] == [f"{COMUNE}-PC-0002"]
    walk(cl.Cleared(), co.FieldTyped(_I.STATION, "pc-0001"))
    assert [one.name for one in filtering.stations(walk.activity)] == [STATION]
    walk(co.DownloadAllChosen())
    assert walk.last(effects.DownloadCertificates).names == (STATION,)


@pytest.mark.rule("R-004-19")
def test_a_certificate_that_ends_soon_is_told() -> None:
    soon, later = station(expires=date(2026, 12, 23)), station(expires=date(2026, 12, 24))
    revoked = station(CertificateState.REVOKED, expires=date(2026, 11, 24))
    view = StationsView((soon, later, revoked), NOON)
    assert filtering.expiring(view, TODAY) == (soon,)
    walk = stations(soon)
    assert "console.expiring" in [one.key for one in wording(walk.session).body]


def test_without_a_network_the_last_list_stands_with_its_time() -> None:
    walk = stations(station())(co.Asked())
    walk(co.StationsListed(SESSION, (station(),), NOON, "inquiry.offline"))
    assert isinstance(walk.activity, StationList)
    assert walk.activity.view.told_at == NOON
    assert wording(walk.session).problem is not None


# --- users and cards


@pytest.mark.rule("R-004-28")
@pytest.mark.rule("R-004-29")
@pytest.mark.rule("R-004-30")
def test_a_user_is_inserted_with_what_the_registers_say() -> None:
    walk = users()(co.InsertionChosen(), co.FieldTyped(_I.CODICE_FISCALE, CODE), ev.Continued())
    found = PersonFound(RegisterName.CIA, PERSON, None, None, None)
    walk(co.UserLookedUp(SESSION, CODE, found))
    assert {_I.CODICE_FISCALE, _I.SURNAME, _I.NAME} <= walk.activity.sheet.locked
    walk(co.FieldTyped(_I.EMAIL, "mario@pec.it"), ev.Continued())
    assert walk.activity.sheet.problem(_I.EMAIL).code == "email.certified"
    walk(co.FieldTyped(_I.EMAIL, "mario@esempio.it"))
    walk(co.OptionToggled(_I.PROFILES, "iscrizione"), ev.Continued())
    assert walk.page == "console.insert-confirm"
    walk(ev.Continued())
    act = recorded(walk)
    assert isinstance(act, console.UserInsertion)
    assert act.card
    assert act.profiles == {Profile.ENROLMENT}
    assert act.environments == {Environment.PRODUCTION}


@pytest.mark.rule("R-004-5")
@pytest.mark.rule("R-004-1")
def test_profiles_on_offer_follow_from_who_gives_them() -> None:
    desk = signed_in(ALS).session.desk
    mayor = signed_in(MAYOR).session.desk
    assert desk is not None
    assert mayor is not None
    assert set(actions.profiles_on_offer(desk)) == ASSIGNABLE
    assert set(actions.profiles_on_offer(mayor)) == {Profile.ALS, Profile.ALP, Profile.ASC}
    assert actions.of_user(user(), Area.USERS, mayor) == ()


@pytest.mark.rule("R-004-33")
def test_a_change_names_the_record_that_was_seen() -> None:
    walk = at_user(user(), UserTask.CHANGE)(ev.Continued())
    assert walk.activity.sheet.problem(_I.EMAIL).code == "user.unchanged"
    walk(co.OptionToggled(_I.PROFILES, "mutazione"), ev.Continued(), ev.Continued())
    act = recorded(walk)
    assert act.basis == bytes(32)
    assert act.profiles == {Profile.ENROLMENT, Profile.MUTATION}


@pytest.mark.rule("R-004-33")
def test_users_are_found_by_everything_that_the_list_shows() -> None:
    other = user(None, codice_fiscale="VRDLGU75C15F205O", surname="Verdi", name="Luigi")
    walk = users(user(), other)
    for field, text in ((_I.SURNAME, "verd"), (_I.NAME, "luig"), (_I.CARD_STATE, "no-card")):
        walk(cl.Cleared(), co.FieldTyped(field, text))
        assert filtering.users(walk.activity) == (other,)


@pytest.mark.rule("R-004-32")
@pytest.mark.rule("R-004-35")
@pytest.mark.parametrize(
    ("comuni", "told"),
    [(1, "console.user-task.delete.card"), (2, "console.user-task.delete.other-comuni")],
)
def test_a_deletion_tells_what_becomes_of_the_card(comuni: int, told: str) -> None:
    walk = at_user(user(comuni=comuni), UserTask.DELETE)
    assert told in [one.key for one in wording(walk.session).body]
    walk(co.FieldTyped(_I.USER_REASON, "trasferimento"), ev.Continued())
    assert recorded(walk).reason is UserReason.MOVED
    assert kept(walk)(ev.Continued()).page == "console.users"


@pytest.mark.rule("R-004-31")
def test_a_user_is_blocked_for_a_reason_and_unblocked() -> None:
    walk = at_user(user(), UserTask.BLOCK)(ev.Continued())
    assert walk.page == "console.action-confirm"
    walk(co.FieldTyped(_I.USER_REASON, "dimenticanza"), ev.Continued())
    assert recorded(walk).reason is UserReason.FORGOTTEN
    blocked = user(CardState.BLOCKED, state=UserState.BLOCKED)
    assert recorded(at_user(blocked, UserTask.UNBLOCK)(ev.Continued())).action is (
        UserAction.UNBLOCK
    )


@pytest.mark.rule("R-004-24")
@pytest.mark.rule("R-004-36")
def test_a_stolen_card_is_replaced_after_its_report() -> None:
    walk = at_user(user(), UserTask.REPLACE_CARD, Area.FIND_CARD)
    walk(co.FieldTyped(_I.USER_REASON, "furto"), ev.Continued())
    assert walk.activity.sheet.problem(_I.REPORTED).code == "card.not-reported"
    walk(co.FieldTyped(_I.REPORTED, "yes"), ev.Continued())
    act = recorded(walk)
    assert (act.action, act.serial, act.reported) == (UserAction.REPLACE_CARD, "AB12", True)


@pytest.mark.rule("R-004-23")
@pytest.mark.rule("R-004-24")
@pytest.mark.parametrize("card", [None, *CardState])
def test_the_two_ways_to_a_card_exclude_each_other(card: CardState | None) -> None:
    record = user(card)
    assert filtering.belongs(record, Area.NEW_CARD) is not filtering.belongs(record, Area.FIND_CARD)
    desk = signed_in(ALS).session.desk
    assert desk is not None
    new = actions.of_user(record, Area.NEW_CARD, desk)
    old = actions.of_user(record, Area.FIND_CARD, desk)
    assert not (UserTask.NEW_CARD in new and UserTask.REPLACE_CARD in old)


@pytest.mark.rule("R-004-21")
@pytest.mark.rule("R-004-26")
@pytest.mark.rule("R-004-25")
def test_a_card_is_registered_and_its_codes_are_sent_again() -> None:
    walk = at_user(user(CardState.HANDED_OVER), UserTask.REGISTER_CARD, Area.REGISTER_CARD)
    assert recorded(walk(ev.Continued())).serial == "AB12"
    desk = walk.session.desk
    assert desk is not None
    early = actions.of_user(user(CardState.HANDED_OVER), Area.SEND_CODES, desk)
    assert early == ()
    assert actions.of_user(user(), Area.SEND_CODES, desk) == (UserTask.SEND_CODES,)


@pytest.mark.rule("R-004-34")
def test_a_daily_password_is_for_a_forgotten_card_and_its_half_goes() -> None:
    walk = at_user(user(), UserTask.DAILY_PASSWORD)(ev.Continued())
    assert walk.page == "console.daily-confirm"
    walk(co.CheckToggled(Check.FORGOTTEN), ev.Continued())
    assert recorded(walk) == WantedDailyPassword(COMUNE, CODE)
    kept(walk, "ABC234")
    assert walk.page == "console.daily-shown"
    assert "ABC234" not in repr(walk.session)
    walk(cl.OperatorCardTold(present=False))
    assert walk.page == "clerk.sign-in"
    desk = signed_in(ALS).session.desk
    assert desk is not None
    for state in (None, CardState.HANDED_OVER, CardState.BLOCKED):
        assert UserTask.DAILY_PASSWORD not in actions.of_user(user(state), Area.USERS, desk)


@pytest.mark.rule("R-001-7")
@pytest.mark.rule("R-001-28")
def test_the_master_password_goes_on_and_is_not_kept() -> None:
    walk = users(user(), area=Area.OFFICERS, operator=officer(Profile.ENROLMENT))
    walk(co.UserChosen(CODE), co.UserTaskChosen(UserTask.ACTIVATE_CARD))
    master = bytearray(b"A" * 20)
    walk(co.ActivationAsked(master))
    assert walk.activity.sheet.problem(_I.SERIAL) is not None
    assert master == bytes(20)
    walk(co.FieldTyped(_I.SERIAL, "sco7"), co.ActivationAsked(bytearray(b"B" * 20)))
    assert recorded(walk) == WantedActivation(COMUNE, CODE, "SCO7")
    asked = walk.last(effects.RecordConsoleAct)
    walk(co.ConsoleActNotRecorded(SESSION, asked.operation_id, UUID(int=9), "officer.proof"))
    walk(ev.Continued())
    assert walk.page == "console.officer-confirm"


@pytest.mark.rule("R-001-7")
@pytest.mark.rule("R-001-28")
def test_a_security_officer_has_their_area_and_nobody_else_what_the_hub_refuses() -> None:
    mine = user(user_type=UserType.SECURITY_OFFICER)
    walk = users(mine, area=Area.OFFICERS, operator=officer(Profile.ENROLMENT))
    desk, als = walk.session.desk, signed_in(ALS).session.desk
    assert desk is not None
    assert als is not None
    assert MenuEntry.CARDS in entries(desk, walk.session.office)
    assert actions.areas(desk) == (Area.OFFICERS,)
    of_card = (UserTask.ACTIVATE_CARD, UserTask.ASK_REVOCATION, UserTask.ASK_EXTRA)
    assert actions.of_user(mine, Area.OFFICERS, desk) == (UserTask.MASTER_RECEIVED, *of_card)
    colleague = replace(mine, codice_fiscale="VRDLGU75C15F205O")
    assert actions.of_user(colleague, Area.OFFICERS, desk) == of_card, "each receives their own"
    assert actions.of_user(mine, Area.FIND_CARD, desk) == ()
    assert actions.of_user(mine, Area.OFFICERS, als) == of_card[1:]
    by_day = replace(desk, day_seconds=3600, day=TODAY)
    assert actions.areas(by_day) == ()
    assert actions.of_user(mine, Area.OFFICERS, by_day) == ()


@pytest.mark.rule("R-004-33")
def test_the_delegates_address_can_be_changed() -> None:
    walk = at_user(user(profiles=frozenset({Profile.APL})), UserTask.CHANGE)
    walk(co.FieldTyped(_I.EMAIL, "nuova@esempio.it"), ev.Continued(), ev.Continued())
    act = recorded(walk)
    assert act.email == "nuova@esempio.it"
    assert act.profiles == frozenset()
    assert not console_rules.problems(act, today=TODAY)


@pytest.mark.rule("R-004-1")
def test_a_mayor_is_offered_nothing_on_who_has_no_profile() -> None:
    mayor = signed_in(MAYOR).session.desk
    assert mayor is not None
    for area in (Area.USERS, Area.FIND_CARD):
        assert actions.of_user(user(profiles=frozenset()), area, mayor) == ()
        assert actions.of_user(user(profiles=frozenset({Profile.ALP})), area, mayor)


@pytest.mark.rule("R-004-34")
def test_the_half_of_a_kept_page_is_dropped() -> None:
    walk = at_user(user(), UserTask.DAILY_PASSWORD)
    walk(co.CheckToggled(Check.FORGOTTEN), ev.Continued(), cl.OperatorCardTold(present=False))
    assert walk.page == "clerk.card-pulled"
    kept(walk, "ABC234")
    walk(cl.SignInAsked(bytearray(b"1")), cl.SignedIn(SESSION, ALS, MirrorStanding()))
    assert walk.page == "console.sent"
    assert "problem.daily.told-before" in [one.key for one in wording(walk.session).body]


def test_nobody_is_told_of_another_administrators_acts() -> None:
    act = SentAct(UUID(int=5), ActName.BLOCK_USER, "Rossi Mario", NOON)
    walk = signed_in(ALS)(co.SentTold((act,), b"x" * 32))
    assert getattr(walk.session.desk, "sent", None) == ()
    walk(co.SentTold((act,), ALS.thumbprint))
    assert getattr(walk.session.desk, "sent", None) == (act,)


@pytest.mark.rule("R-004-34")
def test_nobody_is_offered_a_daily_password_for_themselves() -> None:
    desk = signed_in(replace(ALS, codice_fiscale=CODE)).session.desk
    assert desk is not None
    assert UserTask.DAILY_PASSWORD not in actions.of_user(user(), Area.USERS, desk)


def test_an_act_that_is_not_recorded_can_be_tried_again_under_its_id() -> None:
    walk = at_station(station(), StationTask.NOTE)
    walk(co.FieldTyped(_I.PLACE, "Stanza 2"), ev.Continued())
    first = walk.last(effects.RecordConsoleAct)
    walk(co.ConsoleActNotRecorded(SESSION, first.operation_id, UUID(int=9), "store.full"))
    assert walk.page == "console.not-recorded"
    walk(ev.Continued())
    assert walk.last(effects.RecordConsoleAct).operation_id == first.operation_id


def test_every_right_of_the_console_needs_a_comune() -> None:
    desk = signed_in(replace(ALS, comune="", rights=frozenset(Right))).session.desk
    assert desk is not None
    assert not actions.manages_cards(desk)
    assert not actions.manages_stations(desk)
