"""A text of one line that ends in dots where it has no room."""

from __future__ import annotations

from bisect import bisect_right

from kivy.core.text import Label as TextImage

from kiosk.screens.context import Context
from kiosk.screens.theme import Colour, DeskSize, Font
from kiosk.screens.widgets.text import Text, drawable

_LONGEST = 300


class Elided(Text):
    """As much of a text as its room shows.

    Attributes:
        whole: all of it.
    """

    def __init__(
        self,
        ui: Context,
        words: str,
        size: DeskSize,
        ink: Colour,
        font: Font = Font.TEXT,
        *,
        align: str = "left",
    ) -> None:
        self.whole = " ".join(words.split())[:_LONGEST]
        super().__init__(self.whole, font, ui.theme.letters(size), ink, align=align)

    def say(self, text: str) -> None:
        """Another text in the same room."""
        self.whole = " ".join(text.split())[:_LONGEST]
        super().say(self.whole)

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """One line."""
        return self._natural_size()[1]

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Cut what has no room, then draw."""
        fitting = self._fitting(width)
        if fitting != self.text:
            self.text = fitting
            self._natural = None
            self._heights.clear()
        super().arrange(left, bottom, width, height)

    def _fitting(self, width: int) -> str:
        measure = TextImage(font_name=self.font.value, font_size=self.letters)
        measure.resolve_font_name()

        def wide(text: str) -> int:
            extent: int = measure.get_extents(drawable(text))[0]
            return extent

        if wide(self.whole) <= width:
            return self.whole
        cut = bisect_right(
            range(len(self.whole)), width, key=lambda n: wide(self.whole[:n].rstrip() + "…")
        )
        return self.whole[: max(0, cut - 1)].rstrip() + "…"
