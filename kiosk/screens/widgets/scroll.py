"""A room that holds more than it can show, with buttons as large as a thumb beside it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kivy.graphics import (
    Color,
    Rectangle,
    StencilPop,
    StencilPush,
    StencilUnUse,
    StencilUse,
)

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.button import LEAST_TOUCH, Button, ButtonKind
from kiosk.screens.widgets.layout import Part

_DRAG = 18
"""Units that a finger moves before it drags instead of pressing."""
_STEP = 0.8
"""Share of the room by which a button moves the content: the eye keeps some lines."""

_MUCH_TOO_HIGH = 1.3
"""Rooms from which on smaller letters are not even tried."""


class _Viewport(Part):
    """Draws its part within its own room only."""

    def __init__(self) -> None:
        super().__init__()
        self.offset = 0
        self.content_height = 0
        with self.canvas.before:
            StencilPush()
            self._mask = Rectangle()
            StencilUse()
        with self.canvas.after:
            StencilUnUse()
            self._unmask = Rectangle()
            StencilPop()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The content, moved up by the offset."""
        for mask in (self._mask, self._unmask):
            mask.pos, mask.size = (left, bottom), (width, height)
        self.content_height = max(height, self.parts[0].height_at(width))
        self.offset = max(0, min(self.offset, self.content_height - height))
        top = bottom + height + self.offset
        self.parts[0].place(left, top - self.content_height, width, self.content_height)

    def on_touch_down(self, touch: Any) -> bool:
        """Touches outside the room are not for the content."""
        if not self.collide_point(*touch.pos):
            return False
        return bool(super().on_touch_down(touch))


class Scroll(Part):
    """Shows a part; where that is higher than the room, two buttons and the finger move it.

    Args:
        ui: the screen's surroundings.
        builders: make the part, from full size downwards: the first that needs no moving is
            shown, and where none does, the full one, moved.
    """

    grows = True

    def __init__(self, ui: Context, builders: Sequence[Callable[[], Part]]) -> None:
        self._ui = ui
        self._builders = tuple(builders)
        self._built_for = (0, 0)
        self._viewport = _Viewport()
        self._up = Button(
            ui,
            "scroll.up",
            ui.words("screen.scroll.up"),
            lambda: self.move(-_STEP),
            icon=Icon.ARROW_UP,
            stacked=True,
            padding=6,
        )
        self._down = Button(
            ui,
            "scroll.down",
            ui.words("screen.scroll.down"),
            lambda: self.move(_STEP),
            icon=Icon.ARROW_DOWN,
            stacked=True,
            padding=6,
            kind=ButtonKind.PRIMARY,
        )
        self._dragged_from: tuple[float, int] | None = None
        super().__init__([self._viewport])
        with self.canvas.after:
            self._track_colour = Color(rgba=(0, 0, 0, 0))
            self._thumb = Rectangle(size=(0, 0))

    @property
    def offset(self) -> int:
        """How far the content is moved up, in pixels."""
        return self._viewport.offset

    @offset.setter
    def offset(self, offset: int) -> None:
        self._viewport.offset = offset
        if self.height > 0:
            self.settle()

    @property
    def overflows(self) -> bool:
        """Whether the content is higher than the room."""
        return bool(self._viewport.content_height > self.height)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Nothing of its own: it takes what is left."""
        return 0

    def move(self, rooms: float) -> None:
        """Move the content by so many rooms, downwards where positive."""
        self.offset += int(rooms * self.height)

    def fit(self) -> None:
        """Share the room anew after parts of the content changed.

        Where they made it too high for the room, it is built anew.
        """
        content = self._viewport.parts[0]
        if not self.overflows and content.height_at(int(self.width)) > self.height:
            self._built_for = (0, 0)
        self.settle()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """All for the content, or a column at the right for the buttons."""
        if self._built_for != (width, height):
            self._built_for = (width, height)
            self._viewport.fill([self._build(width, height)])
        content = self._viewport.parts[0]
        if content.height_at(width) <= height:
            self._set_buttons()
            self._thumb.size = (0, 0)
            self._viewport.place(left, bottom, width, height)
            return
        ui = self._ui
        side, margin = ui.px(LEAST_TOUCH + 24), ui.px(14)
        room = width - side - 2 * margin
        self._viewport.place(left, bottom, room, height)
        hidden = self._viewport.content_height - height
        self._set_buttons(up=self.offset > 0, down=self.offset < hidden)
        at = left + room + margin
        self._up.place(at, bottom + height - side - margin, side, side)
        self._down.place(at, bottom + margin, side, side)
        track_low, track_high = bottom + side + 2 * margin, bottom + height - side - 2 * margin
        length = max(ui.px(24), (track_high - track_low) * height // self._viewport.content_height)
        rest = track_high - track_low - length
        self._track_colour.rgba = ui.theme.palette.focus
        self._thumb.size = (ui.px(8), length)
        self._thumb.pos = (
            at + (side - ui.px(8)) // 2,
            track_high - length - rest * self.offset // max(1, hidden),
        )

    def _build(self, width: int, height: int) -> Part:
        full = self._builders[0]()
        if not height < full.height_at(width) <= height * _MUCH_TOO_HIGH:
            return full
        for build in self._builders[1:]:
            part = build()
            if part.height_at(width) <= height:
                return part
        return full

    def _set_buttons(self, *, up: bool = False, down: bool = False) -> None:
        wanted = [self._viewport, *([self._up] if up else []), *([self._down] if down else [])]
        if list(self.parts) != wanted:
            self.fill(wanted)

    def on_touch_down(self, touch: Any) -> bool:
        """Keep an eye on a finger that may begin to drag."""
        if touch.is_mouse_scrolling and self.collide_point(*touch.pos):
            self.move(0.15 if touch.button == "scrollup" else -0.15)
            return True
        handled = bool(super().on_touch_down(touch))
        if self._viewport.collide_point(*touch.pos) and self.overflows:
            touch.grab(self)
            self._dragged_from = (touch.y, self.offset)
            return True
        return handled

    def on_touch_move(self, touch: Any) -> bool:
        """Drag, and take the press away from what the finger first touched."""
        if touch.grab_current is not self or self._dragged_from is None:
            return False
        start, offset = self._dragged_from
        if "dragged" not in touch.ud and abs(touch.y - start) > self._ui.px(_DRAG):
            touch.ud["dragged"] = True
        if "dragged" in touch.ud:
            self.offset = offset + int(touch.y - start)
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """The finger is gone."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self._dragged_from = None
        return True
