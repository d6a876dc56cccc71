"""The emulated chip keeps its manners, each lawful way and each known unlawful one.

The session's keys are put into the chip: that they come about rightly is shown by the printed
examples and by libeac.
"""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest

from tests.contract.cards.chip_terminal import SELECT, Terminal
from tests.emulated.cards.document import Manners
from tests.emulated.cards.emrtd_apdu import object_of, tlv
from tests.emulated.cards.emrtd_chip import EMRTD_NAME, EmrtdChip
from tests.emulated.cards.emrtd_crypto import SessionKeys, Suite
from tests.emulated.cards.emrtd_groups import standard_group
from tests.emulated.cards.emrtd_protocols import oid_value
from tests.emulated.cards.ias_chip import CIE_NAME, IAS_NAME
from tests.emulated.cards.identity_documents import (
    NIS,
    READY,
    cam_card,
    cie,
    cie_8_byte_nonce,
    ecdh_card,
)


@pytest.mark.parametrize("name", READY)
def test_no_file_of_the_application_is_read_without_a_session(name: str) -> None:
    chip = READY[name]()
    assert chip.answer(SELECT) == b"\x90\x00"
    for short in (0x1E, 0x1D, 1, 2, 3, 11, 14, 15):
        assert chip.answer(bytes([0x00, 0xB0, 0x80 | short, 0x00, 0x08])) == b"\x69\x82"


@pytest.mark.parametrize("name", READY)
def test_a_plain_command_ends_the_session(name: str) -> None:
    chip = READY[name]()
    terminal = Terminal(chip).opened()
    assert terminal.plain("00B08100", expected=4)[1] == "9000"
    assert chip.answer(bytes.fromhex("00B0810004")) == b"\x69\x82"
    assert terminal.send("00B08100", expected=4) == b"\x69\x87"


def test_fingerprints_stay_closed_and_absent_files_are_not_found() -> None:
    chip = cie()
    assert b"\x63" in (object_of(object_of(chip.document.common, 0x60) or b"", 0x5C) or b"")
    terminal = Terminal(chip).opened()
    assert terminal.plain("00B09C00", expected=4)[0] == b"\x42\x0fIT"  # EF.CVCA
    assert terminal.plain("00B08300", expected=4) == (b"", "6982")
    assert terminal.plain("00B08700", expected=4) == (b"", "6a82")


def test_a_chip_without_extended_length_refuses_it_and_takes_a_chain() -> None:
    chip = cie(manners=Manners(extended=False))
    offer = chip.document.offers[0]
    chosen = tlv(0x80, oid_value(offer.oid)) + tlv(0x83, b"\x02")
    assert chip.answer(b"\x00\x22\xc1\xa4" + bytes([len(chosen)]) + chosen) == b"\x90\x00"
    nonce = chip.answer(bytes.fromhex("10860000027C0000"))
    assert nonce[-2:] == b"\x90\x00"
    assert len(nonce) == 2 + 2 + 16 + 2
    data = tlv(0x7C, tlv(0x81, bytes.fromhex("00" * 255 + "02")))
    assert chip.answer(b"\x10\x86\x00\x00\x00" + len(data).to_bytes(2, "big") + data) == b"\x67\x00"
    first = chip.answer(b"\x10\x86\x00\x00\xf0" + data[:240])
    assert first == b"\x90\x00"
    refused = chip.answer(b"\x10\x86\x00\x00" + bytes([len(data) - 240]) + data[240:] + b"\x00")
    assert refused == b"\x6a\x80"  # whole now, and 2 is no element of the subgroup


