"""Pictures as a U.are.U 4500 sends them: in blocks, scrambled, with one line left out."""

from __future__ import annotations

import functools
from typing import Final, TypeAlias

WIDTH, HEIGHT = 384, 290
KEYS: Final = (0x05AE28F2, 0x7C3D91E6)
"""The keys that this sensor goes through."""
Blocks: TypeAlias = tuple[tuple[int, int], ...]
RECORDED: Final[Blocks] = (
    (0x02, 72),
    (0x00, 1),
    (0x02, 49),
    (0x01, 1),
    (0x00, 1),
    (0x02, 49),
    (0x00, 1),
    (0x02, 116),
)
"""Flags and lines of each block as the recorded sensor gives them. One line (0x01) is never sent."""
CHANGING_KEYS: Final[Blocks] = (*RECORDED[:5], (0x82, 49), (0x06, 2), (0x02, 115))
"""With another key behind the fifth block, and lines at which the key stands."""


@functools.lru_cache(maxsize=16)
def scrambled(picture: bytes, blocks: Blocks) -> bytes:
    """The lines of a picture as this sensor sends them."""
    seen = bytes(255 - each for each in reversed(picture))
    sent = bytearray()
    number, at = 0, 0
    offset = 0
    for flags, lines in blocks:
        block = seen[at : at + lines * WIDTH]
        at += len(block)
        if flags & 0x80:
            number, offset = number + 1, 0
        stream = _stream(KEYS[number % len(KEYS)])[offset : offset + len(block)]
        if flags & 0x04:
            sent += block
            continue
        offset += len(block)
        if flags & 0x01:
            continue
        if flags & 0x02:
            sent += b"\x5a" + bytes(a ^ b for a, b in zip(block[:-1], stream[:-1], strict=True))
        else:
            sent += block
    return bytes(sent)


def as_sent(picture: bytes, blocks: Blocks = RECORDED) -> bytes:
    """What a driver can make of a picture.

    One line is like the one before it (upright), as it is not sent, and the first pixel of each
    scrambled block is white, as its last byte is lost.
    """
    seen = bytearray(255 - each for each in reversed(picture))
    at = 0
    for flags, lines in blocks:
        size = lines * WIDTH
        if flags & 0x01:
            seen[at : at + size] = seen[at + size : at + size + WIDTH] * lines
        elif flags & 0x06 == 0x02:
            seen[at + size - 1] = 0
        at += size
    return bytes(255 - each for each in reversed(seen))


@functools.cache
def _stream(key: int) -> bytes:
    """The whole stream of a key, bit by bit."""
    stream = bytearray()
    for _ in range(WIDTH * HEIGHT):
        byte = 0
        for place, bit in enumerate((4, 8, 11, 14, 18, 21, 24, 29)):
            byte |= (key >> bit & 1) << place
        stream.append(byte)
        parity = (key & 0x9248144D).bit_count() & 1
        key = key >> 1 | parity << 31
    return bytes(stream)
