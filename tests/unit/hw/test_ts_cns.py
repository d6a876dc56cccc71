"""Reading the health card from an emulated chip, without a reader between."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hw.cards.ts_cns import read_health_card
from hw.errors import DeviceTrouble, TroubleKind
from hw.readings import HealthCardReading
from tests.emulated.cards.direct import DirectChannel
from tests.emulated.cards.file_chip import FileChip, Reads
from tests.emulated.cards.holder import Holder, record_of
from tests.emulated.cards.ts_cns import (
    CARD_ID,
    EF_SIZE,
    bank_card,
    blank_card,
    identity_card,
    ts_cns,
)

HOLDER = Holder()
LONG_HOLDER = Holder(residence_address="VIA " + "LUNGA " * 40, expatriation_notes="X" * 200)
"""A record of more than 512 bytes: three READ BINARYs at least."""


def read(chip: FileChip) -> HealthCardReading | DeviceTrouble:
    return read_health_card(DirectChannel(chip))


def code_of(chip: FileChip) -> tuple[TroubleKind, str]:
    result = read(chip)
    assert isinstance(result, DeviceTrouble)
    return result.kind, result.code


def refusing_reads(status: str, *, after: int = 0) -> Callable[[bytes], bytes | None]:
    """Answers READ BINARY with a bare status word, from the `after`th on."""
    seen = 0

    def answer(command: bytes) -> bytes | None:
        nonlocal seen
        if command[1] != 0xB0:
            return None
        seen += 1
        return bytes.fromhex(status) if seen > after else None

    return answer


def refusing_file(identifier: str, status: str) -> Callable[[bytes], bytes | None]:
    """Answers SELECT of one file with a bare status word."""
    return lambda command: (
        bytes.fromhex(status) if command[5:] == bytes.fromhex(identifier) else None
    )


def test_the_emulated_card_is_read() -> None:
    channel = DirectChannel(ts_cns(HOLDER))
    result = read_health_card(channel)
    assert isinstance(result, HealthCardReading)
    assert (result.surname, result.name, result.card_id) == ("ROSSI", "MARIO", CARD_ID.decode())
    assert len(channel.commands) == 8
    assert channel.closed == 0, "who opened the channel closes it"


LAWFUL_READS = [
    pytest.param(Reads(), id="256 bytes at once"),
    pytest.param(Reads(at_most=255), id="255 at most"),
    pytest.param(Reads(at_most=128), id="128 at most"),
    pytest.param(Reads(at_most=7), id="7 at most"),
    pytest.param(Reads(at_most=1), id="byte by byte"),
    pytest.param(Reads(exact=True), id="6Cxx"),
    pytest.param(Reads(exact=True, at_most=100), id="6Cxx, 100 at most"),
    pytest.param(Reads(no_full_le=True), id="6700 for Le 00"),
    pytest.param(Reads(warns=True), id="6282 over the end"),
    pytest.param(Reads(warns=True, at_most=50), id="6282, 50 at most"),
    pytest.param(Reads(end=b"\x62\x82"), id="6282 at the end"),
    pytest.param(Reads(end=b"\x6a\x86"), id="6A86 at the end"),
    pytest.param(Reads(end=b"\x90\x00"), id="no data at the end"),
    pytest.param(Reads(chained=True), id="61xx"),
    pytest.param(Reads(chained=True, chunk=10), id="61xx in tens"),
    pytest.param(Reads(chained=True, exact=True), id="61xx and 6Cxx"),
    pytest.param(Reads(chained=True, no_full_le=True, at_most=33), id="61xx and 6700"),
]


@pytest.mark.parametrize("reads", LAWFUL_READS)
@pytest.mark.parametrize("holder", [HOLDER, LONG_HOLDER], ids=["short", "long"])
@pytest.mark.parametrize("padded", [True, False])
def test_every_lawful_way_to_answer_a_read_gives_the_same(
    reads: Reads, holder: Holder, *, padded: bool
) -> None:
    record = holder.record()
    chip = ts_cns(record=record.ljust(EF_SIZE, b"\x00") if padded else record, reads=reads)
    result = read(chip)
    assert result == read(ts_cns(holder))
    assert isinstance(result, HealthCardReading)
    assert result.expatriation_notes == holder.expatriation_notes


@pytest.mark.parametrize("limit", [1, 5, 16, 100, 200, 254])
def test_a_card_that_refuses_any_long_wish_with_6700_is_read(limit: int) -> None:
    def refuse(command: bytes) -> bytes | None:
        wish = command[4] or 256
        return b"\x67\x00" if command[1] == 0xB0 and wish > limit else None

    result = read(ts_cns(HOLDER, overrides=refuse, card_id=None))
    assert isinstance(result, HealthCardReading)
    assert result.residence_address == "VIA ROMA 1"


def test_a_card_that_refuses_every_length_breaks_the_standard() -> None:
    result = code_of(ts_cns(HOLDER, overrides=refusing_reads("6700")))
    assert result == (TroubleKind.PROTOCOL, "card.protocol")


@pytest.mark.parametrize(
    "chip", [identity_card, bank_card, blank_card], ids=["identity card", "bank card", "blank"]
)
def test_another_kind_of_card_is_not_a_health_card(chip: Callable[[], FileChip]) -> None:
    assert code_of(chip()) == (TroubleKind.REFUSED, "card.not-health-card")


@pytest.mark.parametrize("missing", ["3F00", "1100", "1102"])
@pytest.mark.parametrize(
    "status", ["6A82", "6A81", "6A86", "6D00", "6E00", "6985", "6982", "6F00", "6700"]
)
def test_a_card_without_one_of_the_files_is_not_a_health_card(missing: str, status: str) -> None:
    chip = ts_cns(HOLDER, overrides=refusing_file(missing, status))
    assert code_of(chip) == (TroubleKind.REFUSED, "card.not-health-card")


@pytest.mark.parametrize("status", ["6283", "6200", "6300"])
def test_a_remark_on_selecting_does_not_stop_the_reading(status: str) -> None:
    chip = ts_cns(HOLDER)
    plain = chip.answer

    def remark(command: bytes) -> bytes:
        answer = plain(command)
        return (
            bytes.fromhex(status) if command[1] == 0xA4 and answer[-2:] == b"\x90\x00" else answer
        )

    chip.answer = remark  # type: ignore[method-assign]  # the chip is ours to tamper with
    assert isinstance(read(chip), HealthCardReading)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        ("6982", TroubleKind.REFUSED, "card.record-refused"),
        ("6985", TroubleKind.REFUSED, "card.record-refused"),
        ("6281", TroubleKind.DAMAGED, "card.record-unreadable"),
        ("6400", TroubleKind.DAMAGED, "card.record-unreadable"),
        ("6581", TroubleKind.DAMAGED, "card.record-unreadable"),
        ("6F00", TroubleKind.DAMAGED, "card.record-unreadable"),
        ("6B00", TroubleKind.DAMAGED, "card.record-empty"),
        ("6A83", TroubleKind.DAMAGED, "card.record-empty"),
        ("6282", TroubleKind.DAMAGED, "card.record-empty"),
        ("9000", TroubleKind.DAMAGED, "card.record-empty"),
        ("6986", TroubleKind.PROTOCOL, "card.protocol"),
        ("6D00", TroubleKind.PROTOCOL, "card.protocol"),
        ("6E00", TroubleKind.PROTOCOL, "card.protocol"),
        ("6C00", TroubleKind.PROTOCOL, "card.protocol"),
        ("5253", TroubleKind.PROTOCOL, "card.protocol"),
    ],
)
@pytest.mark.parametrize("after", [0, 1, 2])
def test_every_refusal_of_a_read_has_its_code(
    status: str, kind: TroubleKind, code: str, after: int
) -> None:
    chip = ts_cns(LONG_HOLDER, overrides=refusing_reads(status, after=after))
    # The first read is that of the card's number, the second the first of the record.
    expected = "card.record-truncated" if after == 2 and code == "card.record-empty" else code
    assert code_of(chip) == (kind, expected)


@pytest.mark.parametrize("cut", range(len(HOLDER.record())))
def test_a_file_that_ends_at_any_byte_is_told(cut: int) -> None:
    expected = "card.record-truncated" if cut else "card.record-empty"
    assert code_of(ts_cns(record=HOLDER.record()[:cut])) == (TroubleKind.DAMAGED, expected)


@pytest.mark.parametrize("number", range(8))
def test_the_card_may_be_pulled_at_any_command(number: int) -> None:
    result = read_health_card(DirectChannel(ts_cns(HOLDER), pulled_at=number))
    assert isinstance(result, DeviceTrouble)
    assert result.code == "card.removed"


@pytest.mark.parametrize(
    ("card_id", "text"),
    [
        (None, ""),
        (b"", ""),
        (b"\x00" * 16, ""),
        (b"\xff\xfe\x01\x02" * 4, ""),
        (b"ABC             ", "ABC"),
        (CARD_ID + b"more", CARD_ID.decode()),
    ],
)
def test_nothing_depends_on_the_card_number(card_id: bytes | None, text: str) -> None:
    result = read(ts_cns(HOLDER, card_id=card_id))
    assert isinstance(result, HealthCardReading)
    assert result.card_id == text


@pytest.mark.parametrize("identifier", ["1000", "1003"])
def test_a_card_without_the_files_of_its_number_is_read(identifier: str) -> None:
    result = read(ts_cns(HOLDER, overrides=refusing_file(identifier, "6A82")))
    assert isinstance(result, HealthCardReading)
    assert result.card_id == ""


def test_a_card_number_that_the_card_refuses_is_empty() -> None:
    chip = ts_cns(HOLDER)
    chip.overrides = lambda command: b"\x69\x82" if command == bytes.fromhex("00B0000010") else None
    result = read(chip)
    assert isinstance(result, HealthCardReading)
    assert result.card_id == ""


def test_reading_never_goes_on_for_ever() -> None:
    """A card whose record is as long as can be, given one byte at a time."""
    fields = [b"A" * 255] * 8 + [b"RSSMRA80A01H501U"] + [b"A" * 255] * 7
    channel = DirectChannel(ts_cns(record=record_of(fields), reads=Reads(at_most=1)))
    assert isinstance(read_health_card(channel), HealthCardReading)
    assert len(channel.commands) < 4200
