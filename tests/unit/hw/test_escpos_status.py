"""The answers of an ESC/POS printer, byte for byte as Epson's reference has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.paper import PrinterCondition
from hw.printer.escpos_status import (
    AnswerReader,
    AutomaticStatus,
    Cleared,
    PrinterText,
    Processed,
    RealTime,
    RealTimeStatus,
    SensorStatus,
    conditions_pushed,
    conditions_told,
    process_id_request,
    real_time_request,
)

C = PrinterCondition


@pytest.mark.parametrize(
    ("which", "value", "expected"),
    [
        (RealTime.PRINTER, 0x12, ()),
        (RealTime.PRINTER, 0x16, ()),  # the drawer's pin is high
        (RealTime.PRINTER, 0x1A, (C.PAUSED,)),
        (RealTime.OFFLINE_CAUSE, 0x16, (C.COVER_OPEN,)),
        (RealTime.OFFLINE_CAUSE, 0x1A, (C.PAUSED,)),
        (RealTime.OFFLINE_CAUSE, 0x32, (C.PAPER_OUT,)),
        (RealTime.ERROR_CAUSE, 0x16, (C.PAPER_JAM,)),
        (RealTime.ERROR_CAUSE, 0x1A, (C.CUTTER,)),
        (RealTime.ERROR_CAUSE, 0x32, (C.OTHER,)),
        (RealTime.ERROR_CAUSE, 0x52, (C.OVERHEATED,)),
        (RealTime.PAPER, 0x1E, (C.PAPER_LOW,)),
        (RealTime.PAPER, 0x72, (C.PAPER_OUT,)),
        (RealTime.PAPER, 0x7E, (C.PAPER_OUT, C.PAPER_LOW)),
    ],
)
def test_every_bit_of_real_time_status(
    which: RealTime, value: int, expected: tuple[PrinterCondition, ...]
) -> None:
    assert AnswerReader().feed(bytes([value])) == [RealTimeStatus(value)]
    assert conditions_told({which: RealTimeStatus(value)}) == expected


def test_the_worst_comes_first_and_offline_is_explained_by_it() -> None:
    answers = {
        RealTime.PRINTER: RealTimeStatus(0x1A),
        RealTime.OFFLINE_CAUSE: RealTimeStatus(0x36),
        RealTime.PAPER: RealTimeStatus(0x7E),
    }
    assert conditions_told(answers) == (C.COVER_OPEN, C.PAPER_OUT, C.PAPER_LOW)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"\x10\x00\x00\x00", ()),
        (b"\x14\x00\x00\x0f", ()),
        (b"\x18\x00\x00\x00", (C.PAUSED,)),
        (b"\x38\x00\x0f\x00", (C.COVER_OPEN, C.PAPER_OUT, C.PAPER_LOW)),
        (b"\x18\x08\x00\x00", (C.CUTTER,)),
        (b"\x18\x40\x03\x00", (C.OVERHEATED, C.PAPER_LOW)),
        (b"\x18\x24\x00\x00", (C.OTHER, C.PAPER_JAM)),
    ],
)
def test_every_bit_of_automatic_status(
    value: bytes, expected: tuple[PrinterCondition, ...]
) -> None:
    (answer,) = AnswerReader().feed(value)
    assert answer == AutomaticStatus(value)
    assert isinstance(answer, AutomaticStatus)
    assert conditions_pushed(answer) == expected


def test_answers_come_apart_however_the_line_cuts_them() -> None:
    said = b"\x11\x10\x00\x13\x03\x0f\x12\x0f7\x22AB12\x00_TM-T88VI\x007%\x00\x00\x37\x40\x00"
    expected = [
        AutomaticStatus(b"\x10\x00\x03\x0f"),  # with an XOFF within
        RealTimeStatus(0x12),
        *AnswerReader().feed(b"\x0f"),  # no answer of any kind
        Processed(b"AB12"),
        PrinterText("TM-T88VI"),
        Cleared(),
        SensorStatus(0x00),
    ]
    for size in range(1, len(said) + 1):
        reader = AnswerReader()
        parts = [said[i : i + size] for i in range(0, len(said), size)]
        assert [answer for part in parts for answer in reader.feed(part)] == expected


def test_a_broken_automatic_status_does_not_swallow_what_follows() -> None:
    assert AnswerReader().feed(b"\x10\x00\x16") == [RealTimeStatus(0x16)]


@given(st.binary(max_size=600))
def test_noise_raises_nothing_and_grows_nothing(noise: bytes) -> None:
    reader = AnswerReader()
    for answer in reader.feed(noise):
        if isinstance(answer, PrinterText):
            assert len(answer.text) <= 80
            assert answer.text.isprintable()
    # It comes round: after at most one broken block an answer is understood again.
    reader.feed(b"\x00" * 100)
    reader.feed(b"\x12")
    assert reader.feed(b"\x12") == [RealTimeStatus(0x12)]


def test_requests_are_epsons() -> None:
    assert real_time_request(RealTime.PAPER) == b"\x10\x04\x04"
    assert process_id_request(b"0001") == bytes.fromhex("1d2848060030303030303 1".replace(" ", ""))
    for mark in (b"", b"12345", b"\x1b000"):
        with pytest.raises(ValueError, match="printable"):
            process_id_request(mark)
