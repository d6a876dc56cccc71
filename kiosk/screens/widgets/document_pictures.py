"""The two cards that the kiosk reads, drawn from our own shapes: what they look like, no more."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour, Font
from kiosk.screens.widgets.drawing import Drawing, Pen, Place, Point, arc, box, flat
from kiosk.screens.widgets.text import Text

CARD_SHAPE = (856.0, 540.0)
"""Tenths of millimetres of an ID-1 card (ISO/IEC 7810)."""
_CORNER = 32.0
_SPECIMEN = "123456"
_PRINTED = "CARTA DI IDENTITÀ"
# What is printed on the card is Italian in every language.
_SMALLEST_TITLE = 20  # pixels; where it would be smaller, a line stands for it


def card_shapes(pen: Pen, paints: tuple[Colour, Colour, Colour], place: Place = flat) -> None:
    """The front of an identity card, without its texts.

    Args:
        pen: draws in units of which the card is 856 wide.
        paints: ground, edge, and what is printed on it.
        place: where the card lies.
    """
    ground, edge, printed = paints
    outline = box(0, 0, *CARD_SHAPE, _CORNER)
    pen.fill(outline, ground, place)
    pen.line(outline, edge, 8, place, close=True)
    portrait(pen, (56, 92, 218, 300), (printed, edge), place)
    for x, y, long in ((318, 362, 236), (318, 300, 320), (318, 238, 180), (318, 176, 260)):
        pen.fill(box(x, y, long, 26, 8), printed, place)
    pen.fill(box(600, 438, 200, 34, 8), printed, place)


def portrait(
    pen: Pen,
    room: tuple[float, float, float, float],
    paints: tuple[Colour, Colour],
    place: Place = flat,
) -> None:
    """Somebody's head and shoulders in a frame of `room`: left, bottom, width, height."""
    x, y, width, height = room
    ground, ink = paints
    pen.fill(box(x, y, width, height, 12), ground, place)
    middle = x + width / 2
    pen.fill(arc(middle, y + height * 0.62, width * 0.2, 0, 352), ink, place)
    shoulders: list[Point] = [
        (px, y + (py - y) * 0.98) for px, py in arc(middle, y + 6, width * 0.38, 0, 180)
    ]
    pen.fill(shoulders, ink, place)


class IdentityCardPicture(Drawing):
    """The front of an Italian electronic identity card with the place of its six digits.

    Args:
        ui: the screen's surroundings.
        wide: in the theme's units.
        marked: whether the digits (the CAN) are marked.
    """

    def __init__(self, ui: Context, wide: float, *, marked: bool = True) -> None:
        super().__init__(ui, CARD_SHAPE, wide)
        palette = ui.theme.palette
        self._marked = marked
        self._title = Text(_PRINTED, Font.TITLE, 1, palette.document.ink)
        self._digits = Text(_SPECIMEN, Font.TITLE, 1, palette.mark.ink, align="center")
        self.fill([self._title, *([self._digits] if marked else [])])

    def draw(self, pen: Pen) -> None:
        """The card, and a frame and an arrow where the digits are."""
        palette = self.ui.theme.palette
        document, mark = palette.document, palette.mark
        card_shapes(
            pen,
            (document.ground, document.edge or document.ink, palette.document_print.ground),
        )
        if not self._marked:
            return
        edge = mark.edge or mark.ink
        room = box(566, 34, 262, 96, 18)
        pen.fill(room, mark.ground)
        pen.line(room, edge, 9, close=True)
        pen.arrow((697, 352), (697, 152), edge, 17)

    def place_texts(self, pen: Pen, scale: float) -> None:
        """The card's title and the digits, as large as the drawing allows."""
        letters = round(50 * scale)
        self._title.text = _PRINTED if letters >= _SMALLEST_TITLE else ""
        self._put(self._title, pen, (56, 430, 530, 70), scale, letters)
        if self._marked:
            self._put(self._digits, pen, (572, 36, 250, 92), scale, round(64 * scale))

    @staticmethod
    def _put(
        text: Text, pen: Pen, room: tuple[float, float, float, float], scale: float, letters: int
    ) -> None:
        x, y, width, height = room
        left, bottom = pen.at((x, y))
        text.resize(letters)
        text.place(round(left), round(bottom), round(width * scale), round(height * scale))


class HealthCardPicture(Drawing):
    """The side of a health card (TS-CNS) with its chip."""

    def __init__(self, ui: Context, wide: float) -> None:
        super().__init__(ui, CARD_SHAPE, wide)

    def draw(self, pen: Pen) -> None:
        """A card with a chip, a band, and lines."""
        palette = self.ui.theme.palette
        document, mark = palette.document, palette.mark
        edge = document.edge or document.ink
        printed = palette.document_print.ground
        outline = box(0, 0, *CARD_SHAPE, _CORNER)
        pen.fill(outline, document.ground)
        pen.fill(box(4, 420, 848, 84), printed)
        pen.line(outline, edge, 8, close=True)
        chip(pen, (84, 214, 136, 112), (mark.ground, document.ink))
        for x, y, long in ((300, 330, 420), (300, 262, 300), (84, 130, 360), (84, 70, 240)):
            pen.fill(box(x, y, long, 26, 8), printed)


def chip(pen: Pen, room: tuple[float, float, float, float], paints: tuple[Colour, Colour]) -> None:
    """The contacts of a chip in `room`: left, bottom, width, height."""
    x, y, width, height = room
    ground, ink = paints
    outline = box(x, y, width, height, 16)
    pen.fill(outline, ground)
    pen.line(outline, ink, 6, close=True)
    for part in (1 / 3, 2 / 3):
        pen.line([(x, y + height * part), (x + width * 0.34, y + height * part)], ink, 5)
        pen.line([(x + width * 0.66, y + height * part), (x + width, y + height * part)], ink, 5)
    pen.line(box(x + width * 0.34, y, width * 0.32, height), ink, 5, close=True)
