"""A room that holds more than it shows: moved by wheel, by Page keys, and by the focus itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.graphics import Color, Rectangle

from kiosk.screens.context import Context
from kiosk.screens.widgets.layout import Part
from kiosk.screens.widgets.scroll import Scroll

_ROOM_FOR_BAR = 14


class DeskScroll(Scroll):
    """Shows a part, with a slim bar beside it where that is higher than the room."""

    def __init__(self, ui: Context, builders: Sequence[Callable[[], Part]]) -> None:
        super().__init__(ui, builders)
        with self.canvas.before:
            self._rail_colour = Color(rgba=(0, 0, 0, 0))
            self._rail = Rectangle(size=(0, 0))
        self._track = (0, 1)

    def rebuild(self) -> None:
        """Build the content anew, and keep how far it was moved."""
        self._built_for = (0, 0)
        if self.height > 0:
            self.settle()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """All for the content, or a slim bar at its right."""
        ui = self._ui
        if self._built_for != (width, height):
            self._built_for = (width, height)
            self._viewport.fill([self._builders[0]()])
        content = self._viewport.parts[0]
        high = content.height_at(width) > height
        room = width - ui.px(_ROOM_FOR_BAR) if high else width
        self._viewport.place(left, bottom, room, height)
        if not high:
            self._thumb.size = self._rail.size = (0, 0)
            return
        bar = ui.px(8)
        at = left + room + (ui.px(_ROOM_FOR_BAR) - bar) // 2
        whole = self._viewport.content_height
        length = max(ui.px(30), height * height // whole)
        hidden = max(1, whole - height)
        self._track = (bottom, height)
        self._rail_colour.rgba = ui.theme.palette.keyboard.ground
        self._rail.pos, self._rail.size = (at, bottom), (bar, height)
        self._track_colour.rgba = ui.theme.palette.field.edge or ui.theme.palette.focus
        self._thumb.size = (bar, length)
        self._thumb.pos = (at, bottom + height - length - (height - length) * self.offset // hidden)

    def reveal(self, part: Part) -> None:
        """Move the content as little as shows `part` with some room around it."""
        if not self.overflows:
            return
        around = self._ui.px(48)
        over = part.top + around - self.top
        below = self.y - (part.y - around)
        if over > 0:
            self.offset -= int(over)
        elif below > 0:
            self.offset += int(below)

    def on_touch_down(self, touch: Any) -> bool:
        """The bar is taken hold of; all else as with any room that moves."""
        on_bar = touch.x >= self._viewport.right and self.collide_point(*touch.pos)
        if self.overflows and on_bar and not touch.is_mouse_scrolling:
            bottom, height = self._track
            share = 1 - (touch.y - bottom) / max(1, height)
            self.offset = int(share * self._viewport.content_height - height / 2)
            return True
        return super().on_touch_down(touch)
