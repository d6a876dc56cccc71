"""The fingerprint sensor on the desk, and what a finger should do on it."""

from __future__ import annotations

from enum import Enum

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour
from kiosk.screens.widgets.drawing import Drawing, Pen, Place, arc, box, lying, outline_of

_SHAPE = (700.0, 600.0)
_DEVICE = (330.0, 330.0)  # width and depth
_DEVICE_AT = (150.0, 150.0)
_THICK = 64.0
_GLASS = (76.0, 84.0, 178.0, 190.0)
_TIP = (_GLASS[0] + _GLASS[2] / 2, _GLASS[1] + _GLASS[3] * 0.56)  # where the finger ends
_FINGER = 112.0
_EDGE = 12.0
_LINE = 16.0
_TURN = 12.0


class Move(Enum):
    """What a picture shows."""

    WAIT = "wait"
    """The sensor alone, its glass dark."""
    PLACE = "place"
    """A finger comes down onto the glass."""
    HOLD = "hold"
    """It lies there."""
    LIFT = "lift"
    """It goes up."""
    BACK = "back"
    """The sensor is away, and is coming back."""


_HIGH = {Move.PLACE: 150.0, Move.HOLD: 10.0, Move.LIFT: 150.0}


class SensorPicture(Drawing):
    """The sensor with its glass, and a finger.

    Args:
        ui: the screen's surroundings.
        move: what to show.
        wide: in the theme's units.
    """

    def __init__(self, ui: Context, move: Move, wide: float) -> None:
        super().__init__(ui, _SHAPE, wide)
        self.move = move

    def show(self, move: Move) -> None:
        """Another picture in the same room."""
        if move is not self.move:
            self.move = move
            if self.width > 0:
                self.settle()

    def draw(self, pen: Pen) -> None:
        """The sensor, then the finger."""
        focus = self.ui.theme.palette.focus
        self._sensor(pen)
        if self.move is Move.BACK:
            self._coming_back(pen, focus)
        if self.move not in _HIGH:
            return
        place = lying(*_DEVICE_AT, _HIGH[self.move])
        self._finger(pen, place)
        if self.move is Move.HOLD:
            x, y = place(*_TIP)
            for radius in (112, 158, 204):
                pen.line(arc(x, y, radius, 38, 118), focus, _LINE)
            return
        x, y = place(_TIP[0] + 190, _TIP[1] - 40)
        low, high = (x, y - 96), (x, y + 74)
        pen.arrow(*((high, low) if self.move is Move.PLACE else (low, high)), focus, _LINE)

    def _sensor(self, pen: Pen) -> None:
        palette = self.ui.theme.palette
        body, side = palette.device, palette.device_side
        edge = body.edge or body.ink
        outline = box(0, 0, *_DEVICE, 70)
        x, y = _DEVICE_AT
        for step in range(9):
            # The side, as slices from the desk up to the top.
            pen.fill(outline, side.ground, lying(x, y, -_THICK * (8 - step) / 8), edge=True)
        pen.line(outline, edge, 6, lying(x, y, -_THICK), close=True)
        pen.fill(outline, side.ground, lying(x, y, -_THICK / 2))
        pen.fill(outline, body.ground, lying(x, y))
        pen.line(outline, edge, 6, lying(x, y), close=True)
        lit = self.move in _HIGH
        glass = palette.document_print if lit else palette.device_side
        pane = box(*_GLASS, 30)
        pen.fill(pane, glass.ground, lying(x, y))
        pen.line(pane, body.ink, 8, lying(x, y), close=True)

    def _finger(self, pen: Pen, place: Place) -> None:
        skin = self.ui.theme.palette.document
        edge = outline_of(skin)
        bone = [(_TIP[0] - 30, -190.0), _TIP]
        pen.line(bone, edge, _FINGER + 2 * _EDGE, place)
        pen.line(bone, skin.ground, _FINGER, place)
        nail = [(_TIP[0] - 2, _TIP[1] - 26), (_TIP[0] + 1, _TIP[1] + 22)]
        pen.line(nail, edge, 62, place)
        pen.line(nail, skin.ground, 42, place)

    @staticmethod
    def _coming_back(pen: Pen, ink: Colour) -> None:
        way = arc(350, 480, 84, 70, -200)
        pen.line(way, ink, _TURN)
        (x1, y1), (x2, y2) = way[-3], way[-1]
        long = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5 or 1.0
        pen.head((x2, y2), ((x2 - x1) / long, (y2 - y1) / long), ink, _TURN)
