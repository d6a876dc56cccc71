"""The face from a document's chip, as pixels on the screen and nowhere else."""

from __future__ import annotations

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from kiosk.flows.document_check import FacePicture
from kiosk.screens.context import Context
from kiosk.screens.widgets.document_pictures import portrait
from kiosk.screens.widgets.drawing import Drawing, Pen

_LARGEST_SIDE = 2048
# Pixels: what every GPU takes as one texture; a face is 480x640.
_SHAPE = (300.0, 400.0)


class FaceView(Drawing):
    """The face in its own proportions, or a drawn head where there is no picture.

    Args:
        ui: the screen's surroundings.
        face: decoded pixels; None, or what cannot be drawn, shows the drawn head.
        high: in the theme's units.
    """

    def __init__(self, ui: Context, face: FacePicture | None, high: float) -> None:
        self._texture = _texture(face)
        shape = _SHAPE if self._texture is None else self._texture.size
        super().__init__(ui, shape, high * shape[0] / shape[1])
        self.name = "face" if self._texture is not None else "face.none"

    def draw(self, pen: Pen) -> None:
        """The picture, or a head in the colours of the drawings."""
        across, up = self.shape
        if self._texture is None:
            palette = self.ui.theme.palette
            ink = palette.document.edge or palette.document.ink
            portrait(pen, (0, 0, across, up), (palette.document_print.ground, ink))
            return
        left, bottom = pen.at((0, 0))
        right, top = pen.at((across, up))
        Color(1, 1, 1, 1)
        Rectangle(texture=self._texture, pos=(left, bottom), size=(right - left, top - bottom))


def _texture(face: FacePicture | None) -> Texture | None:
    """The picture on the graphics card; None where its sizes and its bytes do not agree."""
    if face is None or not (0 < face.width <= _LARGEST_SIDE and 0 < face.height <= _LARGEST_SIDE):
        return None
    if len(face.rgb) != face.width * face.height * 3:
        return None
    texture = Texture.create(size=(face.width, face.height), colorfmt="rgb")
    texture.blit_buffer(face.rgb, colorfmt="rgb", bufferfmt="ubyte")
    texture.flip_vertical()  # the first row is the uppermost
    return texture
