"""Exactly once, in the station's order, or visibly refused: message by message."""

from __future__ import annotations

import random
import uuid
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from sync.hub import ingest
from sync.hub.decide import Decider
from sync.hub.store import alarms, chains, registrations, shedding
from sync.hub.store.database import Store, StoreError
from sync.model import operation, registration_number
from sync.model import preregistration as model
from sync.model.errors import Problem
from sync.wire import batch, canonical, envelope, remnant
from sync.wire.batch import Absent
from sync.wire.canonical import Malformed
from sync.wire.envelope import Envelope
from sync.wire.receipt import Accepted, Acknowledgement, Missing, Refused
from sync.wire.sealing import UnsealingKey
from sync.wire.signer import SoftwareSigner
from tests.unit.hub.stations import Bench, Station, codice_fiscale, preregistration


def numbers(store: Store) -> list[str]:
    return [one.number for one in registrations.registrations(store)]


def alarm_codes(store: Store) -> dict[str, int]:
    return {alarm.code: alarm.times for alarm in alarms.alarms(store)}


def outcome(acknowledgement: Acknowledgement, seq: int) -> object:
    return next(answer.outcome for answer in acknowledgement.answers if answer.seq == seq)


def changed(data: bytes, at: int) -> bytes:
    """`data` with one bit of one byte changed."""
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def test_batch_is_stored_entered_and_acknowledged(bench: Bench, station: Station) -> None:
    entered = station.record_many(1, 3)
    acknowledgement = bench.send(station, 1, 3)
    assert (acknowledgement.up_to, acknowledgement.head) == (3, entered[-1].hash)
    assert acknowledgement.trouble is None
    assert [answer.seq for answer in acknowledgement.answers] == [1, 2, 3]
    assert [answer.operation_id for answer in acknowledgement.answers] == [
        one.header.operation_id for one in entered
    ]
    assert all(answer.outcome == Accepted() for answer in acknowledgement.answers)
    assert len(registrations.registrations(bench.store)) == 3
    assert chains.envelopes(bench.store, station.name, 1, 3) == [
        (seq, one.data) for seq, one in enumerate(entered, 1)
    ]


def test_same_batch_twice_is_entered_once_and_answered_alike(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 3)
    first = bench.send(station, 1, 3)
    again = bench.send(station, 1, 3)
    assert again.answers == first.answers
    assert (again.up_to, again.head, again.trouble) == (first.up_to, first.head, None)
    assert again.hub_time > first.hub_time
    assert len(registrations.registrations(bench.store)) == 3
    assert alarm_codes(bench.store) == {}


def test_overlapping_batch_brings_its_new_part_alone(bench: Bench, station: Station) -> None:
    station.record_many(1, 5)
    bench.send(station, 1, 3)
    assert bench.send(station, 2, 5).up_to == 5
    assert len(registrations.registrations(bench.store)) == 5


def test_gap_is_answered_with_the_head_and_is_no_alarm(bench: Bench, station: Station) -> None:
    station.record_many(1, 6)
    bench.send(station, 1, 2)
    acknowledgement = bench.send(station, 4, 6)
    assert (acknowledgement.up_to, acknowledgement.trouble) == (2, ingest.GAP)
    assert acknowledgement.head == station.chain[1].hash
    assert alarm_codes(bench.store) == {}
    assert bench.send(station, 3, 6).up_to == 6


def test_messages_in_any_order_any_number_of_times(bench: Bench, station: Station) -> None:
    station.record_many(1, 12)
    messages = [station.message(first, first + 2) for first in range(1, 11)] * 3
    random.Random(1).shuffle(messages)
    for message in messages:
        bench.take(station, message)
    for first in range(1, 11, 3):
        bench.send(station, first, first + 2)
    bench.settle()
    assert len(registrations.registrations(bench.store)) == 12
    assert alarm_codes(bench.store) == {}
    held = chains.entries(bench.store, station.name, 1, 100)
    assert [entry.hash for entry in held] == [one.hash for one in station.chain]


