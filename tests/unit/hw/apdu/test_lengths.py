"""What reader and card can take: told by the card, tried on the reader, never asked twice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.chain import EXTENDED, SHORT, LengthLimits, card_link, probe_limits
from hw.apdu.lengths import limits_told
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.apdu.script import Script

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")
MUTE = DeviceTrouble(TroubleKind.PROTOCOL, "card.unresponsive")
ATR_INFO = "00B08100000000"
CARD_ACCESS = "00B09C00000000"
SOME = LengthLimits(2048, 2048)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("7F6608 02020400 02020800", LengthLimits(1024 - 9, 2048 - 2)),
        ("80 4303018000 7F660A 0203010000 0203010000 00FFFF", LengthLimits(65527, 65534)),
        ("7F6608 02020105 02020102", SHORT),
        ("7F6608 02020010 02020010", SHORT),
        ("7F660C 0204FFFFFFFF 0204FFFFFFFF", EXTENDED),
        ("E010 02020500 02020480 02020300 02020280", LengthLimits(0x480 - 9, 0x280 - 2)),
        ("4703 9401C0", EXTENDED),
        ("4703 940180", SHORT),
        ("4702 9401", None),
        ("4301B8", None),
        ("", None),
        ("7F6604 02020400", None),
        ("7F6602 0500", None),
        ("7F6609 0207FFFFFFFFFFFFFF", None),
        ("7F66", None),
    ],
)
def test_a_card_tells_its_lengths(content: str, told: LengthLimits | None) -> None:
    assert limits_told(bytes.fromhex(content)) == told


@given(st.binary(max_size=300))
def test_no_content_of_that_file_raises(content: bytes) -> None:
    told = limits_told(content)
    assert told is None or (told.most_data >= 255 and told.most_answer >= 256)


@pytest.mark.parametrize(
    ("reader", "card", "limits"),
    [
        (SOME, LengthLimits(1000, 4000), LengthLimits(1000, 2048)),
        (SHORT, None, SHORT),
        (None, SHORT, SHORT),
        (SHORT, EXTENDED, SHORT),
    ],
)
def test_what_is_known_costs_no_exchange(
    reader: LengthLimits | None, card: LengthLimits | None, limits: LengthLimits
) -> None:
    assert probe_limits(card_link(Script([])), reader=reader, card=card) == limits


@pytest.mark.parametrize(
    ("answers", "commands", "limits"),
    [
        pytest.param(
            ["7F660802020400020208009000"],
            [ATR_INFO],
            LengthLimits(1015, 2046),
            id="the card tells, in extended format",
        ),
        pytest.param(["4301B89000"], [ATR_INFO], EXTENDED, id="the card says nothing of lengths"),
        pytest.param(["4301B86282"], [ATR_INFO], EXTENDED, id="shorter than asked for"),
        pytest.param(["6700"], [ATR_INFO], SHORT, id="the format is refused"),
        pytest.param([MUTE], [ATR_INFO], SHORT, id="the reader does not take it"),
        pytest.param(["6A82", "31009000"], [ATR_INFO, CARD_ACCESS], EXTENDED, id="no such file"),
        pytest.param(["6A82", "6700"], [ATR_INFO, CARD_ACCESS], SHORT, id="neither"),
        pytest.param(["6982", MUTE], [ATR_INFO, CARD_ACCESS], SHORT, id="then mute"),
        pytest.param([REMOVED], [ATR_INFO], REMOVED, id="removed"),
        pytest.param(["6A82", REMOVED], [ATR_INFO, CARD_ACCESS], REMOVED, id="removed then"),
    ],
)
def test_an_unknown_reader_and_card_are_asked(
    answers: list[str | DeviceTrouble], commands: list[str], limits: LengthLimits | DeviceTrouble
) -> None:
    script = Script(answers)
    assert probe_limits(card_link(script)) == limits
    assert script.commands == commands


def test_a_known_card_on_an_unknown_reader_is_tried_once() -> None:
    script = Script(["31009000"])
    assert probe_limits(card_link(script), card=SOME) == SOME
    assert script.commands == [CARD_ACCESS]
    assert probe_limits(card_link(Script(["6700"])), card=SOME) == SHORT


def test_an_unknown_card_on_a_known_reader_is_asked() -> None:
    script = Script(["7F660802020400020208009000"])
    assert probe_limits(card_link(script), reader=SOME) == LengthLimits(1015, 2046)


@given(st.lists(st.binary(max_size=300), min_size=2, max_size=2))
def test_no_answer_raises(answers: list[bytes]) -> None:
    script = Script([answers[0].hex(), *[answers[1].hex()] * 700])
    assert isinstance(probe_limits(card_link(script)), LengthLimits)
