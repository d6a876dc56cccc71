"""Data to be read: labels with their values in sections, what was before them, what is wrong."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk.rows import ReadRow, ReadSection
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.form_grid import Section
from kiosk.screens.widgets.facts import bounded
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from kiosk.screens.widgets.text import IconText

_LEAST_CELL = 210
_WIDE_FROM = 34
"""Letters from which on a value takes a line of its own below its label."""


def read_sections(ui: Context, sections: Sequence[ReadSection], *, columns: int = 4) -> Part:
    """All sections, one below the other."""
    return Column(
        [
            Section(ui, ui.say(one.title), read_grid(ui, one.rows, columns=columns), first=not at)
            for at, one in enumerate(sections)
        ]
    )


def read_grid(ui: Context, rows: Sequence[ReadRow], *, columns: int = 4) -> Part:
    """Cells beside each other; those with a former value are read line by line."""
    if any(row.before is not None for row in rows):
        columns = min(2, columns)
    cells = [_cell(ui, row) for row in rows]
    return Grid(cells, columns=columns, gap=ui.px(8), least=ui.px(_LEAST_CELL))


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
