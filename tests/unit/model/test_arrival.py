"""Any order of arrival of the same acts by several stations comes to the same.

Stations act on one person. Each act is done by a clerk who saw nothing, or the outcome of acts that
the station had heard of; clocks are wrong by hours. At the hub the acts arrive in any order that
networks can make: each station's in its own, and what was seen elsewhere before what was done on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sync.model import registration_number, transitions
from sync.model.counter import CodeRegeneration, CounterAct, CounterRegistration, RecordEdit
from sync.model.credential import Credential, OperationKind, State, basis_of
from sync.model.errors import Problem
from sync.model.reconciliation import Stamp, apply, overtaken
from sync.model.registration import Part, Registration
from sync.model.registration_parts import digest, value
from tests.unit.model.counter_examples import (
    CODE_ONLY,
    EX_NOVO,
    NOON,
    OFFICE,
    REGISTRATION,
    SUBJECT,
    booking,
    edit,
    operation_id,
)
from tests.unit.model.examples import ABROAD, CARD, HOME, PASSPORT

STATIONS = 3
STARTS: dict[str, Registration | None] = {
    "nothing": None,
    "preregistered": REGISTRATION,
    "weak": replace(REGISTRATION, credential=Credential(State.ATTIVATO)),
    "strong": replace(REGISTRATION, credential=Credential(State.ATTIVATO, strong=True)),
    "checked": replace(REGISTRATION, credential=Credential(State.RISCONTRATO)),
    "checked and strong": replace(
        REGISTRATION, credential=Credential(State.RISCONTRATO, strong=True)
    ),
}
PARTS: dict[Part, tuple[object, ...]] = {
    Part.RESIDENCE: (HOME, ABROAD, replace(HOME, number="99")),
    Part.DOCUMENT: (CARD, PASSPORT),
    Part.NOTE: ("Uno", "Due", None),
}


@dataclass(frozen=True)
class Done:
    """An act, with the numbers of the acts that its station had heard of before."""

    number: int
    station: int
    act: CounterAct
    when: Stamp
    heard: frozenset[int]


@dataclass
class Desk:
    """A station: what it sees, and which acts made it so."""

    sees: Registration | None
    heard: set[int]
    skew: int


def enter(now: Registration | None, done: Done) -> Registration | None:
    """The registry after an act; what is refused changes nothing."""
    after = apply(now, done.act, done.when)
    return after if isinstance(after, Registration) else now


def arrived(start: Registration | None, order: Sequence[Done]) -> Registration | None:
    """The registry after all acts have come."""
    now = start
    for done in order:
        now = enter(now, done)
    return now


def possible_order(acts: Sequence[Done], dice: Random) -> list[Done]:
    """One of the orders in which networks can bring them."""
    left, order, came = list(acts), list[Done](), set[int]()
    while left:
        ready = [one for one in left if one.heard <= came]
        chosen = dice.choice(ready)
        left.remove(chosen)
        order.append(chosen)
        came.add(chosen.number)
    return order


def registered(number: int, dice: Random) -> CounterRegistration:
    """Somebody registers the person who does not know that somebody else has."""
    return replace(
        EX_NOVO,
        registration_number=registration_number.issue(20, number).text,
        residence=ABROAD if dice.random() < 0.3 else replace(HOME, number=str(number + 1)),
        document=dice.choice([CARD, PASSPORT]),
        note=f"nota {number}",
        delegation=None,
    )


def chosen_act(desk: Desk, number: int, dice: Random, *, edits: bool) -> CounterAct | None:
    """What a clerk does who sees what the desk sees; None where nothing is possible."""
    sees = desk.sees
    if sees is None:
        return registered(number, dice)
    credential = sees.credential
    choices: list[CounterAct] = [
        booking(kind, credential) for kind in transitions.bookable(credential)
    ]
    if credential.last is None and OperationKind.RISCONTRO_FORTE in transitions.bookable(
        credential
    ):
        choices.append(registered(number, dice))
    if not isinstance(transitions.renew_code(credential), Problem):
        basis = basis_of(credential)
        choices += [CodeRegeneration(SUBJECT, basis, True, CODE_ONLY, OFFICE)] * 3  # noqa: FBT003
    if edits:
        part = dice.choice(list(PARTS))
        choices.append(edit(sees, (part, dice.choice(PARTS[part]))))
    return dice.choice(choices)


def story(start: Registration | None, seed: int, length: int, *, edits: bool = False) -> list[Done]:
    """Acts of some desks that hear of each other now and then."""
    dice = Random(seed)
    desks = [Desk(start, set(), dice.randint(-9, 9) * 1_800_000) for _ in range(STATIONS)]
    acts: list[Done] = []
    for number in range(length):
        place = dice.randrange(STATIONS)
        desk = desks[place]
        if dice.random() < 0.4 and acts:
            _hear(start, desk, desks[dice.randrange(STATIONS)], acts, dice)
        act = chosen_act(desk, number, dice, edits=edits)
        if act is None:
            continue
        wall = NOON + number * 60_000 + desk.skew + dice.choice([0, 0, 60_000])
        when = Stamp(operation_id(dice.getrandbits(128)), wall, f"to-000{place}")
        done = Done(number, place, act, when, frozenset(desk.heard))
        acts.append(done)
        desk.sees = enter(desk.sees, done)
        desk.heard.add(number)
    return acts


def _hear(
    start: Registration | None, desk: Desk, other: Desk, acts: Sequence[Done], dice: Random
) -> None:
    """The desk hears of what another knows, in an order in which the hub may have it."""
    desk.heard |= other.heard
    known = [one for one in acts if one.number in desk.heard]
    desk.sees = arrived(start, possible_order(known, dice))


def standing(registration: Registration | None) -> tuple[object, ...]:
    """What must be the same: the booking and the code whose letters are good, number and data."""
    if registration is None:
        return ()
    last = registration.credential.last
    return (
        registration.number,
        registration.registered_at,
        None
        if last is None
        else (last.operation_id, last.booked_at, last.kind, last.renewal, last.renewed_at),
        transitions.bookable(registration.credential),
    )


def data_of(registration: Registration | None) -> tuple[object, ...]:
    """The data, as far as several registrations of one person bring them."""
    if registration is None:
        return ()
    parts = (Part.PERSON, Part.RESIDENCE, Part.DOMICILE, Part.CONTACTS, Part.DOCUMENT, Part.NOTE)
    return tuple(digest(value(registration, part)) for part in parts)


@pytest.mark.rule("R-003-9")
@pytest.mark.rule("R-003-22")
@pytest.mark.parametrize("start", STARTS)
@settings(max_examples=80)
@example(seed=35266, length=3, orders=0)  # two registrations in the same millisecond
@given(seed=st.integers(0, 1 << 32), length=st.integers(2, 8), orders=st.integers(0, 1 << 32))
def test_the_same_booking_stands_in_every_order(
    start: str, seed: int, length: int, orders: int
) -> None:
    acts = story(STARTS[start], seed, length)
    dice = Random(orders)
    ends = [arrived(STARTS[start], possible_order(acts, dice)) for _ in range(6)]
    assert len({standing(end) for end in ends}) == 1
    assert len({data_of(end) for end in ends}) == 1


@pytest.mark.parametrize("start", STARTS)
@settings(max_examples=40)
@given(seed=st.integers(0, 1 << 32), length=st.integers(2, 8), orders=st.integers(0, 1 << 32))
def test_what_stands_has_been_the_latest_to_be_done(
    start: str, seed: int, length: int, orders: int
) -> None:
    """Whoever is refused is refused for somebody later, or for one who saw them."""
    acts = story(STARTS[start], seed, length)
    end = arrived(STARTS[start], possible_order(acts, Random(orders)))
    if end is None or end.credential.last is None:
        return
    winner = next(one for one in acts if one.when.operation_id == end.credential.last.operation_id)
    assert not any(
        winner.number in one.heard and not isinstance(one.act, CodeRegeneration) for one in acts
    )


@pytest.mark.parametrize("start", STARTS)
@settings(max_examples=40)
@given(seed=st.integers(0, 1 << 32), length=st.integers(2, 8), orders=st.integers(0, 1 << 32))
def test_what_stands_may_come_again(start: str, seed: int, length: int, orders: int) -> None:
    """A station's mirror applies what the hub has entered already; a hub hears things twice."""
    order = possible_order(story(STARTS[start], seed, length, edits=True), Random(orders))
    now = STARTS[start]
    for done in order:
        after = apply(now, done.act, done.when)
        if isinstance(after, Registration):
            assert apply(after, done.act, done.when) == after
            now = after


