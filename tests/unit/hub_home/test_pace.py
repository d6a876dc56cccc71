"""Thieves are slowed, owners get in, and nobody learns from an answer who is registered."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from sync.hub.home import pace
from sync.hub.home.checking import MOST_WAITING, BusyError, Comparer
from sync.hub.home.pace import ADDRESS, MOST_OF_A_CODE, SECRET, STATION, Origin, network
from sync.hub.store import secrets
from sync.model.credential import OperationKind
from sync.model.inquiry import CodesShown, Denied, Ticket
from sync.wire import secret_digest
from tests.unit.hub_home.people import (
    CODE,
    HERE,
    KEY,
    NOW,
    OTHER_CODE,
    PIN,
    Registry,
)
from tests.unit.model.counter_examples import NUMBER
from tests.unit.model.examples import MARTA

WRONG_PIN = "11335577"
ELSEWHERE = Origin.address("198.51.100.1")


def address(number: int) -> Origin:
    return Origin.address(f"203.0.113.{number}")


@pytest.mark.parametrize("one", [STATION, ADDRESS, SECRET])
def test_waits_grow_and_end(one: pace.Pace) -> None:
    waits = [one.wait(failures) for failures in range(one.free + 40)]
    assert waits[: one.free + 1] == [0] * (one.free + 1)
    assert all(sooner <= later for sooner, later in pairwise(waits))
    assert waits[-1] == one.most_seconds


def test_an_address_that_guesses_waits_and_is_let_in_again(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    subject = HERE.subject(KEY)
    with registry.store.transaction():
        for _ in range(ADDRESS.free + 1):
            pace.failed(registry.store, subject, ADDRESS, registry.now)
    denied = registry.show()
    assert denied == Denied("codes.wait", "remedy.begin-again", ADDRESS.first_seconds)
    registry.now += ADDRESS.first_seconds * 1000
    assert isinstance(registry.show(), Ticket)


def test_wrong_codes_count_against_where_they_come_from(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    registry.show(OTHER_CODE)
    registry.show(OTHER_CODE, origin=Origin.station("to-0001"))
    subjects = {row[0] for row in registry.store.rows("SELECT subject FROM attempt")}
    assert subjects == {HERE.subject(KEY), "station:to-0001"}


def test_nobody_without_the_code_can_shut_the_owner_out(registry: Registry) -> None:
    """However many addresses guess at the owner's codice fiscale."""
    registry.book(OperationKind.RISCONTRO_FORTE)
    looked = registry.home.look(registry.store, shown(registry, OTHER_CODE), HERE, registry.now)
    assert not isinstance(looked, Denied)
    with registry.store.transaction():
        for number in range(200):
            registry.home.settle(registry.store, replace(looked, origin=address(number)), NOW)
    assert isinstance(registry.show(origin=ELSEWHERE), Ticket)


