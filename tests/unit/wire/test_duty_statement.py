"""That an operator is signed in at a station: who can say it, where, and for how long."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sync.wire import canonical, duty_statement
from sync.wire.canonical import Malformed
from sync.wire.duty_statement import AHEAD_MILLISECONDS, LIFE_MILLISECONDS, DutyStatement
from sync.wire.envelope import OPERATOR_PURPOSE, Unsigned
from tests.unit.model.counter_examples import NOON
from tests.unit.wire.test_operator_signature import EC, RSA, Card, Key

STATION = "desk-0001"


def made(card: Card, **changes: object) -> DutyStatement:
    found = duty_statement.make(STATION, card, signed_at=NOON)
    assert isinstance(found, DutyStatement)
    return replace(found, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", [RSA, EC])
def test_a_card_says_it_for_one_station_and_one_moment(key: Key) -> None:
    card = Card(key)
    told = made(card)
    assert told.is_signed_by(card.public, STATION)
    assert duty_statement.from_plain(told.to_plain()) == told
    assert not told.is_signed_by(card.public, "desk-0002")
    for changed in (
        replace(told, signed_at=NOON + 1),
        replace(told, nonce=bytes(16)),
        replace(told, signature=bytes(len(told.signature))),
        replace(told, thumbprint=bytes(32)),
    ):
        assert not changed.is_signed_by(card.public, STATION)
    assert not told.is_signed_by(Card(EC if key is RSA else RSA).public, STATION)
    assert made(card).nonce != told.nonce
    for secret in (told.nonce, told.signature):
        assert repr(secret) not in repr(told)


def test_it_is_taken_for_a_short_while() -> None:
    told = made(Card(EC))
    for now, is_fresh in (
        (NOON, True),
        (NOON + LIFE_MILLISECONDS, True),
        (NOON + LIFE_MILLISECONDS + 1, False),
        (NOON - AHEAD_MILLISECONDS, True),
        (NOON - AHEAD_MILLISECONDS - 1, False),
    ):
        assert told.is_fresh(now) is is_fresh


def test_a_card_that_is_away_says_nothing() -> None:
    card = Card(EC, refuses="token.removed")
    assert duty_statement.make(STATION, card, signed_at=NOON) == Unsigned("token.removed")


def test_what_is_signed_can_be_nothing_else() -> None:
    """An act's message begins with another purpose, a sign-in's challenge is no array."""
    message = canonical.decode(duty_statement.message(STATION, bytes(32), NOON, bytes(16)))
    purpose: str = OPERATOR_PURPOSE
    assert message[0] == duty_statement.PURPOSE
    assert message[0] != purpose


@pytest.mark.parametrize(
    "plain",
    [
        None,
        [],
        bytes(32),
        [bytes(31), 1, bytes(16), bytes(64)],
        [bytes(32), -1, bytes(16), bytes(64)],
        [bytes(32), 1, bytes(15), bytes(64)],
        [bytes(32), 1, bytes(16), bytes(63)],
        [bytes(32), 1, bytes(16), bytes(513)],
        [bytes(32), 1, bytes(16), bytes(64), 0],
    ],
)
def test_what_is_none_is_refused(plain: object) -> None:
    with pytest.raises(Malformed):
        duty_statement.from_plain(plain)
