"""The outbox's effects over a real store: who is told what, and when a decision counts."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kiosk.flows.outbox import effects as asked
from kiosk.flows.outbox import events as told
from kiosk.flows.outbox.views import Choice, EntryState
from kiosk.runtime.duty import OnDuty, Presence
from kiosk.runtime.outbox import OutboxDesk, OutboxMeans
from sync.edge.clock import uuid7
from sync.edge.inquiries import Trouble
from sync.edge.journal import Recorded, RecordedAct
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model import registration_number
from sync.model.counter import ClosingReason, OutcomeClosing
from sync.model.inquiry import RefusedAsked, RefusedTold
from sync.model.rosters import OperatorEntry, Right
from sync.wire.receipt import Refused
from tests.unit.edge.stations import CODE, Station, make_station, preregistration
from tests.unit.model.counter_examples import EX_NOVO

SESSION = UUID(int=1)
NOON = 1_790_000_000_000


class Signer:
    thumbprint = bytes(range(32))

    def sign(self, _message: bytes) -> bytes:
        return b"signed"


class Duty:
    def __init__(self, rights: frozenset[Right]) -> None:
        entry = OperatorEntry(Signer.thumbprint, "Ada", "Comune", rights, (), date.max)
        self.on_duty: OnDuty | None = OnDuty(entry, Signer.thumbprint, Presence(Signer()))
        self.refuses = ""

    def signer(self) -> Signer:
        return Signer()

    def may_not(self, _act: object, _residence: object) -> str:
        return self.refuses


class Records:
    """The journal of a real store; what a card would sign is recorded as something else."""

    def __init__(self, station: Station, store: Store) -> None:
        self._journal, self._store = station.journal(store), store
        self.acts: list[Any] = []
        self.trouble: StoreTrouble | None = None

    def store(self) -> Store:
        return self._store

    def new_operation_id(self) -> UUID:
        return uuid7(time.time_ns() // 1_000_000)

    def act(self, operation_id: UUID, act: object, _signer: object) -> RecordedAct | StoreTrouble:
        if self.trouble is not None:
            return self.trouble
        self.acts.append(act)
        done = self._journal.record(operation_id, preregistration)
        assert isinstance(done, Recorded)
        return RecordedAct(done.seq, operation_id, done.hash, done.recorded_at, again=False)


class Auditing:
    def __init__(self) -> None:
        self.shown: list[str] = []
        self.refusal = ""

    def note(self, *_: object, **__: object) -> None:
        """Nothing is kept here."""

    def before_showing(self, *_: object, subject: str) -> str:
        self.shown.append(subject)
        return self.refusal


class Bench:
    def __init__(self, station: Station, store: Store, *rights: Right) -> None:
        self.store, self.events = store, list[Any]()
        self.duty = Duty(frozenset(rights or {Right.REGISTER, Right.MANAGE}))
        self.records, self.auditing = Records(station, store), Auditing()
        self.reply: object = Trouble("inquiry.offline")
        self.noted: list[Any] = []
        means: Any = OutboxMeans(
            self.records,  # type: ignore[arg-type]  # stands for the journal
            self,  # type: ignore[arg-type]  # stands for the inquiries
            self.auditing,  # type: ignore[arg-type]  # stands for the trail
            lambda thumbprint: "Ada" if thumbprint == Signer.thumbprint else "",
            CODE,
            lambda act, _when: self.noted.append(act),
            self.events.append,
            lambda: datetime.fromtimestamp(NOON / 1000, tz=UTC),
        )
        self.desk = OutboxDesk(self.duty, means)  # type: ignore[arg-type]  # stands for it
        self.inquiry: Any = None
        for _ in range(3):
            done = station.journal(store).record(self.records.new_operation_id(), preregistration)
            assert isinstance(done, Recorded)
        self.decide(3, {2: Refused("duplicate.person", None, "remedy.compare-registrations")})

    def ask(self, inquiry: object, **_: object) -> object:
        self.inquiry = inquiry
        return self.reply

    def decide(self, up_to: int, outcomes: dict[int, Any]) -> None:
        refusal = self.store.acknowledge(
            up_to, up_to, outcomes, data=b"x", hub_time=NOON + up_to, sent_at=None, received_at=NOON
        )
        assert refusal is None

    def last(self) -> Any:
        return self.events[-1]

    def close(self, reason: ClosingReason = ClosingReason.NOT_NEEDED, **changes: Any) -> None:
        entry = self.store.find(self.refused_id)
        assert entry is not None
        effect = asked.CloseOutcome(
            SESSION,
            2,
            changes.get("operation_id", self.refused_id.hex),
            "preregistration",
            "duplicate.person",
            reason,
            changes.get("done_again", ""),
        )
        self.desk.close(effect)

    @property
    def refused_id(self) -> UUID:
        found = self.store.entries(2, most=1)
        assert not isinstance(found, StoreTrouble)
        return found[0].operation_id


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return make_station(tmp_path / "station")


@pytest.fixture
def store(station: Station) -> Iterator[Store]:
    opened = station.store()
    yield opened
    opened.close()


@pytest.fixture
def bench(station: Station, store: Store) -> Bench:
    return Bench(station, store)


def test_the_list_tells_state_number_and_link(bench: Bench) -> None:
    bench.desk.tell(asked.TellOutbox(SESSION, Choice.TO_DECIDE))
    view = bench.events[-2].view
    (entry,) = view.entries
    assert (entry.seq, entry.state, entry.code) == (2, EntryState.REFUSED, "duplicate.person")
    assert entry.number == registration_number.issue(CODE, 2).text
    assert (entry.is_open, entry.lost) == (True, False)
    assert (view.counts.to_decide, view.counts.waiting, view.counts.recorded) == (1, 0, 3)
    assert (view.link.connected, view.link.code) == (False, "link.stopped")
    assert bench.last() == told.OutboxCounted(view.counts)


def test_who_serves_nobody_is_told_no_number(station: Station, store: Store) -> None:
    bench = Bench(station, store, Right.DEVICES)
    bench.desk.tell(asked.TellOutbox(SESSION, Choice.ALL))
    assert {one.number for one in bench.events[-2].view.entries} == {""}


def test_an_entry_is_found_by_its_number(bench: Bench) -> None:
    number = registration_number.issue(CODE, 3).text
    bench.desk.tell_entry(asked.TellEntry(SESSION, number=number))
    assert bench.last().entry.seq == 3
    for other in (registration_number.issue(CODE, 9).text, registration_number.issue(5, 1).text):
        bench.desk.tell_entry(asked.TellEntry(SESSION, number=other))
        assert bench.last() == told.EntryTold(SESSION, None, "outbox.number-unknown")


def test_a_decision_is_recorded_once_and_told_with_its_name(bench: Bench) -> None:
    bench.close()
    closed = bench.events[-2]
    assert isinstance(closed, told.OutcomeClosed)
    assert closed.entry is not None
    assert closed.entry.state is EntryState.CLOSED
    assert closed.entry.closed is not None
    assert (closed.entry.closed.by, closed.entry.closed.is_known) == ("Ada", False)
    (act,) = bench.records.acts
    assert isinstance(act, OutcomeClosing)
    assert (act.seq, act.reason, act.office) == (2, ClosingReason.NOT_NEEDED, "Comune")
    assert bench.noted == [act]
    bench.close(ClosingReason.MISTAKE)
    assert isinstance(bench.events[-2], told.OutcomeClosed)
    assert len(bench.records.acts) == 1, "it is closed"


def test_a_record_that_fails_leaves_it_open_and_may_be_tried_again(bench: Bench) -> None:
    bench.records.trouble = StoreTrouble("store.full")
    bench.close()
    assert bench.last() == told.OutcomeNotClosed(SESSION, 2, "store.full")
    bench.desk.tell_entry(asked.TellEntry(SESSION, 2))
    assert bench.last().entry.is_open
    bench.records.trouble = None
    bench.close()
    assert bench.events[-2].entry.closed.reason is ClosingReason.NOT_NEEDED


@pytest.mark.parametrize(
    ("code", "spoil"),
    [
        ("operator.card-away", lambda bench: setattr(bench.duty, "on_duty", None)),
        ("operator.no-right", lambda bench: setattr(bench.duty, "refuses", "operator.no-right")),
    ],
)
def test_who_may_not_decides_nothing(bench: Bench, code: str, spoil: Any) -> None:
    spoil(bench)
    bench.close()
    assert bench.last() == told.OutcomeNotClosed(SESSION, 2, code)
    assert bench.records.acts == []


def test_another_entry_than_the_one_seen_is_not_closed(bench: Bench) -> None:
    bench.close(operation_id="0" * 32)
    assert bench.last() == told.OutcomeNotClosed(SESSION, 2, "closing.not-open")


def test_what_was_done_again_is_named(bench: Bench) -> None:
    again = bench.records.new_operation_id()
    bench.close(ClosingReason.DONE_AGAIN, done_again=again.hex)
    (one,) = bench.store.closings.recorded()  # type: ignore[misc]  # the store is whole
    assert one.done_again == again


def test_a_refused_act_is_asked_of_the_hub_and_kept_before_it_is_shown(bench: Bench) -> None:
    effect = asked.AskRefusedAct(SESSION, 2, bench.refused_id.hex)
    bench.desk.ask_refused(effect)
    assert bench.last() == told.RefusedActTold(SESSION, 2, None, "inquiry.offline")
    bench.reply = RefusedTold(EX_NOVO)
    bench.desk.ask_refused(effect)
    assert bench.inquiry == RefusedAsked(2, bench.refused_id.hex)
    assert bench.last() == told.RefusedActTold(SESSION, 2, EX_NOVO)
    assert bench.auditing.shown == [EX_NOVO.registration_number]
    bench.auditing.refusal = "store.full"
    bench.desk.ask_refused(effect)
    assert bench.last() == told.RefusedActTold(SESSION, 2, None, "store.full")
