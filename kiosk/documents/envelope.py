"""A page that is folded in three for a window envelope: where the folds and the window are.

Lengths in millimetres from the upper left corner of the upright A4 page. The page is folded like an
accordion: the upper panel stays in front with its print outward, the middle one goes behind it, and
the lower one lies face to face with the middle one. So the print of these two is inside.

Envelopes: DL (110 x 220, ISO 269), C5/6 (114 x 229) and the Italian 11 x 23. Windows: 90 x 45, 20 from
the side and 15 from below (DIN 680), or 100 x 35, 20 from the side and from below, as Italian shops
sell them. The page slides in its envelope, and is folded by hand: at the marks of DIN 5008 (105 and
210), or in equal parts (99 and 198). What is in `safe` shows in all of them whatever the page does,
what is outside `seen` shows in none.
"""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from kiosk.documents.paper_settings import WindowSide

PAGE_WIDTH: Final = 210.0
PAGE_HEIGHT: Final = 297.0
FOLDS: Final = (105.0, 210.0)
"""Where the marks are: the folds of DIN 5008, form B, for DL and C5/6."""
EQUAL_FOLDS: Final = (99.0, 198.0)
"""Where somebody folds who does not look for the marks."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle on the page."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope with a window; `side` is the distance of the window from the nearer side."""

    width: float
    height: float
    window_width: float
    window_height: float
    side: float = 20.0
    below: float = 15.0


ENVELOPES: Final = tuple(
    Envelope(width, height, *window)
    for width, height in ((220.0, 110.0), (229.0, 114.0), (230.0, 110.0))
    for window in ((90.0, 45.0, 20.0, 15.0), (100.0, 35.0, 20.0, 20.0))
)
"""What offices buy; the page must suit every one of them."""

ADDRESS: Final = {
    WindowSide.RIGHT: Box(121.0, 59.0, 189.0, 79.0),
    WindowSide.LEFT: Box(21.0, 59.0, 89.0, 79.0),
}
"""Where the address is printed; within `safe` of every envelope."""


def shown(envelope: Envelope, side: WindowSide, fold: float) -> Iterator[Box]:
    """What the window shows with the page in each of the four corners of the envelope."""
    for right in (0.0, envelope.width - PAGE_WIDTH):
        for down in (0.0, envelope.height - fold):
            left = (
                envelope.side
                if side is WindowSide.LEFT
                else envelope.width - envelope.side - envelope.window_width
            )
            top = envelope.height - envelope.below - envelope.window_height
            yield Box(
                left - right,
                top - down,
                left - right + envelope.window_width,
                top - down + envelope.window_height,
            )


def safe(side: WindowSide) -> Box:
    """What every envelope shows, wherever the page has slid."""
    boxes = list(_every_view(side))
    return Box(
        max(box.left for box in boxes),
        max(box.top for box in boxes),
        min(box.right for box in boxes),
        min(box.bottom for box in boxes),
    )


def seen(side: WindowSide) -> Box:
    """What some envelope may show; nothing but the address is printed there."""
    boxes = list(_every_view(side))
    return Box(
        min(box.left for box in boxes),
        min(box.top for box in boxes),
        max(box.right for box in boxes),
        max(box.bottom for box in boxes),
    )


def _every_view(side: WindowSide) -> Iterator[Box]:
    for envelope in ENVELOPES:
        for fold in (FOLDS[0], EQUAL_FOLDS[0]):
            yield from shown(envelope, side, fold)


_FONTS: Final = str(Path(__file__).parent / "fonts" / "titillium-web-{}.ttf")
_POINT: Final = 25.4 / 72
"""Millimetres."""

_VEIL_SIZE: Final = (70, 24)
_DOTS: Final = 8  # per millimetre: about 200 an inch, enough for a pattern
_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


@cache
def veil_png() -> bytes:
    """A pattern of letters and digits, 70 x 24 mm, printed before and behind a secret.

    Held against the light, the secret is one line among many of its own kind. The pattern is always
    the same: who has the paper in the hand can unfold it anyhow.
    """
    width, height = (side * _DOTS for side in _VEIL_SIZE)
    picture = Image.new("1", (width, height), 1)
    pen = ImageDraw.Draw(picture)
    source = random.Random(1)  # noqa: S311 - a pattern, no secret
    for points, between in ((30, 0.62), (20, 0.8)):
        size = points * _POINT * _DOTS
        font = ImageFont.truetype(_FONTS.format(600), round(size))
        for line in range(-1, int(height / (size * between)) + 1):
            letters = "".join(source.choice(_ALPHABET) for _ in range(60))
            at = (-source.uniform(0, size), line * size * between)
            pen.text(at, letters, fill=0, font=font)
    with io.BytesIO() as out:
        picture.save(out, "PNG")
        return out.getvalue()


def largest_type(text: str, *, within: float, sizes: tuple[int, ...]) -> int:
    """The first of `sizes` (points, falling) in which bold `text` is at most `within` mm wide.

    The last one where none fits.
    """
    wide = ImageFont.truetype(_FONTS.format(700), 100).getlength(text) / 100
    return next((size for size in sizes if wide * size * _POINT <= within), sizes[-1])
