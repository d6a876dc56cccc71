"""Revocation asked for online: all three parts of the credentials, and the mailbox (C-003-12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from sync.hub.home.pace import Origin
from sync.hub.home.revoking import Asked
from sync.hub.store.letters import LetterKind
from sync.model.codes import VALID_DAYS, parse_code
from sync.model.credential import OperationKind, State
from sync.model.inquiry import Denied, Done, Ticket
from sync.wire import mail_seal, secret_digest
from tests.unit.hub_home.people import HERE, PASSWORD, PIN, Registry

WRONG_PIN = "11335577"
NAME = "mario.rossi80"


@pytest.fixture
def member(registry: Registry) -> Registry:
    """A person with strong credentials and nothing in progress."""
    registry.book(OperationKind.RIGENERA_PIN, username=NAME)
    registry.conclude(registry.ticket())
    return registry


def ask(
    registry: Registry, username: str = NAME, password: str = PASSWORD, pin: str = PIN
) -> Done | Denied:
    looked = registry.online.look(registry.store, (username, password, pin), HERE, registry.now)
    return settle(registry, looked)


def settle(registry: Registry, asked: Asked | Denied) -> Done | Denied:
    assert not isinstance(asked, Denied)
    with registry.store.transaction():
        return registry.online.settle(registry.store, asked, registry.now)


@pytest.mark.rule("C-003-12")
@pytest.mark.rule("R-003-59")
def test_a_code_goes_by_mail_and_ends_the_credentials(member: Registry) -> None:
    assert ask(member, " Mario.Rossi80 ") == Done()
    person = member.person()
    assert person is not None
    assert person.credential.state is State.ATTIVATO
    assert person.credential.running is not None
    assert person.credential.running.kind is OperationKind.REVOCA
    letter = next(one for one in member.due() if one.kind is LetterKind.REVOCATION_CODE)
    assert letter.mailed_code is not None
    assert letter.operation_id is not None
    code = mail_seal.open_code(
        letter.mailed_code, member.letters_key, operation_of(letter.operation_id)
    )
    assert code is not None
    assert isinstance(parse_code(code.decode()), str)
    shown = member.show(code.decode(), None)
    assert isinstance(shown, Ticket)
    member.conclude(shown)
    assert member.person() is None


@pytest.mark.rule("R-003-1")
@pytest.mark.parametrize(
    ("username", "password", "pin"),
    [
        ("nobody.here", PASSWORD, PIN),
        (NAME, "another password altogether", PIN),
        (NAME, PASSWORD, WRONG_PIN),
        (NAME, PASSWORD, "no pin"),
        ("", "", ""),
    ],
)
def test_two_of_three_are_not_enough_and_the_answer_does_not_say_which(
    member: Registry, username: str, password: str, pin: str
) -> None:
    assert ask(member, username, password, pin) == Denied("codes.wrong", "remedy.begin-again")
    person = member.person()
    assert person is not None
    assert person.credential.running is None


def test_nobodys_mailbox_is_flooded(member: Registry) -> None:
    assert ask(member) == Done()
    person = member.person()
    member.now += 60_000
    assert ask(member) == Done()
    assert member.person() == person
    assert member.letters().count(LetterKind.REVOCATION_CODE) == 1


def test_without_an_address_the_counter_is_the_way(registry: Registry) -> None:
    registry.book(OperationKind.RIGENERA_PIN, username=NAME, email="")
    assert ask(registry) == Denied("revocation.unable", "remedy.go-to-a-counter")


def test_who_has_the_password_cannot_try_every_pin(member: Registry) -> None:
    typed = (NAME, PASSWORD, WRONG_PIN)
    asked = member.online.look(member.store, typed, HERE, member.now)
    assert not isinstance(asked, Denied)
    for number in range(4):
        looked = replace(asked.looked, origin=Origin.address(f"203.0.113.{number}"))
        settle(member, replace(asked, looked=looked))
    denied = ask(member)
    assert isinstance(denied, Denied)
    assert denied.code == "codes.wait"
    member.now += denied.wait_seconds * 1000
    assert ask(member) == Done()


def operation_of(text: str) -> UUID:
    return UUID(hex=text)


def test_the_registry_does_not_wait_while_a_code_is_digested(
    member: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = member.online.look(member.store, (NAME, PASSWORD, PIN), HERE, member.now)

    def never(_: object) -> str:
        raise AssertionError("digested while the registry waits")

    monkeypatch.setattr(secret_digest, "digest", never)
    assert settle(member, asked) == Done()


def test_the_last_day_is_one_in_italy(member: Registry) -> None:
    """Half past eleven in the evening in Greenwich is tomorrow in Rome."""
    late = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)
    member.now = int(late.timestamp() * 1000)
    assert ask(member) == Done()
    person = member.person()
    assert person is not None
    assert person.credential.running is not None
    assert person.credential.running.valid_until == date(2026, 12, 2) + timedelta(VALID_DAYS)
