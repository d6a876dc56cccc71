"""What is held to the camera: the back of a card with its bars, a receipt with its square."""

from __future__ import annotations

from random import Random

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour
from kiosk.screens.widgets.drawing import Drawing, Pen, box, outline_of

_CARD = (856.0, 540.0)
_PAPER = (620.0, 700.0)
_MODULES = 11
_FINDER = 3
_FINDERS = ((0, 0), (8, 0), (0, 8))


class BarsCardPicture(Drawing):
    """The back of a card, with the bars of its Code 39 marked. The bars say nothing."""

    def __init__(self, ui: Context, wide: float) -> None:
        super().__init__(ui, _CARD, wide)

    def draw(self, pen: Pen) -> None:
        """Card, some printed lines, the bars."""
        palette = self.ui.theme.palette
        card = palette.document
        edge = outline_of(card)
        outline = box(4, 4, 848, 532, 32)
        pen.fill(outline, card.ground)
        pen.line(outline, edge, 8, close=True)
        for x, y, long in ((56, 92, 430), (56, 150, 300), (540, 92, 250), (540, 150, 180)):
            pen.fill(box(x, y, long, 28, 8), palette.document_print.ground)
        _marked(pen, (48, 256, 760, 216), palette.mark.ground, palette.mark.edge or edge)
        _bars(pen, (84, 282, 688, 164), palette.mark.ink)


class ReceiptPicture(Drawing):
    """A receipt with its square marked. The square says nothing."""

    def __init__(self, ui: Context, wide: float) -> None:
        super().__init__(ui, _PAPER, wide)

    def draw(self, pen: Pen) -> None:
        """Paper, some printed lines, the square."""
        palette = self.ui.theme.palette
        paper = palette.document
        edge = outline_of(paper)
        outline = box(50, 4, 520, 692, 10)
        pen.fill(outline, paper.ground)
        pen.line(outline, edge, 8, close=True)
        for y, long in ((620, 300), (560, 420), (60, 360)):
            pen.fill(box(100, y, long, 30, 8), palette.document_print.ground)
        _marked(pen, (120, 126, 380, 390), palette.mark.ground, palette.mark.edge or edge)
        _square(pen, (152, 163, 316), palette.mark.ink)


def _marked(
    pen: Pen, room: tuple[float, float, float, float], ground: Colour, edge: Colour
) -> None:
    pen.fill(box(*room, 18), ground)
    pen.line(box(*room, 18), edge, 10, close=True)


def _bars(pen: Pen, room: tuple[float, float, float, float], ink: Colour) -> None:
    left, bottom, width, height = room
    wide = Random(39)  # noqa: S311  the same picture every time
    bars, at = [], left
    while at < left + width - 24:
        thick = wide.choice((8, 8, 20))
        bars.append((at, bottom, float(thick), height))
        at += thick + wide.choice((8, 8, 18))
    pen.boxes(bars, ink)


def _square(pen: Pen, room: tuple[float, float, float], ink: Colour) -> None:
    left, bottom, side = room
    module = side / _MODULES
    dots = Random(7)  # noqa: S311  the same picture every time
    dark = [
        (left + column * module, bottom + row * module, module, module)
        for column in range(_MODULES)
        for row in range(_MODULES)
        if _dark(column, row, dots)
    ]
    pen.boxes(dark, ink)


def _dark(column: int, row: int, dots: Random) -> bool:
    """Whether a module is dark: three rings in the corners, anything between."""
    for x, y in _FINDERS:
        across, up = column - x, row - y
        if 0 <= across < _FINDER and 0 <= up < _FINDER:
            return (across, up) != (1, 1)
        if -1 <= across <= _FINDER and -1 <= up <= _FINDER:
            return False
    return dots.random() < 0.5
