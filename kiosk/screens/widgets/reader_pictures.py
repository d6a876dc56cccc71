"""What to do with a card at the contactless reader, as pictures."""

from __future__ import annotations

from enum import Enum

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour
from kiosk.screens.widgets.document_pictures import CARD_SHAPE, card_shapes
from kiosk.screens.widgets.drawing import Drawing, Pen, Place, Point, arc, box, flat, lying, tilted


class Pose(Enum):
    """What a picture shows."""

    LAY = "lay"
    """The card comes down onto the reader."""
    LIES = "lies"
    """The card lies on the reader, and is being read."""
    STILL = "still"
    """The card lies there, and nobody touches it."""
    AWAY = "away"
    """The card is beside the reader, and should go back."""
    FLAT = "flat"
    """The card stands up at one end, and should lie flat."""
    TURN = "turn"
    """The card is turned to its other side."""
    BARE = "bare"
    """The card comes out of its wallet."""


_SHAPE = (1000.0, 640.0)
_READER = (600.0, 400.0)  # width and depth
_READER_AT = (70.0, 84.0)
_THICK = 54.0
_CARD = 0.52  # units of the picture for a tenth of a millimetre
_ON_READER = (78.0, 60.0)  # where the card lies on it
_LINE = 15.0


class ReaderPicture(Drawing):
    """The contactless reader and a card.

    Args:
        ui: the screen's surroundings.
        pose: what to show.
        wide: in the theme's units.
    """

    def __init__(self, ui: Context, pose: Pose, wide: float) -> None:
        super().__init__(ui, _SHAPE, wide)
        self.pose = pose

    def draw(self, pen: Pen) -> None:
        """The reader, then the card in its pose."""
        focus = self.ui.theme.palette.focus
        if self.pose is Pose.BARE:
            self._bare(pen, focus)
            return
        self._reader(pen)
        match self.pose:
            case Pose.LAY:
                self._lay(pen, focus)
            case Pose.LIES:
                self._lies(pen, focus)
            case Pose.STILL:
                self._still(pen, focus)
            case Pose.AWAY:
                self._away(pen, focus)
            case Pose.FLAT:
                self._flat(pen, focus)
            case Pose.TURN:
                self._turn(pen, focus)

    def _reader(self, pen: Pen) -> None:
        palette = self.ui.theme.palette
        top, side = palette.device, palette.device_side
        width, depth = _READER
        x, y = _READER_AT
        edge = top.edge or top.ink
        outline = box(0, 0, width, depth, 40)
        lower, upper = lying(x, y - _THICK), lying(x, y)
        # The body: what its upper and its lower outline enclose together.
        body = _hull([place(*corner) for place in (lower, upper) for corner in outline])
        pen.fill(body, side.ground)
        pen.line(body, edge, 6, close=True)
        pen.fill(outline, top.ground, upper)
        pen.line(outline, edge, 6, upper, close=True)

    def _free_place(self, pen: Pen) -> None:
        """Where the card belongs, and the sign of contactless readers in the middle of it."""
        ink = self.ui.theme.palette.device.ink
        place = self._on_top()
        corners = box(0, 0, *CARD_SHAPE)
        for number, (x, y) in enumerate(corners):
            before, after = corners[number - 1], corners[(number + 1) % 4]
            pen.line(
                [_toward((x, y), before, 130), (x, y), _toward((x, y), after, 130)], ink, 8, place
            )
        for radius in (70, 140, 210):
            pen.line(arc(300, 270, radius, -46, 46), ink, 10, place)

    def _on_top(self, high: float = 6.0) -> Place:
        x, y = _READER_AT
        return _shrunk(lying(x, y, high), _ON_READER)

    def _card(self, pen: Pen, place: Place) -> None:
        palette = self.ui.theme.palette
        document = palette.document
        edge = document.edge or document.ink
        card_shapes(pen, (document.ground, edge, palette.document_print.ground), place)

    def _lay(self, pen: Pen, ink: Colour) -> None:
        self._free_place(pen)
        place = self._on_top(290)
        self._card(pen, place)
        x, y = place(CARD_SHAPE[0] / 2, 0)
        pen.arrow((x, y - 26), (x, y - 150), ink, _LINE)

    def _lies(self, pen: Pen, ink: Colour) -> None:
        place = self._on_top()
        self._card(pen, place)
        x, y = place(CARD_SHAPE[0] / 2, CARD_SHAPE[1] / 2)
        for radius in (150, 202, 254):
            pen.line(arc(x + 10, y + 20, radius, 54, 126), ink, _LINE)

    def _still(self, pen: Pen, ink: Colour) -> None:
        self._card(pen, self._on_top())
        x, y = 470.0, 500.0
        pen.disc(x, y, 116, ink)
        pen.disc(x, y, 98, self.ui.theme.palette.card.ground)
        pen.line([(x, y), (x, y + 66)], ink, _LINE)
        pen.line([(x, y), (x + 46, y - 26)], ink, _LINE)

    def _away(self, pen: Pen, ink: Colour) -> None:
        self._free_place(pen)
        self._card(pen, _shrunk(lying(440, 8), (0, 0)))
        self._bow(pen, arc(606, 268, 200, 8, 150), ink)

    def _flat(self, pen: Pen, ink: Colour) -> None:
        x, y = _READER_AT
        left = x + _ON_READER[0] + _ON_READER[1] * 0.42
        front = y + _ON_READER[1] * 0.52
        place = _shrunk(tilted(left, front, 210, 0.46), (0, 0))
        self._card(pen, place)
        end_x, end_y = place(0, CARD_SHAPE[1] / 2)
        pen.arrow((end_x - 60, end_y + 30), (end_x - 60, end_y - 150), ink, _LINE)

    def _turn(self, pen: Pen, ink: Colour) -> None:
        self._free_place(pen)
        place = self._on_top(280)
        self._card(pen, place)
        x, y = place(CARD_SHAPE[0], CARD_SHAPE[1] / 2)
        self._bow(pen, arc(x - 4, y - 10, 112, 104, -100), ink)

    def _bare(self, pen: Pen, ink: Colour) -> None:
        palette = self.ui.theme.palette
        back, front = palette.device_side, palette.device
        edge = front.edge or front.ink
        pen.fill(box(190, 30, 540, 330, 36), back.ground)
        pen.line(box(190, 30, 540, 330, 36), edge, 6, close=True)
        self._card(pen, _shrunk(flat, (237, 260)))
        pocket = box(170, 30, 580, 260, 36)
        pen.fill(pocket, front.ground)
        pen.line(pocket, edge, 6, close=True)
        pen.line([(206, 250), (714, 250)], front.ink, 6)
        pen.arrow((840, 220), (840, 500), ink, _LINE)

    @classmethod
    def _bow(cls, pen: Pen, way: list[Point], ink: Colour) -> None:
        """An arrow along a curve."""
        pen.line(way, ink, _LINE)
        cls._head(pen, way[-3], way[-1], ink)

    @staticmethod
    def _head(pen: Pen, before: Point, tip: Point, ink: Colour) -> None:
        dx, dy = tip[0] - before[0], tip[1] - before[1]
        long = (dx * dx + dy * dy) ** 0.5 or 1.0
        pen.head(tip, (dx / long, dy / long), ink, _LINE)


def _shrunk(place: Place, at: Point) -> Place:
    """A card's tenths of millimetres on a surface, its corner at a point of it."""
    return lambda x, y: place(at[0] + x * _CARD, at[1] + y * _CARD)


def _toward(start: Point, end: Point, long: float) -> Point:
    (x1, y1), (x2, y2) = start, end
    whole = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    return x1 + (x2 - x1) * long / whole, y1 + (y2 - y1) * long / whole


def _hull(points: list[Point]) -> list[Point]:
    """The convex outline around points (Andrew's monotone chain)."""
    ordered = sorted(points)
    halves: list[list[Point]] = []
    for run in (ordered, ordered[::-1]):
        half: list[Point] = []
        for point in run:
            while len(half) > 1 and _turns_right(half[-2], half[-1], point):
                half.pop()
            half.append(point)
        halves.append(half[:-1])
    return halves[0] + halves[1]


def _turns_right(first: Point, middle: Point, last: Point) -> bool:
    (x1, y1), (x2, y2), (x3, y3) = first, middle, last
    return (x2 - x1) * (y3 - y1) - (y2 - y1) * (x3 - x1) <= 0
