"""PACE against chips that behave, chips that refuse and chips that lie."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from hw.apdu.command import Command
from hw.apdu.tlv import encode, find
from hw.cards.emrtd.agreement_commands import dynamic_data
from hw.cards.emrtd.ciphers import Suite
from hw.cards.emrtd.groups import STANDARDIZED, AnyGroup
from hw.cards.emrtd.pace import PaceSession, authenticate, choose
from hw.cards.emrtd.pace_mapping import (
    MappingEvidence,
    mapping_public_key,
    nonce_size,
    pseudo_random,
    verify_mapping,
)
from hw.cards.emrtd.security_infos import (
    ChipAuthenticationPublicKeyInfo,
    KeyAgreement,
    Mapping,
    PaceInfo,
    SecurityInfos,
    parse,
)
from hw.document_readings import CardAccessNumber
from hw.errors import DeviceTrouble, TroubleKind
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_chip import EmrtdChip
from tests.emulated.cards.emrtd_crypto import Suite as ChipSuite
from tests.emulated.cards.emrtd_pace import Numbers
from tests.emulated.cards.emrtd_protocols import Mapping as Mapped
from tests.emulated.cards.emrtd_protocols import PaceOffer
from tests.emulated.cards.identity_documents import (
    cam_card,
    can_key,
    cie,
    cie_8_byte_nonce,
    ecdh_card,
    zone_key,
)
from tests.unit.hw.emrtd.scripted import Answer, AnsweringLink, ChipLink, Twist

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
WRONG = CardAccessNumber("654321")
NONCE, MAPPING, KEY, TOKEN = 2, 3, 4, 5
"""Number of the exchange in which each value comes."""


def infos_of(chip: EmrtdChip) -> SecurityInfos:
    assert chip.document.card_access is not None
    return parse(chip.document.card_access)


def run(
    chip: EmrtdChip,
    *,
    twist: Twist | None = None,
    key: CardAccessNumber | None = None,
    way: int = 0,
    clock: Callable[[], float] = time.monotonic,
) -> PaceSession | DeviceTrouble:
    infos = infos_of(chip)
    return authenticate(
        ChipLink(chip, twist),
        choose(infos)[way],
        key or can_key(chip),
        several=infos.several_pace_parameters,
        clock=clock,
    )


def told(outcome: PaceSession | DeviceTrouble) -> tuple[str, str]:
    """Code and reason (or status word) of a trouble."""
    assert isinstance(outcome, DeviceTrouble)
    details = dict(outcome.details)
    return outcome.code, details.get("reason") or details["status"]


# --- chips that behave


def integrated(suite: ChipSuite, parameter: int) -> EmrtdChip:
    return ecdh_card(suite, parameter, offers=(PaceOffer(suite, parameter, Mapped.INTEGRATED),))


CHIPS: dict[str, Callable[[], EmrtdChip]] = {
    "PACE DH-GM 3DES": cie,
    "PACE DH-GM 3DES, 8 bytes": cie_8_byte_nonce,
    "PACE ECDH-GM AES-128": ecdh_card,
    "PACE ECDH-GM AES-192": lambda: ecdh_card(ChipSuite.AES_192, 14),
    "PACE ECDH-GM AES-256": lambda: ecdh_card(ChipSuite.AES_256, 18),
    "PACE DH-GM AES-128": lambda: ecdh_card(ChipSuite.AES_128, 0),
    "PACE ECDH-CAM AES-128": cam_card,
    "PACE ECDH-CAM AES-192": lambda: cam_card(ChipSuite.AES_192, 16),
    "PACE ECDH-CAM AES-256": lambda: cam_card(ChipSuite.AES_256, 14),
    "PACE ECDH-IM 3DES": lambda: integrated(ChipSuite.TRIPLE_DES, 12),
    "PACE ECDH-IM AES-128": lambda: integrated(ChipSuite.AES_128, 9),
    "PACE ECDH-IM AES-192": lambda: integrated(ChipSuite.AES_192, 16),
    "PACE ECDH-IM AES-256": lambda: integrated(ChipSuite.AES_256, 14),
    "PACE DH-IM 3DES": lambda: integrated(ChipSuite.TRIPLE_DES, 2),
    "PACE DH-IM AES-128": lambda: integrated(ChipSuite.AES_128, 0),
}


@pytest.mark.parametrize("name", CHIPS)
def test_chip_is_opened_by_the_can(name: str) -> None:
    chip = CHIPS[name]()
    session = run(chip)
    assert isinstance(session, PaceSession)
    assert session.info.name == name.split(",", maxsplit=1)[0]
    assert chip.access.session is not None


@pytest.mark.parametrize("name", ["PACE DH-GM 3DES", "PACE ECDH-CAM AES-128"])
def test_chip_is_opened_by_the_zone(name: str) -> None:
    chip = CHIPS[name]()
    infos = infos_of(chip)
    link = ChipLink(chip)
    session = authenticate(link, choose(infos)[0], zone_key(chip), several=True)
    assert isinstance(session, PaceSession)
    assert find(link.commands[0].data, 0x83) == b"\x01"


@pytest.mark.parametrize("several", [True, False])
def test_parameters_are_named_where_there_are_several(*, several: bool) -> None:
    chip = cam_card(manners=Manners(needs_parameter=True))
    link = ChipLink(chip)
    infos = infos_of(chip)
    assert infos.several_pace_parameters
    outcome = authenticate(link, choose(infos)[0], can_key(chip), several=several)
    assert isinstance(outcome, PaceSession)
    named = [find(command.data, 0x84) for command in link.commands[:2]]
    assert named == ([b"\x0c", None] if several else [None, b"\x0c"])


def test_values_of_a_curve_travel_in_short_commands_and_those_of_2048_bits_in_long_ones() -> None:
    for chip, formats in ((ecdh_card(), [True] * 5), (cie(), [True, True, False, False, True])):
        link = ChipLink(chip)
        authenticate(link, choose(infos_of(chip))[0], can_key(chip), several=False)
        assert [command.fits_short for command in link.commands] == formats
        assert [command.cla for command in link.commands] == [0x00, 0x10, 0x10, 0x10, 0x00]


def test_nothing_secret_is_in_a_representation() -> None:
    session = run(cam_card())
    assert isinstance(session, PaceSession)
    assert repr(session) == "PaceSession(PACE ECDH-CAM AES-128)"
    assert repr(session.mapping_evidence) == "MappingEvidence(PACE ECDH-CAM AES-128)"


# --- the chip's own key with Chip Authentication Mapping


def evidence_of(chip: EmrtdChip) -> tuple[MappingEvidence, ChipAuthenticationPublicKeyInfo]:
    session = run(chip)
    assert isinstance(session, PaceSession)
    assert session.mapping_evidence is not None
    infos = parse(chip.document.data_groups[14])
    key = mapping_public_key(infos, session.info)
    assert key is not None
    return session.mapping_evidence, key


@pytest.mark.parametrize("name", [name for name in CHIPS if "CAM" in name])
def test_true_chip_proves_its_key(name: str) -> None:
    assert verify_mapping(*evidence_of(CHIPS[name]()))


def test_other_key_and_other_evidence_are_refuted() -> None:
    evidence, key = evidence_of(cam_card())
    group: AnyGroup = STANDARDIZED[12]
    other = group.encode(group.multiply(4711, group.base))
    assert not verify_mapping(evidence, replace(key, value=other))
    assert not verify_mapping(replace(evidence, data=evidence.data + 1), key)
    assert not verify_mapping(replace(evidence, mapping_key=other), key)
    assert not verify_mapping(evidence, replace(key, value=key.value[:-1] + b"\x00"))
    assert not verify_mapping(evidence, replace(key, group=STANDARDIZED[13]))
    assert not verify_mapping(evidence, replace(key, group=None))


def test_key_of_the_mapping_is_the_one_with_the_parameters_number() -> None:
    _, key = evidence_of(cam_card())
    chip = cam_card()
    info = choose(infos_of(chip))[0]
    named, unnamed = replace(key, key_id=12), replace(key, key_id=None)
    other = replace(key, key_id=3)
    assert mapping_public_key(SecurityInfos(chip_keys=(other, named)), info) == named
    assert mapping_public_key(SecurityInfos(chip_keys=(unnamed,)), info) == unnamed
    assert mapping_public_key(SecurityInfos(chip_keys=(other,)), info) is None
    assert mapping_public_key(SecurityInfos(chip_keys=(unnamed, unnamed)), info) is None
    elsewhere = replace(named, group=STANDARDIZED[13])
    assert mapping_public_key(SecurityInfos(chip_keys=(elsewhere,)), info) is None


# --- wrong passwords, told apart from everything else


@pytest.mark.parametrize("name", CHIPS)
def test_wrong_can_is_told_and_the_right_one_opens_then(name: str) -> None:
    chip = CHIPS[name]()
    outcome = run(chip, key=WRONG)
    assert told(outcome) == ("document.wrong-key", "AUTHENTICATION_FAILED 6300")
    assert isinstance(run(chip), PaceSession)


@pytest.mark.parametrize("status", ["6300", "6301", "6A80", "6982", "6985", "6988"])
def test_ways_of_refusing_a_token(status: str) -> None:
    outcome = run(ecdh_card(manners=Manners(wrong_key=bytes.fromhex(status))), key=WRONG)
    assert told(outcome)[0] == "document.wrong-key"


def test_tries_are_told_and_the_last_one_is_not_spent() -> None:
    chip = ecdh_card(manners=Manners(tries=3))
    outcomes = [run(chip, key=WRONG) for _ in range(3)]
    assert [told(outcome)[0] for outcome in outcomes] == [
        "document.wrong-key",
        "document.wrong-key",
        "document.key-suspended",
    ]
    first = outcomes[0]
    assert isinstance(first, DeviceTrouble)
    assert dict(first.details)["tries"] == "2"


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("63C0", "document.key-blocked"),
        ("63C1", "document.key-suspended"),
        ("6983", "document.key-blocked"),
        ("6984", "document.key-blocked"),
        ("6A80", "document.access-refused"),
        ("6A88", "document.access-refused"),
        ("6D00", "document.access-refused"),
    ],
)
def test_refusals_at_the_beginning(status: str, code: str) -> None:
    info = choose(infos_of(ecdh_card()))[0]
    # Twice: some of these words may mean that the parameters must be named.
    link = AnsweringLink(*[lambda _: bytes.fromhex(status)] * 2)
    outcome = authenticate(link, info, WRONG, several=False)
    assert told(outcome)[0] == code


def test_slow_chip_is_measured() -> None:
    now = iter(range(0, 100, 3))
    outcome = run(ecdh_card(), key=WRONG, clock=lambda: float(next(now)))
    assert isinstance(outcome, DeviceTrouble)
    assert dict(outcome.details)["milliseconds"] == "3000"


@pytest.mark.parametrize("number", [1, NONCE, MAPPING, KEY, TOKEN])
def test_lost_card_is_no_wrong_key(number: int) -> None:
    def twist(at: int, _: Command, answer: bytes) -> Answer:
        return REMOVED if at == number else answer

    assert run(cie(), twist=twist, key=WRONG) == REMOVED


@pytest.mark.parametrize("number", [NONCE, MAPPING, KEY])
def test_refusal_before_the_token_is_no_wrong_key(number: int) -> None:
    def twist(at: int, _: Command, answer: bytes) -> Answer:
        return b"\x63\x00" if at == number else answer

    assert told(run(ecdh_card(), twist=twist))[0] == "document.access-refused"


# --- chips that lie


def altered(number: int, tag: int, change: Callable[[Command, bytes], bytes]) -> Twist:
    """Puts another value into one data object of one answer."""

    def twist(at: int, command: Command, answer: bytes) -> Answer:
        if at != number:
            return answer
        found = dynamic_data(answer[:-2])
        found[tag] = change(command, found[tag])
        value = b"".join(encode(one, content) for one, content in found.items())
        return encode(0x7C, value) + b"\x90\x00"

    return twist


def sent(command: Command, _: bytes) -> bytes:
    """What the terminal itself has just sent."""
    return next(iter(dynamic_data(command.data).values()))


P256: AnyGroup = STANDARDIZED[12]
MODP: AnyGroup = STANDARDIZED[2]
BRAINPOOL: AnyGroup = STANDARDIZED[13]
OFF_CURVE = P256.encode(P256.base)[:-1] + b"\x00"


@pytest.mark.parametrize(("number", "tag"), [(MAPPING, 0x82), (KEY, 0x84)])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (OFF_CURVE, "point-off-curve"),
        (b"\x00", "point-form"),
        (b"", "point-form"),
        (b"\x04" + bytes(64), "point-off-curve"),
        (b"\x04" + b"\xff" * 64, "point-off-curve"),
        (b"\x02" + OFF_CURVE[1:33], "point-form"),
        (b"\x04" + bytes(60_000), "point-form"),
        (BRAINPOOL.encode(BRAINPOOL.base), "point-off-curve"),
    ],
)
def test_points_that_are_none(number: int, tag: int, value: bytes, reason: str) -> None:
    twist = altered(number, tag, lambda *_: value)
    chip = ecdh_card(ChipSuite.AES_128, 12)
    assert told(run(chip, twist=twist)) == ("document.pace-broken", reason)


@pytest.mark.parametrize(("number", "tag"), [(MAPPING, 0x82), (KEY, 0x84)])
@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"", "dh-value-size"),
        (bytes(257), "dh-value-size"),
        (bytes(256), "dh-value-outside-group"),
        (b"\x01", "dh-value-outside-group"),
        (b"\x02", "dh-value-outside-group"),
        ((MODP.p - 1).to_bytes(256), "dh-value-outside-group"),
        (MODP.p.to_bytes(256), "dh-value-outside-group"),
        ((MODP.p - MODP.base).to_bytes(256), "dh-value-outside-group"),
        (pow(2, MODP.order, MODP.p).to_bytes(256), "dh-value-outside-group"),
    ],
)
def test_dh_values_outside_the_subgroup(number: int, tag: int, value: bytes, reason: str) -> None:
    twist = altered(number, tag, lambda *_: value)
    assert told(run(cie(), twist=twist)) == ("document.pace-broken", reason)


@pytest.mark.parametrize(("number", "tag"), [(MAPPING, 0x82), (KEY, 0x84)])
@pytest.mark.parametrize("name", ["PACE ECDH-GM AES-128", "PACE DH-GM 3DES"])
def test_own_key_sent_back_is_refused(name: str, number: int, tag: int) -> None:
    outcome = run(CHIPS[name](), twist=altered(number, tag, sent))
    assert told(outcome) == ("document.pace-broken", "same-keys")


@pytest.mark.parametrize("size", [0, 7, 8, 15, 24, 80])
def test_nonces_of_no_size(size: int) -> None:
    twist = altered(NONCE, 0x80, lambda *_: bytes(size))
    assert told(run(ecdh_card(), twist=twist)) == ("document.pace-broken", "nonce-size")


def test_nonce_of_zero_is_a_nonce() -> None:
    """Its generator is the shared element alone; the chip has another, so the token fails."""
    key_pi = Suite.AES_128.derive(b"123456", 3)
    encrypted = Suite.AES_128.encrypt(key_pi, bytes(16))
    outcome = run(ecdh_card(), twist=altered(NONCE, 0x80, lambda *_: encrypted))
    assert told(outcome)[0] == "document.wrong-key"


@pytest.mark.parametrize(
    "change",
    [
        sent,
        lambda _, value: value[:-1],
        lambda _, value: value + b"\x00",
        lambda _, value: bytes((value[0] ^ 1,)) + value[1:],
        lambda *_: b"",
    ],
)
def test_chip_that_does_not_know_the_password_is_refused(
    change: Callable[[Command, bytes], bytes],
) -> None:
    outcome = run(ecdh_card(), twist=altered(TOKEN, 0x86, change))
    assert told(outcome) == ("document.pace-broken", "wrong-token")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda _, value: value[:-16], "chip-authentication-data-size"),
        (lambda _, value: value + bytes(16), "chip-authentication-data-size"),
        (lambda *_: bytes(60_000), "chip-authentication-data-size"),
    ],
)
def test_chip_authentication_data_of_no_size(
    change: Callable[[Command, bytes], bytes], reason: str
) -> None:
    outcome = run(cam_card(), twist=altered(TOKEN, 0x8A, change))
    assert told(outcome) == ("document.pace-broken", reason)


def test_chip_authentication_data_that_is_noise() -> None:
    outcome = run(cam_card(), twist=altered(TOKEN, 0x8A, lambda _, value: bytes(len(value))))
    assert told(outcome)[0] == "document.pace-broken"


@pytest.mark.parametrize("number", [NONCE, MAPPING, KEY, TOKEN])
@pytest.mark.parametrize(
    "answer",
    ["", "7C00", "7C0280", "7C028000", "7D0080", "7C80", "7C84FFFFFFFF", "30007C00", "00", "8000"],
)
@pytest.mark.parametrize("name", ["PACE ECDH-GM AES-128", "PACE DH-GM 3DES"])
def test_answers_of_no_form(name: str, number: int, answer: str) -> None:
    def twist(at: int, _: Command, true: bytes) -> Answer:
        return bytes.fromhex(answer) + b"\x90\x00" if at == number else true

    outcome = run(CHIPS[name](), twist=twist)
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "document.pace-broken"


# --- two readings of the standard for a leading zero


def stripped_secret(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Makes the first shared secret look as if it began with a zero byte; all of them are kept."""
    found: list[bytes] = []
    true = type(MODP).shared

    def shared(group: AnyGroup, secret: int, element: int) -> bytes:
        value = true(group, secret, element)
        found.append(value)
        return b"\x00" + value[1:] if len(found) == 1 else value

    monkeypatch.setattr(type(MODP), "shared", shared)
    return found


