"""Commands, responses, status words and the chain, on answers written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu.chain import card_link
from hw.apdu.command import Command, Response, get_response, read_binary, select_file
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
    ],
)
def test_commands_are_written_as_the_standard_says(command: Command, written: str) -> None:
    assert command.to_bytes().hex().upper() == written


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


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_no_answer_raises(first: bytes, second: bytes) -> None:
    script = Script([first.hex(), *[second.hex()] * 400])
    result = card_link(script).exchange(read_binary(0, 256))
    assert isinstance(result, (Response, DeviceTrouble))
