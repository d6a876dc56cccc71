"""What parts are painted on: rounded surfaces with borders and shadows, and their touches."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from kivy.graphics import BorderImage, Color, Rectangle, SmoothLine, SmoothRoundedRectangle
from kivy.graphics.texture import Texture

from kiosk.screens.theme import Paint
from kiosk.screens.widgets.layout import Part

_SHADOW_REACH = 24  # pixels of the shadow picture from its edge to full darkness


@cache
def _shadow_texture() -> Any:
    """A soft-edged square, to be stretched from its middle: one picture for every shadow."""
    side = 2 * _SHADOW_REACH + 2
    pixels = bytearray()
    for y in range(side):
        for x in range(side):
            inward = [min(i, side - 1 - i, _SHADOW_REACH) / _SHADOW_REACH for i in (x, y)]
            smooth = [t * t * (3 - 2 * t) for t in inward]
            pixels += bytes((255, 255, 255, round(255 * smooth[0] * smooth[1])))
    texture = Texture.create(size=(side, side), colorfmt="rgba")
    texture.blit_buffer(bytes(pixels), colorfmt="rgba", bufferfmt="ubyte")
    return texture


class Surface(Part):
    """A part with a painted ground.

    Args:
        paint: its colours.
        radius: of the corners, pixels.
        border: thickness of the edge, pixels; drawn where the paint has one.
        shadow: opacity of the shadow below.
    """

    def __init__(
        self, paint: Paint, *, radius: int = 0, border: float = 0.0, shadow: float = 0.0
    ) -> None:
        super().__init__()
        self.paint = paint
        self.radius = radius
        self.border = border
        self._shadow = None
        with self.canvas.before:
            if shadow:
                Color(0.05, 0.12, 0.2, shadow)
                reach = _SHADOW_REACH
                self._shadow = BorderImage(
                    texture=_shadow_texture(), border=(reach, reach, reach, reach)
                )
            self._ground_colour = Color()
            self._ground = (
                SmoothRoundedRectangle(radius=[radius]) if radius else Rectangle(size=(0, 0))
            )
            self._edge_colour = Color()
            self._edge = SmoothLine(width=1.0) if border else None
        self.repaint(paint)

    def repaint(self, paint: Paint) -> None:
        """Other colours, same room."""
        self.paint = paint
        self._ground_colour.rgba = paint.ground
        self._edge_colour.rgba = paint.edge or paint.ground

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """Paint the room, then share it."""
        self._ground.pos, self._ground.size = (left, bottom), (width, height)
        if self._shadow is not None:
            reach = _SHADOW_REACH // 2
            self._shadow.pos = (left - reach, bottom - reach - reach // 3)
            self._shadow.size = (width + 2 * reach, height + 2 * reach)
        self._draw_edge(left, bottom, width, height)
        super().place(left, bottom, width, height)

    def thicken(self, border: float) -> None:
        """Another thickness of the edge, same room."""
        self.border = border
        self._draw_edge(int(self.x), int(self.y), int(self.width), int(self.height))

    def _draw_edge(self, left: int, bottom: int, width: int, height: int) -> None:
        if self._edge is None:
            return
        half = self.border / 2
        self._edge.width = half
        box = (left + half, bottom + half, width - self.border, height - self.border)
        self._edge.rounded_rectangle = (*box, max(1, self.radius - half))


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
        border: float = 0.0,
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

    def _counts(self, touch: Any) -> bool:
        """Whether lifting the finger here acts; not after it dragged what lies around."""
        return "dragged" not in touch.ud and bool(self.collide_point(*touch.pos))

    def show_pressed(self, *, pressed: bool) -> None:
        """Draw the surface as pressed or at rest."""
        self.repaint(self.pressed_paint if pressed else self.idle_paint)
