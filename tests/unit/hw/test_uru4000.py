"""The U.are.U's pictures and its stream, whatever bytes come."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.fingerprint.uru4000 import (
    HEAD,
    HEIGHT,
    LONGEST_PICTURE,
    WIDTH,
    Register,
    SensorFault,
    Uru4000,
    advance,
    filled,
    keystream,
    parse,
    unscramble,
    upright,
)


def slow_stream(key: int, size: int) -> tuple[bytes, int]:
    """The stream, a byte at a time."""
    stream = bytearray()
    for _ in range(size):
        picked = (4, 8, 11, 14, 18, 21, 24, 29)
        stream.append(sum((key >> bit & 1) << place for place, bit in enumerate(picked)))
        parity = (key & 0x9248144D).bit_count() % 2
        key = key >> 1 | parity << 31
    return bytes(stream), key


@given(key=st.integers(0, 2**32 - 1), size=st.integers(0, 200))
def test_the_stream_by_tables_is_the_stream_by_bytes(key: int, size: int) -> None:
    stream, behind = keystream(key, size)
    assert (bytes(stream), behind) == slow_stream(key, size)
    assert advance(key, size) == behind


@given(key=st.integers(0, 2**32 - 1), plain=st.binary(max_size=300))
def test_what_is_scrambled_comes_back_but_for_its_last_byte(key: int, plain: bytes) -> None:
    stream, behind = slow_stream(key, len(plain))
    mixed = bytes(a ^ b for a, b in zip(plain, stream, strict=True))
    piece, state = unscramble(bytearray(b"?" + mixed)[: len(plain)], key, len(plain))
    assert state == behind
    assert bytes(piece) == (plain[:-1] + b"\0" if plain else b"")


def test_a_picture_is_turned_and_inverted() -> None:
    assert upright(bytearray(b"\x00\x01\xff")) == bytearray(b"\x00\xfe\xff")


def test_a_line_that_is_absent_is_like_the_next() -> None:
    sent = bytearray(b"a" * WIDTH + b"b" * WIDTH + b"c" * WIDTH)
    picture = filled(sent, [(0, 1), (1, 2), (0, 2), (1, 1)])
    lines = [picture[at * WIDTH : (at + 1) * WIDTH][:1] for at in range(7)]
    assert lines == [b"a", b"b", b"b", b"b", b"c", b"\0", b"\0"]
    assert len(picture) == WIDTH * HEIGHT


HEADS = st.builds(
    lambda lines, key, table: (
        b"\x10\x40\x80\x01" + lines.to_bytes(2, "little") + bytes([key, 0]) + bytes(8) + table
    ),
    st.one_of(st.integers(0, 300), st.integers(0, 65535)),
    st.integers(0, 255),
    st.binary(min_size=30, max_size=48),
)


class Script:
    """A sensor that sends one picture and any registers."""

    def __init__(self, raw: bytes, registers: list[bytes]) -> None:
        self.raw, self.registers = raw, deque(registers)

    def read(self, register: Register, size: int) -> bytes:
        del register
        return self.registers.popleft()[:size] if self.registers else bytes(size)

    def write(self, register: Register, data: bytes) -> None:
        del register, data

    def interrupt(self, seconds: float | None) -> bytes | None:
        del seconds
        return b"\x56\xaa"

    def forget_interrupts(self) -> None:
        pass

    def begin_bulk(self, size: int) -> Callable[[float], bytearray]:
        return lambda _: bytearray(self.raw[:size])

    def pause(self, seconds: float) -> None:
        del seconds


@given(
    head=HEADS,
    length=st.integers(0, LONGEST_PICTURE),
    registers=st.lists(st.binary(max_size=5), max_size=4),
)
def test_any_bytes_are_a_picture_or_a_fault(
    head: bytes, length: int, registers: list[bytes]
) -> None:
    raw = head.ljust(length, b"\x77")
    try:
        picture = Uru4000(Script(raw, registers), lambda: 7).capture()
    except SensorFault as fault:
        assert fault.code == "fingerprint.failed"  # noqa: PT017 - either is right
        return
    assert len(picture) == WIDTH * HEIGHT


@pytest.mark.parametrize("size", [0, HEAD - 1, HEAD, HEAD + 289 * WIDTH - 1])
def test_fewer_bytes_than_lines_are_a_fault(size: int) -> None:
    raw = bytearray(b"\x10\x40\x80\x01\x21\x01".ljust(HEAD + 289 * WIDTH, b"\0"))
    with pytest.raises(SensorFault):
        parse(raw[:size])


def test_a_sensor_that_never_leaves_its_reset_is_given_up() -> None:
    with pytest.raises(SensorFault) as fault:
        Uru4000(Script(b"", [b"\x84"] * 2000), lambda: 7).prepare()
    assert fault.value.code == "fingerprint.timeout"
