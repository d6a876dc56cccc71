"""What the camera sees, with a frame where a card or a receipt belongs."""

from __future__ import annotations

from hw.ports import Preview
from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.drawing import Pen, Point
from kiosk.screens.widgets.layout import Align, Column, Inset, Part
from kiosk.screens.widgets.live import LiveView
from kiosk.screens.widgets.surface import Surface

CARD = (856.0, 540.0)
"""A card held across."""
SQUARE = (540.0, 540.0)
"""The code of a receipt."""

_SHARE = 0.74
"""Of the picture's height that the frame takes."""
_CORNER = 0.2
"""Of a side that is drawn at each corner."""


class Viewfinder(Surface):
    """The live picture on a dark ground, a frame over it, a word while nothing is seen yet.

    Args:
        ui: the screen's surroundings.
        preview: the camera; None draws none.
        shape: width and height of the room that it wants, in units.
        frame: proportions of what is to be held into the picture; None draws no frame.
        waiting: what to say before the first picture.
    """

    rigid = True

    def __init__(
        self,
        ui: Context,
        preview: Preview | None,
        shape: tuple[float, float],
        *,
        frame: tuple[float, float] | None = None,
        waiting: str = "",
    ) -> None:
        dark = ui.theme.palette.device_side
        super().__init__(dark, radius=ui.px(12), border=ui.px(3))
        self.name = "viewfinder"
        self.live = LiveView(ui, preview, shape, begun=self._begun)
        words = ui.text(waiting, Size.READING, dark.ink, Font.STRONG, align="center")
        self._words = Column([words], along=Align.MIDDLE)
        self._room = Inset(self.live, (ui.px(6), ui.px(6)))
        self._frame = Corners(ui, frame)
        self.fill([self._room, Inset(self._words, (ui.px(20), ui.px(20))), self._frame])

    def natural_width(self) -> int:
        """That of the picture."""
        return self._room.natural_width()

    def height_at(self, width: int) -> int:
        """That of the picture."""
        return self._room.height_at(width)

    def _begun(self) -> None:
        """The first picture is there: the word goes."""
        self.fill([self._room, self._frame])
        self.settle()


class Corners(Part):
    """Four corners over a picture."""

    def __init__(self, ui: Context, shape: tuple[float, float] | None) -> None:
        super().__init__()
        self._ui = ui
        self._shape = shape

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """In the middle."""
        if self._shape is None:
            return
        across, up = self._shape
        scale = min(height * _SHARE / up, width * 0.9 / across)
        x, y = left + (width - across * scale) / 2, bottom + (height - up * scale) / 2
        pen, mark = Pen(x, y, scale), self._ui.theme.palette.mark
        self.canvas.after.clear()
        with self.canvas.after:
            for colour, thick in ((mark.ink, 26.0), (mark.ground, 14.0)):
                for corner in _corners(across, up):
                    pen.line(corner, colour, thick)


def _corners(across: float, up: float) -> list[list[Point]]:
    long = _CORNER * up
    found = []
    for x, inward in ((0.0, long), (across, -long)):
        for y, upward in ((0.0, long), (up, -long)):
            found.append([(x + inward, y), (x, y), (x, y + upward)])
    return found
