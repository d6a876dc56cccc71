"""Tries of a PIN as cards tell them, and persons as certificates name them, whatever the bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.cards.card_keys import subject_text
from hw.cards.cns_token import codice_fiscale_of, read_pin_tries
from hw.cards.emrtd import certificates
from hw.document_readings import PinTries
from hw.errors import DeviceTrouble
from tests.emulated.cards.cns_certificates import CnsIssuer, rsa_key
from tests.emulated.cards.cns_chip import (
    ACTALIS_2025,
    ATHENA_2014,
    CONTACTLESS,
    ST_2014,
    CnsChip,
    Generation,
    with_query,
)
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.holder import Holder
from tests.emulated.cards.ts_cns import bank_card, blank_card, identity_card, ts_cns

KEY = rsa_key(1024)


def chip(generation: Generation = ATHENA_2014, tries: int = 3) -> CnsChip:
    return CnsChip(generation, KEY, b"\x30\x00", tries=tries)


def spending(channel: DirectChannel) -> list[bytes]:
    """Commands that could have spent a try."""
    return [each for each in channel.commands if each[1] == 0x20 and len(each) > 4]


@pytest.mark.parametrize("tries", [3, 2, 1])
@pytest.mark.parametrize("generation", [ATHENA_2014, ST_2014, CONTACTLESS], ids=lambda g: g.name)
def test_the_card_tells_how_many_tries_are_left(generation: Generation, tries: int) -> None:
    channel = DirectChannel(chip(generation, tries))
    assert read_pin_tries(channel) == PinTries(left=tries, last=tries == 1, blocked=False)
    assert spending(channel) == []


@pytest.mark.parametrize("status", [b"\x69\x83", b"\x69\x84", b"\x63\xc0"])
def test_a_blocked_card_says_so(status: bytes) -> None:
    channel = DirectChannel(chip(with_query(ATHENA_2014, status)))
    assert read_pin_tries(channel) == PinTries(left=0, last=False, blocked=True)


@pytest.mark.parametrize("status", ["9000", "6700", "6D00", "6300", "6982"])
def test_a_card_may_tell_nothing(status: str) -> None:
    channel = DirectChannel(chip(with_query(ATHENA_2014, bytes.fromhex(status))))
    assert read_pin_tries(channel) == PinTries(left=None, last=False, blocked=False)


def test_a_pin_that_lies_elsewhere_tells_nothing() -> None:
    untold = PinTries(left=None, last=False, blocked=False)
    assert read_pin_tries(DirectChannel(chip(ACTALIS_2025))) == untold


@pytest.mark.parametrize("other", [bank_card, blank_card, identity_card])
def test_other_cards_are_not_asked_for_a_pin(other: object) -> None:
    channel = DirectChannel(other())  # type: ignore[operator]  # all make chips
    outcome = read_pin_tries(channel)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "card.not-health-card"
    assert [each for each in channel.commands if each[1] == 0x20] == []


@pytest.mark.parametrize("number", range(5))
def test_a_card_that_is_pulled_is_told(number: int) -> None:
    outcome = read_pin_tries(DirectChannel(ts_cns(Holder()), pulled_at=number))
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "card.removed"


@given(st.lists(st.binary(max_size=20), max_size=12))
def test_any_answers_give_tries_or_trouble(answers: list[bytes]) -> None:
    left = list(answers)
    card = chip()
    card.overrides = lambda _: left.pop(0) if left else b"\x6d\x00"
    channel = DirectChannel(card)
    outcome = read_pin_tries(channel)
    assert isinstance(outcome, PinTries | DeviceTrouble)
    assert spending(channel) == []


@pytest.mark.parametrize(
    ("common_name", "expected"),
    [
        ("RSSMRA80A01H501U/6030012345678901.abc=", "RSSMRA80A01H501U"),
        ("rssmra80a01h501u/6030012345678901.abc=", "RSSMRA80A01H501U"),
        ("RSSMRA80A01H501U", "RSSMRA80A01H501U"),
        ("RSSMRAULALMHRLMU/1", "RSSMRAULALMHRLMU"),
        ("Anna Operatrice", ""),
        ("RSSMRA80A01H501UX/1", ""),
    ],
)
def test_the_codice_fiscale_stands_before_the_slash(common_name: str, expected: str) -> None:
    data = CnsIssuer.make().card_certificate(KEY.public_key(), common_name=common_name)
    assert codice_fiscale_of(certificates.parse(data)) == expected


def test_names_of_a_certificate_are_fit_for_a_screen() -> None:
    holder = Holder(surname="RO\u202eSSI\x07", name="M" * 64)
    data = CnsIssuer.make().card_certificate(KEY.public_key(), holder)
    found = certificates.parse(data)
    assert subject_text(found, "surname") == "ROSSI"
    assert subject_text(found, "given_name") == "M" * 64
    assert subject_text(found, "title") == ""
