"""Chip Authentication with chips that have their key, clones that have not, and other trouble."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from hw.apdu.command import Command, Response, read_short_file
from hw.apdu.secure_messaging import SecureMessaging
from hw.apdu.tlv import only
from hw.cards.emrtd.chip_auth import ChipSession, authenticate, choose
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.groups import STANDARDIZED, AnyGroup
from hw.cards.emrtd.pace import PaceSession
from hw.cards.emrtd.pace import authenticate as open_chip
from hw.cards.emrtd.pace import choose as ways_in
from hw.cards.emrtd.security_infos import (
    ChipAuthenticationInfo,
    ChipAuthenticationPublicKeyInfo,
    KeyAgreement,
    SecurityInfos,
    parse,
)
from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.emrtd_chip import EMRTD_NAME, EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite as ChipSuite
from tests.emulated.cards.identity_documents import can_key, chip_key, cie, ecdh_card
from tests.unit.hw.emrtd.scripted import AnsweringLink, ChipLink, drawn

EF_COM = 0x1E
KAT, AT, GENERAL_AUTHENTICATE = (0x22, 0x41A6), (0x22, 0x41A4), (0x86, 0x0000)
P256: AnyGroup = STANDARDIZED[12]
PLAIN_KEY = ChipAuthenticationPublicKeyInfo(
    KeyAgreement.ECDH, STANDARDIZED[12], P256.encode(P256.multiply(99, P256.base)), None
)


def opened(chip: EmrtdChip) -> tuple[ChipLink, SecureMessaging]:
    """The chip after PACE, its application selected."""
    assert chip.document.card_access is not None
    link = ChipLink(chip)
    infos = parse(chip.document.card_access)
    session = open_chip(link, ways_in(infos)[0], can_key(chip), several=True)
    assert isinstance(session, PaceSession)
    messages = SecureMessaging(link, session.cipher)
    answer = messages.exchange(Command(0xA4, 0x04, 0x0C, EMRTD_NAME))
    assert isinstance(answer, Response)
    assert answer.status == 0x9000
    return link, messages


def infos_of(chip: EmrtdChip) -> SecurityInfos:
    return parse(chip.document.data_groups[14])


class Recorder:
    """A link that keeps instruction and P1-P2 of the plain commands."""

    def __init__(self, following: SecureMessaging) -> None:
        self.sent: list[tuple[int, int]] = []
        self._next = following

    def exchange(self, command: Command) -> Response | DeviceTrouble:
        self.sent.append((command.ins, command.p1 << 8 | command.p2))
        return self._next.exchange(command)


CHIPS: dict[str, Callable[[], EmrtdChip]] = {
    "CA DH 3DES": cie,
    "CA ECDH 3DES": lambda: ecdh_card(ChipSuite.TRIPLE_DES, 11),
    "CA ECDH AES-128": ecdh_card,
    "CA ECDH AES-192": lambda: ecdh_card(ChipSuite.AES_192, 14),
    "CA ECDH AES-256": lambda: ecdh_card(ChipSuite.AES_256, 18),
    "CA DH AES-128": lambda: ecdh_card(ChipSuite.AES_128, 2),
    "CA ECDH AES-128, explicit": lambda: ecdh_card(
        chip_keys=(chip_key(ChipSuite.AES_128, 12, explicit=True),)
    ),
    "CA DH 3DES, explicit": lambda: ecdh_card(
        chip_keys=(chip_key(ChipSuite.TRIPLE_DES, 2, explicit=True),)
    ),
    "CA ECDH AES-256, numbered": lambda: ecdh_card(
        chip_keys=(
            chip_key(ChipSuite.TRIPLE_DES, 11, 1, key_id=1),
            chip_key(ChipSuite.AES_256, 13, 2, key_id=2),
            chip_key(ChipSuite.AES_256, 2, 3, key_id=3),
        )
    ),
}


@pytest.mark.parametrize("name", CHIPS)
def test_chip_with_its_key_goes_on_under_new_keys(name: str) -> None:
    chip = CHIPS[name]()
    link, old = opened(chip)
    recorder = Recorder(old)
    session = authenticate(recorder, infos_of(chip))
    assert isinstance(session, ChipSession)
    assert session.info.name == name.split(",", maxsplit=1)[0]
    assert recorder.sent == ([KAT] if "3DES" in name else [AT, GENERAL_AUTHENTICATE])
    answer = SecureMessaging(link, session.cipher).exchange(read_short_file(EF_COM, 0, 4))
    assert isinstance(answer, Response)
    assert answer.data == chip.document.common[:4]
    assert chip.access.authenticated[-1] == "CA"


@pytest.mark.parametrize("name", ["CA DH 3DES", "CA ECDH AES-128"])
def test_clone_without_the_key_cannot_answer(name: str) -> None:
    """It has every file of the true card, its public key too, but not the private one."""
    true = CHIPS[name]()
    key = true.document.chip_keys[0]
    liar = replace(key, secret=key.secret ^ 2, published=key.public)
    clone = EmrtdChip(replace(true.document, chip_keys=(liar,)))
    link, old = opened(clone)
    session = authenticate(old, infos_of(clone))
    assert isinstance(session, ChipSession)
    answer = SecureMessaging(link, session.cipher).exchange(read_short_file(EF_COM, 0, 4))
    assert isinstance(answer, DeviceTrouble)
    assert answer.code == "card.secure-messaging"


def test_chip_without_keys_offers_nothing() -> None:
    assert authenticate(AnsweringLink(), SecurityInfos()) is None
    chip = ecdh_card(chip_keys=())
    assert authenticate(AnsweringLink(), infos_of(chip)) is None


def test_old_form_refused_and_new_one_taken() -> None:
    """Chips with 3DES are known that have the second form only (ICAO 9303-11 clause 8.5)."""
    link = AnsweringLink(
        lambda _: b"\x6d\x00", lambda _: b"\x90\x00", lambda _: b"\x7c\x00\x90\x00"
    )
    infos = SecurityInfos(chip_keys=(PLAIN_KEY,))
    session = authenticate(link, infos)
    assert isinstance(session, ChipSession)
    assert session.info.suite is Suite.TRIPLE_DES
    kat, at, agree = link.commands
    assert at.data.hex() == "800a04007f00070202030201"
    assert kat.data[2:] == agree.data[4:]
    assert kat.data[0] == 0x91
    assert agree.cla == 0x00


@pytest.mark.parametrize(
    "answers",
    [
        ["6982"],
        ["6300"],
        ["6A80", "6A80"],
        ["6A80", "9000", "6300"],
    ],
)
def test_refusals(answers: list[str]) -> None:
    link = AnsweringLink(*[lambda _, one=one: bytes.fromhex(one) for one in answers])
    trouble = authenticate(link, SecurityInfos(chip_keys=(PLAIN_KEY,)))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-refused"
    assert dict(trouble.details)["protocol"] == "CA ECDH 3DES"
    assert len(link.commands) == len(answers)


@pytest.mark.parametrize("answers", [[], ["6D00"], ["6D00", "9000"]])
def test_lost_card(answers: list[str]) -> None:
    removed = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
    link = AnsweringLink(
        *[lambda _, one=one: bytes.fromhex(one) for one in answers], lambda _: removed
    )
    assert authenticate(link, SecurityInfos(chip_keys=(PLAIN_KEY,))) == removed


@pytest.mark.parametrize(
    ("agreement", "parameter", "value", "reason"),
    [
        (KeyAgreement.ECDH, 12, b"\x04" + bytes(64), "point-off-curve"),
        (KeyAgreement.ECDH, 12, b"", "point-form"),
        (KeyAgreement.DH, 2, b"\x01", "dh-value-outside-group"),
        (KeyAgreement.DH, 2, b"\x05", "dh-value-outside-group"),
        (KeyAgreement.DH, 2, b"", "dh-value-size"),
    ],
)
def test_key_outside_its_group_is_never_used(
    agreement: KeyAgreement, parameter: int, value: bytes, reason: str
) -> None:
    key = ChipAuthenticationPublicKeyInfo(agreement, STANDARDIZED[parameter], value, None)
    link = AnsweringLink()
    trouble = authenticate(link, SecurityInfos(chip_keys=(key,)))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-broken"
    assert dict(trouble.details)["reason"] == reason
    assert link.commands == []


@pytest.mark.parametrize("answer", ["", "7D00", "7C05", "7C0080"])
def test_answer_of_no_form(answer: str) -> None:
    info = ChipAuthenticationInfo(b"\x04", KeyAgreement.ECDH, Suite.AES_128, 1, None)
    link = AnsweringLink(lambda _: b"\x90\x00", lambda _: bytes.fromhex(answer) + b"\x90\x00")
    trouble = authenticate(link, SecurityInfos(chip_authentication=(info,), chip_keys=(PLAIN_KEY,)))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "document.chip-proof-broken"


def test_order_of_the_ways_and_what_is_left_out() -> None:
    def info(
        agreement: KeyAgreement, suite: Suite, key_id: int | None = None, version: int = 1
    ) -> ChipAuthenticationInfo:
        return ChipAuthenticationInfo(b"\x04", agreement, suite, version, key_id)

    ec, dh = KeyAgreement.ECDH, KeyAgreement.DH
    dh_key = ChipAuthenticationPublicKeyInfo(dh, STANDARDIZED[2], b"\x04", None)
    keys = (PLAIN_KEY, dh_key)
    best_first = (info(ec, Suite.AES_256), info(ec, Suite.TRIPLE_DES), info(dh, Suite.AES_128))
    others = (info(ec, Suite.AES_256, version=2),)
    found = choose(SecurityInfos(chip_authentication=best_first[::-1] + others, chip_keys=keys))
    assert tuple(way for way, _ in found) == best_first
    assert [key for _, key in found] == [PLAIN_KEY, PLAIN_KEY, dh_key]
    # two keys of a kind, and an info that does not say which
    two = (replace(PLAIN_KEY, key_id=1), replace(PLAIN_KEY, key_id=2))
    assert choose(SecurityInfos(chip_authentication=best_first[:1], chip_keys=two)) == ()
    named = info(ec, Suite.AES_256, 2)
    assert choose(SecurityInfos(chip_authentication=(named,), chip_keys=two)) == ((named, two[1]),)
    unknown = replace(PLAIN_KEY, group=None)
    assert choose(SecurityInfos(chip_authentication=best_first[:1], chip_keys=(unknown,))) == ()


def test_nothing_secret_is_in_a_representation() -> None:
    chip = ecdh_card()
    _, old = opened(chip)
    assert repr(authenticate(old, infos_of(chip))) == "ChipSession(CA ECDH AES-128)"


def test_dh_secret_with_a_leading_zero_is_not_used() -> None:
    group: AnyGroup = STANDARDIZED[0]
    chip_secret = 99
    chip_key = group.multiply(chip_secret, group.base)
    fits = [
        secret
        for secret in range(2, 3000)
        if group.multiply(secret, group.base) >> 1016
    ]  # fmt: skip
    zero_led = next(secret for secret in fits if group.shared(secret, chip_key)[0] == 0)
    other = next(secret for secret in fits if group.shared(secret, chip_key)[0])
    key = ChipAuthenticationPublicKeyInfo(
        KeyAgreement.DH, STANDARDIZED[0], group.encode(chip_key), None
    )
    link = AnsweringLink(lambda _: b"\x90\x00")
    random = drawn(zero_led.to_bytes(20), other.to_bytes(20))
    assert isinstance(authenticate(link, SecurityInfos(chip_keys=(key,)), random), ChipSession)
    sent = only(link.commands[0].data, 0x91)
    assert sent == group.encode(group.multiply(other, group.base))


def test_key_that_is_the_terminals_own_is_refused() -> None:
    key = replace(PLAIN_KEY, value=P256.encode(P256.multiply(7, P256.base)))
    trouble = authenticate(AnsweringLink(), SecurityInfos(chip_keys=(key,)), (7).to_bytes)
    assert isinstance(trouble, DeviceTrouble)
    assert dict(trouble.details)["reason"] == "same-keys"