def test_refusal_that_may_come_of_a_leading_zero_is_tried_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = stripped_secret(monkeypatch)
    assert isinstance(run(cie()), PaceSession)
    assert len(found) == 2


def test_it_is_tried_once_more_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stripped_secret(monkeypatch)
    assert told(run(cie(), key=WRONG))[0] == "document.wrong-key"
    assert len(found) == 2


def test_chip_that_counts_is_not_asked_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    found = stripped_secret(monkeypatch)
    assert told(run(cie(manners=Manners(tries=5))))[0] == "document.wrong-key"
    assert len(found) == 1


# --- which way is gone


def info(
    agreement: KeyAgreement, mapping: Mapping, suite: Suite, parameter: int, version: int = 2
) -> PaceInfo:
    return PaceInfo(b"\x04", agreement, mapping, suite, version, parameter, STANDARDIZED[parameter])


def test_order_of_the_ways() -> None:
    ec, dh = KeyAgreement.ECDH, KeyAgreement.DH
    best_first = (
        info(ec, Mapping.CHIP_AUTHENTICATION, Suite.AES_128, 12),
        info(ec, Mapping.GENERIC, Suite.AES_256, 13),
        info(ec, Mapping.GENERIC, Suite.AES_128, 13),
        info(ec, Mapping.GENERIC, Suite.TRIPLE_DES, 13),
        info(ec, Mapping.INTEGRATED, Suite.AES_192, 13),
        info(dh, Mapping.INTEGRATED, Suite.AES_128, 2),
        info(dh, Mapping.GENERIC, Suite.AES_128, 2),
        info(dh, Mapping.GENERIC, Suite.TRIPLE_DES, 2),
    )
    for _ in range(5):
        mixed = tuple(sorted(best_first, key=lambda _: secrets.token_bytes(4)))
        assert choose(SecurityInfos(pace=mixed)) == best_first