def test_an_answer_too_long_for_a_short_command_comes_in_parts() -> None:
    """Public values of 256 bytes, on a chip that knows no extended length."""
    chip = cie(manners=Manners(extended=False))
    chosen = tlv(0x80, oid_value(chip.document.offers[0].oid)) + tlv(0x83, b"\x02")
    chip.answer(b"\x00\x22\xc1\xa4" + bytes([len(chosen)]) + chosen)
    chip.answer(bytes.fromhex("10860000027C0000"))
    data = tlv(0x7C, tlv(0x81, standard_group(2).public(12345)))
    assert chip.answer(b"\x10\x86\x00\x00\xf0" + data[:240]) == b"\x90\x00"
    rest = data[240:]
    announced = chip.answer(b"\x10\x86\x00\x00" + bytes([len(rest)]) + rest + b"\x00")
    assert announced == b"\x61\xff"
    first = chip.answer(bytes.fromhex("00C00000FF"))
    assert (len(first), first[-2:]) == (257, b"\x61\x09")
    last = chip.answer(bytes.fromhex("00C0000009"))
    assert last[-2:] == b"\x90\x00"
    assert object_of(first[:-2] + last[:-2], 0x7C) is not None


def test_the_nonce_has_eight_bytes_on_the_other_family() -> None:
    chip = cie_8_byte_nonce()
    chosen = tlv(0x80, oid_value(chip.document.offers[0].oid)) + tlv(0x83, b"\x02")
    chip.answer(b"\x00\x22\xc1\xa4" + bytes([len(chosen)]) + chosen)
    assert len(chip.answer(bytes.fromhex("10860000027C0000"))) == 2 + 2 + 8 + 2


@pytest.mark.parametrize(
    ("suite", "most"), [(Suite.TRIPLE_DES, 231), (Suite.AES_128, 223)], ids=["3DES", "AES"]
)
def test_a_short_answer_holds_what_fits_around_its_objects(suite: Suite, most: int) -> None:
    chip = cie()
    terminal = Terminal(chip, suite).opened()
    data, status = terminal.plain("00B08200", expected=256)
    assert (len(data), status) == (most, "9000")
    assert data == chip.document.data_groups[2][:most]
    data, _ = terminal.plain("00B08200", expected=10_000)
    assert data == chip.document.data_groups[2][:10_000]


@pytest.mark.parametrize(
    ("manners", "expected", "status"),
    [
        (Manners(most_answer=100), 200, "9000"),
        (Manners(most_answer=100, too_much="6700"), 200, "6700"),
        (Manners(most_answer=100, too_much="6Cxx"), 200, "6c64"),
        (Manners(no_full_le=True), 256, "6700"),
        (Manners(short_identifiers=False), 10, "6a86"),
    ],
)
def test_how_too_long_a_read_is_answered(manners: Manners, expected: int, status: str) -> None:
    terminal = Terminal(cie(manners=manners)).opened()
    assert terminal.plain("00B08200", expected=expected)[1] == status


@pytest.mark.parametrize(
    ("manners", "answered"),
    [
        (Manners(), ("6282", 92)),
        (Manners(warns=False), ("9000", 92)),
        (Manners(exact=True), ("6c5c", 0)),
    ],
)
def test_how_a_read_over_the_end_is_answered(manners: Manners, answered: tuple[str, int]) -> None:
    chip = cie(manners=manners)
    assert len(chip.document.data_groups[11]) == 92
    data, status = Terminal(chip).opened().plain("00B08B00", expected=200)
    assert (status, len(data)) == answered


def test_reading_behind_32767_with_the_odd_instruction() -> None:
    chip = cie(groups={2: tlv(0x75, bytes(range(256)) * 160)})
    terminal = Terminal(chip).opened()
    data, status = terminal.plain("00B10002", tlv(0x54, (40_000).to_bytes(2, "big")), 104)
    assert status == "9000"
    assert object_of(data, 0x53) == chip.document.data_groups[2][40_000:40_100]


def test_answers_in_parts_as_with_t_0() -> None:
    chip = cie(manners=Manners(response_chaining=True, chunk=200))
    terminal = Terminal(chip)
    first = terminal.send("00A4040C", EMRTD_NAME)
    assert first[0] == 0x61
    whole = chip.answer(bytes([0x00, 0xC0, 0x00, 0x00, first[1]]))
    terminal.keys.counter += 1
    assert whole[-2:] == b"\x90\x00"
    answer = terminal.send("00B08200", expected=256)
    data = b""
    while answer[-2] == 0x61:
        data += answer[:-2]
        answer = chip.answer(bytes([0x00, 0xC0, 0x00, 0x00, answer[-1]]))
    assert len(data + answer[:-2]) > 256


