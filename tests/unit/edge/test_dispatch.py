"""The link's decisions against hubs and brokers that fail in every way, in simulated time."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sync.edge.link.dispatch import (
    ANSWER_SECONDS,
    LONGEST_AWAY_SECONDS,
    Dispatch,
    Entries,
    Hub,
    LateEntry,
    Order,
    Question,
)
from sync.wire import batch

LATENCY = 0.01


@dataclass
class World:
    """A station, a broker and a hub.

    Attributes:
        silent: entries that the hub never answers, when it gets them whole.
        deadly: entries that end the hub, which is back after some seconds.
        severing: entries with which the connection to the broker breaks.
        refused: entries that the hub answers with a trouble.
    """

    last: int = 0
    silent: set[int] = field(default_factory=set)
    deadly: set[int] = field(default_factory=set)
    severing: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    decides: bool = True
    hub_is_up: bool = True
    hub_back_at: float = 0.0
    now: float = 1000.0
    head: int = 0
    whole: set[int] = field(default_factory=set)
    decided: int = 0
    watermark: int = 0
    known: int = 0
    orders: list[Order] = field(default_factory=list)
    deaths: int = 0
    wire: deque[tuple[float, Order]] = field(default_factory=deque)

    def __post_init__(self) -> None:
        self.dispatch = Dispatch(draw=random.Random(5).random)
        self.dispatch.stands(watermark=0, decided=0, last=self.last)
        self.dispatch.connected(self.now)

    def record(self, count: int = 1) -> None:
        self.last += count
        self.dispatch.stands(watermark=self.watermark, decided=self.known, last=self.last)
        self.dispatch.recorded(self.now)

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> None:
        """Lets time pass, from one thing that happens to the next."""
        end = self.now + seconds
        while self.now < end and not until():
            if not self.hub_is_up and self.now >= self.hub_back_at:
                self.hub_is_up = True
            if self.wire and self.wire[0][0] <= self.now:
                self.carry_out(self.wire.popleft()[1])
                continue
            self.dispatch.expired(self.now)
            order = self.dispatch.next_order(self.now)
            if order is not None:
                self.send(order)
                continue
            times = [end]
            if self.wire:
                times.append(self.wire[0][0])
            due = self.dispatch.due(self.now)
            if due is not None:
                times.append(due)
            assert min(times) > self.now, "it would spin"
            self.now = min(times)

    def send(self, order: Order) -> None:
        self.orders.append(order)
        items = self.items(order)
        if isinstance(order, Entries):
            assert len(items) > order.passed_over
        self.dispatch.sent(order, items[-1] if items else 0, self.now)
        # One after the other, as a broker passes them on.
        ready = self.wire[-1][0] if self.wire else self.now
        self.wire.append((max(ready, self.now) + LATENCY, order))

    def items(self, order: Order) -> list[int]:
        if isinstance(order, Entries):
            return list(range(order.first, min(order.first + order.most, self.last + 1)))
        return [order.seq] if isinstance(order, LateEntry) else []

    def carry_out(self, order: Order) -> None:
        items = self.items(order)
        absent = set(items[: order.passed_over]) if isinstance(order, Entries) else set()
        if not self.hub_is_up:
            self.dispatch.nobody_listens(order, self.now)
            return
        whole = set(items) - absent
        if whole & self.severing:
            self.wire.clear()
            self.dispatch.disconnected()
            self.dispatch.connected(self.now)
            return
        self.dispatch.taken(order, self.now)
        if whole & self.deadly:
            self.deaths += 1
            self.hub_is_up = False
            self.hub_back_at = self.now + 4
            return
        if whole & self.silent:
            return
        trouble = "envelope.signature" if whole & self.refused else None
        if items and trouble is None:
            if items[0] <= self.head + 1:
                self.whole |= whole
                self.head = max(self.head, items[-1])
            else:
                trouble = "batch.gap"
        self.answer(trouble)

    def answer(self, trouble: str | None = None) -> None:
        if self.decides:
            self.decided = self.head
        self.watermark = max(self.watermark, self.head)
        self.known = self.decided
        self.dispatch.answered(
            self.now,
            watermark=self.watermark,
            decided=self.known,
            up_to=self.head,
            trouble=trouble,
            is_newest=True,
        )

    @property
    def passed_over(self) -> set[int]:
        return set(range(1, self.head + 1)) - self.whole


def test_it_asks_before_it_sends() -> None:
    world = World(last=3)
    world.run(1)
    assert world.orders == [Question(), Entries(1, batch.MOST_ITEMS)]
    assert world.head == 3
    assert world.dispatch.hub is Hub.PRESENT


def test_with_nothing_to_send_it_still_asks_once() -> None:
    """A store that was put back from an old copy is found out before anything new is recorded."""
    world = World()
    world.run(3600)
    assert world.orders == [Question()]


def test_a_backlog_goes_in_full_batches() -> None:
    world = World(last=2000)
    world.run(60)
    assert world.head == 2000
    assert len(world.orders) == 1 + 2000 // batch.MOST_ITEMS


@given(
    st.integers(1, 120),
    st.sets(st.integers(1, 120), max_size=4),
    st.sampled_from(["silent", "severing", "refused", "deadly"]),
)
@settings(max_examples=120, deadline=None)
def test_poison_does_not_block_the_rest(last: int, poison: set[int], kind: str) -> None:
    world = World(last=last)
    poison = {seq for seq in poison if seq <= last}
    getattr(world, kind).update(poison)
    world.run(48 * 3600, until=lambda: world.head == last)
    tail = last
    while tail in poison:
        tail -= 1  # nothing behind it can vouch for its hash yet
    assert world.head == tail
    assert world.passed_over == {seq for seq in poison if seq < tail}
    world.record()
    world.run(48 * 3600, until=lambda: world.head == last + 1)
    assert world.head == last + 1
    assert world.passed_over == poison


@given(st.sets(st.integers(1, 60), max_size=2), st.sampled_from(["silent", "refused"]))
@settings(max_examples=40, deadline=None)
def test_poison_costs_minutes_not_hours(poison: set[int], kind: str) -> None:
    world = World(last=61)
    getattr(world, kind).update(poison)
    began = world.now
    world.run(24 * 3600, until=lambda: world.head == 61)
    assert world.now - began < 90 * 60


def test_a_deadly_entry_ends_the_hub_some_times_and_then_no_more() -> None:
    world = World(last=200, deadly={77})
    world.run(24 * 3600, until=lambda: world.head == 200)
    assert world.passed_over == {77}
    assert world.deaths < 30


@given(st.lists(st.tuples(st.floats(0.1, 3000), st.floats(0.1, 3000)), max_size=6))
@settings(max_examples=80, deadline=None)
def test_an_absent_hub_quarantines_nothing(outages: list[tuple[float, float]]) -> None:
    world = World(last=120)
    for up, down in outages:
        world.run(up)
        world.record(30)
        world.hub_is_up, world.hub_back_at = False, world.now + down
        world.run(down)
    world.run(LONGEST_AWAY_SECONDS * 2 + 60)
    assert world.head == world.last
    assert world.passed_over == set()


def test_a_hub_that_hangs_for_hours_quarantines_nothing() -> None:
    """It takes messages and answers none, questions neither."""
    world = World(last=40)
    world.run(1, until=lambda: bool(world.orders))
    hanging = World.answer
    answers: list[str] = []

    def swallow(self: World, trouble: str | None = None) -> None:
        if self.now < 1000 + 6 * 3600:
            answers.append("swallowed")
        else:
            hanging(self, trouble)

    World.answer = swallow  # type: ignore[method-assign]
    try:
        world.head, world.watermark = 0, 0
        world.run(7 * 3600, until=lambda: world.watermark == 40)
    finally:
        World.answer = hanging  # type: ignore[method-assign]
    assert world.watermark == 40
    assert world.passed_over == set()
    # It does not press a hub that has enough to do: a question twice a minute at the most.
    assert len(answers) < 6 * 3600 / 15


def test_retries_are_capped_and_jittered() -> None:
    world = World(last=1)
    world.hub_is_up, world.hub_back_at = False, 1e12
    asked: list[float] = []
    for _ in range(60):
        before = len(world.orders)
        world.run(3600, until=lambda before=before: len(world.orders) > before)  # type: ignore[misc]
        asked.append(world.now)
    waits = [after - before for before, after in pairwise(asked)]
    assert max(waits) <= LONGEST_AWAY_SECONDS + 1
    assert waits[0] < 3
    assert len({round(wait, 3) for wait in waits[-20:]}) > 10
    assert all(order == Question() for order in world.orders)


def test_a_new_record_does_not_wait_for_a_long_retry() -> None:
    world = World(last=1)
    world.hub_is_up, world.hub_back_at = False, 1e12
    world.run(600)
    asked = len(world.orders)
    world.run(6, until=lambda: len(world.orders) > asked)
    world.hub_is_up = True
    world.now += 5
    world.record()
    world.run(0.5)
    assert world.head == 2


def test_reconnecting_starts_afresh() -> None:
    world = World(last=5)
    world.hub_is_up, world.hub_back_at = False, 1e12
    world.run(600)
    world.dispatch.disconnected()
    assert world.dispatch.next_order(world.now) is None
    assert world.dispatch.due(world.now) is None
    world.hub_is_up = True
    world.dispatch.connected(world.now)
    world.run(0.5)
    assert world.head == 5


def test_a_hub_that_lost_what_it_held_gets_it_again() -> None:
    """Put back from a backup: the journal still has everything."""
    world = World(last=120)
    world.run(10)
    world.head, world.whole = 30, set(range(1, 31))
    world.record()
    world.run(60)
    assert world.head == 121
    assert world.passed_over == set()


def test_a_lost_acknowledgement_is_mended_by_asking() -> None:
    world = World(last=30)
    world.run(0.015)
    world.head, world.whole = 30, set(range(1, 31))  # stored, and the answer lost
    world.dispatch.disconnected()
    world.dispatch.connected(world.now)
    world.run(1)
    assert world.watermark == 30
    assert [order for order in world.orders if isinstance(order, Entries)][1:] == []


def test_unknown_stations_wait_long_and_only_ask() -> None:
    world = World(last=30)
    for _ in range(40):
        world.dispatch.expired(world.now)
        order = world.dispatch.next_order(world.now)
        if order is not None:
            world.orders.append(order)
            world.dispatch.sent(order, 0, world.now)
            world.dispatch.answered(
                world.now,
                watermark=0,
                decided=0,
                up_to=0,
                trouble="station.unknown",
                is_newest=True,
            )
        due = world.dispatch.due(world.now)
        assert due is not None
        world.now = due
    assert set(map(type, world.orders)) == {Question}
    assert world.now - 1000 > 40 * 60
    assert not world.dispatch.is_isolating


def test_decisions_that_do_not_come_are_asked_for() -> None:
    world = World(last=60, decides=False)
    world.run(300)
    questions = [order for order in world.orders if isinstance(order, Question)]
    assert 4 < len(questions) < 20
    world.decides = True
    world.run(120)
    assert world.known == 60
    asked = len(world.orders)
    world.run(3600)
    assert len(world.orders) == asked


def test_entries_that_the_hub_lacks_are_offered_late_once() -> None:
    world = World(last=5)
    world.run(1)
    world.dispatch.disconnected()
    world.dispatch.connected(world.now, late=[2, 4])
    world.run(60)
    assert [order for order in world.orders if isinstance(order, LateEntry)] == [
        LateEntry(2),
        LateEntry(4),
    ]


def test_hashes_alone_wait_for_an_entry_that_signs_for_them() -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=3)
    dispatch.connected(0.0)
    answer(dispatch, 0.0, 0)
    assert dispatch.next_order(0.0) == Entries(1, batch.MOST_ITEMS)
    dispatch.nothing_to_sign()
    assert dispatch.next_order(0.0) is None
    assert dispatch.due(0.0) is None
    dispatch.stands(watermark=0, decided=0, last=4)
    assert dispatch.next_order(0.0) == Entries(1, batch.MOST_ITEMS)


@pytest.mark.parametrize(("seconds", "flights"), [(0.01, 4), (1.0, 2), (10.0, 1)])
def test_more_is_on_its_way_where_the_way_is_fast(seconds: float, flights: int) -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=500)
    dispatch.connected(0.0)
    question = dispatch.next_order(0.0)
    assert isinstance(question, Question)
    dispatch.sent(question, 0, 0.0)
    dispatch.taken(question, seconds)
    answer(dispatch, seconds, 0)
    for _ in range(flights):
        order = dispatch.next_order(seconds)
        assert isinstance(order, Entries)
        dispatch.sent(order, order.first + 49, seconds)
    assert dispatch.next_order(seconds) is None
    assert dispatch.in_flight == (1, 50 * flights)
    # The first is answered while others are on their way.
    answer(dispatch, seconds + 1, 50)
    assert dispatch.in_flight == ((51, 50 * flights) if flights > 1 else None)
    assert dispatch.next_order(seconds + 1) == Entries(50 * flights + 1, batch.MOST_ITEMS)


def test_one_lost_batch_brings_all_behind_it_again() -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=150)
    dispatch.connected(0.0)
    answer(dispatch, 0.0, 0)
    dispatch._window = 3
    for first in (1, 51, 101):
        order = dispatch.next_order(0.0)
        assert order == Entries(first, batch.MOST_ITEMS)
        dispatch.sent(order, first + 49, 0.0)
    # The first was lost: the hub finds a gap before the second, and says where it stands.
    dispatch.answered(1.0, watermark=0, decided=0, up_to=0, trouble="batch.gap", is_newest=True)
    assert dispatch.in_flight is None
    due = dispatch.due(1.0)
    assert due is not None
    again = dispatch.next_order(due)
    assert isinstance(again, Entries)
    assert again.first == 1


def test_an_overtaken_answer_says_nothing_of_the_present() -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=100)
    dispatch.connected(0.0)
    answer(dispatch, 0.0, 100)
    dispatch.answered(1.0, watermark=100, decided=100, up_to=50, trouble=None, is_newest=False)
    assert dispatch.next_order(1.0) is None


@pytest.mark.parametrize("seconds", [ANSWER_SECONDS + 1])
def test_a_slow_hub_is_given_more_time(seconds: float) -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=10)
    dispatch.connected(0.0)
    answer(dispatch, 0.0, 0)
    order = dispatch.next_order(0.0)
    assert order is not None
    dispatch.sent(order, 10, 0.0)
    dispatch.taken(order, 0.0)
    assert dispatch.expired(seconds)
    assert dispatch.hub is Hub.UNKNOWN
    question = dispatch.next_order(seconds)
    assert isinstance(question, Question)
    dispatch.sent(question, 0, seconds)
    dispatch.taken(question, seconds)
    assert dispatch.due(seconds) == seconds + 2 * ANSWER_SECONDS
    # The answer to the batch comes after all: nothing is to blame.
    answer(dispatch, seconds + 1, 10)
    assert not dispatch.is_isolating


def answer(dispatch: Dispatch, now: float, up_to: int) -> None:
    dispatch.answered(
        now, watermark=up_to, decided=up_to, up_to=up_to, trouble=None, is_newest=True
    )


def test_at_odds_it_asks_about_the_place_until_the_hub_agrees() -> None:
    dispatch = Dispatch(draw=lambda: 0.5)
    dispatch.stands(watermark=0, decided=0, last=5)
    dispatch.connected(0.0)
    assert dispatch.next_order(0.0) == Question()
    dispatch.at_odds(0.0, 3)
    assert dispatch.next_order(1000.0) == Question(about=3)
    dispatch.answered(1001.0, watermark=3, decided=3, up_to=3, trouble=None, is_newest=True)
    assert dispatch.next_order(1002.0) == Entries(4, batch.MOST_ITEMS)
