from __future__ import annotations

import time
from dataclasses import replace
from uuid import UUID

import pytest

from sync.edge.clock import uuid7
from sync.edge.journal import Position, Recorded, RecordedAct
from sync.edge.store import Store
from sync.model import operation
from sync.model.counter import CounterRegistration
from sync.wire import envelope
from sync.wire.envelope import Unsigned
from tests.unit.edge.mirror.material import booking, new_registration, registration
from tests.unit.edge.stations import Station, preregistration
from tests.unit.wire.test_operator_signature import EC, RSA, Card, Key


def new_id() -> UUID:
    return uuid7(time.time_ns() // 1_000_000)


@pytest.mark.parametrize("key", [RSA, EC])
def test_a_clerks_act_is_recorded_under_the_clerks_signature(
    station: Station, store: Store, key: Key
) -> None:
    card = Card(key)
    done = station.journal(store).record_act(new_id(), booking(registration()), card)
    assert isinstance(done, RecordedAct)
    entry = store.find(done.operation_id)
    assert entry is not None
    read = envelope.parse(getattr(entry, "envelope", b""))
    assert read.header.kind == operation.BOOKING
    assert envelope.is_signed_by(read, card.public, station.hub.unsealing)
    plain = envelope.open_body(read, station.hub.unsealing)
    assert operation.from_plain("booking", 1, plain) == booking(registration())


def test_a_registration_at_the_counter_takes_a_number_and_the_clerks_signature(
    station: Station, store: Store
) -> None:
    journal = station.journal(store)

    def compose(position: Position) -> CounterRegistration:
        return replace(new_registration(1), registration_number=position.registration_number)

    first = journal.record(new_id(), compose, Card(RSA))
    second = journal.record(new_id(), preregistration)
    assert isinstance(first, Recorded)
    assert isinstance(second, Recorded)
    assert first.registration_number != second.registration_number
    again = journal.record(first.operation_id, compose, Card(RSA))
    assert isinstance(again, Recorded)
    assert (again.again, again.registration_number) == (True, first.registration_number)


def test_without_the_cards_signature_nothing_is_recorded(station: Station, store: Store) -> None:
    journal = station.journal(store)
    pulled = Card(RSA, refuses="token.removed")
    act = booking(registration())
    assert journal.record_act(new_id(), act, pulled) == Unsigned("token.removed")
    assert journal.record(new_id(), preregistration, pulled) == Unsigned("token.removed")
    head = store.head()
    assert getattr(head, "seq", None) == 0
    assert getattr(head, "counter", None) == 0


def test_what_is_recorded_needs_no_card_to_be_told_again(station: Station, store: Store) -> None:
    journal = station.journal(store)
    operation_id, act = new_id(), booking(registration())
    done = journal.record_act(operation_id, act, Card(RSA))
    again = journal.record_act(operation_id, act, Card(RSA, refuses="token.removed"))
    assert isinstance(done, RecordedAct)
    assert isinstance(again, RecordedAct)
    assert (again.seq, again.again) == (done.seq, True)
