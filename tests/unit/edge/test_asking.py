from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.edge.clock import StationClock
from sync.edge.link.asking import MOST_BYTES, Asking
from sync.edge.link.pipe import Pipe
from sync.edge.store import Store
from sync.edge.wakeup import Role, WakeUp
from sync.wire import topics
from tests.unit.edge.stations import NAME, Station


class Wire(Pipe):
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, bytes, int]] = []

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry: int = 0) -> int:
        assert not retain
        self.sent.append((topic, payload, expiry))
        return len(self.sent)


class Ends:
    def __init__(self, station: Station, store: Store) -> None:
        self.store = store
        self.now = StationClock().now_ms()
        self.window = WakeUp(station.profile.store, Role.WINDOW)
        self.link = WakeUp(station.profile.store, Role.LINK)
        self.wire = Wire()
        self.asking = Asking(NAME, store, self.link, StationClock())

    def ask(self, data: bytes, seconds: int = 60) -> None:
        assert self.store.questions.ask(data, now=self.now, until=self.now + seconds * 1000) is None


@pytest.fixture
def ends(station: Station, store: Store) -> Iterator[Ends]:
    made = Ends(station, store)
    yield made
    made.window.close()
    made.link.close()


def test_each_question_is_sent_once_in_order_and_expires(ends: Ends) -> None:
    for number in range(20):
        ends.ask(bytes([number]))
    for _ in range(5):
        ends.asking.send(ends.wire)
    assert [payload for _, payload, _ in ends.wire.sent] == [bytes([n]) for n in range(20)]
    assert {topic for topic, _, _ in ends.wire.sent} == {topics.asks(NAME)}
    assert all(expiry > 0 for _, _, expiry in ends.wire.sent)


def test_it_looks_again_when_it_is_told_to(ends: Ends) -> None:
    ends.asking.send(ends.wire)
    ends.ask(b"later")
    ends.asking.send(ends.wire)
    assert ends.wire.sent == []
    ends.asking.look()
    ends.asking.send(ends.wire)
    assert [payload for _, payload, _ in ends.wire.sent] == [b"later"]


def test_a_reply_is_left_for_the_window_which_is_rung(ends: Ends) -> None:
    ends.asking.arrived(b"sealed")
    assert ends.window.wait(1.0)
    assert ends.store.questions.take_replies() == [b"sealed"]
    assert ends.store.questions.take_replies() == []


def test_a_reply_that_is_too_large_is_not_kept(ends: Ends) -> None:
    ends.asking.arrived(bytes(MOST_BYTES + 1))
    assert ends.store.questions.take_replies() == []