def test_who_has_the_code_alone_is_slowed_wherever_they_are(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    for number in range(SECRET.free + 1):
        last = registry.show(CODE, WRONG_PIN, address(number))
    assert last == Denied("codes.wrong", "remedy.begin-again", SECRET.first_seconds)
    owner = registry.show(origin=ELSEWHERE)
    assert owner == Denied("codes.wait", "remedy.begin-again", SECRET.first_seconds)
    registry.now += SECRET.first_seconds * 1000
    assert isinstance(registry.show(origin=ELSEWHERE), Ticket)


def test_a_code_is_spent_before_its_pin_can_be_guessed(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    looked = registry.home.look(
        registry.store, shown(registry, CODE, WRONG_PIN), address(1), registry.now
    )
    assert not isinstance(looked, Denied)
    for number in range(1, MOST_OF_A_CODE + 1):
        registry.now += SECRET.most_seconds * 1000
        with registry.store.transaction():
            told = registry.home.settle(registry.store, looked, registry.now)
        assert isinstance(told, Denied)
        assert told.code == ("codes.spent" if number == MOST_OF_A_CODE else "codes.wrong")
    registry.now += SECRET.most_seconds * 1000
    assert isinstance(registry.show(), Denied)


def test_tries_side_by_side_are_judged_one_after_the_other(registry: Registry) -> None:
    """Looking is slow: many may have looked before the first is judged."""
    registry.book(OperationKind.RISCONTRO_FORTE)
    wrong = registry.home.look(registry.store, shown(registry, CODE, WRONG_PIN), HERE, registry.now)
    right = registry.home.look(registry.store, shown(registry, CODE, PIN), HERE, registry.now)
    assert not isinstance(wrong, Denied)
    assert not isinstance(right, Denied)
    with registry.store.transaction():
        for _ in range(SECRET.free + 1):
            registry.home.settle(registry.store, wrong, registry.now)
        told = registry.home.settle(registry.store, right, registry.now)
    assert isinstance(told, Denied)
    assert told.code == "codes.wait"


def test_answer_and_time_are_the_same_for_who_is_not_registered(registry: Registry) -> None:
    registry.book(OperationKind.RISCONTRO_FORTE)
    with registry.store.transaction():
        running = secrets.running(registry.store, NUMBER)
        assert running is not None
        code, pin = (
            registry.comparer.protect(
                secret_digest.digest(CODE.encode()),
                secrets.of_operation(running.operation_id, name),
            )
            for name in ("code", "pin")
        )
        secrets.keep(registry.store, running.operation_id, code=code, pin=pin)

    def asked(codice_fiscale: str, code: str) -> tuple[Ticket | Denied, float]:
        started = time.perf_counter()
        answer = registry.show(code, WRONG_PIN, codice_fiscale=codice_fiscale)
        return answer, time.perf_counter() - started

    person = registry.person()
    assert person is not None
    known = [asked(person.person.codice_fiscale, OTHER_CODE) for _ in range(3)]
    unknown = [asked(MARTA.codice_fiscale, OTHER_CODE) for _ in range(3)]
    assert {answer for answer, _ in known} == {answer for answer, _ in unknown}
    fastest = [min(seconds for _, seconds in tries) for tries in (known, unknown)]
    assert max(fastest) < 2 * min(fastest)


def test_many_who_look_at_once_are_all_answered() -> None:
    kept, answers = secret_digest.digest(CODE.encode()), []
    looks = [
        threading.Thread(
            target=lambda: answers.append(secret_digest.verify(kept, CODE.encode())), daemon=True
        )
        for _ in range(3)
    ]
    for look in looks:
        look.start()
    for look in looks:
        look.join(30)
    assert answers == [True] * 3


def test_who_comes_when_too_many_wait_is_told_at_once() -> None:
    """The pages have other people to serve with their threads."""
    comparer, held, done = Comparer(KEY), threading.Semaphore(0), threading.Event()

    def hold() -> None:
        with comparer.place():
            held.release()
            done.wait(10)

    many = [threading.Thread(target=hold) for _ in range(secret_digest.AT_ONCE + MOST_WAITING)]
    for one in many:
        one.start()
    for _ in range(secret_digest.AT_ONCE):
        assert held.acquire(timeout=10)
    while len(comparer._turns._waiting) < MOST_WAITING:
        time.sleep(0.001)
    started = time.monotonic()
    with pytest.raises(BusyError), comparer.place():
        pass
    assert time.monotonic() - started < 2
    done.set()
    for one in many:
        one.join(10)


def test_forgotten_after_a_while_and_swept(registry: Registry) -> None:
    with registry.store.transaction():
        for _ in range(5):
            failures, _ = pace.failed(registry.store, "address:x", ADDRESS, NOW)
        assert failures == 5
        later = NOW + 3601 * 1000
        assert pace.failed(registry.store, "address:x", ADDRESS, later) == (1, 0)
        pace.failed(registry.store, "secret:y", SECRET, NOW)
        pace.sweep(registry.store, later + 2 * 24 * 3600 * 1000)
    assert registry.store.rows("SELECT subject FROM attempt") == [("secret:y",)]


@pytest.mark.parametrize(
    ("text", "counted"),
    [
        ("192.0.2.1", "192.0.2.1"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("no address", "unknown"),
    ],
)
def test_networks(text: str, counted: str) -> None:
    assert network(text) == counted


def shown(registry: Registry, code: str, pin: str = PIN) -> CodesShown:
    person = registry.person()
    assert person is not None
    return CodesShown(person.person.codice_fiscale, code, pin)
