"""What a camera or a finger's sensor sees, live in the window."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.clock import Clock
from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from hw.pictures import Frame, PixelFormat
from hw.ports import Preview
from kiosk.screens.context import Context
from kiosk.screens.widgets.layout import Part

_FORMATS = {PixelFormat.GREY: "luminance", PixelFormat.RGB: "rgb"}


class LiveView(Part):
    """The newest picture of a source, in its own proportions, in the middle of its room.

    It looks once a frame while it is on the screen, copies a picture to the graphics card only
    where there is a newer one, and keeps none. Nothing is drawn before the first.

    Args:
        ui: the screen's surroundings.
        preview: the source; None draws nothing.
        shape: width and height of the room that it wants, in units.
        begun: called with the first picture.

    Attributes:
        shown: number of the picture that is drawn, -1 before the first.
    """

    rigid = True

    def __init__(
        self,
        ui: Context,
        preview: Preview | None,
        shape: tuple[float, float],
        *,
        begun: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__()
        self._preview = preview
        self._begun = begun
        self._wide, self._high = ui.px(shape[0]), ui.px(shape[1])
        self._texture: Texture | None = None
        self.shown = -1
        with self.canvas:
            self._ink = Color(1, 1, 1, 0)
            self._picture = Rectangle()
        if preview is not None:
            self._looking = Clock.schedule_interval(self._look, 0)

    def natural_width(self) -> int:
        """As wide as it wants."""
        return self._wide

    def height_at(self, width: int) -> int:
        """In proportion where the room is narrower."""
        return self._high if width >= self._wide else round(self._high * width / self._wide)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """As large as fits, in the middle."""
        if self._texture is None:
            return
        wide, high = self._texture.size
        scale = min(width / wide, height / high)
        self._picture.size = wide * scale, high * scale
        self._picture.pos = (
            left + (width - wide * scale) / 2,
            bottom + (height - high * scale) / 2,
        )

    def _look(self, _seconds: float) -> bool:
        if self.get_root_window() is None:
            self._texture = None
            return False  # another screen is up
        frame: Any = self._preview.latest(self.shown) if self._preview else None
        if frame is not None:
            self._show(frame)
        return True

    def _show(self, frame: Frame) -> None:
        letters = _FORMATS[frame.format]
        size = (frame.width, frame.height)
        if self._texture is None or (*self._texture.size, self._texture.colorfmt) != (
            *size,
            letters,
        ):
            self._texture = Texture.create(size=size, colorfmt=letters)
            self._texture.flip_vertical()  # the first row is the uppermost
            self._picture.texture = self._texture
            self._ink.a = 1
            self.settle()
        self._texture.blit_buffer(frame.pixels, colorfmt=letters, bufferfmt="ubyte")
        self.canvas.ask_update()
        first, self.shown = self.shown < 0, frame.number
        if first:
            self._begun()
