from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from sync.edge.inquiries import Inquiries, Trouble, Wait
from sync.edge.store import LinkRow, Store
from sync.edge.wakeup import Role, WakeUp
from sync.model.inquiry import Done, LeaseAsked, LeaseGranted, Reply, StandingAsked
from sync.wire import inquiry as wire
from sync.wire.duty_statement import DutyStatement
from sync.wire.envelope import Unsigned
from sync.wire.inquiry import Question
from tests.unit.edge.stations import NAME, HubKeys, Station

ROW = LinkRow(
    connected=True,
    hub_present=True,
    code="link.up",
    since=0,
    heartbeat=0,
    next_try_at=None,
    in_flight=None,
    sent_at=None,
)


class LinkAndHub:
    """What takes questions out of the store, and answers into it."""

    def __init__(self, station: Station, store: Store) -> None:
        self.station = station
        self.store = store
        self.wake = WakeUp(station.profile.store, Role.LINK)
        self.asked: list[Question] = []
        self.carried: list[bytes] = []
        self.keys: HubKeys = station.hub
        store.note_link(ROW)

    def answer_once(self, reply: Callable[[Question], Reply], seconds: float = 5.0) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.store.questions.to_send(now=time.time_ns() // 1_000_000, most=9)
            assert isinstance(found, list)
            for number, data in found:
                self.store.questions.sent([number])
                self.carried.append(data)
                question = wire.open_question(
                    data, lambda _: self.station.signer.verifying_key, self.station.hub.unsealing
                )
                assert isinstance(question, Question)
                self.asked.append(question)
                self.reply(reply(question), question)
                return
            self.wake.wait(0.05)

    def reply(self, reply: Reply, question: Question) -> None:
        data = wire.answer(reply, question, self.keys.signer, answered_at=1)
        self.store.questions.arrived(data, now=time.time_ns() // 1_000_000)


@pytest.fixture
def hub(station: Station, store: Store) -> Iterator[LinkAndHub]:
    made = LinkAndHub(station, store)
    yield made
    made.wake.close()


@pytest.fixture
def inquiries(station: Station, store: Store) -> Inquiries:
    return Inquiries(station.profile, lambda: store, station.signer, lambda: None)


def in_background(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    return thread


@dataclass
class Anna:
    """An operator whose card signs, or says why it does not."""

    refuses: str = ""
    asked: list[tuple[str, int]] = field(default_factory=list)

    def statement(self, station: str, now: int) -> DutyStatement | Unsigned:
        self.asked.append((station, now))
        if self.refuses:
            return Unsigned(self.refuses)
        return DutyStatement(bytes(32), now, bytes(16), bytes(64))


def test_a_card_that_does_not_sign_asks_nothing(hub: LinkAndHub, inquiries: Inquiries) -> None:
    asked = inquiries.ask(LeaseAsked("2292222ZJ"), operator=Anna("token.removed"))
    assert asked == Trouble("token.removed")
    assert not hub.asked


def test_what_is_asked_is_answered(hub: LinkAndHub, inquiries: Inquiries) -> None:
    thread = in_background(lambda: hub.answer_once(lambda _: LeaseGranted(7)))
    anna = Anna()
    assert inquiries.ask(LeaseAsked("2292222ZJ"), operator=anna) == LeaseGranted(7)
    thread.join()
    assert hub.asked[0].station == NAME
    assert hub.asked[0].operator == bytes(32)
    assert hub.asked[0].statement == DutyStatement(
        bytes(32), anna.asked[0][1], bytes(16), bytes(64)
    )
    assert anna.asked[0][0] == NAME
    assert hub.asked[0].inquiry == LeaseAsked("2292222ZJ")
    assert b"2292222ZJ" not in hub.carried[0]


def test_each_asker_gets_their_own_reply(hub: LinkAndHub, inquiries: Inquiries) -> None:
    def serve() -> None:
        for _ in range(4):
            hub.answer_once(
                lambda question: LeaseGranted(int(question.inquiry.registration_number))  # type: ignore[union-attr]
            )

    server = in_background(serve)
    found: dict[int, object] = {}

    def ask(number: int) -> None:
        found[number] = inquiries.ask(LeaseAsked(str(number)))

    askers = [
        in_background(lambda number=number: ask(number))  # type: ignore[misc]
        for number in range(4)
    ]
    for thread in (*askers, server):
        thread.join()
    assert found == {number: LeaseGranted(number) for number in range(4)}


@pytest.mark.usefixtures("hub")
def test_without_a_connection_nobody_waits(store: Store, inquiries: Inquiries) -> None:
    began = time.monotonic()
    store.note_link(replace(ROW, hub_present=False))
    assert inquiries.ask(StandingAsked("x")) == Trouble("inquiry.hub-away")
    store.note_link(replace(ROW, connected=False))
    assert inquiries.ask(StandingAsked("x")) == Trouble("inquiry.offline")
    assert time.monotonic() - began < 1
    assert store.questions.to_send(now=time.time_ns() // 1_000_000, most=9) == []


def test_without_an_answer_it_ends_in_time(hub: LinkAndHub, inquiries: Inquiries) -> None:
    del hub
    assert inquiries.ask(StandingAsked("x"), seconds=0.2) == Trouble("inquiry.no-answer")


def test_who_walks_away_is_told_at_once(hub: LinkAndHub, inquiries: Inquiries) -> None:
    del hub
    wait = Wait()
    threading.Timer(0.1, lambda: inquiries.abandon(wait)).start()
    began = time.monotonic()
    assert inquiries.ask(StandingAsked("x"), wait=wait) == Trouble("inquiry.abandoned")
    assert time.monotonic() - began < 2


def test_a_reply_of_another_hub_is_not_taken(hub: LinkAndHub, inquiries: Inquiries) -> None:
    hub.keys = HubKeys.generate()
    thread = in_background(lambda: hub.answer_once(lambda _: Done()))
    assert inquiries.ask(StandingAsked("x"), seconds=0.7) == Trouble("inquiry.no-answer")
    thread.join()


def test_a_forged_reply_does_not_end_the_waiting(hub: LinkAndHub, inquiries: Inquiries) -> None:
    true = hub.keys

    def serve() -> None:
        hub.keys = HubKeys.generate()
        hub.answer_once(lambda _: LeaseGranted(1))
        hub.keys = true
        time.sleep(0.1)
        hub.reply(Done(), hub.asked[0])

    thread = in_background(serve)
    assert inquiries.ask(StandingAsked("x")) == Done()
    thread.join()


def test_a_question_that_is_late_is_not_sent(store: Store) -> None:
    questions = store.questions
    assert questions.ask(b"late", now=1000, until=2000) is None
    assert questions.to_send(now=2001, most=9) == []
    assert questions.to_send(now=1500, most=9) == [(1, b"late")]
    assert questions.sent([1]) is None
    assert questions.to_send(now=1500, most=9) == []


def test_replies_that_nobody_reads_do_not_gather(store: Store) -> None:
    for number in range(100):
        assert store.questions.arrived(bytes([number]), now=1000) is None
    found = store.questions.take_replies()
    assert isinstance(found, list)
    assert found == [bytes([number]) for number in range(36, 100)]
    store.questions.arrived(b"old", now=1000)
    store.questions.arrived(b"new", now=1_000_000)
    assert store.questions.take_replies() == [b"new"]
