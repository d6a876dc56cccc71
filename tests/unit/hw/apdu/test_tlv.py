"""Data objects: written and read again, strict, and bounded whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.apdu import tlv
from hw.apdu.tlv import Header, Malformed, Tlv

TAGS = st.sampled_from([0x04, 0x30, 0x5F1F, 0x7F66, 0x7F2E, 0x9F8101, 0xDF01, 0x77, 0x8E, 0x5F0E])


@pytest.mark.parametrize(
    ("tag", "size", "head"),
    [
        (0x04, 0, "0400"),
        (0x04, 127, "047F"),
        (0x30, 128, "308180"),
        (0x5F1F, 255, "5F1F81FF"),
        (0x7F61, 256, "7F61820100"),
        (0x75, 65536, "7583010000"),
    ],
)
def test_lengths_are_written_as_short_as_they_can_be(tag: int, size: int, head: str) -> None:
    written = tlv.encode(tag, bytes(size))
    assert written == bytes.fromhex(head) + bytes(size)
    assert tlv.read(written) == (Tlv(tag, bytes(size)), len(written))


@given(st.lists(st.tuples(TAGS, st.binary(max_size=300)), max_size=5))
def test_what_was_written_is_read(rows: list[tuple[int, bytes]]) -> None:
    data = b"".join(tlv.encode(tag, value) for tag, value in rows)
    assert tlv.read_all(data) == tuple(Tlv(tag, value) for tag, value in rows)
    (whole, end) = tlv.read(tlv.encode(0x30, data))
    assert whole.children() == tlv.read_all(data)
    assert end == len(tlv.encode(0x30, data))


@pytest.mark.parametrize("tag", [0, -4, 0x1F, 0x5F, 0x0400, 0x5F80, 0x1000000])
def test_writing_what_is_no_tag_is_a_bug(tag: int) -> None:
    with pytest.raises(ValueError, match="tag") as caught:
        tlv.encode(tag, b"")
    assert "\\x" not in str(caught.value)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("", "tlv-cut-off"),
        ("04", "tlv-cut-off"),
        ("5F", "tlv-cut-off"),
        ("5F1F", "tlv-cut-off"),
        ("0402AA", "tlv-cut-off"),
        ("048201", "tlv-cut-off"),
        ("0484FFFFFFFF00", "tlv-cut-off"),
        ("0480AA0000", "tlv-length-form"),
        ("04850000000001AA", "tlv-length-form"),
        ("04FF", "tlv-length-form"),
        ("0000", "tlv-no-tag"),
        ("5F800101AA", "tlv-no-tag"),
        ("5F81818101AA", "tlv-tag-too-long"),
    ],
)
def test_what_is_no_data_object_is_malformed(data: str, reason: str) -> None:
    with pytest.raises(Malformed) as caught:
        tlv.read(bytes.fromhex(data))
    assert caught.value.reason == reason


def test_a_length_may_use_more_bytes_than_it_needs() -> None:
    assert tlv.read(bytes.fromhex("0484000000 01AA")) == (Tlv(0x04, b"\xaa"), 7)


def test_a_header_tells_the_size_of_what_follows() -> None:
    assert tlv.header(bytes.fromhex("6182 0123 5F")) == Header(0x61, 4, 0x123)
    assert tlv.header(bytes.fromhex("5F1F58")) == Header(0x5F1F, 3, 0x58)
    head = tlv.header(bytes.fromhex("7F61820100"))
    assert head is not None
    assert head.size == 5 + 256
    for size in range(5):
        assert tlv.header(bytes.fromhex("7F61820100")[:size]) is None
    with pytest.raises(Malformed):
        tlv.header(b"\x00")


def test_only_wants_one_object_and_nothing_else() -> None:
    assert tlv.only(bytes.fromhex("7701AA"), 0x77) == b"\xaa"
    for data, reason in [("7801AA", "tlv-other-tag"), ("7701AA00", "tlv-bytes-after")]:
        with pytest.raises(Malformed) as caught:
            tlv.only(bytes.fromhex(data), 0x77)
        assert caught.value.reason == reason


def test_find_walks_down_tags() -> None:
    data = bytes.fromhex("7F66 08 0202 0100 0202 0080 0401AA".replace(" ", ""))
    assert tlv.find(data, 0x7F66, 0x02) == b"\x01\x00"
    assert tlv.find(data, 0x04) == b"\xaa"
    assert tlv.find(data, 0x05) is None
    assert tlv.find(data, 0x05, 0x02) is None
    assert tlv.find(data) == data


def test_too_many_objects_in_a_row_are_not_read() -> None:
    assert len(tlv.read_all(b"\x04\x00" * 3, most=3)) == 3
    with pytest.raises(Malformed) as caught:
        tlv.read_all(b"\x04\x00" * 40000)
    assert caught.value.reason == "tlv-too-many"


def test_a_primitive_object_has_no_children() -> None:
    with pytest.raises(Malformed):
        Tlv(0x04, b"").children()


def test_values_stay_out_of_sight() -> None:
    assert repr(Tlv(0x5F1F, b"ROSSI")) == "Tlv(5F1F, 5 bytes)"


@given(st.binary(max_size=400))
def test_no_bytes_raise_anything_but_malformed(data: bytes) -> None:
    try:
        elements = tlv.read_all(data)
    except Malformed:
        return
    assert sum(len(element.value) for element in elements) <= len(data)
    assert b"".join(tlv.encode(each.tag, each.value) for each in elements) is not None