def test_ways_that_cannot_be_gone() -> None:
    ec = KeyAgreement.ECDH
    refused = (
        info(ec, Mapping.GENERIC, Suite.AES_128, 13, version=1),
        info(ec, Mapping.INTEGRATED, Suite.AES_128, 10),
        info(ec, Mapping.CHIP_AUTHENTICATION, Suite.TRIPLE_DES, 12),
        replace(info(ec, Mapping.GENERIC, Suite.AES_128, 13), group=None),
    )
    assert choose(SecurityInfos(pace=refused)) == ()
    outcome = authenticate(AnsweringLink(), refused[-1], WRONG, several=False)
    assert told(outcome) == ("document.access-refused", "no-group")


# --- the integrated mapping's numbers


@pytest.mark.parametrize(
    ("suite", "size", "blocks"),
    [
        (Suite.TRIPLE_DES, 16, 3),
        (Suite.AES_128, 16, 3),
        (Suite.AES_192, 32, 2),
        (Suite.AES_256, 32, 2),
    ],
)
def test_pseudo_random_number_is_longer_than_the_prime(
    suite: Suite, size: int, blocks: int
) -> None:
    assert nonce_size(suite) == size
    number = pseudo_random(bytes(size), bytes(suite.key_size), suite, 256)
    assert len(number) == size * blocks


