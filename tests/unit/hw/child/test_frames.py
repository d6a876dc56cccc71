"""Frames between a process and its child."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.child.frames import HEAD, MOST_FIELDS, Broken, fields_of, frame, size_of, wipe


@given(st.lists(st.binary(max_size=40), max_size=6))
def test_what_is_framed_comes_out_again(fields: list[bytes]) -> None:
    made = frame(fields)
    assert size_of(made[:HEAD], 0x10000) == len(made) - HEAD
    assert [bytes(field) for field in fields_of(made[HEAD:])] == fields


@given(st.binary(max_size=60))
def test_any_bytes_are_fields_or_broken(body: bytes) -> None:
    try:
        fields = fields_of(body)
    except Broken:
        return
    assert bytes(frame(fields)[HEAD:]) == body


def test_a_frame_that_is_too_long_is_broken() -> None:
    with pytest.raises(Broken):
        size_of(b"\xff\xff\xff\xff", 0x10000)


def test_no_more_fields_are_taken_than_any_message_has() -> None:
    assert len(fields_of(frame([b""] * MOST_FIELDS)[HEAD:])) == MOST_FIELDS
    with pytest.raises(Broken):
        fields_of(bytes(HEAD * (MOST_FIELDS + 1)))


def test_a_frame_can_be_wiped() -> None:
    made = frame((b"log-in", b"12345678"))
    wipe(made)
    assert bytes(made) == bytes(len(made))
