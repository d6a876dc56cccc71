"""When a station that has come back may send, in simulated time."""

from __future__ import annotations

import random

import pytest

from sync.edge.link.admitting import STEADY_SECONDS, Gate
from sync.edge.link.dispatch import Dispatch, Entries, Question
from sync.model.urgency import Urgency
from sync.wire.admission import FREE_ENTRIES, FULL_ENTRIES, LONGEST_OWN_SECONDS, Admission

DAY = 86_400_000
NOON = 1_795_694_400_000
MANY = FREE_ENTRIES + FULL_ENTRIES


def returned(draw: float = 0.5, *, away_ms: int = 3 * DAY, said: Admission | None = None) -> Gate:
    """A gate at second 100, after the hub's first word; away for so long by the hub's clock."""
    gate = Gate(lambda: draw, NOON - away_ms)
    gate.came_back(100.0)
    if said is not None:
        gate.told(said)
    gate.answered(100.0, NOON)
    return gate


def test_a_station_that_was_not_away_is_let_in() -> None:
    gate = Gate(lambda: 0.9)
    assert gate.is_open
    assert gate.opens_at(5.0, Urgency.NORMAL, 1000) is None
    gate.answered(10.0, NOON)
    gate.came_back(10.0 + STEADY_SECONDS / 2)
    assert gate.is_open


def test_without_a_message_it_waits_longer_the_longer_it_was_away() -> None:
    short = returned(away_ms=DAY // 24).opens_at(100.0, Urgency.NORMAL, MANY)
    long = returned(away_ms=3 * DAY).opens_at(100.0, Urgency.NORMAL, MANY)
    assert short == pytest.approx(100 + 30)
    assert long == pytest.approx(100 + LONGEST_OWN_SECONDS / 2)


def test_a_new_station_does_not_wait() -> None:
    gate = Gate(lambda: 0.9)
    gate.came_back(100.0)
    gate.answered(100.0, NOON)
    assert gate.opens_at(100.0, Urgency.NORMAL, MANY) is None


def test_the_hubs_window_counts_while_it_holds() -> None:
    said = Admission(NOON - 1000, NOON + 60_000, NOON, normal=3600, bulk=7200)
    assert returned(said=said).opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(1900)
    assert returned(said=said).opens_at(100.0, Urgency.BULK, MANY) == pytest.approx(3700)
    old = Admission(NOON - 2 * DAY, NOON - DAY, NOON, normal=3600, bulk=7200)
    own = 100 + LONGEST_OWN_SECONDS / 2
    assert returned(said=old).opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(own)


def test_a_quiet_hub_lets_everybody_in_at_once() -> None:
    quiet = Admission(NOON - 1000, NOON + 60_000, NOON, normal=0, bulk=0)
    gate = returned(said=quiet)
    assert gate.opens_at(100.0, Urgency.BULK, 50_000) is None
    assert gate.is_open


def test_what_is_urgent_goes_at_once_and_little_does_not_wait() -> None:
    said = Admission(NOON - 1000, NOON + 60_000, NOON, normal=3600, bulk=7200)
    assert returned(said=said).opens_at(100.0, Urgency.URGENT, 50_000) is None
    assert returned(said=said).opens_at(100.0, Urgency.NORMAL, FREE_ENTRIES) is None
    some = returned(said=said).opens_at(100.0, Urgency.NORMAL, FREE_ENTRIES + FULL_ENTRIES // 2)
    assert some == pytest.approx(100 + 900)


def test_a_window_that_changes_moves_the_turn_and_an_older_message_does_not() -> None:
    gate = returned(said=Admission(NOON - 1000, NOON + DAY, NOON, normal=3600, bulk=7200))
    gate.told(Admission(NOON - 5000, NOON + DAY, NOON, normal=0, bulk=0))
    assert gate.opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(1900)
    gate.told(Admission(NOON + 5000, NOON + DAY, NOON, normal=600, bulk=1200))
    assert gate.opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(400)
    assert gate.opens_at(401.0, Urgency.NORMAL, MANY) is None
    gate.told(Admission(NOON + 9000, NOON + DAY, NOON, normal=7200, bulk=7200))
    assert gate.opens_at(402.0, Urgency.NORMAL, MANY) is None, "who is in stays in"


def test_nothing_opens_before_the_hub_has_spoken() -> None:
    gate = Gate(lambda: 0.5, NOON - 3 * DAY)
    gate.came_back(100.0)
    gate.opens_at(100.0, Urgency.NORMAL, MANY)
    assert not gate.is_open
    gate.answered(101.0, NOON)
    assert gate.opens_at(101.0, Urgency.NORMAL, MANY) == pytest.approx(550)


def test_questions_go_and_entries_wait() -> None:
    dispatch = Dispatch(draw=random.Random(1).random)
    dispatch.stands(watermark=0, decided=0, last=70)
    dispatch.connected(100.0)
    dispatch.hold(160.0)
    order = dispatch.next_order(100.0)
    assert isinstance(order, Question)
    dispatch.sent(order, 0, 100.0)
    dispatch.answered(100.1, watermark=0, decided=0, up_to=0, trouble=None, is_newest=True)
    assert dispatch.next_order(100.1) is None
    assert dispatch.holds_back
    assert dispatch.next_try == dispatch.due(100.1) == 160.0
    assert isinstance(dispatch.next_order(160.0), Entries)
    dispatch.hold(0.0)
    assert isinstance(dispatch.next_order(110.0), Entries)


def test_who_comes_back_later_finds_a_part_of_the_window_gone_by() -> None:
    said = Admission(NOON - 1000, NOON + 60_000, NOON - 1_800_000, normal=3600, bulk=9000)
    assert returned(0.4, said=said).opens_at(100.0, Urgency.NORMAL, MANY) is None
    assert returned(0.75, said=said).opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(1000)
    ahead = Admission(NOON - 1000, NOON + 60_000, NOON + DAY, normal=3600, bulk=9000)
    assert returned(0.5, said=ahead).opens_at(100.0, Urgency.NORMAL, MANY) == pytest.approx(1900)
