"""What parts are painted on: rounded surfaces with borders and shadows, and their touches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from math import hypot
from typing import Any

from kivy.graphics import BorderImage, Color, Rectangle
from kivy.graphics.texture import Texture

from kiosk.screens.theme import Paint
from kiosk.screens.widgets.layout import Part

_SHADOW_REACH = 24  # pixels of the shadow picture from its edge to full darkness


def _white(side: int, opacity: Callable[[int, int], float]) -> Any:
    """A white square whose opacity is given for each pixel of its lower left quarter."""
    half = side // 2
    quarter = [[round(255 * opacity(x, y)) for x in range(half)] for y in range(half)]
    rows = [row + row[::-1] for row in quarter]
    pixels = bytearray(b"\xff" * (4 * side * side))
    pixels[3::4] = bytes(value for row in rows + rows[::-1] for value in row)
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    return texture


@cache
def _shadow_texture() -> Any:
    """A soft-edged square, to be stretched from its middle: one picture for every shadow."""

    def soft(at: int) -> float:
        inward = at / _SHADOW_REACH
        return inward * inward * (3 - 2 * inward)

    return _white(2 * _SHADOW_REACH + 2, lambda x, y: soft(x) * soft(y))


@cache
def _round_texture(radius: int) -> Any:
    """A square with round, smooth corners, to be stretched from its middle.

    Drawn as a picture it costs a third of what a mesh with smoothed edges does, on every frame.
    """

    def covered(x: int, y: int) -> float:
        away = hypot(max(0.0, radius - x - 0.5), max(0.0, radius - y - 0.5))
        return min(1.0, max(0.0, radius - away + 0.5))

    return _white(2 * radius + 2, covered)


class _Shape:
    """A filled rectangle with round corners."""

    def __init__(self, radius: int) -> None:
        self._radius = radius
        self.colour = Color()
        self._drawn = (
            BorderImage(texture=_round_texture(radius), border=(radius,) * 4)
            if radius
            else Rectangle(size=(0, 0))
        )

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """Fill this room."""
        self._drawn.pos, self._drawn.size = (left, bottom), (width, height)


class Surface(Part):
    """A part with a painted ground.

    Args:
        paint: its colours.
        radius: of the corners, pixels.
        border: thickness of the edge, pixels; drawn where the paint has one.
        shadow: opacity of the shadow below.
    """

    def __init__(
        self, paint: Paint, *, radius: int = 0, border: int = 0, shadow: float = 0.0
    ) -> None:
        super().__init__()
        self.paint = paint
        self.border = border
        self._shadow = None
        with self.canvas.before:
            if shadow:
                Color(0.05, 0.12, 0.2, shadow)
                reach = _SHADOW_REACH
                self._shadow = BorderImage(
                    texture=_shadow_texture(), border=(reach, reach, reach, reach)
                )
            # The edge is a larger shape below the ground.
            self._edge = _Shape(radius) if border else None
            self._ground = _Shape(max(0, radius - border))
        self.repaint(paint)

    def repaint(self, paint: Paint) -> None:
        """Other colours, same room."""
        self.paint = paint
        self._ground.colour.rgba = paint.ground
        if self._edge is not None:
            self._edge.colour.rgba = paint.edge or paint.ground

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """Paint the room, then share it."""
        if self._shadow is not None:
            reach = _SHADOW_REACH // 2
            self._shadow.pos = (left - reach, bottom - reach - reach // 3)
            self._shadow.size = (width + 2 * reach, height + 2 * reach)
        self._draw(left, bottom, width, height)
        super().place(left, bottom, width, height)

    def thicken(self, border: int) -> None:
        """Another thickness of the edge, same room."""
        self.border = border
        self._draw(int(self.x), int(self.y), int(self.width), int(self.height))

    def _draw(self, left: int, bottom: int, width: int, height: int) -> None:
        inset = 0
        if self._edge is not None:
            inset = self.border
            self._edge.place(left, bottom, width, height)
        self._ground.place(left + inset, bottom + inset, width - 2 * inset, height - 2 * inset)


class Touchable(Surface):
    """A surface that does something when a finger is lifted from it.

    The finger may slide off and so call the touch back. Only the main button of a mouse counts.
    """

    def __init__(
        self,
        name: str,
        act: Callable[[], None],
        paints: tuple[Paint, Paint],
        *,
        radius: int,
        border: int = 0,
        shadow: float = 0.0,
    ) -> None:
        self.idle_paint, self.pressed_paint = paints
        super().__init__(self.idle_paint, radius=radius, border=border, shadow=shadow)
        self.name = name
        self._act = act

    def on_touch_down(self, touch: Any) -> bool:
        """Show the press, and keep the touch."""
        if not self.collide_point(*touch.pos) or touch.is_mouse_scrolling:
            return False
        if "button" in touch.profile and touch.button != "left":
            return False
        touch.grab(self)
        self.show_pressed(pressed=True)
        return True

    def on_touch_move(self, touch: Any) -> bool:
        """Show whether lifting the finger here would count."""
        if touch.grab_current is not self:
            return False
        self.show_pressed(pressed=self._counts(touch))
        return True

    def on_touch_up(self, touch: Any) -> bool:
        """Act where the finger is still on the surface."""
        if touch.grab_current is not self:
            return False
        touch.ungrab(self)
        self.show_pressed(pressed=False)
        if self._counts(touch):
            self._act()
        return True

    def act(self) -> None:
        """Do what a touch does: a key may stand for it."""
        self._act()

    def _counts(self, touch: Any) -> bool:
        """Whether lifting the finger here acts; not after it dragged what lies around."""
        return "dragged" not in touch.ud and bool(self.collide_point(*touch.pos))

    def show_pressed(self, *, pressed: bool) -> None:
        """Draw the surface as pressed or at rest."""
        self.repaint(self.pressed_paint if pressed else self.idle_paint)
