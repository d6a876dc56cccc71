"""One of a few, and yes or no: chosen by arrow, by space, by first letter, by click."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kivy.graphics import Color, Ellipse, Line

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.look import LEAST_TARGET
from kiosk.screens.widgets.desk.menu import MenuEntry, folded
from kiosk.screens.widgets.desk.stops import Ring, Stop
from kiosk.screens.widgets.layout import Flow, Part, Row
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText


class RadioGroup(Stop):
    """Entries beside each other, one of them chosen; the whole group is one stop.

    Args:
        ui: the screen's surroundings.
        name: stable machine name; that of an entry is `<name>.<value>`.
        entries: what there is to choose from.
        chosen: value of the chosen one, "" for none.
        choose: takes the value of the one that is chosen now.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        entries: Sequence[MenuEntry],
        chosen: str,
        choose: Callable[[str], None],
    ) -> None:
        self.name = name
        self._ui = ui
        self._entries = tuple(entries)
        self._chosen = chosen
        self._choose = choose
        super().__init__()
        self._ring = Ring(ui, self)
        self._build()

    def show_chosen(self, chosen: str) -> None:
        """What the flow knows now."""
        if chosen != self._chosen:
            self._chosen = chosen
            self._build()
            if self.width > 0:
                self.settle()

    def _build(self) -> None:
        self.fill(
            [
                Flow(
                    [
                        _Option(
                            self._ui,
                            f"{self.name}.{entry.value}",
                            entry.label,
                            lambda value=entry.value: self._clicked(value),  # type: ignore[misc]
                            chosen=entry.value == self._chosen,
                        )
                        for entry in self._entries
                    ],
                    gap=self._ui.px(8),
                )
            ]
        )

    def _clicked(self, value: str) -> None:
        self.want_focus()
        self._take(value)

    def _take(self, value: str) -> None:
        if value != self._chosen:
            self.show_chosen(value)
            self._choose(value)

    def focus(self, *, focused: bool) -> None:
        """A ring around the group."""
        super().focus(focused=focused)
        self._ring.show(shown=focused)

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """No wider than the entries."""
        super().place(left, bottom, min(width, self.natural_width()), height)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The entries, and the ring where it belongs."""
        super().arrange(left, bottom, width, height)
        self._ring.show(shown=self.focused)

    def press(self, key: str) -> bool:
        """Arrows choose the neighbour."""
        step = {"left": -1, "up": -1, "right": 1, "down": 1}.get(key)
        if step is None:
            return False
        values = [entry.value for entry in self._entries]
        if self._chosen in values:
            self._take(values[(values.index(self._chosen) + step) % len(values)])
        else:
            self._take(values[0 if step > 0 else -1])
        return True

    def write(self, piece: str) -> bool:
        """A first letter chooses; space chooses the first where none is."""
        values = [entry.value for entry in self._entries]
        if piece == " ":
            if self._chosen not in values:
                self._take(values[0])
            return True
        letter = folded(piece)
        for entry in self._entries:
            if letter and folded(entry.label).startswith(letter):
                self._take(entry.value)
                return True
        return True


class CheckBox(Stop):
    """Yes or no with its words; space or a click turns it."""

    def __init__(
        self, ui: Context, name: str, words: str, turn: Callable[[bool], None], *, on: bool
    ) -> None:
        self.name = name
        self._ui = ui
        self._words = words
        self._turn = turn
        self._on = on
        super().__init__()
        self._ring = Ring(ui, self)
        self._build()

    def show_on(self, *, on: bool) -> None:
        """What the flow knows now."""
        if on != self._on:
            self._on = on
            self._build()
            if self.width > 0:
                self.settle()

    def _build(self) -> None:
        self.fill(
            [
                _Option(
                    self._ui,
                    f"{self.name}.box",
                    self._words,
                    self._clicked,
                    chosen=self._on,
                    square=True,
                )
            ]
        )

    def _clicked(self) -> None:
        self.want_focus()
        self._turned()

    def _turned(self) -> None:
        self.show_on(on=not self._on)
        self._turn(self._on)

    def focus(self, *, focused: bool) -> None:
        """A ring around it."""
        super().focus(focused=focused)
        self._ring.show(shown=focused)

    def place(self, left: int, bottom: int, width: int, height: int) -> None:
        """No wider than its words."""
        super().place(left, bottom, min(width, self.natural_width()), height)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The box and its words, and the ring where it belongs."""
        super().arrange(left, bottom, width, height)
        self._ring.show(shown=self.focused)

    def write(self, piece: str) -> bool:
        """Space turns it."""
        if piece == " ":
            self._turned()
        return True


class _Option(Touchable):
    """A circle or a square, and its words."""

    def __init__(
        self,
        ui: Context,
        name: str,
        words: str,
        act: Callable[[], None],
        *,
        chosen: bool,
        square: bool = False,
    ) -> None:
        palette = ui.theme.palette
        paint = palette.chosen if chosen else palette.card
        super().__init__(name, act, (paint, palette.secondary_pressed), radius=ui.px(6))
        self._least = ui.px(LEAST_TARGET)
        mark: Part = _Square(ui, chosen=chosen) if square else _Dot(ui, chosen=chosen)
        font = Font.STRONG if chosen else Font.TEXT
        label = ui.text(words, DeskSize.BODY, paint.ink, font)
        self.fill([Row([mark, label], gap=ui.px(8), padding=(ui.px(8), ui.px(2)))])

    def height_at(self, width: int) -> int:
        """Never less than can be hit."""
        return max(self._least, super().height_at(width))


class _Dot(Part):
    """The circle of a choice."""

    rigid = True

    def __init__(self, ui: Context, *, chosen: bool) -> None:
        super().__init__()
        self._side = ui.px(20)
        self._chosen = chosen
        palette = ui.theme.palette
        paint = palette.chosen if chosen else palette.card
        with self.canvas:
            Color(rgba=paint.ink)
            self._line = Line(width=max(1.1, ui.theme.scale * 1.3))
            Color(rgba=paint.ink)
            self._dot = Ellipse(size=(0, 0))

    def natural_width(self) -> int:
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        return self._side

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        middle = left + width / 2, bottom + height / 2
        radius = self._side / 2 - 1.5
        self._line.circle = (*middle, radius)
        inner = radius * 1.1 if self._chosen else 0
        self._dot.pos = (middle[0] - inner / 2, middle[1] - inner / 2)
        self._dot.size = (inner, inner)


class _Square(Surface):
    """The square of a yes or no."""

    rigid = True

    def __init__(self, ui: Context, *, chosen: bool) -> None:
        palette = ui.theme.palette
        paint = palette.primary if chosen else palette.field
        super().__init__(paint, radius=ui.px(4), border=ui.px(2))
        self._side = ui.px(22)
        if chosen:
            self.fill([IconText(Icon.CHECK, ui.px(18), paint.ink)])

    def natural_width(self) -> int:
        """Its side."""
        return self._side

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """Its side."""
        return self._side
