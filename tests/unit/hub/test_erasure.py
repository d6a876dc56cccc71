"""A revocation leaves nothing of the person in any file of the hub (R-003-60)."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from sync.hub import erasure
from sync.hub.home.pace import Origin
from sync.hub.retention import Retention, RetentionRule
from sync.hub.store import acts, letters, people, registrations, secrets
from sync.hub.store.letters import LetterKind
from sync.hub.store.secrets import Login
from sync.model.credential import OperationKind
from sync.model.home import Conclusion
from sync.model.inquiry import CodesShown, Ticket
from sync.model.registration import Part
from sync.texts.acceptance import to_accept
from sync.wire import secret_digest
from sync.wire.receipt import Accepted, Refused
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import (
    HOUR,
    Station,
    codice_fiscale,
    identification,
    preregistration,
)

NAME = b"Provab"


def full_life(counters: Office) -> None:
    """Everything that a person may leave at the hub, and somebody else beside them."""
    here, there = counters.here, counters.there
    here.station.record(preregistration(1))
    here.send()
    here.station.record(identification(1))
    here.send()
    here.station.record(preregistration(1, email="older@example.org"))
    here.send()
    here.register(1)
    here.register(2)
    seen = counters.seen(1)
    at = counters.bench.now
    counters.bench.now += 5 * HOUR
    there.book(seen, OperationKind.REVOCA, at=at + 2 * HOUR)
    here.book(seen, OperationKind.REVOCA, at=at + HOUR)  # overtaken: a dispute, a letter
    now = counters.seen(1)
    here.do(here.edit(now, Part.NOTE, "nota riservata"))
    renewal = uuid.uuid4()
    here.do(here.renewal(now, renewal), operation_id=renewal)
    store = counters.bench.store
    with store.transaction():
        secrets.put_login(
            store, Login(now.number, "provab1", b"p", "la domanda?", b"a", b"n", counters.bench.now)
        )


def settle_bodies(counters: Office) -> None:
    """Checks every signature, then sheds what is due, as the hub does when it is quiet."""
    store = counters.bench.store
    with store.transaction():
        store.run("UPDATE station SET checked_seq = head_seq")
    rule = RetentionRule(3660)
    retention = Retention(rule, counters.bench.ingest, lambda: counters.bench.now)
    for _ in range(100):
        step = retention.step(store)
        if step.pause is None or step.pause > 0:
            return
    raise AssertionError("it does not come to an end")


def everything(path: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(path.parent.glob("registry.db*")))


@pytest.mark.rule("R-003-60")
def test_nothing_of_the_person_is_in_any_file(counters: Office, registry_path: Path) -> None:
    full_life(counters)
    store, now = counters.bench.store, counters.bench.now
    held = counters.held(1)
    numbers = [held.number, *registrations.aliases(store, held.number)]
    bodies = [
        made.sealed[at : at + 16]
        for desk in (counters.here, counters.there)
        for made in desk.station.chain
        for at in range(0, len(made.sealed) - 16, 97)
        if _is_of(counters, desk.station.name, made.header.seq, 1)
    ]
    traces = [
        codice_fiscale(1).encode(),
        NAME,
        b"persona1@example.org",
        b"older@example.org",
        b"YA0000001",
        b"nota riservata",
        b"provab1",
        b"la domanda?",
    ]
    before = everything(registry_path)
    assert all(trace in before for trace in traces)
    bodies = [body for body in bodies if body in before]  # some are split over two pages
    assert len(bodies) > 100
    with store.transaction():
        erasure.erase(store, held, now, lambda: "last@hub.example")
    (letter,) = [one for one in counters.due() if one.registration in numbers]
    assert letter.kind is LetterKind.REVOKED
    with store.transaction():
        letters.sent(store, letter.id, now)
    settle_bodies(counters)
    after = everything(registry_path)
    assert [trace for trace in traces if trace in after] == []
    assert not any(body in after for body in bodies)
    assert codice_fiscale(2).encode() in after, "somebody else's registration stays"
    assert b"persona2@example.org" in after


@pytest.mark.rule("R-003-60")
def test_chain_stays_verifiable_and_the_numbers_are_never_used_again(counters: Office) -> None:
    full_life(counters)
    store = counters.bench.store
    held = counters.held(1)
    with store.transaction():
        erasure.erase(store, held, counters.bench.now, lambda: "last@hub.example")
    settle_bodies(counters)
    for desk in (counters.here, counters.there):
        again = counters.bench.send(desk.station, 1, len(desk.station.chain))
        assert again.trouble is None
        assert again.up_to == len(desk.station.chain)
    assert registrations.by_number(store, held.number) is None
    used = store.rows("SELECT 1 FROM decision WHERE number = ?", held.number)
    assert used == [(1,)]


@pytest.mark.rule("R-003-60")
def test_person_may_register_again_afterwards(counters: Office) -> None:
    full_life(counters)
    store = counters.bench.store
    with store.transaction():
        erasure.erase(store, counters.held(1), counters.bench.now, lambda: "last@hub.example")
    counters.here.register(1)
    assert counters.seen(1).credential.checked_by == "Comune di Torino"


def test_disputes_keep_no_name_and_are_closed(counters: Office) -> None:
    full_life(counters)
    with counters.bench.store.transaction():
        erasure.erase(
            counters.bench.store, counters.held(1), counters.bench.now, lambda: "last@hub.example"
        )
    assert counters.disputes() != []
    for kept in counters.disputes():
        assert (kept.dispute.person, kept.dispute.closed) == ("", True)


def test_identification_of_somebody_who_is_not_deleted_is_kept(counters: Office) -> None:
    counters.here.station.record(identification(1))
    counters.here.send()
    with pytest.raises(Exception, match="kept"), counters.bench.store.transaction():
        counters.bench.store.run("DELETE FROM identification")
    assert len(acts.identifications(counters.bench.store)) == 1


def _is_of(counters: Office, station: str, seq: int, person: int) -> bool:
    return (station, seq) in people.entries(counters.bench.store, codice_fiscale(person))


@pytest.mark.rule("R-003-28", "R-003-59", "R-003-60")
def test_revocation_at_a_kiosk_deletes_the_person_and_its_own_body_too(counters: Office) -> None:
    bench, store = counters.bench, counters.bench.store
    counters.here.register(1)
    seen = counters.seen(1)
    operation_id = uuid.uuid4()
    act = counters.here.booking(seen, OperationKind.REVOCA, operation_id)
    code = "NASDURZVSPY8"
    known = replace(act.secrets, code=secret_digest.digest(code.encode()))
    counters.here.do(replace(act, secrets=known), operation_id=operation_id)
    kiosk = bench.enrolled("kiosk-0001", 17)
    shown = CodesShown(codice_fiscale(1), code, None)
    ticket = bench.home.check_codes(store, shown, Origin.station(kiosk.name), bench.now)
    assert isinstance(ticket, Ticket)
    accepted = to_accept(OperationKind.REVOCA)
    kiosk.record(Conclusion(ticket.ticket, OperationKind.REVOCA, accepted, None, "it"))
    assert bench.send(kiosk, 1, 1).answers[0].outcome == Accepted()
    assert registrations.of_person(store, codice_fiscale(1)) is None
    (letter,) = counters.due()
    assert letter.kind is LetterKind.REVOKED
    assert ("kiosk-0001", 0) in store.rows("SELECT station, since FROM shedding")
    kiosk.record(Conclusion(ticket.ticket, OperationKind.REVOCA, accepted, None, "it"))
    again = bench.send(kiosk, 2, 2).answers[-1].outcome
    assert isinstance(again, Refused), "a ticket is good once"


def _kept(counters: Office, station: Station, seq: int) -> bool:
    """Whether the hub still has the body of an entry."""
    row = counters.bench.store.row(
        "SELECT shed_at FROM entry WHERE station = ? AND seq = ?", station.name, seq
    )
    assert row is not None
    return row[0] is None


@pytest.mark.rule("R-003-60")
def test_what_somebody_chose_with_an_unknown_ticket_is_not_kept(counters: Office) -> None:
    """Nobody could ever have it taken out: nobody can say whose it is."""
    kiosk = counters.bench.enrolled("kiosk-0001", 17)
    accepted = to_accept(OperationKind.REVOCA)
    kiosk.record(Conclusion(bytes(32), OperationKind.REVOCA, accepted, None, "it"))
    assert isinstance(counters.bench.send(kiosk, 1, 1).answers[0].outcome, Refused)
    settle_bodies(counters)
    assert not _kept(counters, kiosk, 1)


@pytest.mark.rule("R-003-60")
def test_a_repeated_operation_leaves_no_body(counters: Office) -> None:
    """Nothing is entered of it, so the person's deletion would not find it."""
    bench = counters.bench
    kiosk, copied = bench.enrolled("kiosk-0001", 17), bench.enrolled("kiosk-0002", 18)
    same = uuid.uuid4()
    for one in (kiosk, copied):
        one.record(identification(1), operation_id=same)
        bench.send(one, 1, 1)
    settle_bodies(counters)
    assert not _kept(counters, copied, 1)


@pytest.mark.rule("R-003-60")
def test_an_operation_at_which_the_hub_fails_is_deleted_with_its_person(
    counters: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench, store = counters.bench, counters.bench.store
    kiosk = bench.enrolled("kiosk-0001", 17)
    with monkeypatch.context() as broken:
        broken.setattr("sync.hub.registry.registration_of", lambda *_, **__: 1 // 0)
        kiosk.record(preregistration(1))
        (answer,) = bench.send(kiosk, 1, 1).answers
    assert isinstance(answer.outcome, Refused)
    assert answer.outcome.code == "operation.failed"
    settle_bodies(counters)
    assert _kept(counters, kiosk, 1), "the defect may be looked at"
    counters.here.register(1)
    with store.transaction():
        erasure.erase(store, counters.held(1), bench.now, lambda: "x@hub.example")
    settle_bodies(counters)
    assert not _kept(counters, kiosk, 1)
