"""One writer: in order, never stopped by one piece of work, and fair to what can wait."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path

import pytest

from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer, start
from tests.emulated.services import wait_until


class Leisure:
    """What can wait: so many pieces."""

    def __init__(self, pieces: int) -> None:
        self.left = pieces
        self.done_at: list[float] = []

    def __call__(self, _store: Store) -> float | None:
        if not self.left:
            return None
        self.left -= 1
        self.done_at.append(time.monotonic())
        return 0.0


@pytest.fixture
def leisure() -> Leisure:
    return Leisure(5)


@pytest.fixture
def writer(registry_path: Path, leisure: Leisure) -> Iterator[Writer]:
    made = Writer(lambda: Store.open(registry_path), leisure)
    thread = start("writer", made.run)
    yield made
    made.stop()
    thread.join(5)
    assert not thread.is_alive()


def test_work_is_done_in_order(writer: Writer) -> None:
    done: list[int] = []

    def put(number: int, _store: Store) -> None:
        done.append(number)

    for number in range(100):
        writer.submit(partial(put, number))
    writer.call(lambda _store: None)
    assert done == list(range(100))


def test_failure_is_told_to_who_asked_and_to_nobody_else(writer: Writer) -> None:
    def fail(_store: Store) -> int:
        raise StoreError("store.full")

    failed: Future[int] = writer.submit(fail)
    assert writer.call(lambda _store: 7) == 7
    with pytest.raises(StoreError):
        failed.result()


def test_work_that_was_given_up_is_not_done(writer: Writer) -> None:
    done: list[str] = []
    writer.submit(lambda _store: time.sleep(0.1))
    given_up = writer.submit(lambda _store: done.append("given up"))
    assert given_up.cancel()
    writer.call(lambda _store: None)
    assert done == []


def test_what_can_wait_is_done_at_leisure(writer: Writer, leisure: Leisure) -> None:
    wait_until(lambda: leisure.left == 0, 5, "everything that can wait")
    leisure.left = 2
    writer.call(lambda _store: None)
    wait_until(lambda: leisure.left == 0, 5, "what came up since")


def test_what_can_wait_does_not_wait_for_ever(writer: Writer, leisure: Leisure) -> None:
    """Messages without a pause: a piece is done now and then, and not more."""
    wait_until(lambda: leisure.left == 0, 5, "everything that can wait")

    def fill(_store: Store) -> None:
        leisure.left, leisure.done_at = 100, []

    writer.call(fill)
    end = time.monotonic() + 1.8
    while time.monotonic() < end:
        writer.submit(lambda _store: time.sleep(0.002)).result()
    assert 2 <= len(leisure.done_at) <= 4


def test_idle_time_is_known(writer: Writer) -> None:
    writer.call(lambda _store: None)
    assert writer.idle_for() < 1
    pending = writer.submit(lambda _store: time.sleep(0.2))
    writer.submit(lambda _store: None)
    assert writer.idle_for() == 0
    pending.result()
