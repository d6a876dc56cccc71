"""Commands, responses, status words and the chain, on answers written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.chain import LengthLimits, card_link
from hw.apdu.command import (
    Command,
    Response,
    get_response,
    read_binary,
    read_far,
    read_short_file,
    select_file,
)
from hw.apdu.status import StatusWord, bytes_waiting, exact_length, is_lawful, name_of, tries_left
from hw.errors import DeviceTrouble, TroubleKind
from tests.unit.hw.apdu.script import Script

REMOVED = DeviceTrouble(TroubleKind.REMOVED, "card.removed")


@pytest.mark.parametrize(
    ("command", "written"),
    [
        (select_file(0x3F00), "00A40000023F00"),
        (read_binary(0, 256), "00B0000000"),
        (read_binary(0x1234, 255), "00B01234FF"),
        (read_binary(0x7FFF, 1), "00B07FFF01"),
        (get_response(256), "00C0000000"),
        (Command(0x20, 0x00, 0x10), "00200010"),
        (Command(0x88, 0, 0, b"\x01\x02", le=8, cla=0x80), "8088000002010208"),
        (read_binary(0, 257), "00B00000000101"),
        (read_binary(0, 65536), "00B00000000000"),
        (Command(0x86, 0, 0, bytes(256)), "00860000000100" + "00" * 256),
        (Command(0x86, 0, 0, b"\x01", le=257), "00860000000001010101"),
        (Command(0x86, 0, 0, bytes(256), le=256), "00860000000100" + "00" * 256 + "0100"),
        (Command(0x86, 0, 0, bytes(256), le=65536), "00860000000100" + "00" * 256 + "0000"),
        (read_short_file(0x1C, 4, 256), "00B09C0400"),
        (read_far(0x8000, 256), "00B100000454028000" + "00"),
        (read_far(0x123456, 256), "00B10000055403123456" + "00"),
    ],
)
def test_commands_are_written_as_the_standard_says(command: Command, written: str) -> None:
    assert command.to_bytes().hex().upper() == written


def test_extended_format_can_be_wanted() -> None:
    assert select_file(0x3F00).to_bytes(extended=True).hex() == "00a40000" + "0000023f00"
    assert read_binary(0, 256).to_bytes(extended=True).hex() == "00b00000" + "000100"
    assert Command(0x20, 0x00, 0x10).to_bytes(extended=True).hex() == "00200010"


@pytest.mark.parametrize(("identifier", "offset"), [(0, 0), (31, 0), (1, 256), (1, -1)])
def test_a_short_identifier_that_p1_p2_cannot_hold_is_a_bug(identifier: int, offset: int) -> None:
    with pytest.raises(ValueError, match="outside"):
        read_short_file(identifier, offset, 1)


def test_a_command_shows_its_header_but_not_its_data() -> None:
    assert repr(Command(0x20, 0, 0x10, b"12345", le=1)) == "Command(00 20 00 10, 5 bytes, le 1)"


@pytest.mark.parametrize("offset", [-1, 0x8000])
def test_an_offset_that_p1_p2_cannot_hold_is_a_bug(offset: int) -> None:
    with pytest.raises(ValueError, match="offset"):
        read_binary(offset, 1)


@pytest.mark.parametrize("le", [0, 65537])
def test_a_length_that_commands_cannot_hold_is_a_bug(le: int) -> None:
    with pytest.raises(ValueError, match="le"):
        Command(0xB0, 0, 0, le=le)
    with pytest.raises(ValueError, match="data"):
        Command(0xA4, 0, 0, bytes(65536))


def test_a_response_shows_its_size_but_not_its_data() -> None:
    response = Response(b"ROSSI MARIO", 0x9000)
    assert repr(response) == "Response(11 bytes, 9000)"
    assert f"{response}" == "Response(11 bytes, 9000)"


def test_status_words_have_names() -> None:
    assert name_of(0x6A82) == "FILE_NOT_FOUND 6A82"
    assert name_of(0x6A8F) == "6A8F"
    assert name_of(0x63C2) == "TRIES_LEFT 63C2"
    assert name_of(0x6103) == "BYTES_WAITING 6103"
    assert name_of(0x6C00) == "EXACT_LENGTH 6C00"
    assert (tries_left(0x63C0), tries_left(0x6300), tries_left(0x6983)) == (0, None, None)


@given(st.integers(0, 0xFFFF))
def test_only_iso_status_words_are_lawful(status: int) -> None:
    assert is_lawful(status) == (status == 0x9000 or 0x6100 <= status < 0x7000)


def test_lengths_in_status_words_wrap_at_256() -> None:
    assert bytes_waiting(0x6110) == 16
    assert bytes_waiting(0x6100) == 256
    assert bytes_waiting(0x9000) is None
    assert exact_length(0x6C08) == 8
    assert exact_length(0x6C00) == 256
    assert exact_length(0x6A82) is None


@pytest.mark.parametrize(
    ("answers", "commands", "result"),
    [
        pytest.param(["AABB9000"], ["00B0000000"], Response(b"\xaa\xbb", 0x9000), id="plain"),
        pytest.param(["9000"], ["00B0000000"], Response(b"", 0x9000), id="no data"),
        pytest.param(["6A82"], ["00B0000000"], Response(b"", 0x6A82), id="an error is handed on"),
        pytest.param(
            ["6C02", "AABB9000"],
            ["00B0000000", "00B0000002"],
            Response(b"\xaa\xbb", 0x9000),
            id="6Cxx is obeyed",
        ),
        pytest.param(
            ["6C02", "6C02"],
            ["00B0000000", "00B0000002"],
            Response(b"", 0x6C02),
            id="6Cxx is obeyed once",
        ),
        pytest.param(
            ["6102", "AABB9000"],
            ["00B0000000", "00C0000002"],
            Response(b"\xaa\xbb", 0x9000),
            id="61xx is fetched",
        ),
        pytest.param(
            ["6100", "AA6101", "BB6282"],
            ["00B0000000", "00C0000000", "00C0000001"],
            Response(b"\xaa\xbb", StatusWord.END_REACHED),
            id="61xx in parts keeps the last status",
        ),
        pytest.param(
            ["AA6102", "6C01", "BB9000"],
            ["00B0000000", "00C0000002", "00C0000001"],
            Response(b"\xaa\xbb", 0x9000),
            id="6Cxx within 61xx",
        ),
        pytest.param([REMOVED], ["00B0000000"], REMOVED, id="removed"),
        pytest.param(["6C02", REMOVED], ["00B0000000", "00B0000002"], REMOVED, id="in 6Cxx"),
        pytest.param(["6102", REMOVED], ["00B0000000", "00C0000002"], REMOVED, id="in 61xx"),
    ],
)
def test_the_chain(
    answers: list[str | DeviceTrouble], commands: list[str], result: Response | DeviceTrouble
) -> None:
    script = Script(answers)
    assert card_link(script).exchange(read_binary(0, 256)) == result
    assert script.commands == commands


LONG = bytes(range(256)) * 2
SHORT_ONLY = LengthLimits(255, 256)


@pytest.mark.parametrize(
    ("limits", "commands"),
    [
        (
            SHORT_ONLY,
            [
                "10860000FF" + LONG[:255].hex(),
                "10860000FF" + LONG[255:510].hex(),
                "00860000" + "02FEFF00",
            ],
        ),
        (
            LengthLimits(300, 65536),
            ["10860000" + "00012C" + LONG[:300].hex(), "00860000" + "D4" + LONG[300:].hex() + "00"],
        ),
        (LengthLimits(512, 256), ["00860000" + "000200" + LONG.hex() + "0100"]),
    ],
)
def test_long_data_go_in_parts(limits: LengthLimits, commands: list[str]) -> None:
    script = Script(["9000"] * (len(commands) - 1) + ["AABB9000"])
    answer = card_link(script, limits).exchange(Command(0x86, 0, 0, LONG, le=256))
    assert answer == Response(b"\xaa\xbb", 0x9000)
    assert script.commands == [command.upper() for command in commands]


@pytest.mark.parametrize("refusal", ["6884", "6700"])
def test_a_part_that_is_refused_ends_the_chain(refusal: str) -> None:
    script = Script([refusal])
    answer = card_link(script, SHORT_ONLY).exchange(Command(0x86, 0, 0, LONG, le=256))
    assert answer == Response(b"", int(refusal, 16))
    assert card_link(Script([REMOVED]), SHORT_ONLY).exchange(Command(0x86, 0, 0, LONG)) == REMOVED


def test_the_last_part_alone_is_repeated_with_another_length() -> None:
    script = Script(["9000", "9000", "6C02", "AABB9000"])
    answer = card_link(script, SHORT_ONLY).exchange(Command(0x86, 0, 0, LONG, le=256))
    assert answer == Response(b"\xaa\xbb", 0x9000)
    assert script.commands[2:] == ["0086000002FEFF00", "0086000002FEFF02"]


def test_a_wish_beyond_the_short_format_is_met_in_parts() -> None:
    script = Script(["AA" * 256 + "6101", "BB9000"])
    answer = card_link(script, SHORT_ONLY).exchange(read_binary(0, 1000))
    assert answer == Response(b"\xaa" * 256 + b"\xbb", 0x9000)
    assert script.commands == ["00B0000000", "00C0000001"]


def test_an_extended_answer_may_be_as_long_as_its_wish() -> None:
    assert card_link(Script(["AA" * 1000 + "9000"])).exchange(read_binary(0, 1000)) == Response(
        b"\xaa" * 1000, 0x9000
    )
    trouble = card_link(Script(["AA" * 1001 + "9000"])).exchange(read_binary(0, 1000))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "answer-too-long") in trouble.details


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("", "answer-without-status"),
        ("90", "answer-without-status"),
        ("52534D", "not-a-status-word"),
        ("6012", "not-a-status-word"),
        ("9001", "not-a-status-word"),
        ("00" * 257 + "9000", "answer-too-long"),
    ],
)
def test_noise_in_place_of_an_answer_is_told(answer: str, reason: str) -> None:
    trouble = card_link(Script([answer])).exchange(read_binary(0, 256))
    assert isinstance(trouble, DeviceTrouble)
    assert (trouble.code, trouble.kind) == ("card.protocol", TroubleKind.PROTOCOL)
    assert ("reason", reason) in trouble.details


def test_a_card_that_announces_more_for_ever_is_cut_off() -> None:
    trouble = card_link(Script(["AA6101"] * 1000)).exchange(read_binary(0, 256))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "endless-answer") in trouble.details


def test_a_card_that_says_more_than_any_file_holds_is_cut_off() -> None:
    script = Script(["AA" * 65536 + "6100", *["AA" * 256 + "6100"] * 300])
    trouble = card_link(script).exchange(read_binary(0, 65536))
    assert isinstance(trouble, DeviceTrouble)
    assert ("reason", "endless-answer") in trouble.details
    assert len(script.commands) <= 258


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_answer_raises(first: bytes, second: bytes) -> None:
    script = Script([first.hex(), *[second.hex()] * 400])
    result = card_link(script).exchange(read_binary(0, 256))
    assert isinstance(result, (Response, DeviceTrouble))
