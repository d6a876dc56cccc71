"""Who may do what at a counter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from sync.model import operation, rosters, users
from sync.model.addresses import Residence
from sync.model.console import ConsoleAct, StationAction
from sync.model.console_views import (
    CertificateAsked,
    DaySignIn,
    EnrolmentCodeAsked,
    RenewalAsked,
    SignedListSince,
    StationsAsked,
    UsersAsked,
)
from sync.model.counter import ClosingReason, CounterAct, PartChange
from sync.model.errors import Problem
from sync.model.inquiry import (
    ChangesSince,
    CodesShown,
    Inquiry,
    LeaseAsked,
    LeaseReturned,
    PersonLookUp,
    RefusedAsked,
    StandingAsked,
    UsernameAsked,
    UsernameProposed,
)
from sync.model.registration import Part
from sync.model.rosters import (
    OperatorEntry,
    Right,
    Roster,
    act_problem,
    console_problem,
    inquiry_problem,
)
from sync.model.users import Profile
from tests.unit.model.console_examples import (
    BLOCKED,
    CHANGED_USER,
    CONSOLE_ACTS,
    FORGOTTEN,
    NEW_USER,
    REPLACED,
)
from tests.unit.model.counter_examples import (
    ACTS,
    BOOKING,
    CLOSING,
    DELEGATE,
    DELETION,
    EDIT,
    EX_NOVO,
    MOVE,
    OFFICE,
    REGENERATION,
    SETTLEMENT,
)
from tests.unit.model.examples import ABROAD, HOME

DAY = date(2026, 11, 23)
COMUNE = "058091"
ALL = OperatorEntry(bytes(32), "Anna Verdi", OFFICE, frozenset(Right), (), DAY)
OURS = replace(ALL, comune=COMUNE)
NEEDED: dict[str, Right] = {
    operation.kind_of(EX_NOVO): Right.REGISTER,
    operation.kind_of(DELETION): Right.REGISTER,
    operation.kind_of(BOOKING): Right.MANAGE,
    operation.kind_of(REGENERATION): Right.MANAGE,
    operation.kind_of(EDIT): Right.MANAGE,
    operation.kind_of(DELEGATE): Right.MANAGE,
    operation.kind_of(SETTLEMENT): Right.MANAGE,
    operation.kind_of(MOVE): Right.RESIDENCE,
}
COUNTER = {Right.REGISTER, Right.MANAGE, Right.RESIDENCE}
INQUIRIES: list[tuple[Inquiry, set[Right]]] = [
    (ChangesSince(0), COUNTER),
    (LeaseAsked("x"), COUNTER),
    (LeaseReturned("x"), COUNTER),
    (RefusedAsked(1, "x"), COUNTER),
    (PersonLookUp("x", "L219"), {Right.REGISTER, Right.USERS, Right.APPOINT}),
    (StandingAsked("x"), {Right.REGISTER}),
    (UsernameAsked("x", "y"), {Right.MANAGE}),
    (CodesShown("x", "y", None), set()),
    (UsernameProposed(bytes(32), "y"), set()),
    (UsersAsked(COMUNE), {Right.USERS, Right.APPOINT, Right.OFFICER}),
    (StationsAsked(COMUNE), {Right.STATIONS}),
    (EnrolmentCodeAsked(COMUNE, "x"), {Right.STATIONS}),
    (CertificateAsked(COMUNE, "x"), {Right.STATIONS}),
    (DaySignIn("x", "y"), set()),
    (SignedListSince("roster", 0), set()),
    (RenewalAsked(b""), set()),
]


def code(problem: Problem | None) -> str:
    return "" if problem is None else problem.code


@pytest.mark.rule("R-003-55")
@pytest.mark.parametrize("act", ACTS, ids=operation.kind_of)
@pytest.mark.parametrize("right", Right)
def test_each_act_needs_its_right(act: CounterAct, right: Right) -> None:
    kind = operation.kind_of(act)
    needed = COUNTER if kind == operation.OUTCOME_CLOSING else {NEEDED[kind]}
    entry = replace(ALL, rights=frozenset({right}))
    expected = "" if right in needed else "operator.no-right"
    assert code(act_problem(entry, act, on=DAY, residence=ABROAD)) == expected
    without = replace(ALL, rights=frozenset(Right) - needed)
    assert code(act_problem(without, act, on=DAY)) == "operator.no-right"


@pytest.mark.parametrize(
    ("kind", "reason", "decide"),
    [
        ("booking", ClosingReason.NOT_NEEDED, COUNTER),
        ("preregistration", ClosingReason.MISTAKE, COUNTER),
        ("booking", ClosingReason.LOST, COUNTER | {Right.DEVICES}),
        ("readiness", ClosingReason.MISTAKE, {Right.MANAGE, Right.DEVICES, Right.STATIONS}),
        (
            "user_change",
            ClosingReason.OTHERWISE,
            {Right.USERS, Right.STATIONS, Right.APPOINT, Right.OFFICER},
        ),
    ],
)
def test_who_does_such_operations_decides_on_them(
    kind: str, reason: ClosingReason, decide: set[Right]
) -> None:
    act = replace(CLOSING, kind=kind, reason=reason, done_again="")
    for right in Right:
        entry = replace(ALL, rights=frozenset({right}))
        expected = "" if right in decide else "operator.no-right"
        assert code(act_problem(entry, act, on=DAY)) == expected


@pytest.mark.rule("R-003-63")
@pytest.mark.parametrize("act", ACTS, ids=operation.kind_of)
def test_an_operator_acts_for_their_own_office_while_in_the_roster(act: CounterAct) -> None:
    assert code(act_problem(ALL, act, on=DAY)) == ""
    assert code(act_problem(None, act, on=DAY)) == "operator.unknown"
    assert code(act_problem(ALL, act, on=DAY + timedelta(days=1))) == "operator.expired"
    other = replace(ALL, office="Altro")
    assert code(act_problem(other, act, on=DAY)) == "operator.other-office"


@pytest.mark.rule("R-003-61")
def test_a_residence_is_changed_within_the_competence() -> None:
    torino = replace(ALL, comuni=("L219",))
    moved = replace(MOVE, change=replace(MOVE.change, value=HOME))
    assert code(act_problem(torino, moved, on=DAY)) == ""
    elsewhere = replace(MOVE, change=replace(MOVE.change, value=replace(HOME, comune="H501")))
    assert code(act_problem(torino, elsewhere, on=DAY)) == "operator.outside-competence"
    assert code(act_problem(ALL, elsewhere, on=DAY)) == ""
    abroad = replace(MOVE, change=replace(MOVE.change, value=ABROAD))
    assert code(act_problem(torino, abroad, on=DAY)) == "operator.outside-competence"
    assert code(act_problem(ALL, abroad, on=DAY)) == ""


@pytest.mark.rule("R-003-61", "R-003-55")
def test_a_residence_is_not_moved_by_modifica_either() -> None:
    manages = replace(ALL, comuni=("L219",), rights=frozenset({Right.MANAGE}))
    moves = replace(manages, rights=frozenset({Right.MANAGE, Right.RESIDENCE}))
    elsewhere = replace(HOME, comune="H501")

    def edited(entry: OperatorEntry, before: Residence | None, after: Residence) -> str:
        act = replace(EDIT, changes=(PartChange(Part.RESIDENCE, bytes(32), after),))
        return code(act_problem(entry, act, on=DAY, residence=before))

    street = replace(elsewhere, street="Via Altra")
    assert edited(manages, elsewhere, street) == "", "within the comune it is a correction"
    assert edited(manages, ABROAD, ABROAD) == ""
    assert edited(manages, elsewhere, HOME) == "operator.no-right"
    assert edited(moves, elsewhere, HOME) == ""
    assert edited(moves, HOME, elsewhere) == "operator.outside-competence"
    assert edited(moves, HOME, ABROAD) == "operator.outside-competence"
    assert edited(moves, None, elsewhere) == "operator.outside-competence"
    assert edited(replace(moves, comuni=()), HOME, elsewhere) == ""


@pytest.mark.parametrize(("inquiry", "rights"), INQUIRIES)
def test_each_inquiry_needs_one_of_its_rights(inquiry: Inquiry, rights: set[Right]) -> None:
    assert rosters.rights_for_inquiry(inquiry) == rights
    for right in Right:
        entry = replace(OURS, rights=frozenset({right}))
        expected = "" if not rights or right in rights else "operator.no-right"
        assert code(inquiry_problem(entry, inquiry, on=DAY)) == expected
    unknown = "operator.unknown" if rights else ""
    assert code(inquiry_problem(None, inquiry, on=DAY)) == unknown
    late = DAY + timedelta(days=1)
    assert code(inquiry_problem(ALL, inquiry, on=late)) == ("operator.expired" if rights else "")


STATION_WORK = {"station_registration", "enrolment_approval", "register_note"}
USER_WORK = {"user_insertion", "user_change", "user_action", "daily_password"}
OPENED: dict[Profile, set[str]] = {
    Profile.ALS: USER_WORK,
    Profile.ALP: STATION_WORK | {"station_change"},
    # The examples give an operator's profiles, and a daily password: neither is a Mayor's to give.
    Profile.ASC: STATION_WORK | {"user_change", "user_action"},
    Profile.APL: STATION_WORK | {"user_change", "user_action"},
}


def administrator(*profiles: Profile) -> OperatorEntry:
    given = frozenset(profiles)
    return replace(OURS, rights=users.rights_of(given), profiles=given)


@pytest.mark.rule("R-004-1", "R-004-2", "R-004-4")
@pytest.mark.parametrize("profile", Profile)
@pytest.mark.parametrize("act", CONSOLE_ACTS, ids=operation.kind_of)
def test_each_administrator_does_what_is_theirs(profile: Profile, act: ConsoleAct) -> None:
    # What a Security Officer does is judged by the hub, which knows who is one.
    kind = operation.kind_of(act)
    opened = OPENED.get(profile, set()) | {"officer_act"}
    expected = "" if kind in opened else "operator.no-right"
    assert code(console_problem(administrator(profile), act, on=DAY)) == expected


@pytest.mark.parametrize("act", CONSOLE_ACTS, ids=operation.kind_of)
def test_an_administrator_acts_for_their_own_comune_while_in_the_roster(act: ConsoleAct) -> None:
    both = administrator(Profile.ALS, Profile.ALP)
    assert code(console_problem(both, act, on=DAY)) == ""
    assert code(console_problem(None, act, on=DAY)) == "operator.unknown"
    late = DAY + timedelta(days=1)
    assert code(console_problem(both, act, on=late)) == "operator.expired"
    for comune in ("001272", ""):
        elsewhere = replace(both, comune=comune)
        assert code(console_problem(elsewhere, act, on=DAY)) == "operator.other-office"


@pytest.mark.rule("R-004-1", "R-004-7")
@pytest.mark.parametrize("mayor", [Profile.ASC, Profile.APL])
def test_a_mayor_appoints_administrators_and_nobody_else(mayor: Profile) -> None:
    entry = administrator(mayor)
    for given, may in (
        ({Profile.ALS}, True),
        ({Profile.ALS, Profile.ALP}, True),
        ({Profile.MUTATION}, False),
        ({Profile.ALS, Profile.MUTATION}, False),
        (set(), False),
    ):
        expected = "" if may else "operator.no-right"
        inserted = replace(NEW_USER, profiles=frozenset(given))
        changed = replace(CHANGED_USER, profiles=frozenset(given))
        for act in (inserted, changed):
            assert code(console_problem(entry, act, on=DAY)) == expected
    assert rosters.appoints_only(entry)
    assert not rosters.appoints_only(administrator(mayor, Profile.ALS))
    als = administrator(Profile.ALS)
    appointed = replace(CHANGED_USER, profiles=frozenset({Profile.ALP}))
    assert code(console_problem(als, appointed, on=DAY)) == "", "where the ALP moves or retires"


@pytest.mark.rule("R-004-1", "R-004-18")
@pytest.mark.parametrize("action", StationAction)
def test_a_mayor_prepares_stations_and_does_not_look_after_them(action: StationAction) -> None:
    act = replace(BLOCKED, action=action)
    prepares = action is StationAction.NEW_TOKEN
    expected = "" if prepares else "operator.no-right"
    assert code(console_problem(administrator(Profile.ASC), act, on=DAY)) == expected
    both = administrator(Profile.ASC, Profile.ALP)
    assert code(console_problem(both, act, on=DAY)) == ""


@pytest.mark.rule("R-004-34")
def test_nobody_gives_themselves_profiles_or_a_daily_password() -> None:
    als = administrator(Profile.ALS, Profile.MUTATION)

    def own(act: ConsoleAct) -> str:
        return code(console_problem(als, act, on=DAY, of_oneself=True))

    same = replace(CHANGED_USER, profiles=als.profiles)
    assert own(same) == "", "another e-mail"
    assert own(replace(same, profiles=frozenset({Profile.ALS}))) == ""
    assert own(replace(same, profiles=als.profiles | {Profile.ALP})) == "operator.no-right"
    assert own(FORGOTTEN) == own(NEW_USER) == "operator.no-right"
    assert own(REPLACED) == ""


@pytest.mark.rule("R-004-4")
@pytest.mark.parametrize("asked", [UsersAsked(COMUNE), StationsAsked(COMUNE)])
def test_a_console_is_of_one_comune(asked: UsersAsked | StationsAsked) -> None:
    assert code(inquiry_problem(OURS, asked, on=DAY)) == ""
    for entry in (replace(OURS, comune="001272"), ALL):
        assert code(inquiry_problem(entry, asked, on=DAY)) == "operator.other-office"
    assert code(inquiry_problem(ALL, replace(asked, comune=""), on=DAY)) == "operator.other-office"


@pytest.mark.rule("R-004-20", "R-004-32")
def test_one_card_opens_in_each_comune_what_its_holder_is_there() -> None:
    here = replace(ALL, comune="058091", rights=frozenset({Right.USERS}))
    there = replace(ALL, comune="001272", rights=frozenset({Right.STATIONS}))
    roster = Roster(1, 0, (there, here))
    assert roster.entry(bytes(32), "058091") == here
    assert roster.entry(bytes(32), "001272") == there
    assert roster.entry(bytes(32), "015146") is None, "known elsewhere alone"
    assert roster.entry(bytes(32)) == there, "a station that is of no comune"
    everywhere = Roster(1, 0, (ALL, here))
    assert everywhere.entry(bytes(32), "058091") == here
    assert everywhere.entry(bytes(32), "015146") is None, "a card of the console goes by no file"
    assert Roster(1, 0, (ALL,)).entry(bytes(32), "015146") == ALL


@pytest.mark.rule("R-004-6")
def test_an_entry_is_of_the_codice_fiscale_on_the_card() -> None:
    salt = bytes(range(32))
    anna = replace(ALL, holder=rosters.holder_digest(salt, "VRDNNA80A41L219X"))
    roster = Roster(1, 0, (anna, ALL), salt)
    assert roster.names_holder(anna, "VRDNNA80A41L219X")
    assert not roster.names_holder(anna, "RSSMRA80A01H501U")
    assert not Roster(1, 0, (anna,), bytes(32)).names_holder(anna, "VRDNNA80A41L219X")
    assert roster.names_holder(ALL, "RSSMRA80A01H501U"), "an office without a console"


def test_the_age_of_a_list_from_the_future_is_unknown() -> None:
    assert rosters.age_of(1_000_000, 1_500_000) == 500_000
    assert rosters.age_of(1_000_000, 990_000) == 0, "clocks differ a little"
    assert rosters.age_of(86_400_000, 0) == 0
    assert rosters.age_of(86_400_001, 0) is None


def test_a_right_ends_with_its_day() -> None:
    assert rosters.may(ALL, Right.FSE, on=DAY)
    assert not rosters.may(ALL, Right.FSE, on=DAY + timedelta(days=1))
    assert not rosters.may(replace(ALL, rights=frozenset()), Right.FSE, on=DAY)


def test_an_operator_is_found_by_the_card() -> None:
    roster = Roster(1, 0, (ALL, replace(ALL, thumbprint=b"x" * 32)))
    assert roster.entry(bytes(32)) is ALL
    assert roster.entry(b"y" * 32) is None
    assert "Verdi" not in repr(roster)
