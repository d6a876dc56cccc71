"""A table of many rows: arrows walk, Enter opens, a click chooses and a second one opens."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kivy.graphics import Color, Rectangle

from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.layout import Align, Part
from kiosk.screens.widgets.surface import Surface, Touchable

Filling = str | Callable[[Context, Paint], Part]
"""What stands in a cell: a text, or what makes the part for it on a row's paint."""

_PAD = 7
_ROW = 36
_BAR = 10
_LEAST = 56


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column.

    Attributes:
        title: over it.
        units: least width.
        share: of what is left over; 0 for a column that keeps its width.
        strong: whether its texts are in semibold.
        below: width of the window, in units, below which it is left out; 0 for never.
    """

    title: str
    units: int
    share: int = 0
    strong: bool = False
    below: int = 0


@dataclass(frozen=True, slots=True)
class TableRow:
    """One row; `name` is the stable machine name of it."""

    name: str
    cells: tuple[Filling, ...]


class Table(Stop):
    """Rows below their titles; only those in sight are drawn.

    Args:
        ui: the screen's surroundings.
        name: stable machine name; that of a row is its own.
        columns: from the left.
        rows: from the top.
        chosen: number of the chosen row.
        choose: takes the number of the row that is chosen now.
        open_row: does what Enter and a second click do.
    """

    grows = True

    def __init__(
        self,
        ui: Context,
        name: str,
        columns: Sequence[TableColumn],
        rows: Sequence[TableRow],
        chosen: int,
        choose: Callable[[int], None],
        open_row: Callable[[int], None],
    ) -> None:
        self.name = name
        self._ui = ui
        self._columns = tuple(columns)
        self._rows = tuple(rows)
        self._chosen = max(0, min(chosen, len(rows) - 1))
        self._choose = choose
        self._open_row = open_row
        self._first = 0
        self._drawn: dict[tuple[int, bool], _Row] = {}
        super().__init__()
        self.enabled = bool(rows)
        with self.canvas.after:
            self._bar_colour = Color(rgba=ui.theme.palette.field.edge or ui.theme.palette.focus)
            self._bar = Rectangle(size=(0, 0))

    @property
    def chosen(self) -> int:
        """Number of the chosen row."""
        return self._chosen

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Titles and one row: it takes what is left."""
        return 2 * self._ui.px(_ROW)

    def natural_width(self) -> int:
        """All columns at their least."""
        return self._ui.px(sum(column.units for column in self._columns))

    def focus(self, *, focused: bool) -> None:
        """The chosen row shows it."""
        super().focus(focused=focused)
        self._show()

    def show_chosen(self, chosen: int) -> None:
        """What the flow knows now."""
        if chosen != self._chosen and 0 <= chosen < len(self._rows):
            self._chosen = chosen
            self._show()

    def press(self, key: str) -> bool:
        """Walk and open."""
        page = max(1, self._in_sight() - 1)
        last = len(self._rows) - 1
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page}
        if key in steps:
            self._go(max(0, min(last, self._chosen + steps[key])))
        elif key in {"home", "end"}:
            self._go(0 if key == "home" else last)
        elif key == "enter":
            self._open_row(self._chosen)
        else:
            return False
        return True

    def write(self, piece: str) -> bool:
        """The next row that begins with the letter in its first text with letters."""
        del piece
        return False

    def _go(self, row: int) -> None:
        if row != self._chosen:
            self._chosen = row
            self._show()
            self._choose(row)

    def _clicked(self, row: int) -> None:
        self.want_focus()
        if row == self._chosen:
            self._open_row(row)
        else:
            self._go(row)

    def _in_sight(self) -> int:
        return max(1, (int(self.height) - self._ui.px(_ROW)) // self._ui.px(_ROW))

    def _show(self) -> None:
        if self.height > 0:
            sight = self._in_sight()
            self._first = max(self._chosen - sight + 1, min(self._first, self._chosen))
            self.settle()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Titles, then the rows in sight."""
        ui = self._ui
        high, sight = ui.px(_ROW), self._in_sight()
        self._first = max(0, min(self._first, len(self._rows) - sight))
        more = len(self._rows) > sight
        room = width - (ui.px(_BAR) if more else 0)
        places = self._places(room)
        rows = range(self._first, min(len(self._rows), self._first + sight))
        titles = _Titles(ui, self._columns, places)
        self.fill([titles, *(self._row(row, places) for row in rows)])
        top = bottom + height
        for part in self.parts:
            top -= high
            part.place(left, top, room, high)
        self._bar.size = (0, 0)
        if more:
            length = max(high, (height - high) * sight // len(self._rows))
            way = height - high - length
            down = way * self._first // max(1, len(self._rows) - sight)
            self._bar.pos = (left + width - ui.px(8), bottom + height - high - down - length)
            self._bar.size = (ui.px(8), length)

    def _row(self, row: int, places: Sequence[tuple[int, int, int]]) -> _Row:
        chosen = row == self._chosen
        return _Row(
            self._ui,
            self._rows[row],
            self._columns,
            places,
            lambda: self._clicked(row),
            look=(chosen, chosen and self.focused, bool(row % 2)),
        )

    def _places(self, width: int) -> list[tuple[int, int, int]]:
        """Of each column that is shown: its number, its left edge, its width."""
        ui = self._ui
        # Larger letters need wider columns.
        letters = ui.theme.letters(DeskSize.CELL) / ui.px(DeskSize.CELL.units(large=False))
        shown = [
            number
            for number, one in enumerate(self._columns)
            if not one.below or width >= ui.px(one.below) * letters
        ]
        wides = {number: round(ui.px(self._columns[number].units) * letters) for number in shown}
        shares = {number: self._columns[number].share for number in shown}
        spare, parts = width - sum(wides.values()), max(1, sum(shares.values()))
        places, at = [], 0
        for number in shown:
            wide = max(ui.px(_LEAST), wides[number] + spare * shares[number] // parts)
            places.append((number, at, min(wide, max(1, width - at))))
            at += wide
        return places

    def on_touch_down(self, touch: Any) -> bool:
        """The wheel moves the rows and leaves the choice."""
        if not self.collide_point(*touch.pos):
            return False
        if touch.is_mouse_scrolling:
            self._first += 3 if touch.button == "scrollup" else -3
            self.settle()
            return True
        return bool(super().on_touch_down(touch))


class _Titles(Surface):
    """The row above the rows."""

    def __init__(
        self, ui: Context, columns: Sequence[TableColumn], places: Sequence[tuple[int, int, int]]
    ) -> None:
        palette = ui.theme.palette
        super().__init__(palette.keyboard)
        self._places = places
        self._pad = ui.px(_PAD)
        ink = palette.keyboard.ink
        self.fill(
            [
                Elided(ui, columns[number].title, DeskSize.LABEL, ink, Font.STRONG)
                for number, _left, _wide in places
            ]
        )

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:  # noqa: ARG002
        for part, (_number, at, wide) in zip(self.parts, self._places, strict=True):
            part.place(left + at + self._pad, bottom, max(1, wide - 2 * self._pad), height)


class _Row(Touchable):
    """One row: painted by whether it is chosen, and whether the keys go to it."""

    def __init__(
        self,
        ui: Context,
        row: TableRow,
        columns: Sequence[TableColumn],
        places: Sequence[tuple[int, int, int]],
        act: Callable[[], None],
        *,
        look: tuple[bool, bool, bool],
    ) -> None:
        palette = ui.theme.palette
        chosen, focused, odd = look
        paint = palette.page if odd else palette.card
        if chosen:
            paint = palette.primary if focused else palette.chosen
        super().__init__(row.name, act, (paint, palette.secondary_pressed), radius=0)
        self._places = places
        self._pad = ui.px(_PAD)
        parts: list[Part] = []
        for number, _left, _wide in places:
            filling = row.cells[number]
            if isinstance(filling, str):
                font = Font.STRONG if columns[number].strong else Font.TEXT
                parts.append(Elided(ui, filling, DeskSize.CELL, paint.ink, font))
            else:
                parts.append(filling(ui, paint))
        self.fill(parts)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:  # noqa: ARG002
        """Each cell in its column."""
        for part, (_number, at, wide) in zip(self.parts, self._places, strict=True):
            room = max(1, wide - 2 * self._pad)
            own = min(height, part.height_at(room))
            offset, high = Align.MIDDLE.within(height, own)
            part.place(left + at + self._pad, bottom + offset, room, high)
