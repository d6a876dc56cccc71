"""What the scanner and the decoders' child process tell each other.

A request is five fields: width and height (four bytes each, big endian), the grey pixels, the kinds
of codes (`code-39,qr`), the aids (a byte each). The answer is `DONE`, the aid that showed something
(a byte, or nothing), then kind and text of each code; `REFUSED` where the request does not fit. A
child that has no ZBar says `DONE_WITHOUT_ZBAR` instead.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final

from hw.pictures import Symbology

DONE: Final = b"done"
DONE_WITHOUT_ZBAR: Final = b"done-without-zbar"
REFUSED: Final = b"refused"
MOST_PIXELS: Final = 8_000_000
"""A larger picture is made smaller before it is sent."""
LONGEST_REQUEST: Final = MOST_PIXELS + 1024
LONGEST_ANSWER: Final = 1 << 19
"""Sixteen texts of the longest kind in UTF-8, with room."""


class Aid(IntEnum):
    """A way of looking at a picture, the quickest first."""

    NONE = 0
    SHARPER = 1
    LARGER = 2
    TURNED_12 = 3
    TURNED_12_BACK = 4
    TURNED_24 = 5
    TURNED_24_BACK = 6
    TURNED_45 = 7
    TURNED_90 = 8
    ZBAR = 9
    """Another library: it sees a few codes that zxing-cpp does not."""


def aids_for(wanted: frozenset[Symbology]) -> tuple[Aid, ...]:
    """The aids that can find such codes. A QR code is found at any angle without a turn."""
    if wanted <= {Symbology.QR}:
        return (Aid.NONE, Aid.SHARPER, Aid.LARGER, Aid.ZBAR)
    return tuple(Aid)
