"""A box of a form with its label, the mark of where its text came from, and what is wrong with it."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText, Text


class Tag(Surface):
    """One or two words in a small frame: where a datum came from, what state a row is in."""

    rigid = True

    def __init__(self, ui: Context, words: str, *, strong: bool = False) -> None:
        palette = ui.theme.palette
        paint = palette.primary if strong else palette.info
        super().__init__(paint, radius=ui.px(5), border=1)
        label = ui.text(words, DeskSize.LABEL, paint.ink, Font.STRONG)
        self.fill([Row([label], padding=(ui.px(6), 0))])


class Cell(Column):
    """Label, box, problem, one below the other.

    Args:
        ui: the screen's surroundings.
        label: what is asked.
        box: where it is answered.
        problem: what is wrong with the answer, "" for nothing.
        source: sign of where the answer came from, None where it was typed.
        optional: whether it may stay empty.
        doubtful: the problem is a doubt, which may be passed over.
    """

    def __init__(
        self,
        ui: Context,
        label: str,
        box: Part,
        *,
        problem: str = "",
        source: Icon | None = None,
        optional: bool = False,
        doubtful: bool = False,
    ) -> None:
        palette = ui.theme.palette
        self.box = box
        parts: list[Part] = [_Head(ui, label, source, optional=optional)] if label else []
        parts.append(box)
        if problem:
            paint = palette.warning if doubtful else palette.error
            said = ui.text(problem, DeskSize.LABEL, paint.ink, Font.STRONG)
            said.grows = True
            sign = IconText(Icon.WARNING_CIRCLE, ui.theme.letters(DeskSize.LABEL), paint.ink)
            parts.append(Row([sign, said], gap=ui.px(5), across=Align.END))
        super().__init__(parts, gap=ui.px(2))


class _Head(Part):
    """The label on one line; behind it where it came from, or that it may be left out.

    Where there is no room for both, the label stays.
    """

    def __init__(self, ui: Context, label: str, source: Icon | None, *, optional: bool) -> None:
        palette = ui.theme.palette
        self._gap = ui.px(6)
        self._label = Elided(ui, label, DeskSize.LABEL, palette.card.ink, Font.STRONG)
        self._label.name = ""
        self._behind: Text | None = None
        self._words = ""
        if source is not None:
            side = round(ui.theme.letters(DeskSize.LABEL) * 1.2)
            self._behind = IconText(source, side, palette.card_link.ink)
        elif optional:
            self._words = ui.words("desk.optional")
            self._behind = ui.text(self._words, DeskSize.LABEL, palette.card_soft.ink)
        self._wish = self._behind.natural_width() if self._behind is not None else 0
        super().__init__([self._label, *([self._behind] if self._behind else [])])

    def height_at(self, width: int) -> int:
        """One line."""
        return self._label.height_at(width)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The label first."""
        behind = self._behind
        room = width
        wish = self._wish + self._gap if behind is not None else 0
        if isinstance(behind, IconText):
            room = width - wish
        own = min(room, self._label.natural_width())
        self._label.place(left, bottom, own, height)
        if behind is not None:
            fits = own + wish <= width
            if self._words:
                behind.say(self._words if fits else "")
            at = min(left + own + self._gap, left + width)
            behind.place(at, bottom, wish - self._gap if fits else 0, height)


class Fixed(Surface):
    """A datum that is shown and cannot be changed."""

    def __init__(self, ui: Context, text: str) -> None:
        palette = ui.theme.palette
        super().__init__(palette.page, radius=ui.px(6))
        self._least = ui.theme.letters(DeskSize.ENTRY) + ui.px(19)
        words = ui.text(text, DeskSize.BODY, palette.page.ink, Font.STRONG)
        self.fill([Row([words], padding=(ui.px(10), 0))])

    def height_at(self, width: int) -> int:
        """As high as a box beside it."""
        return max(self._least, super().height_at(width))
