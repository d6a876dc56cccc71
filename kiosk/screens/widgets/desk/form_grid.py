"""The layout of a form: sections with their titles at the left, cells in twelve columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.desk.look import GAP
from kiosk.screens.widgets.layout import Align, Column, Inset, Part, Row
from kiosk.screens.widgets.surface import Surface

COLUMNS = 12
_TITLE_WIDE = 150
_LEAST_COLUMN = 62
"""Units below which twelve columns are too narrow: cells get twice their share."""


@dataclass(frozen=True, slots=True)
class Span:
    """A cell and how many of the twelve columns it takes; `fresh` begins a new line."""

    part: Part
    columns: int
    fresh: bool = False


class Spans(Part):
    """Cells in lines of twelve columns; their upper edges are level."""

    def __init__(self, ui: Context, spans: Sequence[Span], *, gap: int = GAP) -> None:
        self._ui = ui
        self._spans = tuple(spans)
        self._gap = ui.px(gap)
        self._down = ui.px(8)
        super().__init__([span.part for span in spans])

    def natural_width(self) -> int:
        """What twelve columns want."""
        return self._ui.px(_LEAST_COLUMN * COLUMNS)

    def height_at(self, width: int) -> int:
        """All lines."""
        lines = self._lines(width)
        heights = [max(part.height_at(wide) for part, _left, wide in line) for line in lines]
        return sum(heights) + self._down * max(0, len(lines) - 1)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Line by line."""
        top = bottom + height
        for line in self._lines(width):
            high = max(part.height_at(wide) for part, _left, wide in line)
            for part, at, wide in line:
                own = part.height_at(wide)
                part.place(left + at, top - own, wide, own)
            top -= high + self._down

    def _lines(self, width: int) -> list[list[tuple[Part, int, int]]]:
        times = 1 if width >= self._ui.px(_LEAST_COLUMN) * COLUMNS else 2
        column = (width + self._gap) / COLUMNS
        lines: list[list[tuple[Part, int, int]]] = []
        at = COLUMNS
        for span in self._spans:
            columns = min(COLUMNS, span.columns * times)
            if at + columns > COLUMNS or span.fresh:
                lines.append([])
                at = 0
            left = round(at * column)
            right = round((at + columns) * column) - self._gap
            lines[-1].append((span.part, left, right - left))
            at += columns
        return lines


class Section(Column):
    """A section's title at the left, its cells at the right, a thin line above."""

    def __init__(self, ui: Context, title: str, body: Part, *, first: bool = False) -> None:
        palette = ui.theme.palette
        words = ui.text(title, DeskSize.BODY, palette.card_link.ink, Font.TITLE, down=Align.START)
        body.grows = True
        row = Row([_Narrow(ui, words), body], gap=ui.px(16), across=Align.END)
        below = Inset(row, (0, ui.px(7)))
        super().__init__([below] if first else [HairLine(ui), below])


class Beside(Part):
    """Two parts beside each other where there is room, else one below the other.

    Args:
        ui: the screen's surroundings.
        first: takes what is left.
        second: at the right.
        wide: of the second, units.
        from_width: units from which on there is room.
    """

    def __init__(
        self, ui: Context, first: Part, second: Part, *, wide: int, from_width: int
    ) -> None:
        super().__init__([first, second])
        self._wide, self._from = ui.px(wide), ui.px(from_width)
        self._gap = ui.px(GAP)

    def height_at(self, width: int) -> int:
        """The higher one, or both."""
        first, second = self.parts
        if width >= self._from:
            left = width - self._wide - self._gap
            return max(first.height_at(left), second.height_at(self._wide))
        return first.height_at(width) + self._gap + second.height_at(width)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Their upper edges are level."""
        first, second = self.parts
        top = bottom + height
        if width >= self._from:
            room = width - self._wide - self._gap
            high, other = first.height_at(room), second.height_at(self._wide)
            first.place(left, top - high, room, high)
            second.place(left + room + self._gap, top - other, self._wide, other)
            return
        high, other = first.height_at(width), second.height_at(width)
        first.place(left, top - high, width, high)
        second.place(left, top - high - self._gap - other, width, other)


class HairLine(Surface):
    """A thin, quiet line across."""

    def __init__(self, ui: Context) -> None:
        edge = ui.theme.palette.card.edge or ui.theme.palette.card.ink
        super().__init__(Paint(edge, edge))
        self._thickness = max(1, ui.px(1))

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its thickness."""
        return self._thickness


class _Narrow(Part):
    """A section's title within its column, at the top of it."""

    rigid = True

    def __init__(self, ui: Context, words: Part) -> None:
        super().__init__([words])
        self._wide = ui.px(_TITLE_WIDE)

    def natural_width(self) -> int:
        return self._wide
