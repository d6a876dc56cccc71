"""Texts and icons."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from functools import lru_cache
from typing import Any

from kivy.core.text import Label as TextImage
from kivy.graphics import Color, Rectangle

from kiosk.screens.fonts.glyphs import COVERED, Icon
from kiosk.screens.theme import Colour, Font
from kiosk.screens.widgets.layout import Align, Part

_STARTS = tuple(first for first, _last in COVERED)
_UNKNOWN = "\N{REPLACEMENT CHARACTER}"


def drawable(text: str) -> str:
    """The text with a visible box for each sign that the font lacks or that is not to be drawn.

    Right-to-left, astral and control characters end up as boxes: nothing is reordered, hidden, or
    left out in silence. Letters with separate accents are composed first.
    """
    return "".join(c if _covered(c) else _UNKNOWN for c in unicodedata.normalize("NFC", text))


def _covered(character: str) -> bool:
    if character == "\n":
        return True
    at = bisect_right(_STARTS, ord(character)) - 1
    return at >= 0 and ord(character) <= COVERED[at][1]


def _image(text: str, font: Font, letters: int, width: int | None, align: str) -> Any:
    return TextImage(
        text=text,
        font_name=font.value,
        font_size=letters,
        text_size=(width, None),
        halign=align,
    )


@lru_cache(maxsize=256)
def remembered_texture(text: str, font: Font, letters: int) -> Any:
    """The texture of a text that everybody sees (a key's cap); never for personal data."""
    image = _image(text, font, letters, None, "left")
    image.refresh()
    return image.texture


class Text(Part):
    """A text that wraps at its width and is as high as its lines.

    The glyphs are drawn white and coloured by the graphics card: another colour costs nothing.

    Args:
        text: what to say, in the person's language.
        font: which weight.
        letters: height in pixels.
        ink: colour.
        align: `left`, `center`, `right`.
        down: where the lines stand in a higher room.
        known: whether everybody sees the same text here, so that its picture may be kept.
    """

    def __init__(
        self,
        text: str,
        font: Font,
        letters: int,
        ink: Colour,
        *,
        align: str = "left",
        down: Align = Align.MIDDLE,
        known: bool = False,
    ) -> None:
        super().__init__()
        self.text = text
        self.font = font
        self.letters = letters
        self.align = align
        self.down = down
        self.known = known
        self._natural: tuple[int, int] | None = None
        self._heights: dict[int, int] = {}
        with self.canvas:
            self._colour = Color(rgba=ink)
            self._rectangle = Rectangle(size=(0, 0))

    @property
    def ink(self) -> Colour:
        """The colour of the letters."""
        red, green, blue, opacity = self._colour.rgba
        return red, green, blue, opacity

    @ink.setter
    def ink(self, ink: Colour) -> None:
        self._colour.rgba = ink

    def say(self, text: str) -> None:
        """Another text in the same room."""
        if text != self.text:
            self.text = text
            self._natural = None
            self._heights.clear()
            if self.width > 0:
                self.settle()

    def resize(self, letters: int) -> None:
        """Letters of another height; takes effect when placed."""
        if letters != self.letters:
            self.letters = letters
            self._natural = None
            self._heights.clear()

    def natural_width(self) -> int:
        """The longest line."""
        return self._natural_size()[0]

    def height_at(self, width: int) -> int:
        """All lines after wrapping at `width`."""
        natural, height = self._natural_size()
        if width >= natural:
            return height
        if width not in self._heights:
            image = _image(self._drawable(), self.font, self.letters, max(1, width), self.align)
            image.resolve_font_name()
            self._heights[width] = image.render()[1]
        return self._heights[width]

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Draw the lines in this room."""
        shown = self._drawable()
        natural, _ = self._natural_size()
        if self.known and width >= natural and shown:
            texture = remembered_texture(shown, self.font, self.letters)
        else:
            fits = width >= natural and "\n" not in shown
            image = _image(shown, self.font, self.letters, None if fits else width, self.align)
            image.refresh()
            texture = image.texture
        across = {"left": Align.START, "center": Align.MIDDLE, "right": Align.END}[self.align]
        from_left, _ = across.within(width, texture.width)
        from_top = self.down.within(max(height, texture.height), texture.height)[0]
        self._rectangle.texture = texture
        self._rectangle.pos = (left + from_left, bottom + height - from_top - texture.height)
        self._rectangle.size = texture.size

    def _drawable(self) -> str:
        return drawable(self.text)

    def _natural_size(self) -> tuple[int, int]:
        if self._natural is None:
            image = _image(self._drawable(), self.font, self.letters, None, self.align)
            image.resolve_font_name()
            width, height = image.render()
            self._natural = (width, height)
        return self._natural


class IconText(Text):
    """An icon: one glyph of the icon font, as wide as it is high."""

    rigid = True

    def __init__(self, icon: Icon, size: int, ink: Colour) -> None:
        super().__init__(icon.value, Font.ICONS, size, ink, align="center", known=True)
        self.icon = icon

    def _drawable(self) -> str:
        return self.text
