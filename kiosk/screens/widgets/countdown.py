"""Seconds that go by."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.theme import Paint
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import Text


class Circle(Surface):
    """A number in a circle."""

    rigid = True

    def __init__(self, ui: Context, paint: Paint, text: Text) -> None:
        self._side = ui.px(112)
        super().__init__(paint, radius=self._side // 2, border=ui.px(4))
        self.fill([text])

    def natural_width(self) -> int:
        """Its diameter."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its diameter."""
        return self._side
