"""A box of a form with its label, the mark of where its text came from, and what is wrong with it."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText


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
        tag: where the answer came from, "" where it was typed.
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
        tag: str = "",
        optional: bool = False,
        doubtful: bool = False,
    ) -> None:
        palette = ui.theme.palette
        self.box = box
        head: list[Part] = []
        if label:
            words = ui.text(label, DeskSize.LABEL, palette.card.ink, Font.STRONG)
            head.append(words)
            if optional:
                soft = ui.text(ui.words("desk.optional"), DeskSize.LABEL, palette.card_soft.ink)
                head.append(soft)
        if tag:
            head.append(Tag(ui, tag))
        parts: list[Part] = [Row(head, gap=ui.px(6), across=Align.END)] if head else []
        parts.append(box)
        if problem:
            paint = palette.warning if doubtful else palette.error
            said = ui.text(problem, DeskSize.LABEL, paint.ink, Font.STRONG)
            said.grows = True
            sign = IconText(Icon.WARNING_CIRCLE, ui.theme.letters(DeskSize.LABEL), paint.ink)
            parts.append(Row([sign, said], gap=ui.px(5), across=Align.END))
        super().__init__(parts, gap=ui.px(2))


class Fixed(Surface):
    """A datum that is shown and cannot be changed."""

    def __init__(self, ui: Context, text: str) -> None:
        palette = ui.theme.palette
        super().__init__(palette.page, radius=ui.px(6))
        self._least = ui.theme.letters(DeskSize.ENTRY) + ui.px(19)
        words = ui.text(text, DeskSize.ENTRY, palette.page.ink, Font.STRONG)
        self.fill([Row([words], padding=(ui.px(10), 0))])

    def height_at(self, width: int) -> int:
        """As high as a box beside it."""
        return max(self._least, super().height_at(width))