def wrong_try(chip: EmrtdChip) -> tuple[str, str]:
    """PACE by somebody who does not know the CAN: status of its choice and of its last step."""
    offer, group = chip.document.offers[0], standard_group(13)
    chosen = tlv(0x80, oid_value(offer.oid)) + tlv(0x83, b"\x02")
    first = chip.answer(b"\x00\x22\xc1\xa4" + bytes([len(chosen)]) + chosen).hex()
    last = ""
    for cla, inside in (
        (0x10, b""),
        (0x10, tlv(0x81, group.public(3))),
        (0x10, tlv(0x83, group.public(5))),
        (0x00, tlv(0x85, bytes(8))),
    ):
        data = tlv(0x7C, inside)
        last = chip.answer(bytes([cla, 0x86, 0, 0, len(data)]) + data + b"\x00")[-2:].hex()
    return first, last


def test_wrong_tries_count_down_and_block_and_slow_the_chip() -> None:
    slept: list[float] = []
    made = ecdh_card(manners=Manners(tries=3, delays=(1.0, 5.0)))
    chip = EmrtdChip(made.document, made.manners, sleep=slept.append)
    assert wrong_try(chip) == ("9000", "63c2")
    chip.reset()
    assert wrong_try(chip) == ("63c2", "63c1")
    assert wrong_try(chip) == ("63c1", "63c0")
    assert wrong_try(chip) == ("6983", "6985")
    assert slept == [1.0, 5.0]


def test_a_wrong_try_without_a_count() -> None:
    assert wrong_try(ecdh_card()) == ("9000", "6300")
    assert wrong_try(ecdh_card(manners=Manners(wrong_key=b"\x69\x82"))) == ("9000", "6982")


@pytest.mark.parametrize(
    ("manners", "command", "answer"),
    [
        (Manners(), "00A4020C02011C", "9000"),
        (Manners(select_p2=frozenset({0})), "00A4020C02011C", "6a86"),
        (Manners(select_p2=frozenset({0})), "00A4020002011C00", "9000"),
        (Manners(application_p2=frozenset({0})), SELECT.hex(), "6a86"),
        (Manners(control_information=True), "00A4020002011C00", "6f088002001683" + "02011c9000"),
        (Manners(info_file=False), "00A4020C022F01", "6a82"),
        (Manners(directory=False), "00A4020C022F00", "6a82"),
        (Manners(), "00A4020C02011D", "6a82"),
        (Manners(), "00A4000C023F00", "9000"),
        (Manners(master_selectable=False), "00A4000C023F00", "6985"),
        (Manners(), "00A4020C02011C00", "9000"),
        (Manners(strict_le=True), "00A4020C02011C00", "6700"),
        (Manners(steps_chained=False), "10860000027C0000", "6884"),
        (Manners(), "0C84000008", "6987"),
        (Manners(), "8084000008", "6e00"),
        (Manners(), "00B09C", "6700"),
        (Manners(), "0020008100", "6d00"),
    ],
)
def test_plain_commands_by_manners(manners: Manners, command: str, answer: str) -> None:
    assert cie(manners=manners).answer(bytes.fromhex(command)).hex() == answer


def test_errors_within_a_session() -> None:
    terminal = Terminal(cie()).opened()
    assert terminal.plain("00B08F00", expected=4) == (b"", "6a82")
    assert terminal.plain("00B08100", expected=4)[1] == "9000"
    bare = cie(manners=Manners(bare_errors=True))
    terminal = Terminal(bare).opened()
    assert terminal.send("00B08F00", expected=4) == b"\x6a\x82"
    assert bare.access.session is None
    unlike = Terminal(cie(manners=Manners(outer_status=b"\x61\x00")))
    assert unlike.send("00A4040C", EMRTD_NAME)[-2:] == b"\x61\x00"
    strict = cie(manners=Manners(selects_plain=False))
    Terminal(strict).opened()
    assert strict.answer(SELECT) == b"\x69\x87"