def test_empty_batch_is_answered_with_where_the_hub_stands(bench: Bench, station: Station) -> None:
    assert bench.take(station, batch.pack([]))[1].head == envelope.genesis(station.name)
    station.record_many(1, 6)
    bench.send(station, 1, 6)
    acknowledgement = bench.take(station, batch.pack([]))[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (6, None)
    assert acknowledgement.head == station.head


def test_few_operations_are_decided_before_they_are_acknowledged(
    bench: Bench, station: Station
) -> None:
    """As they are while people stand at a kiosk."""
    station.record_many(1, ingest.FEW)
    assert len(bench.send(station, 1, ingest.FEW).answers) == ingest.FEW
    assert bench.settle() == []


def test_long_journal_is_stored_first_and_decided_afterwards(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 60)
    for first in (1, 31):
        acknowledgement = bench.send(station, first, first + 29)
        assert (acknowledgement.up_to, acknowledgement.answers) == (first + 29, ())
    assert registrations.registrations(bench.store) == []
    told = bench.settle()
    assert [one.up_to for one in told] == [60, 60]
    assert [answer.seq for one in told for answer in one.answers] == list(range(1, 61))
    assert len(registrations.registrations(bench.store)) == 60


def test_decisions_go_on_after_a_restart(bench: Bench, station: Station) -> None:
    station.record_many(1, 20)
    bench.send(station, 1, 20)
    assert bench.ingest.decide(bench.store, 7) is not None
    bench.restart(bench.store)
    told = bench.settle()
    assert [answer.seq for one in told for answer in one.answers] == list(range(8, 21))
    assert len(registrations.registrations(bench.store)) == 20


def test_station_that_missed_a_decision_asks_and_is_told(bench: Bench, station: Station) -> None:
    station.record_many(1, 30)
    bench.send(station, 1, 30)
    bench.settle()  # and none of it arrives
    acknowledgement = bench.take(station, batch.pack([], known=4))[1]
    assert [answer.seq for answer in acknowledgement.answers] == list(range(5, 31))
    assert bench.take(station, batch.pack([], known=30))[1].answers == ()


def test_answers_have_no_gap_and_an_end(bench: Bench, station: Station) -> None:
    station.record_many(1, 150)
    for first in range(1, 150, 30):
        bench.send(station, first, first + 29)
    bench.ingest.decide(bench.store, 10)
    assert len(bench.take(station, batch.pack([]))[1].answers) == 10
    bench.settle()
    acknowledgement = bench.take(station, batch.pack([]))[1]
    assert [answer.seq for answer in acknowledgement.answers] == list(range(1, 101))
    acknowledgement = bench.take(station, batch.pack([], known=100))[1]
    assert [answer.seq for answer in acknowledgement.answers] == list(range(101, 151))


def test_new_operation_waits_its_turn_behind_a_long_journal(bench: Bench, station: Station) -> None:
    """Decisions keep the station's order: the same person twice must not change places."""
    station.record_many(1, 20)
    station.record(preregistration(1, email="latest@example.org"))
    bench.send(station, 1, 20)
    assert bench.send(station, 21, 21).answers == ()
    bench.settle()
    code = codice_fiscale(1)
    present = registrations.of_people(bench.store, [code])[code]
    assert present.email == "latest@example.org"


def test_stations_take_turns_by_who_has_waited_longest(bench: Bench, station: Station) -> None:
    other = bench.enrolled("kiosk-0002", 18)
    station.record_many(1, 20)
    other.record_many(101, 20)
    bench.send(station, 1, 20)
    bench.send(other, 1, 20)
    told = [one.station for one in bench.settle(most=20)]
    assert told == ["kiosk-0001", "kiosk-0002"]


def test_smaller_batch_after_a_lost_acknowledgement_is_told_everything(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 30)
    bench.send(station, 1, 30)
    bench.settle()
    acknowledgement = bench.send(station, 1, 1)
    assert acknowledgement.up_to == 30
    assert [answer.seq for answer in acknowledgement.answers] == list(range(1, 31))


def test_operation_at_which_the_hub_fails_is_refused_and_blocks_nothing(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A defect of the hub, made here: the rules raise at one person."""
    station.record_many(1, 12)
    apply = model.problems

    def broken(entered: model.Preregistration, *, today: date) -> tuple[Problem, ...]:
        if entered.contacts.email == "persona7@example.org":
            raise ZeroDivisionError
        return apply(entered, today=today)

    monkeypatch.setattr(model, "problems", broken)
    bench.send(station, 1, 12)
    bench.settle()
    answers = chains.answers(bench.store, station.name, 1, 12)
    refused = [(one.seq, one.outcome) for one in answers if one.outcome != Accepted()]
    assert refused == [(7, Refused("operation.failed", None, "remedy.call-assistance"))]
    assert alarm_codes(bench.store) == {"operation.failed": 1}
    assert len(registrations.registrations(bench.store)) == 11


def test_time_of_acknowledgements_never_falls(bench: Bench, station: Station) -> None:
    station.record_many(1, 3)
    times = [bench.send(station, 1, 1).hub_time]
    bench.now -= 10_000_000
    times += [bench.send(station, 1, 1).hub_time, bench.send(station, 2, 3).hub_time]
    bench.restart(bench.store)
    times.append(bench.take(station, b"nonsense")[1].hub_time)
    assert times == sorted(set(times))


@pytest.mark.parametrize(
    "message",
    [
        b"",
        b"nonsense",
        b"\xff" * 1000,
        canonical.encode([1]),
        canonical.encode([2, []]),
        canonical.encode([1, [[0, bytes(32)]]]),
        canonical.encode([1, [b"not an envelope"]]),
        canonical.encode([1, [[1, bytes(32)]] * 2]),
        canonical.encode([1, [[seq, bytes(32)] for seq in range(1, 80)]]),
        b"\x82\x01\x9f\xff",
        b"\x82\x01" + b"\x81" * 5000,
        bytes(batch.MOST_BATCH_BYTES + 1),
    ],
)
def test_malformed_message_changes_nothing_and_is_answered(
    bench: Bench, station: Station, message: bytes
) -> None:
    station.record_many(1, 1)
    bench.send(station, 1, 1)
    acknowledgement = bench.take(station, message)[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (1, ingest.MALFORMED)
    assert alarm_codes(bench.store) == {ingest.MALFORMED: 1}
    assert bench.send(station, 1, 1).trouble is None


def test_any_truncation_changes_nothing(bench: Bench, station: Station) -> None:
    station.record_many(1, 2)
    message = station.message(1, 2)
    for length in range(0, len(message), 97):
        assert bench.take(station, message[:length])[1].up_to == 0
    assert bench.send(station, 1, 2).up_to == 2


def test_any_changed_byte_stores_nothing_that_the_station_did_not_sign(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 3)
    message = station.message(1, 3)
    hashes = [one.hash for one in station.chain]
    for at in range(0, len(message), 61):
        up_to = bench.take(station, changed(message, at))[1].up_to
        held = chains.entries(bench.store, station.name, 1, 3)
        assert [entry.hash for entry in held] == hashes[:up_to]
    assert bench.send(station, 1, 3).up_to == 3
    assert len(registrations.registrations(bench.store)) == 3


def test_unknown_station_is_turned_away_and_noticed(bench: Bench) -> None:
    stranger = Station("kiosk-0666", 66, bench.unsealing.sealing_key)
    stranger.record_many(1, 2)
    ingested, acknowledgement = bench.take(stranger, stranger.message(1, 2))
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, ingest.UNKNOWN_STATION)
    assert acknowledgement.head == envelope.genesis("kiosk-0666")
    assert ingested.alarm
    assert not bench.take(stranger, stranger.message(1, 2))[0].alarm
    assert alarm_codes(bench.store) == {ingest.UNKNOWN_STATION: 2}
    assert registrations.registrations(bench.store) == []


def test_foreign_key_is_refused(bench: Bench, station: Station) -> None:
    thief = replace(station, signer=SoftwareSigner.generate(), chain=[])
    thief.record_many(1, 3)
    acknowledgement = bench.send(thief, 1, 3)
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, ingest.SIGNATURE)
    assert registrations.registrations(bench.store) == []


def test_foreign_key_behind_the_stations_own_name_is_refused(
    bench: Bench, station: Station
) -> None:
    """A forger can write the station's key id into the header, not sign with its key."""
    forger = SoftwareSigner.generate()
    forger.key_id = station.signer.key_id
    forged = station.compose(operation.to_plain(preregistration(1)), signer=forger)
    assert forged.key_id == station.signer.key_id
    acknowledgement = bench.take(station, batch.pack([forged]))[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, ingest.SIGNATURE)


def test_unsigned_is_malformed(bench: Bench, station: Station) -> None:
    whole = station.record(preregistration(1)).data
    unsigned = whole[:-64] + bytes(64)
    acknowledgement = bench.take(station, canonical.encode([1, [unsigned]]))[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, ingest.SIGNATURE)


def test_another_stations_batch_is_not_taken_for_ones_own(bench: Bench, station: Station) -> None:
    other = bench.enrolled("kiosk-0002", 18)
    other.record_many(1, 2)
    acknowledgement = bench.take(station, other.message(1, 2))[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (0, ingest.FOREIGN_STATION)
    assert bench.send(other, 1, 2).up_to == 2


def test_envelope_of_another_station_signed_by_this_one_is_refused(
    bench: Bench, station: Station
) -> None:
    body = operation.to_plain(preregistration(1))
    stolen = station.compose(body, station="kiosk-0002", prev=envelope.genesis("kiosk-0002"))
    assert bench.take(station, batch.pack([stolen]))[1].trouble == ingest.FOREIGN_STATION


def test_replayed_operation_has_no_second_effect(bench: Bench, station: Station) -> None:
    first = station.record(preregistration(1))
    other = bench.enrolled("kiosk-0002", 18)
    other.record(preregistration(2), operation_id=first.header.operation_id)
    bench.send(station, 1, 1)
    acknowledgement = bench.send(other, 1, 1)
    assert acknowledgement.up_to == 1
    refused = outcome(acknowledgement, 1)
    assert isinstance(refused, Refused)
    assert refused.code == "operation.repeated"
    assert len(registrations.registrations(bench.store)) == 1


def test_same_operation_id_twice_in_one_batch_counts_once(bench: Bench, station: Station) -> None:
    same = uuid.uuid4()
    station.record(preregistration(1), operation_id=same)
    station.record(preregistration(2), operation_id=same)
    acknowledgement = bench.send(station, 1, 2)
    assert outcome(acknowledgement, 1) == Accepted()
    assert isinstance(outcome(acknowledgement, 2), Refused)


def test_fork_is_an_alarm_with_evidence_and_stores_nothing(bench: Bench, station: Station) -> None:
    station.record_many(1, 2)
    copy = station.copy()
    station.record(preregistration(3))
    copy.record(preregistration(4))
    copy.record(preregistration(5))
    bench.send(station, 1, 3)
    ingested, acknowledgement = bench.take(copy, copy.message(3, 4))
    assert (acknowledgement.up_to, acknowledgement.head) == (3, station.chain[2].hash)
    assert acknowledgement.trouble == ingest.FORK
    assert ingested.alarm
    assert alarms.forks(bench.store, station.name) == [(3, remnant.leave(copy.chain[2]))]
    assert len(registrations.registrations(bench.store)) == 3


def test_fork_that_only_shows_behind_the_head_is_found_too(bench: Bench, station: Station) -> None:
    station.record_many(1, 1)
    copy = station.copy()
    station.record(preregistration(2))
    copy.record(preregistration(3))
    copy.record(preregistration(4))
    bench.send(station, 1, 2)
    acknowledgement = bench.send(copy, 3, 3)
    assert (acknowledgement.up_to, acknowledgement.trouble) == (2, ingest.FORK)


def test_forged_history_is_not_a_fork(bench: Bench, station: Station) -> None:
    """Only the station's own signature proves a second history: others could accuse it."""
    station.record_many(1, 2)
    bench.send(station, 1, 2)
    liar = replace(station, signer=SoftwareSigner.generate(), chain=station.chain[:1])
    liar.record(preregistration(9))
    assert bench.send(liar, 2, 2).trouble == ingest.SIGNATURE
    assert alarms.forks(bench.store, station.name) == []


def test_good_beginning_of_a_broken_batch_is_kept(bench: Bench, station: Station) -> None:
    station.record_many(1, 4)
    items: list[Envelope] = list(station.chain)
    broken = canonical.encode(
        [
            1,
            [
                items[0].data,
                items[1].data,
                changed(items[2].data, -5 % len(items[2].data)),
                items[3].data,
            ],
        ]
    )
    acknowledgement = bench.take(station, broken)[1]
    assert acknowledgement.up_to == 2
    assert acknowledgement.trouble in {ingest.BROKEN, ingest.SIGNATURE}
    assert bench.send(station, 3, 4).up_to == 4


def test_chain_that_skips_is_not_followed(bench: Bench, station: Station) -> None:
    first = station.record(preregistration(1))
    loose = station.compose(operation.to_plain(preregistration(2)), prev=bytes(32))
    acknowledgement = bench.take(station, batch.pack([first, loose]))[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (1, ingest.BROKEN)


def test_missing_entry_lets_the_chain_go_on_and_is_taken_when_it_comes(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 3)
    first, second, third = station.chain
    acknowledgement = bench.take(station, batch.pack([first, Absent(2, second.hash), third]))[1]
    assert acknowledgement.up_to == 3
    (told,) = bench.settle()
    assert outcome(told, 2) == Missing()
    assert len(registrations.registrations(bench.store)) == 2

    acknowledgement = bench.take(station, batch.pack([second]))[1]
    assert outcome(acknowledgement, 2) == Accepted()
    assert len(registrations.registrations(bench.store)) == 3
    assert outcome(bench.take(station, batch.pack([second]))[1], 2) == Accepted()
    assert len(registrations.registrations(bench.store)) == 3


def test_missing_entry_that_comes_before_its_turn_waits_for_it(
    bench: Bench, station: Station
) -> None:
    station.record_many(1, 3)
    first, second, third = station.chain
    bench.take(station, batch.pack([first, Absent(2, second.hash), third]))
    assert bench.take(station, batch.pack([second]))[1].answers == ()
    (told,) = bench.settle()
    assert [answer.outcome for answer in told.answers] == [Accepted()] * 3


def test_missing_entry_that_comes_while_others_decide_is_decided(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One process has opened the chain with a hole; another takes what was missing meanwhile."""
    station.record_many(1, 7)
    second = station.chain[1]
    bench.take(station, batch.pack([station.chain[0], Absent(2, second.hash), *station.chain[2:]]))
    contents = Decider._contents

    def opened_meanwhile(self: Decider, *what: Any) -> Any:
        opened = contents(self, *what)
        monkeypatch.setattr(Decider, "_contents", contents)
        assert bench.take(station, batch.pack([second]))[0].stored == 1
        return opened

    monkeypatch.setattr(Decider, "_contents", opened_meanwhile)
    (told,) = bench.settle()
    assert [answer.outcome for answer in told.answers] == [Accepted()] * 7
    assert len(registrations.registrations(bench.store)) == 7


def _stored_but_not_decided(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> Envelope:
    """An entry that came late, and whose process did not live to decide on it."""
    station.record_many(1, 4)
    second = station.chain[1]
    bench.take(station, batch.pack([station.chain[0], Absent(2, second.hash), *station.chain[2:]]))
    bench.settle()

    def lost(*_: object) -> None:
        raise StoreError("store.unreachable")

    with monkeypatch.context() as patched:
        patched.setattr(Decider, "decide", lost)
        with pytest.raises(StoreError):
            bench.take(station, batch.pack([second]))
    assert not chains.entries(bench.store, station.name, 2, 2)[0].is_missing
    return second


def test_late_entry_that_nobody_lived_to_decide_is_decided_when_it_is_sent_again(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = _stored_but_not_decided(bench, station, monkeypatch)
    assert outcome(bench.take(station, batch.pack([second]))[1], 2) == Accepted()
    assert len(registrations.registrations(bench.store)) == 4


def test_late_entry_that_nobody_lived_to_decide_is_found(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stored_but_not_decided(bench, station, monkeypatch)
    assert bench.settle() == []  # a sweep was just made
    bench.restart(bench.store)
    (told,) = bench.settle()
    assert [answer.outcome for answer in told.answers] == [Accepted()] * 3  # from there on
    assert len(registrations.registrations(bench.store)) == 4
    assert bench.settle() == []


def test_body_that_another_process_sheds_meanwhile_ends_nothing(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Decided and shed by others, between two questions of this one."""
    station.record_many(1, 7)
    bench.send(station, 1, 7)
    undecided = chains.undecided

    def slow(store: Store, **how: Any) -> chains.Station | None:
        found = undecided(store, **how)
        monkeypatch.setattr(chains, "undecided", undecided)
        mine = bench.ingest
        bench.restart(store)
        bench.settle()
        bench.ingest = mine
        with store.transaction():
            shedding.note_at_once(store, [(station.name, 1)])
            chains.checked(store, station.name, 7)
            shedding.shed(store, station.name, 1, remnant.leave(station.chain[0]), bench.now)
        return found

    monkeypatch.setattr(chains, "undecided", slow)
    assert bench.settle() == []
    assert alarm_codes(bench.store) == {}
    assert len(registrations.registrations(bench.store)) == 7


def test_envelope_of_a_newer_program_keeps_nobody_else_waiting(
    bench: Bench, station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It waits for the newer program; what comes before it in the chain is decided."""
    station.record_many(1, 7)
    bench.send(station, 1, 7)
    parse = envelope.parse

    def older(data: bytes) -> Envelope:
        if data == station.chain[3].data:
            raise Malformed("envelope.format")
        return parse(data)

    monkeypatch.setattr(envelope, "parse", older)
    other = bench.enrolled("kiosk-0002", 18)
    other.record_many(11, 7)
    bench.send(other, 1, 7)
    assert sorted(len(told.answers) for told in bench.settle()) == [3, 7]
    assert alarm_codes(bench.store) == {"operation.failed": 1}
    monkeypatch.setattr(envelope, "parse", parse)
    bench.restart(bench.store)
    assert [len(told.answers) for told in bench.settle()] == [4]


def test_bare_hashes_prove_nothing(bench: Bench, station: Station) -> None:
    station.record_many(1, 2)
    acknowledgement = bench.take(
        station, batch.pack([station.chain[0], Absent(2, station.chain[1].hash)])
    )[1]
    assert (acknowledgement.up_to, acknowledgement.trouble) == (1, ingest.SIGNATURE)
    assert bench.take(station, batch.pack([Absent(1, bytes(32))]))[1].trouble == ingest.BROKEN
    assert alarms.forks(bench.store, station.name) == []


def test_missing_entry_of_another_history_is_a_fork_when_it_comes(
    bench: Bench, station: Station
) -> None:
    """A copied station could hide where it left the chain behind a bare hash."""
    station.record_many(1, 1)
    copy = station.copy()
    bench.send(station, 1, 1)
    station.record(preregistration(2))
    bench.send(station, 2, 2)
    copy.record_many(3, 3)
    hidden, shown = copy.chain[2], copy.chain[3]
    assert bench.take(copy, batch.pack([Absent(3, hidden.hash), shown]))[1].up_to == 4
    acknowledgement = bench.take(copy, batch.pack([hidden]))[1]
    assert acknowledgement.trouble == ingest.FORK
    assert alarms.forks(bench.store, station.name) == [(3, remnant.leave(hidden))]


def _refused(bench: Bench, station: Station, item: Envelope) -> Refused:
    """The entry is stored, the chain goes on, the operation has no effect."""
    station.chain.append(item)
    station.record(preregistration(99))
    acknowledgement = bench.send(station, len(station.chain) - 1, len(station.chain))
    assert acknowledgement.up_to == len(station.chain)
    assert outcome(acknowledgement, len(station.chain)) == Accepted()
    found = outcome(acknowledgement, len(station.chain) - 1)
    assert isinstance(found, Refused)
    assert len(registrations.registrations(bench.store)) == 1
    assert found.remedy
    return found


def test_body_sealed_to_another_key_is_refused_and_kept(bench: Bench, station: Station) -> None:
    item = station.compose({}, sealing_key=UnsealingKey.generate().sealing_key)
    assert _refused(bench, station, item).code == "body.sealing-key"


def test_body_that_cannot_be_opened_is_refused_and_kept(bench: Bench, station: Station) -> None:
    other = UnsealingKey.generate().sealing_key
    other.key_id = bench.unsealing.key_id
    item = station.compose({}, sealing_key=other)
    assert _refused(bench, station, item).code == "body.sealed"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"kind": "revocation"}, "operation.unknown-kind"),
        ({"kind_version": 2}, "operation.unknown-version"),
    ],
)
def test_operation_of_a_newer_station_is_refused_and_kept(
    bench: Bench, station: Station, changes: dict[str, object], code: str
) -> None:
    item = station.compose(operation.to_plain(preregistration(1)), **changes)
    assert _refused(bench, station, item).code == code


def test_text_that_not_every_registry_can_keep_is_refused(bench: Bench, station: Station) -> None:
    plain = operation.to_plain(preregistration(1))
    plain["contacts"]["email"] = "per\0sona@example.org"
    item = station.compose(plain)
    assert _refused(bench, station, item).code == "operation.malformed"
    assert alarm_codes(bench.store) == {}


@pytest.mark.parametrize("body", [1, [], {}, "text", {"person": {}}, [[[[]]]]])
def test_body_that_is_no_operation_is_refused_and_kept(
    bench: Bench, station: Station, body: object
) -> None:
    assert _refused(bench, station, station.compose(body)).code == "operation.malformed"


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (None, "registration-number.empty"),
        ("", "registration-number.empty"),
        ("ABC", "registration-number.length"),
        ("22K222222", "registration-number.check-character"),
        (registration_number.issue(18, 5).text, "registration-number.other-station"),
        (registration_number.issue(17, 5).text.lower(), "operation.not-canonical"),
    ],
)
def test_number_that_the_station_may_not_issue_is_refused(
    bench: Bench, station: Station, number: str | None, code: str
) -> None:
    plain = operation.to_plain(replace(preregistration(1), registration_number=number))
    assert _refused(bench, station, station.compose(plain)).code == code


def test_number_is_never_used_twice(bench: Bench, station: Station) -> None:
    number = station.number()
    station.record(preregistration(1, registration_number=number))
    station.record(preregistration(2, registration_number=number))
    acknowledgement = bench.send(station, 1, 2)
    refused = outcome(acknowledgement, 2)
    assert isinstance(refused, Refused)
    assert refused.code == "registration-number.used"
    station.record(preregistration(3, registration_number=number))
    assert isinstance(outcome(bench.send(station, 3, 3), 3), Refused)
    assert numbers(bench.store) == [number]


def test_number_of_a_refused_operation_is_used_up(bench: Bench, station: Station) -> None:
    """Somebody holds a receipt with it."""
    number = station.number()
    wrong = preregistration(1, registration_number=number, privacy_notice="")
    station.record(wrong)
    station.record(preregistration(2, registration_number=number))
    acknowledgement = bench.send(station, 1, 2)
    refused = [outcome(acknowledgement, seq) for seq in (1, 2)]
    assert [one.code for one in refused if isinstance(one, Refused)] == [
        "privacy.not-accepted",
        "registration-number.used",
    ]


@pytest.mark.rule("R-003-31", "R-003-47")
@pytest.mark.parametrize(
    ("changes", "code", "rule"),
    [
        ({"email": "ufficio@postacertificata.gov.it"}, "email.cec-pac", "R-003-31"),
        ({"privacy_notice": ""}, "privacy.not-accepted", "R-003-47"),
    ],
)
def test_rules_are_applied_again(
    bench: Bench, station: Station, changes: dict[str, str], code: str, rule: str
) -> None:
    station.record(preregistration(1, **changes))
    refused = outcome(bench.send(station, 1, 1), 1)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.rule) == (code, rule)
    assert registrations.registrations(bench.store) == []


def test_flood_of_rubbish_stays_one_row(bench: Bench, station: Station) -> None:
    for attempt in range(50):
        bench.take(station, b"rubbish %d" % attempt)
    assert alarm_codes(bench.store) == {ingest.MALFORMED: 50}


def test_nothing_is_acknowledged_when_the_disk_is_full(bench: Bench, station: Station) -> None:
    station.record_many(1, 30)
    before = chains.station(bench.store, station.name)
    (pages,) = bench.store.rows("PRAGMA page_count")[0]
    bench.store.rows(f"PRAGMA max_page_count={pages + 2}")
    with pytest.raises(StoreError) as full:
        bench.send(station, 1, 30)
    assert full.value.code == "store.full"
    assert chains.station(bench.store, station.name) == before
    assert registrations.registrations(bench.store) == []
    bench.store.rows("PRAGMA max_page_count=1000000")
    assert bench.send(station, 1, 30).up_to == 30
    bench.settle()
    assert len(registrations.registrations(bench.store)) == 30
