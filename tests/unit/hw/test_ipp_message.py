"""IPP as bytes: known messages, and any bytes at all."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.paper import PrinterCondition
from hw.printer.ipp_address import parse_cups, parse_ipp
from hw.printer.ipp_conditions import holds, report, size_of
from hw.printer.ipp_message import Answer, Operation, Tag, decode, encode, integer, texts
from hw.printer.page_printer import page_printer

# RFC 8010 A.1: the example of a Print-Job request, up to its job-name.
RFC_8010_A1 = bytes.fromhex(
    "01470012617474726962757465732d6368617273657400057574662d38"
    "48001b617474726962757465732d6e61747572616c2d6c616e67756167650005656e2d7573"
)


def test_a_request_is_written_as_the_standard_shows() -> None:
    written = encode(
        Operation.PRINT_JOB,
        1,
        [
            (
                Tag.OPERATION,
                [
                    ("attributes-charset", Tag.CHARSET, ["utf-8"]),
                    ("attributes-natural-language", Tag.LANGUAGE, ["en-us"]),
                ],
            )
        ],
    )
    assert written == b"\x02\x00\x00\x02\x00\x00\x00\x01" + RFC_8010_A1 + b"\x03"


def _answer(*parts: bytes) -> bytes:
    return b"\x02\x00\x00\x00\x00\x00\x00\x01" + b"".join(parts) + b"\x03"


def _field(tag: int, name: bytes, value: bytes) -> bytes:
    return struct.pack(">BH", tag, len(name)) + name + struct.pack(">H", len(value)) + value


def test_values_of_one_attribute_follow_without_a_name() -> None:
    group = b"\x04" + _field(0x44, b"media-ready", b"a") + _field(0x44, b"", b"b")
    answer = decode(_answer(group))
    assert answer is not None
    assert texts(answer.printer, "media-ready") == ("a", "b")


def test_collections_are_passed_over_whole() -> None:
    inside = _field(0x4A, b"", b"media-size") + _field(0x34, b"", b"")
    inside += _field(0x4A, b"", b"x-dimension") + _field(0x21, b"", b"\x00\x00\x00\x07")
    inside += _field(0x37, b"", b"") * 2
    group = b"\x04" + _field(0x34, b"media-col", b"") + inside
    group += _field(0x23, b"printer-state", b"\x00\x00\x00\x05")
    answer = decode(_answer(group))
    assert answer is not None
    assert dict(answer.printer) == {"printer-state": [5]}


def test_each_job_is_a_group_of_its_own() -> None:
    jobs = [b"\x02" + _field(0x21, b"job-id", struct.pack(">i", number)) for number in (1, 2)]
    answer = decode(_answer(*jobs))
    assert answer is not None
    assert [integer(job, "job-id") for job in answer.jobs] == [1, 2]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"HTTP/1.1 200 OK\r\n",
        b"\x02\x00\x00\x00\x00\x00\x00\x01",
        _answer(b"\x04" + _field(0x44, b"a", b"b"))[:-1],
        _answer(_field(0x44, b"a", b"b")),
        _answer(b"\x04\x44\xff\xff"),
        _answer(b"\x04" + _field(0x34, b"a", b"")),
        _answer(b"\x04" + _field(0x37, b"a", b"")),
    ],
)
def test_what_is_no_answer_is_none(data: bytes) -> None:
    assert decode(data) is None


@given(st.binary(max_size=300), st.sampled_from([b"", b"\x02\x00\x00\x00\x00\x00\x00\x01"]))
def test_any_bytes_end_in_an_answer_or_none(data: bytes, head: bytes) -> None:
    answer = decode(head + data)
    assert answer is None or isinstance(answer, Answer)
    if answer is not None:
        report(answer.printer, "iso_a4_210x297mm")


@given(st.lists(st.text(max_size=30), max_size=8), st.sampled_from([0, 3, 4, 5]))
def test_any_reasons_make_a_report(reasons: list[str], state: int) -> None:
    told = report({"printer-state": [state], "printer-state-reasons": reasons}, "iso_a4_210x297mm")
    assert (told.blocked is not None) or state != 5


@pytest.mark.parametrize(
    ("state", "reasons", "conditions"),
    [
        (3, ["none"], ()),
        (3, ["media-empty-report"], (PrinterCondition.PAPER_LOW,)),
        (5, ["media-empty-report"], (PrinterCondition.PAPER_OUT, PrinterCondition.PAPER_LOW)),
        (5, ["none"], (PrinterCondition.OTHER,)),
        (3, ["com.vendor-blinks-warning"], ()),
        (3, ["com.vendor-broken-error"], (PrinterCondition.OTHER,)),
        (
            5,
            ["paused", "media-empty-error", "media-jam-error"],
            (PrinterCondition.PAPER_JAM, PrinterCondition.PAPER_OUT, PrinterCondition.PAUSED),
        ),
    ],
)
def test_conditions(
    state: int, reasons: list[str], conditions: tuple[PrinterCondition, ...]
) -> None:
    told = report({"printer-state": [state], "printer-state-reasons": reasons}, "iso_a4_210x297mm")
    assert told.conditions == conditions


def test_sizes_of_papers() -> None:
    assert size_of("iso_a4_210x297mm") == (21000, 29700)
    assert size_of("na_letter_8.5x11in") == (21590, 27940)
    assert size_of("custom_x") is None
    assert size_of(f"custom_{'9' * 400}x1mm") is None
    assert holds(("custom_a4-tray_209.9x297mm",), "iso_a4_210x297mm")
    assert not holds(("iso_a5_148x210mm",), "iso_a4_210x297mm")


def test_addresses() -> None:
    pin = "ab" * 32
    assert parse_ipp("ipp://printer").uri == "ipp://printer:631/ipp/print"
    assert parse_ipp("ipp://[::1]:8631/x").uri == "ipp://[::1]:8631/x"
    assert parse_ipp(f"ipps://printer?sha256={pin.upper()}").certificate_sha256 == pin
    assert parse_cups("cups://ufficio").uri == "ipp://localhost:631/printers/ufficio"
    assert parse_cups("cups://Ufficio@10.0.0.1:6631").uri == "ipp://10.0.0.1:6631/printers/Ufficio"
    assert [type(page_printer(each)).__name__ for each in ("ipp://p", "cups://q", "tcp://p")] == [
        "IppPrinter",
        "CupsPrinter",
        "AppSocketPrinter",
    ]


@pytest.mark.parametrize(
    "address",
    [
        "printer",
        "http://printer",
        "ipp://",
        "ipp://user@printer",
        "ipp://printer:x",
        "ipp://printer?sha256=" + "ab" * 32,
        "ipps://printer?sha256=abc",
        "ipps://printer?speed=1",
        "cups://",
        "cups://queue@",
        "cups://a/b",
        "cups://q@host/path",
        "cups://q@host:x",
    ],
)
def test_other_addresses_are_a_bug_of_the_settings(address: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the library's own texts differ
        page_printer(address)
