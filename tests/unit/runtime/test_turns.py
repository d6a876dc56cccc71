"""Requests that a person walks away from: they never begin, or end, and answer nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest

from kiosk.flows.events import Event, FingerFailed
from kiosk.runtime import turns
from kiosk.runtime.turns import Turns

PATIENCE = 5.0
ANSWER = FingerFailed(uuid4(), "fingerprint.absent")


class Device:
    """Works until it hears that it is abandoned; deaf for the first `deaf` times."""

    def __init__(self) -> None:
        self.deaf = 0
        self.heard = 0
        self.begun = threading.Event()
        self.over = threading.Event()

    def work(self) -> None:
        self.begun.set()
        assert self.over.wait(PATIENCE)

    def abandon(self) -> None:
        self.heard += 1
        if self.begun.is_set() and self.heard > self.deaf:
            self.over.set()


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def told() -> list[Event]:
    return []


@pytest.fixture
def desk(device: Device, told: list[Event]) -> Iterator[Turns]:
    made = Turns(told.append, device.abandon, "abandon-test")
    yield made
    made.stop()


def begin(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


def test_what_was_abandoned_in_the_queue_never_begins_nor_answers(
    desk: Turns, told: list[Event]
) -> None:
    begun: list[str] = []
    first, second = desk.expect(), desk.expect()
    desk.abandon()
    third = desk.expect()
    for name, turn in (("first", first), ("second", second), ("third", third)):
        desk.take(turn, lambda name=name: begun.append(name))  # type: ignore[misc]
    desk.tell(first, ANSWER)
    assert begun == ["third"]
    assert told == []
    desk.tell(third, ANSWER)
    assert told == [ANSWER]


def test_once_abandon_has_returned_nothing_of_it_is_told(
    desk: Turns, device: Device, told: list[Event]
) -> None:
    device.deaf = 3
    turn = desk.expect()

    def work() -> None:
        device.work()
        desk.tell(turn, ANSWER)

    thread = begin(lambda: desk.take(turn, work))
    assert device.begun.wait(PATIENCE)
    desk.tell(turn, ANSWER)
    desk.abandon()
    before = len(told)
    thread.join(PATIENCE)
    assert not thread.is_alive()
    desk.tell(turn, ANSWER)
    assert before == len(told) == 1


def test_a_device_that_did_not_hear_is_told_until_it_does_and_no_longer(
    desk: Turns, device: Device
) -> None:
    device.deaf = 4
    turn = desk.expect()
    thread = begin(lambda: desk.take(turn, device.work))
    assert device.begun.wait(PATIENCE)
    desk.abandon()
    thread.join(PATIENCE)
    assert device.over.is_set()
    heard = device.heard
    threading.Event().wait(4 * turns._INSIST_SECONDS)
    assert device.heard <= heard + 1


def test_work_that_breaks_leaves_the_way_free(
    desk: Turns, device: Device, told: list[Event]
) -> None:
    turn = desk.expect()
    with pytest.raises(ZeroDivisionError):
        desk.take(turn, lambda: 1 // 0)  # type: ignore[arg-type]  # it breaks
    desk.tell(turn, ANSWER)  # the fault is answered
    assert told == [ANSWER]
    desk.abandon()
    threading.Event().wait(3 * turns._INSIST_SECONDS)
    assert device.heard == 1  # nothing runs any more that one would have to insist on


def test_behind_the_end_nothing_begins(device: Device, told: list[Event]) -> None:
    desk = Turns(told.append, device.abandon, "abandon-test")
    waiting = desk.expect()
    desk.stop()
    late = desk.expect()
    for turn in (waiting, late):
        desk.take(turn, lambda: told.append(ANSWER))
        desk.tell(turn, ANSWER)
    assert told == []


def test_no_answer_passes_between_abandoning_and_its_return(desk: Turns, told: list[Event]) -> None:
    """Many answers at once from other threads: all that are told were told before."""
    for _ in range(50):
        turn = desk.expect()
        ready = threading.Barrier(2)

        def answer(turn: turns.Turn = turn, ready: threading.Barrier = ready) -> None:
            ready.wait(PATIENCE)
            for _ in range(20):
                desk.tell(turn, ANSWER)

        thread = begin(answer)
        ready.wait(PATIENCE)
        desk.abandon()
        counted = len(told)
        thread.join(PATIENCE)
        assert len(told) == counted