@pytest.mark.parametrize("size", [8, 16, 24, 48])
def test_integrated_mapping_takes_nonces_of_one_size_only(size: int) -> None:
    chip = integrated(ChipSuite.AES_256, 13)
    outcome = run(chip, twist=altered(NONCE, 0x80, lambda *_: bytes(size)))
    assert told(outcome) == ("document.pace-broken", "nonce-size")


@pytest.mark.parametrize("short_publics", [True, False])
@pytest.mark.parametrize("short_secret", [True, False])
def test_chips_of_both_readings_are_opened(*, short_publics: bool, short_secret: bool) -> None:
    numbers = Numbers(short_publics=short_publics, short_secret=short_secret)
    manners = Manners(numbers=numbers, zero_led_runs=1)
    chip = ecdh_card(ChipSuite.AES_128, 0, manners=manners, chip_keys=())
    for _ in range(3):
        assert isinstance(run(chip), PaceSession)


@pytest.mark.parametrize(
    "manners",
    [
        Manners(steps_chained=False),
        Manners(always_needs_parameter=True),
        Manners(steps_chained=False, always_needs_parameter=True),
    ],
    ids=["steps not chained", "parameter always needed", "both"],
)
def test_manners_of_cards_in_the_field(manners: Manners) -> None:
    """Seen on passports of three states; each costs an exchange more, and no try."""
    for make in (cie, ecdh_card):
        chip = make(manners=manners)
        infos = parse(chip.document.card_access or b"")
        outcome = authenticate(
            ChipLink(chip), choose(infos)[0], can_key(chip), several=infos.several_pace_parameters
        )
        assert isinstance(outcome, PaceSession)
        assert not any(chip.access.wrong_tries.values())
