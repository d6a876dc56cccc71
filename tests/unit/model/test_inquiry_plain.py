"""Inquiries and replies as plain values."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.certificates import CertificateKind, CertificateState
from sync.model.changes_plain import MOST_ENTRIES
from sync.model.console_views import (
    CardRecord,
    CertificateAsked,
    CertificateTold,
    DayPass,
    DaySignIn,
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    RenewalAsked,
    Renewed,
    SignedListPart,
    SignedListSince,
    StationRecord,
    StationsAsked,
    StationsTold,
    UserRecord,
    UsersAsked,
    UsersTold,
)
from sync.model.console_views_plain import MOST_RECORDS, digest_of
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.model.inquiry import (
    Change,
    Changes,
    ChangesSince,
    CodesShown,
    Denied,
    Dispute,
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
    RefusedAsked,
    RefusedTold,
    RegisterName,
    Reply,
    Standing,
    StandingAsked,
    StandingKind,
    Ticket,
    UsernameAsked,
    UsernameProposed,
    UsernameTold,
)
from sync.model.inquiry_plain import (
    inquiry_from_plain,
    inquiry_to_plain,
    reply_from_plain,
    reply_to_plain,
)
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserState, UserType
from tests.unit.model.console_examples import CLERK, COMUNE, STATION
from tests.unit.model.counter_examples import (
    EDIT,
    EX_NOVO,
    NOON,
    NUMBER,
    OTHER_NUMBER,
    REGISTRATION,
    operation_id,
)
from tests.unit.model.examples import CARD, COMPLETE, HOME, MARIO, put

INQUIRIES: tuple[Inquiry, ...] = (
    ChangesSince(7, 50),
    ChangesSince(7, 50, bytes(16)),
    PersonLookUp(MARIO.codice_fiscale, "L219"),
    StandingAsked(MARIO.codice_fiscale),
    LeaseAsked(NUMBER),
    LeaseReturned(NUMBER),
    UsernameAsked(MARIO.codice_fiscale, NUMBER),
    RefusedAsked(12, operation_id(3)),
    CodesShown(MARIO.codice_fiscale, "ABCDEFGHJKMN", "19283746"),
    CodesShown(MARIO.codice_fiscale, "ABCDEFGHJKMN", None),
    UsernameProposed(bytes(32), "mario.rossi"),
    StationsAsked(COMUNE, 100),
    UsersAsked(COMUNE),
    EnrolmentCodeAsked(COMUNE, STATION),
    CertificateAsked(COMUNE, STATION),
    DaySignIn(CLERK, "23456789ABCD", b"key"),
    SignedListSince("roster", 3, 49_152),
    RenewalAsked(b"request"),
)
DISPUTE = Dispute(
    operation_id="0" * 32,
    registration_number=NUMBER,
    person="Rossi Mario",
    kind="booking",
    code="credential.overtaken",
    remedy="",
    done_at=NOON,
    station="to-0001",
    by_office="Altro",
    closed=True,
)
KIND = CertificateKind.STATION
STATION_RECORD = StationRecord(
    STATION,
    "Sportello 1",
    KIND,
    CertificateState.ACTIVE,
    "ABCD-EFGH",
    b"r" * 32,
    date(2027, 12, 23),
    "0A1B",
    "tpm",
    "stanza 12",
    NOON,
)
USER_RECORD = UserRecord(
    CLERK,
    "Rossi",
    "Mario",
    "rossi@example.it",
    "",
    UserType.ADMINISTRATOR,
    frozenset(Environment),
    frozenset({Profile.ALS, Profile.ALP}),
    UserState.ACTIVE,
    CardRecord(CardState.REQUESTED, "7430123", date(2026, 12, 4), 2),
    2,
    b"d" * 32,
    master_received=True,
)
CHANGES = Changes(
    (
        Change(8, EntryKind.REGISTRATION, NUMBER, REGISTRATION, (OTHER_NUMBER,)),
        Change(9, EntryKind.GONE, NUMBER),
        Change(10, EntryKind.DISPUTE, NUMBER, dispute=DISPUTE),
    ),
    10,
    12,
    more=True,
)
REPLIES: tuple[Reply, ...] = (
    CHANGES,
    PersonFound(RegisterName.CIA, MARIO, HOME, COMPLETE.contacts, CARD),
    PersonFound(RegisterName.AURA, MARIO, None, None, None),
    NotFound((RegisterName.CIA, RegisterName.AURA)),
    NotFound(),
    Standing(StandingKind.WEAK, NUMBER),
    LeaseGranted(NOON),
    LeaseHeld("Anna Verdi", "Comune di Torino", NOON),
    UsernameTold("mario.rossi"),
    RefusedTold(EDIT),
    RefusedTold(EX_NOVO),
    Ticket(bytes(32), OperationKind.RESET, tuple(HomeStep), NOON, "ma•••••i", frozenset({"rossi"})),
    Denied("codes.wait", "", 30),
    Done(),
    StationsTold(
        (STATION_RECORD, StationRecord("", "", KIND, CertificateState.REQUESTED)), more=True
    ),
    UsersTold((USER_RECORD, replace(USER_RECORD, card=None)), more=False),
    EnrolmentCodeTold("TOKEN", "ABCD-EFGH", NOON),
    CertificateTold(STATION, b"-----BEGIN"),
    DayPass(b"certificate", "Rossi Mario", NOON, 3600),
    SignedListPart("roster", 4, 49_152, 60_000, b"part"),
    Renewed(b"answer"),
)


def name(value: object) -> str:
    return type(value).__name__


@pytest.mark.parametrize("inquiry", INQUIRIES, ids=name)
def test_every_inquiry_reads_back(inquiry: Inquiry) -> None:
    kind, plain = inquiry_to_plain(inquiry)
    assert inquiry_from_plain(kind, cbor2.loads(cbor2.dumps(plain))) == inquiry
    for key in plain:
        without = {other: value for other, value in plain.items() if other != key}
        broken = inquiry_from_plain(kind, without)
        assert isinstance(broken, Problem)
        assert (broken.code, broken.field) == ("operation.malformed", key)
    assert isinstance(inquiry_from_plain(kind, {**plain, "more": 1}), Problem)


@pytest.mark.rule("C-003-21")
@pytest.mark.parametrize("reply", REPLIES, ids=name)
def test_every_reply_reads_back(reply: Reply) -> None:
    kind, plain = reply_to_plain(reply)
    assert reply_from_plain(kind, cbor2.loads(cbor2.dumps(plain))) == reply
    for key in plain:
        without = {other: value for other, value in plain.items() if other != key}
        assert isinstance(reply_from_plain(kind, without), Problem)
    assert isinstance(reply_from_plain(kind, {**plain, "another": 1}), Problem)


def test_what_a_newer_program_asks_is_told_as_such() -> None:
    for read in (inquiry_from_plain, reply_from_plain):
        found = read("weather", {})
        assert isinstance(found, Problem)
        assert found.code == "inquiry.unknown-kind"


def entries(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"entries": list(changes), "position": 1, "of": 1, "more": False, "epoch": b""}


def test_an_entry_holds_what_its_kind_says() -> None:
    _, plain = reply_to_plain(CHANGES)
    registration, gone, dispute = plain["entries"]
    for wrong in (
        {**registration, "kind": "gone"},
        {**registration, "registration": None},
        {**gone, "kind": "dispute"},
        {**gone, "dispute": dispute["dispute"]},
        {**dispute, "kind": "registration"},
    ):
        read = reply_from_plain("changes", entries(wrong, gone))
        assert isinstance(read, Changes)
        assert (len(read.entries), read.unreadable) == (1, 1), "the reader goes past it"
    read = reply_from_plain("changes", entries(gone))
    assert isinstance(read, Changes)
    assert (len(read.entries), read.unreadable) == (1, 0)


def test_changes_come_in_portions() -> None:
    _, plain = reply_to_plain(CHANGES)
    gone = plain["entries"][1]
    full = {**plain, "entries": [gone] * MOST_ENTRIES}
    assert not isinstance(reply_from_plain("changes", full), Problem)
    assert isinstance(reply_from_plain("changes", {**plain, "entries": [gone] * 201}), Problem)


@pytest.mark.parametrize(
    ("reply", "path", "wrong"),
    [
        (REPLIES[3], "unasked", ["ANPR"]),
        (REPLIES[9], "ticket", bytes(31)),
        (REPLIES[9], "steps", ["pay"]),
        (REPLIES[10], "wait_seconds", -1),
        (REPLIES[5], "kind", "odd"),
    ],
)
def test_values_outside_their_range_are_refused(reply: Reply, path: str, wrong: object) -> None:
    kind, plain = reply_to_plain(reply)
    found = reply_from_plain(kind, put(plain, path, wrong))
    assert isinstance(found, Problem)
    assert found.field == path


@given(st.sampled_from(INQUIRIES), st.dictionaries(st.text(max_size=9), st.none() | st.text()))
def test_anything_else_is_a_problem(inquiry: Inquiry, plain: dict[str, object]) -> None:
    kind, right = inquiry_to_plain(inquiry)
    found = inquiry_from_plain(kind, {**right, **plain})
    assert isinstance(found, Problem) or inquiry_to_plain(found)[1] == {**right, **plain}


@pytest.mark.parametrize(
    ("told", "record", "path", "wrong"),
    [
        (StationsTold, STATION_RECORD, "request", bytes(31)),
        (StationsTold, STATION_RECORD, "state", "odd"),
        (StationsTold, STATION_RECORD, "expires", "2027-02-30"),
        (UsersTold, USER_RECORD, "digest", bytes(31)),
        (UsersTold, USER_RECORD, "profiles", ["alp", "alp"]),
        (UsersTold, USER_RECORD, "card.state", "odd"),
    ],
)
def test_records_outside_their_range_are_refused(
    told: type[StationsTold | UsersTold], record: Any, path: str, wrong: object
) -> None:
    kind, plain = reply_to_plain(told((record,), more=False))
    found = reply_from_plain(kind, {**plain, "records": [put(plain["records"][0], path, wrong)]})
    assert isinstance(found, Problem)
    assert found.field == f"records.0.{path}"


def test_records_come_in_portions() -> None:
    kind, plain = reply_to_plain(UsersTold((USER_RECORD,), more=True))
    most = {**plain, "records": plain["records"] * MOST_RECORDS}
    assert isinstance(reply_from_plain(kind, most), UsersTold)
    many = {**plain, "records": plain["records"] * (MOST_RECORDS + 1)}
    assert isinstance(reply_from_plain(kind, many), Problem)


@pytest.mark.rule("R-004-33")
def test_a_users_record_is_named_by_what_can_be_changed() -> None:
    named = digest_of(USER_RECORD)
    assert len(named) == 32
    for same in (
        replace(USER_RECORD, digest=b""),
        replace(USER_RECORD, card=None),
        replace(USER_RECORD, comuni=1),
        replace(USER_RECORD, master_received=False),
    ):
        assert digest_of(same) == named
    for other in (
        replace(USER_RECORD, email="altra@example.it"),
        replace(USER_RECORD, pec="rossi@pec.example.it"),
        replace(USER_RECORD, profiles=frozenset({Profile.ALS})),
        replace(USER_RECORD, environments=frozenset({Environment.PRODUCTION})),
        replace(USER_RECORD, state=UserState.BLOCKED),
        replace(USER_RECORD, name="Maria"),
    ):
        assert digest_of(other) != named


def test_what_is_asked_of_a_person_is_in_no_repr() -> None:
    shown = repr((INQUIRIES, REPLIES, replace(DISPUTE)))
    for secret in (MARIO.codice_fiscale, "19283746", "ABCDEFGHJKMN", "mario.rossi", "Verdi"):
        assert secret not in shown
