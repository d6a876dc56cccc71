"""What a person decides on an operation that does not stand, and what a refused act held."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sync.hub import refused_acts
from sync.hub.counter import NOT_OPEN
from sync.hub.outcome_commands import outcome_table
from sync.hub.store import closings, disputes, readings
from sync.hub.store.closings import Closing
from sync.hub.store.database import IntegrityError
from sync.model.counter import ClosingReason, CounterRegistration, OutcomeClosing
from sync.model.inquiry import Denied, RefusedAsked, RefusedTold
from sync.model.rosters import Right
from sync.wire import batch
from sync.wire.batch import Absent
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Missing, Outcome, Refused
from tests.unit.hub.counters import Desk, Office
from tests.unit.hub.stations import HOUR
from tests.unit.hub.test_inquiries import Hub

OFFICE = "ASL di Esempio"


@pytest.fixture
def hub(counters: Office, registry_path: Path) -> Iterator[Hub]:
    made = Hub(counters, registry_path)
    yield made
    made.inquiries.stop()
    made.writer.stop()
    made.thread.join(20)


@pytest.fixture
def refused(counters: Office) -> Envelope:
    """A registration of the other office: the same person under another codice fiscale."""
    counters.here.register(1)
    first, twin = counters.here.ex_novo(1), counters.there.ex_novo(2)
    person = replace(first.person, codice_fiscale=twin.person.codice_fiscale)
    outcome = counters.there.do(replace(twin, person=person, document=first.document))
    assert isinstance(outcome, Refused)
    return counters.there.station.chain[-1]


def closing(refused: Envelope, **changes: Any) -> OutcomeClosing:
    header = refused.header
    made = OutcomeClosing(
        header.seq,
        header.operation_id.hex,
        header.kind,
        "duplicate.person",
        ClosingReason.NOT_NEEDED,
        "",
        OFFICE,
    )
    return replace(made, **changes)


def code(outcome: Outcome) -> str:
    return outcome.code if isinstance(outcome, Refused) else ""


def kept(counters: Office) -> list[Closing]:
    return list(closings.closings(counters.bench.store))


def test_it_is_kept_with_who_and_why_and_nothing_else_changes(
    counters: Office, refused: Envelope
) -> None:
    store, desk = counters.bench.store, counters.there
    (open_one,) = closings.still_open(store)
    assert (open_one.station, open_one.kind) == (desk.station.name, "registration")
    before = store.rows("SELECT * FROM decision")
    assert desk.do(closing(refused)) == Accepted()
    (one,) = kept(counters)
    assert (one.station, one.seq, one.by_seq) == ("desk-0002", refused.header.seq, 2)
    assert (one.reason, one.office, one.operator) == ("not-needed", OFFICE, desk.card.thumbprint)
    assert store.rows("SELECT * FROM decision")[: len(before)] == before
    assert closings.still_open(store) == []
    (dispute,) = [one for one in counters.disputes() if one.office == OFFICE]
    assert dispute.dispute.closed, "the office has nothing to set right any more"
    assert disputes.of_acts(store, [one.operation_id])


def test_it_can_neither_be_changed_nor_taken_out(counters: Office, refused: Envelope) -> None:
    counters.there.do(closing(refused))
    store = counters.bench.store
    for statement in ("UPDATE closing SET reason = 'lost'", "DELETE FROM closing"):
        with pytest.raises(IntegrityError), store.transaction():
            store.run(statement)
    assert len(kept(counters)) == 1


def test_a_second_decision_is_kept_beside_the_first(counters: Office, refused: Envelope) -> None:
    counters.there.do(closing(refused))
    assert counters.there.do(closing(refused, reason=ClosingReason.MISTAKE)) == Accepted()
    assert [one.reason for one in kept(counters)] == ["not-needed", "mistake"]


@pytest.mark.parametrize(
    "changes",
    [
        {"operation_id": "0" * 32},
        {"seq": 99},
        {"kind": "readiness"},
        {"seq": 2},  # itself
    ],
)
def test_only_what_was_refused_is_open_and_by_its_own_name(
    counters: Office, refused: Envelope, changes: dict[str, Any]
) -> None:
    assert code(counters.there.do(closing(refused, **changes))) == NOT_OPEN
    assert kept(counters) == []
    (_,) = closings.still_open(counters.bench.store)[:1]


def test_what_stands_is_not_to_be_closed(counters: Office) -> None:
    counters.there.register(1)
    assert code(counters.there.do(closing(counters.there.station.chain[-1]))) == NOT_OPEN


def test_another_station_cannot_close_it(counters: Office, refused: Envelope) -> None:
    act = closing(refused, office="Comune di Torino")
    assert code(counters.here.do(act)) == NOT_OPEN
    assert [one for one in counters.disputes() if one.office == OFFICE and not one.dispute.closed]


def test_who_may_not_do_such_acts_does_not_decide_on_them(
    counters: Office, refused: Envelope
) -> None:
    known = counters.there.known(rights=frozenset({Right.DEVICES}))
    counters.employ(counters.here.known(), known)
    counters.bench.now += HOUR
    assert code(counters.there.do(closing(refused))) == "operator.no-right"
    assert kept(counters) == []


def test_who_looks_after_the_station_gives_up_what_never_came(counters: Office) -> None:
    desk, bench = counters.there, counters.bench
    desk.record(desk.ex_novo(1))
    lost = desk.station.chain[-1]
    known = desk.known(rights=frozenset({Right.DEVICES}))
    counters.employ(counters.here.known(), known)
    bench.now += HOUR
    act = closing(lost, reason=ClosingReason.LOST, code="", kind="registration")
    desk.record(act)
    absent = batch.pack([Absent(1, lost.hash), desk.station.chain[-1]])
    bench.take(desk.station, absent)
    (told,) = bench.settle()
    assert [one.outcome for one in told.answers] == [Missing(), Accepted()]
    (one,) = kept(counters)
    assert (one.seq, one.reason) == (1, "lost")
    assert closings.still_open(bench.store) == []
    # Found after all: it is decided as ever, and the decision stays beside it.
    assert bench.send(desk.station, 1, 1).answers[0].outcome == Refused(
        "operator.no-right", "R-003-55", "remedy.call-assistance"
    )
    assert kept(counters) == [one]


def test_what_was_refused_is_told_without_its_secrets(
    hub: Hub, counters: Office, refused: Envelope
) -> None:
    asked = RefusedAsked(refused.header.seq, refused.header.operation_id.hex)
    told = hub.ask(counters.there, asked)
    assert isinstance(told, RefusedTold)
    assert isinstance(told.act, CounterRegistration)
    assert told.act.person.codice_fiscale == counters.there.ex_novo(2).person.codice_fiscale
    assert (told.act.secrets.pin, told.act.secrets.code) == (None, "")
    (kept_,) = [one for one in readings.readings(counters.bench.store) if one.act == "refused-act"]
    assert (kept_.station, kept_.outcome, kept_.by) == (
        "desk-0002",
        "told",
        counters.there.card.thumbprint.hex(),
    )
    assert kept_.number == told.act.registration_number


def test_who_may_not_enter_it_is_not_told(hub: Hub, counters: Office, refused: Envelope) -> None:
    asked = RefusedAsked(refused.header.seq, refused.header.operation_id.hex)

    def told(desk: Desk, what: RefusedAsked = asked) -> str:
        reply = hub.ask(desk, what)
        assert isinstance(reply, Denied)
        return reply.code

    assert told(counters.here) == NOT_OPEN, "another station has no such entry"
    assert told(counters.there, replace(asked, operation_id="0" * 32)) == NOT_OPEN
    assert told(counters.there, replace(asked, seq=77)) == NOT_OPEN
    other = counters.there.known(office="Altro ente")
    counters.employ(counters.here.known(), other)
    assert told(counters.there) == "operator.other-office"
    manages = counters.there.known(rights=frozenset({Right.MANAGE}))
    counters.employ(counters.here.known(), manages)
    assert told(counters.there) == "operator.no-right", "who registers nobody"


def test_what_is_not_kept_is_said_to_be_gone(hub: Hub, counters: Office, refused: Envelope) -> None:
    counters.there.do(closing(refused))  # nobody is registered: the body goes
    store = counters.bench.store
    from tests.unit.hub.test_refusals import shed  # noqa: PLC0415  a helper of its neighbour

    shed(counters)
    asked = RefusedAsked(refused.header.seq, refused.header.operation_id.hex)
    assert hub.ask(counters.there, asked) == Denied(refused_acts.NOT_KEPT)
    assert closings.kind_of_entry(store, "desk-0002", refused.header.seq) == "registration"


def test_it_stands_also_where_both_come_at_once(counters: Office) -> None:
    """As after a hub was put back to a backup: refused and decided, in one sitting."""
    counters.here.register(1)
    desk, first = counters.there, counters.here.ex_novo(1)
    twin = desk.ex_novo(2)
    person = replace(first.person, codice_fiscale=twin.person.codice_fiscale)
    desk.record(replace(twin, person=person, document=first.document))
    desk.record(closing(desk.station.chain[-1]))
    desk.send_all()
    (one,) = kept(counters)
    assert (one.seq, one.by_seq, one.code) == (1, 2, "duplicate.person")


def test_the_terminal_tells_what_is_open_and_what_was_decided(
    counters: Office, refused: Envelope
) -> None:
    store = counters.bench.store
    told = outcome_table(closings.still_open(store), closings.closings(store))
    assert told.splitlines()[1].split()[:4] == [
        "desk-0002",
        "1",
        "registration",
        "duplicate.person",
    ]
    assert told.endswith("OUTCOMES open=1 decided=0")
    counters.there.do(closing(refused))
    told = outcome_table(closings.still_open(store), closings.closings(store))
    assert "not-needed" in told
    assert OFFICE in told
    assert told.endswith("OUTCOMES open=0 decided=1")
