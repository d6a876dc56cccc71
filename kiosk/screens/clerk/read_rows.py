"""Data to be read: labels with their values in sections, what was before them, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk.rows import ReadRow, ReadSection
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.form_grid import Section
from kiosk.screens.widgets.facts import bounded
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.text import IconText

_LEAST_CELL = 190


def read_sections(ui: Context, sections: Sequence[ReadSection], *, columns: int = 5) -> Part:
    """All sections, one below the other."""
    return Column(
        [
            Section(ui, ui.say(one.title), read_grid(ui, one.rows, columns=columns), first=not at)
            for at, one in enumerate(sections)
        ]
    )


def read_grid(ui: Context, rows: Sequence[ReadRow], *, columns: int = 5) -> Part:
    """Cells beside each other; a long value takes the room of several."""
    return ReadGrid(ui, [_cell(ui, row) for row in rows], columns)


class ReadGrid(Part):
    """Cells in columns of one width; each takes as many as its words want."""

    def __init__(self, ui: Context, cells: Sequence[Part], columns: int) -> None:
        super().__init__(cells)
        self._columns = columns
        self._least = ui.px(_LEAST_CELL)
        self._gap = ui.px(8)

    def height_at(self, width: int) -> int:
        """All lines."""
        lines = self._lines(width)
        heights = [max(part.height_at(wide) for part, _at, wide in line) for line in lines]
        return sum(heights) + self._gap * max(0, len(lines) - 1)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Line by line; upper edges are level."""
        top = bottom + height
        for line in self._lines(width):
            high = max(part.height_at(wide) for part, _at, wide in line)
            for part, at, wide in line:
                own = part.height_at(wide)
                part.place(left + at, top - own, wide, own)
            top -= high + self._gap

    def _lines(self, width: int) -> list[list[tuple[Part, int, int]]]:
        room = (width + self._gap) // (self._least + self._gap)
        columns = max(1, min(self._columns, room))
        step = (width + self._gap) // columns
        lines: list[list[tuple[Part, int, int]]] = []
        at = columns
        for part in self.parts:
            wanted = -(-(part.natural_width() + self._gap) // step)
            taken = max(1, min(columns, wanted))
            if at + taken > columns:
                lines.append([])
                at = 0
            lines[-1].append((part, at * step, taken * step - self._gap))
            at += taken
        return lines


def _cell(ui: Context, row: ReadRow) -> Part:
    palette = ui.theme.palette
    parts: list[Part] = [ui.text(ui.say(row.label), DeskSize.LABEL, palette.card_soft.ink)]
    value = ui.text(bounded(ui.say(row.value)), DeskSize.BODY, palette.card.ink, Font.STRONG)
    if row.before is None:
        parts.append(value)
    else:
        before = ui.text(bounded(ui.say(row.before)), DeskSize.BODY, palette.card_soft.ink)
        arrow = IconText(Icon.ARROW_RIGHT, ui.px(18), palette.card_link.ink)
        value.grows = True
        parts.append(Row([before, arrow, value], gap=ui.px(8), across=Align.MIDDLE))
    if row.problem is not None:
        said = ui.text(ui.say(row.problem), DeskSize.LABEL, palette.error.ink, Font.STRONG)
        sign = IconText(Icon.WARNING_CIRCLE, ui.theme.letters(DeskSize.LABEL), palette.error.ink)
        said.grows = True
        parts.append(Row([sign, said], gap=ui.px(5), across=Align.END))
    return Column(parts)