def test_a_parameter_may_be_needed_for_the_only_variant_too() -> None:
    chip = ecdh_card(manners=Manners(always_needs_parameter=True))
    assert wrong_try(chip)[0] == "6a87"


def test_a_select_that_does_nothing() -> None:
    chip = ecdh_card(manners=Manners(empty_selects_master=False))
    card_access = bytes.fromhex("00A4020C02011C")
    assert chip.answer(SELECT) == b"\x90\x00"
    assert chip.answer(bytes.fromhex("00A4000C")) == b"\x90\x00"
    assert chip.answer(card_access) == b"\x69\x82"
    assert chip.answer(bytes.fromhex("00A4000C023F00")) == b"\x90\x00"
    assert chip.answer(card_access) == b"\x90\x00"


def test_a_parameter_is_needed_where_several_variants_are_offered() -> None:
    chip = cam_card()
    offer = chip.document.offers[1]
    chosen = tlv(0x80, oid_value(offer.oid)) + tlv(0x83, b"\x02")
    choose = b"\x00\x22\xc1\xa4"
    assert chip.answer(choose + bytes([len(chosen)]) + chosen) == b"\x6a\x88"
    chosen += tlv(0x84, bytes([offer.parameter]))
    assert chip.answer(choose + bytes([len(chosen)]) + chosen) == b"\x90\x00"


@pytest.mark.parametrize("name", READY)
def test_no_command_breaks_a_chip(name: str) -> None:
    """Whatever comes, a chip answers with a status word; a reader's fault must not look like it."""
    chip, dice = READY[name](), random.Random(7)
    known = (0xA4, 0xB0, 0xB1, 0x22, 0x86, 0x84, 0x82, 0x88, 0xC0)
    for step in range(1500):
        if step % 50 == 0:
            chip.reset()
            if step % 100 == 0:
                chip.access.session = SessionKeys.of(Suite.AES_128, b"agreed")
        data = dice.randbytes(dice.randrange(40))
        if dice.random() < 0.5:
            data = tlv(dice.choice((0x7C, 0x80, 0x87, 0x8E, 0x91)), data)
        head = bytes([dice.choice((0, 0x0C, 0x10)), dice.choice(known), *dice.randbytes(2)])
        tail = dice.choice((b"", bytes([len(data)]) + data, bytes([len(data)]) + data + b"\x00"))
        assert len(chip.answer(head + tail)) >= 2


@pytest.mark.parametrize("make", [cie, cie_8_byte_nonce])
def test_the_service_number_is_read_without_any_password(make: Callable[[], EmrtdChip]) -> None:
    chip = make()
    by_name = chip.document.ias is not None and chip.document.ias.by_name
    entered = chip.answer(b"\x00\xa4\x04\x0c\x0d" + IAS_NAME)
    assert entered == (b"\x90\x00" if by_name else b"\x6a\x82")
    if not by_name:
        assert chip.answer(bytes.fromhex("00A40000")) == b"\x90\x00"
    assert chip.answer(b"\x00\xa4\x04\x0c\x06" + CIE_NAME) == b"\x90\x00"
    assert chip.answer(bytes.fromhex("00B081000C")) == NIS + b"\x90\x00"
    assert chip.answer(bytes.fromhex("002241A406800102840183")) == b"\x90\x00"
    signed = chip.answer(bytes.fromhex("0088000008") + b"8 bytes!" + b"\x00")
    ias = chip.document.ias
    assert ias is not None
    numbers = ias.private.public_key().public_numbers()
    block = pow(int.from_bytes(signed[:-2], "big"), numbers.e, numbers.n).to_bytes(256, "big")
    assert block.startswith(b"\x00\x01\xff\xff")
    assert block.endswith(b"\x00" + b"8 bytes!")
