"""The machine is at work, and nobody knows for how long."""

from __future__ import annotations

from kivy.clock import Clock
from kivy.graphics import Color, SmoothLine

from kiosk.screens.context import Context
from kiosk.screens.theme import Paint
from kiosk.screens.widgets.layout import Part

_DIAMETER = 112


class Waiting(Part):
    """A turning arc. It moves ten times a second, and no more.

    Args:
        ui: the screen's surroundings.
        units: diameter.
        paint: what it stands on: its ink is the arc's; a badge's colours without.

    Attributes:
        turned: degrees.
    """

    rigid = True

    def __init__(
        self, ui: Context, *, units: float = _DIAMETER, paint: Paint | None = None
    ) -> None:
        super().__init__()
        palette = ui.theme.palette
        self._side = ui.px(units)
        self._thickness = max(2, ui.px(5 * units / _DIAMETER + 0.5))
        self.turned = 0
        with self.canvas:
            Color(rgba=paint.ground if paint else palette.badge.ground)
            self._ring = SmoothLine(width=self._thickness)
            Color(rgba=paint.ink if paint else palette.focus)
            self._arc = SmoothLine(width=self._thickness)
        self._turning = Clock.schedule_interval(self._turn, 0.1)

    def natural_width(self) -> int:
        """Its diameter."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its diameter."""
        return self._side

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """A ring and a third of it in another colour."""
        centre = (left + width / 2, bottom + height / 2, self._side / 2 - self._thickness)
        self._ring.circle = centre
        self._arc.circle = (*centre, self.turned, self.turned + 120)

    def _turn(self, _seconds: float) -> bool:
        if self.get_root_window() is None:
            return False  # another screen is up
        self.turned = (self.turned + 24) % 360
        self.settle()
        return True
