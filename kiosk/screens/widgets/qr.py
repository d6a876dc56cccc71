"""A QR code, drawn pixel by pixel from its modules (ISO/IEC 18004)."""

from __future__ import annotations

from collections.abc import Sequence

from kivy.graphics import Color, Rectangle
from kivy.graphics.texture import Texture

from kiosk.screens.context import Context
from kiosk.screens.widgets.layout import Part

_QUIET_ZONE = 4  # modules, ISO/IEC 18004 clause 9.1


def qr_modules(text: str) -> tuple[bytes, ...]:
    """The rows of a QR code for `text`, 1 for a dark module; error correction level M."""
    import segno  # noqa: PLC0415  not needed for the first frame, and costs a tenth of it

    return tuple(bytes(row) for row in segno.make(text, error="m", micro=False).matrix)


class QrCode(Part):
    """Black on white in every contrast: a scanner's eye is not a person's.

    Args:
        ui: the screen's surroundings.
        rows: as `qr_modules` gives them; working them out takes longer than drawing them.
        units: side, quiet zone included.
    """

    rigid = True

    def __init__(self, ui: Context, rows: Sequence[bytes], units: int) -> None:
        super().__init__()
        self._side = ui.px(units)
        self.modules = len(rows) + 2 * _QUIET_ZONE
        margin = b"\x00" * _QUIET_ZONE
        blank = b"\x00" * self.modules
        lines = [blank] * _QUIET_ZONE + [margin + row + margin for row in rows]
        lines += [blank] * _QUIET_ZONE
        # Textures count from their lower edge; a module is one pixel, sharp at any size.
        pixels = b"".join(bytes(0 if dark else 255 for dark in line) for line in reversed(lines))
        texture = Texture.create(size=(self.modules, self.modules), colorfmt="luminance")
        texture.mag_filter = "nearest"
        texture.blit_buffer(pixels, colorfmt="luminance", bufferfmt="ubyte")
        with self.canvas:
            Color(1, 1, 1, 1)
            self._picture = Rectangle(texture=texture, size=(0, 0))

    def natural_width(self) -> int:
        """Its side: a whole number of pixels for each module."""
        return max(2, self._side // self.modules) * self.modules

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """As high as wide."""
        return self.natural_width()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """In the middle of the room."""
        side = self.natural_width()
        self._picture.pos = (left + (width - side) // 2, bottom + (height - side) // 2)
        self._picture.size = (side, side)
