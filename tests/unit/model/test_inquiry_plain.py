"""Inquiries and replies as plain values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sync.model.changes_plain import MOST_ENTRIES
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
    RegisterName,
    Reply,
    RosterPart,
    RosterSince,
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
from tests.unit.model.counter_examples import NOON, NUMBER, OTHER_NUMBER, REGISTRATION
from tests.unit.model.examples import CARD, COMPLETE, HOME, MARIO, put

INQUIRIES: tuple[Inquiry, ...] = (
    ChangesSince(7, 50),
    ChangesSince(7, 50, bytes(16)),
    PersonLookUp(MARIO.codice_fiscale, "L219"),
    StandingAsked(MARIO.codice_fiscale),
    LeaseAsked(NUMBER),
    LeaseReturned(NUMBER),
    UsernameAsked(MARIO.codice_fiscale, NUMBER),
    RosterSince(3, 49_152),
    CodesShown(MARIO.codice_fiscale, "ABCDEFGHJKMN", "19283746"),
    CodesShown(MARIO.codice_fiscale, "ABCDEFGHJKMN", None),
    UsernameProposed(bytes(32), "mario.rossi"),
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
    RosterPart(4, 49_152, 60_000, b"part"),
    Ticket(bytes(32), OperationKind.RESET, tuple(HomeStep), NOON, "ma•••••i", frozenset({"rossi"})),
    Denied("codes.wait", "", 30),
    Done(),
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


def test_what_is_asked_of_a_person_is_in_no_repr() -> None:
    shown = repr((INQUIRIES, REPLIES, replace(DISPUTE)))
    for secret in (MARIO.codice_fiscale, "19283746", "ABCDEFGHJKMN", "mario.rossi", "Verdi"):
        assert secret not in shown