@settings(max_examples=80)
@given(seed=st.integers(0, 1 << 32), length=st.integers(2, 8), orders=st.integers(0, 1 << 32))
def test_no_edit_is_written_over_unseen(seed: int, length: int, orders: int) -> None:
    """An edit that was taken stands until one is taken whose clerk saw what it had made."""
    acts = story(REGISTRATION, seed, length, edits=True)
    now: Registration | None = REGISTRATION
    for done in possible_order(acts, Random(orders)):
        before, now = now, enter(now, done)
        if before is None or now is None or not isinstance(done.act, RecordEdit):
            continue
        for change in done.act.changes:
            if value(now, change.part) != value(before, change.part):
                assert digest(value(before, change.part)) == change.seen
                assert value(now, change.part) == change.value


@settings(max_examples=40)
@given(seed=st.integers(0, 1 << 32), orders=st.integers(0, 1 << 32))
def test_every_number_that_was_given_out_leads_somewhere(seed: int, orders: int) -> None:
    """Three stations register one person: each paper's number is the registration's or leads to it."""
    dice = Random(seed)
    acts = [
        Done(
            number,
            number,
            registered(number, dice),
            Stamp(operation_id(dice.getrandbits(128)), NOON + dice.randrange(3), "to-0001"),
            frozenset(),
        )
        for number in range(3)
    ]
    now: Registration | None = None
    refused = 0
    for done in possible_order(acts, Random(orders)):
        after = apply(now, done.act, done.when)
        assert isinstance(after, Registration)
        refused += overtaken(after, done.when.operation_id)
        now = after
    assert now is not None
    assert now.number in {
        one.act.registration_number for one in acts if isinstance(one.act, CounterRegistration)
    }
    assert refused < len(acts)
