"""A few at a time, in order of arrival."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack

import pytest

from sync.wire.turns import NoTurnError, Turns


def wait_until_waiting(turns: Turns, count: int) -> None:
    deadline = time.monotonic() + 10
    while len(turns._waiting) < count:
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_whoever_came_first_is_next() -> None:
    turns, order = Turns(1), []

    def take(name: int) -> None:
        with turns.turn():
            order.append(name)

    takers = []
    with turns.turn():
        for name in range(5):
            takers.append(threading.Thread(target=take, args=(name,)))
            takers[-1].start()
            wait_until_waiting(turns, name + 1)
    for taker in takers:
        taker.join(10)
    assert order == [0, 1, 2, 3, 4]


def test_one_who_comes_again_and_again_waits_behind_the_others() -> None:
    """A lock would be taken back by whoever released it last."""
    turns, rounds, stop = Turns(1), [0], threading.Event()

    def again() -> None:
        while not stop.is_set():
            with turns.turn():
                rounds[0] += 1
                time.sleep(0.002)

    greedy = threading.Thread(target=again)
    greedy.start()
    try:
        while not rounds[0]:
            time.sleep(0.001)
        for _ in range(5):
            before = rounds[0]
            with turns.turn(patience=10):
                assert rounds[0] <= before + 1
    finally:
        stop.set()
        greedy.join(10)


def test_so_many_at_once_and_no_more() -> None:
    turns = Turns(2, most_waiting=0)
    with ExitStack() as held:
        held.enter_context(turns.turn())
        held.enter_context(turns.turn())
        with pytest.raises(NoTurnError), turns.turn():
            pass
    with turns.turn():
        pass


def test_patience_ends_and_leaves_no_place_taken() -> None:
    turns = Turns(1)
    with turns.turn(), pytest.raises(NoTurnError), turns.turn(patience=0.01):
        pass
    with turns.turn(patience=0):
        pass


def test_what_raises_gives_its_place_back() -> None:
    turns = Turns(1)
    with pytest.raises(KeyError), turns.turn():
        raise KeyError
    with turns.turn(patience=0):
        pass
