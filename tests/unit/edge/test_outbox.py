from __future__ import annotations

import time

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.outbox import (
    Choice,
    Counts,
    Outbox,
    OutboxEntry,
    OutboxPage,
    OutboxState,
    ReleasedBy,
    WhoCanAct,
    Why,
)
from sync.edge.store import LinkRow, Store
from sync.edge.wakeup import Role, WakeUp
from sync.wire.receipt import Accepted, Missing, Outcome, Refused
from tests.unit.edge.stations import Station, preregistration

NOW = 1_790_000_000_000


def record(station: Station, store: Store, count: int) -> list[Recorded]:
    journal = station.journal(store)
    done = []
    for _ in range(count):
        one = journal.record(uuid7(time.time_ns() // 1_000_000), preregistration)
        assert isinstance(one, Recorded)
        done.append(one)
    return done


def link_says(
    store: Store,
    code: str = "link.up",
    *,
    connected: bool = True,
    hub_present: bool = True,
    in_flight: tuple[int, int] | None = None,
    next_try_at: int | None = None,
) -> None:
    row = LinkRow(
        connected=connected,
        hub_present=hub_present,
        code=code,
        since=NOW,
        heartbeat=NOW,
        next_try_at=next_try_at,
        in_flight=in_flight,
        sent_at=NOW if in_flight else None,
    )
    assert store.note_link(row) is None


def acknowledge(store: Store, up_to: int, decided: int, outcomes: dict[int, Outcome]) -> None:
    refusal = store.acknowledge(
        up_to, decided, outcomes, data=b"x", hub_time=NOW, sent_at=NOW, received_at=NOW + 5
    )
    assert refusal is None


def entries(store: Store) -> list[OutboxEntry]:
    found = Outbox(store).entries()
    assert isinstance(found, tuple)
    return list(found)


def only(store: Store) -> OutboxEntry:
    (entry,) = entries(store)
    return entry


def test_without_a_link_it_waits_for_somebody_to_start_it(station: Station, store: Store) -> None:
    record(station, store, 1)
    link_says(store)  # what a dead link said last counts for nothing
    entry = only(store)
    assert entry.state is OutboxState.WAITING_NETWORK
    assert entry.why == "link.stopped"
    assert entry.released_by == ReleasedBy.LINK_STARTED.value
    assert entry.who_can_act == WhoCanAct.TECHNICIAN.value
    assert entry.next_try_at is None
    assert (entry.sent_at, entry.acknowledged_at, entry.outcome) == (None, None, None)


@pytest.mark.parametrize(
    ("code", "connected", "hub_present", "state", "released_by", "who"),
    [
        ("link.no-network", False, False, "WAITING_NETWORK", "NETWORK", "NOBODY_NEEDED"),
        ("link.connecting", False, False, "WAITING_NETWORK", "NETWORK", "NOBODY_NEEDED"),
        ("link.lost", False, False, "WAITING_NETWORK", "NETWORK", "NOBODY_NEEDED"),
        ("link.tls", False, False, "WAITING_NETWORK", "CERTIFICATE", "TECHNICIAN"),
        ("link.broker-certificate", False, False, "WAITING_NETWORK", "CERTIFICATE", "TECHNICIAN"),
        ("link.refused", False, False, "WAITING_NETWORK", "CERTIFICATE", "CENTRAL_OFFICE"),
        ("link.refused", True, False, "WAITING_HUB", "CERTIFICATE", "CENTRAL_OFFICE"),
        ("link.hub-away", True, False, "WAITING_HUB", "HUB", "CENTRAL_OFFICE"),
        ("link.no-answer", True, True, "WAITING_RETRY", "NEXT_TRY", "NOBODY_NEEDED"),
        ("link.not-enrolled", True, True, "WAITING_HUB", "ENROLMENT", "CENTRAL_OFFICE"),
        ("store.disk", True, True, "WAITING_RETRY", "STORE_MENDED", "TECHNICIAN"),
        ("trust.absent", False, False, "WAITING_RETRY", "STORE_MENDED", "TECHNICIAN"),
    ],
)
def test_every_reason_has_its_answers(
    station: Station,
    store: Store,
    code: str,
    connected: bool,  # noqa: FBT001
    hub_present: bool,  # noqa: FBT001
    state: str,
    released_by: str,
    who: str,
) -> None:
    record(station, store, 1)
    with WakeUp(station.profile.store, Role.LINK):
        link_says(store, code, connected=connected, hub_present=hub_present, next_try_at=NOW + 1000)
        entry = only(store)
    assert entry.state is OutboxState[state]
    assert entry.why == code
    assert entry.released_by == ReleasedBy[released_by].value
    assert entry.who_can_act == WhoCanAct[who].value
    assert entry.next_try_at is not None


def test_a_queue_is_on_its_way_in_turn(station: Station, store: Store) -> None:
    record(station, store, 4)
    acknowledge(store, 2, 1, {1: Accepted()})
    with WakeUp(station.profile.store, Role.LINK):
        link_says(store, in_flight=(3, 3))
        found = entries(store)
    assert [(entry.state, entry.why) for entry in found] == [
        (OutboxState.ACCEPTED, Why.WELL.value),
        (OutboxState.IN_FLIGHT, Why.BEING_DECIDED.value),
        (OutboxState.IN_FLIGHT, Why.ON_ITS_WAY.value),
        (OutboxState.WAITING_HUB, Why.TURN.value),
    ]
    assert found[0].outcome == Accepted()
    assert found[0].acknowledged_at is not None
    assert found[2].sent_at is not None
    assert found[3].sent_at is None


def test_what_needs_a_person_is_found_however_old(station: Station, store: Store) -> None:
    done = record(station, store, 6)
    refused = Refused("email.cec-pac", "R-003-31", "remedy.correct-and-repeat")
    acknowledge(store, 6, 6, {2: refused, 5: Missing()})
    newest = Outbox(store).entries(most=1)
    assert isinstance(newest, tuple)
    assert [entry.seq for entry in newest] == [6]
    waiting = Outbox(store).needing_a_person()
    assert isinstance(waiting, tuple)
    assert [(entry.seq, entry.state) for entry in waiting] == [
        (2, OutboxState.REFUSED),
        (5, OutboxState.QUARANTINED),
    ]
    assert waiting[0].operation_id == done[1].operation_id
    assert waiting[0].who_can_act == WhoCanAct.OPERATOR.value


def test_a_store_at_odds_is_said_of_what_waits(station: Station, store: Store) -> None:
    record(station, store, 2)
    acknowledge(store, 1, 1, {})
    assert store.hold("store.behind-hub", hub_time=NOW + 1) is None
    found = entries(store)
    assert found[0].state is OutboxState.ACCEPTED
    assert (found[1].state, found[1].why) == (OutboxState.WAITING_HUB, "store.behind-hub")
    assert found[1].who_can_act == WhoCanAct.TECHNICIAN.value


def test_a_number_is_looked_up(station: Station, store: Store) -> None:
    done = record(station, store, 3)
    found = Outbox(store).of_registration(2)
    assert isinstance(found, OutboxEntry)
    assert found.operation_id == done[1].operation_id
    assert found.counter == 2
    assert Outbox(store).of_registration(4) is None


def test_texts_are_keys(station: Station, store: Store) -> None:
    assert isinstance(station.journal(store).record(uuid7(0), preregistration), Recorded)
    for kind in (Why, ReleasedBy, WhoCanAct):
        for member in kind:
            assert member.value.startswith("outbox.")


def closed(
    station: Station, store: Store, seq: int, reason: str = "not-needed", *, recorded: bool = True
) -> None:
    """A person's decision, as far as the store goes: any operation will do for the one it is."""
    operation_id = uuid7(time.time_ns() // 1_000_000)
    assert store.closings.intend(operation_id, seq, reason, b"card") is None
    if recorded:
        assert isinstance(station.journal(store).record(operation_id, preregistration), Recorded)


def page(store: Store, choice: Choice) -> list[int]:
    found = Outbox(store).page(choice)
    assert isinstance(found, OutboxPage)
    return [entry.seq for entry in found.entries]


def counts(store: Store) -> Counts:
    found = Outbox(store).page(Choice.ALL)
    assert isinstance(found, OutboxPage)
    return found.counts


def test_pages_tell_what_is_to_decide_what_waits_and_what_was_decided(
    station: Station, store: Store
) -> None:
    record(station, store, 6)
    acknowledge(store, 4, 4, {2: Refused("a.b", None, ""), 3: Refused("c.d", "R-1", "remedy.x")})
    assert page(store, Choice.TO_DECIDE) == [2, 3]
    assert page(store, Choice.WAITING) == [5, 6]
    assert page(store, Choice.ALL) == [6, 5, 4, 3, 2, 1]
    assert counts(store) == Counts(to_decide=2, waiting=2, closed=0, recorded=6)
    closed(station, store, 3)
    assert page(store, Choice.TO_DECIDE) == [2]
    assert page(store, Choice.CLOSED) == [3]
    assert counts(store) == Counts(to_decide=1, waiting=3, closed=1, recorded=7)
    entry = Outbox(store).entry(3)
    assert isinstance(entry, OutboxEntry)
    assert entry.state is OutboxState.REFUSED, "it stays what it is"
    assert not entry.is_open
    assert entry.closed is not None
    assert (entry.closed.reason, entry.closed.operator, entry.closed.is_known) == (
        "not-needed",
        b"card",
        False,
    )
    acknowledge(store, 7, 7, {})
    entry = Outbox(store).entry(3)
    assert isinstance(entry, OutboxEntry)
    assert entry.closed is not None
    assert entry.closed.is_known


def test_a_decision_counts_when_it_is_recorded_and_no_earlier(
    station: Station, store: Store
) -> None:
    record(station, store, 1)
    acknowledge(store, 1, 1, {1: Refused("a.b", None, "")})
    closed(station, store, 1, recorded=False)  # the power went here
    assert page(store, Choice.TO_DECIDE) == [1]
    closed(station, store, 1, "mistake")
    assert page(store, Choice.TO_DECIDE) == []


def test_a_decision_that_the_hub_refused_leaves_the_entry_open(
    station: Station, store: Store
) -> None:
    record(station, store, 1)
    acknowledge(store, 1, 1, {1: Refused("a.b", None, "")})
    closed(station, store, 1)
    acknowledge(store, 2, 2, {2: Refused("operator.no-right", None, "")})
    assert page(store, Choice.TO_DECIDE) == [1, 2]
    closed(station, store, 1)
    closed(station, store, 2)
    assert page(store, Choice.TO_DECIDE) == []


def test_what_is_whole_here_and_missing_there_waits_and_is_not_for_a_person(
    station: Station, store: Store
) -> None:
    record(station, store, 2)
    acknowledge(store, 2, 2, {1: Missing()})
    assert page(store, Choice.TO_DECIDE) == []
    entry = Outbox(store).entry(1)
    assert isinstance(entry, OutboxEntry)
    assert (entry.state, entry.is_open) == (OutboxState.QUARANTINED, False)
    assert Outbox(store).entry(9) is None


def test_a_page_has_an_end_and_says_how_many_there_are(station: Station, store: Store) -> None:
    record(station, store, 5)
    found = Outbox(store).page(Choice.WAITING, most=2)
    assert isinstance(found, OutboxPage)
    assert [entry.seq for entry in found.entries] == [1, 2]
    assert found.counts.of(Choice.WAITING) == 5
    assert [found.counts.of(choice) for choice in Choice] == [0, 5, 0, 5]
