"""A box for one line of text, at a desk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kivy.graphics import Color, Rectangle

from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.desk.look import DESK_FIELD
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.field import Field


@dataclass(frozen=True, slots=True)
class BoxState:
    """What is to be seen of a box beside its text.

    Attributes:
        wrong: what stands in it is refused.
        prefilled: what stands in it came from elsewhere, and nobody changed it since.
    """

    wrong: bool = False
    prefilled: bool = False


AT_REST = BoxState()


class TextBox(Field, Stop):
    """One line of text.

    Args:
        ui: the screen's surroundings.
        name: stable machine name, `field.surname`.
        line: what stands in it; outlives the box.
        typed: takes the text after each key.
        hint: shown while it is empty.
        masked: a dot stands for each sign.
        state: how it looks.
        longest: signs that it takes; 0 for any number.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        line: DeskLine,
        typed: Callable[[str], None],
        *,
        hint: str = "",
        masked: bool = False,
        state: BoxState = AT_REST,
        longest: int = 0,
    ) -> None:
        self.state = state
        self.desk_line = line
        self._typed = typed
        self._longest = longest
        super().__init__(
            ui,
            name,
            line,
            self.want_focus,
            focused=False,
            hint=hint,
            masked=masked,
            look=DESK_FIELD,
        )
        # A hint never takes two lines, however narrow the box is.
        hint_ink = ui.theme.palette.field_hint.ink
        self._placeholder = Elided(ui, hint, DeskSize.LABEL, hint_ink)
        self.fill([self.shown, self._placeholder])
        with self.shown.canvas.before:
            self._selected_colour = Color(rgba=(0, 0, 0, 0))
            self._selection = Rectangle(size=(0, 0))

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The hint stands behind the caret, not below it."""
        super().arrange(left, bottom, width, height)
        away = self._ui.px(4)
        hint = self._placeholder
        hint.place(int(hint.x) + away, bottom, max(1, int(hint.width) - away), height)

    def focus(self, *, focused: bool) -> None:
        """Who comes with Tab finds the whole text selected."""
        if focused and not self.focused:
            self.desk_line.select()
        if not focused:
            self.desk_line.selected = False
        super().focus(focused=focused)

    def regain(self) -> None:
        """The caret is where it was, and so is what was selected."""
        super().focus(focused=True)

    def write(self, piece: str) -> bool:
        """Letters go to the caret."""
        room = len(piece)
        if self._longest:
            taken = 0 if self.desk_line.selected else len(self.line.text)
            room = max(0, self._longest - taken)
        if piece[:room]:
            self.line.insert(piece[:room])
            self._changed()
        return True

    def press(self, key: str) -> bool:
        """Erasing, and moving the caret."""
        line = self.desk_line
        if key == "backspace":
            if line.erase():
                self._changed()
            return True
        if key == "delete":
            if line.delete():
                self._changed()
            return True
        if key == "ctrl-a":
            line.select()
        elif not line.move(key):
            return False
        self.draw()
        return True

    def _window(self, room: int) -> tuple[str, str]:
        """Around the caret while it is here; else from the beginning: that is what is read."""
        if self.focused:
            return super()._window(room)
        caret, self.line.caret, self._start = self.line.caret, 0, 0
        window = super()._window(room)
        self.line.caret = caret
        return window

    def _changed(self) -> None:
        self.draw()
        self._typed(self.line.text)

    def draw(self) -> None:
        """The text, and what of it is selected."""
        super().draw()
        if self.width <= 0:
            return
        palette = self._ui.theme.palette
        selected = self.focused and self.desk_line.selected
        chosen = palette.secondary_pressed
        ink = palette.info.ink if self.state.prefilled else palette.field.ink
        self.shown.ink = chosen.ink if selected else ink
        self._selected_colour.rgba = chosen.ground if selected else (0, 0, 0, 0)
        wide = min(int(self.shown.width), self._wide(self.shown.text))
        high = int(self.height * 0.66)
        self._selection.pos = (self._text_left(), int(self.y + (self.height - high) / 2))
        self._selection.size = (wide, high) if selected else (0, 0)

    def draw_edge(self) -> None:
        """Border and ground tell focus, error, and where the text came from."""
        palette, look = self._ui.theme.palette, self.look
        ground = palette.info.ground if self.state.prefilled else palette.field.ground
        edge, wide = palette.field.edge, look.edge
        if self.state.wrong:
            ground, edge, wide = palette.error.ground, palette.error.edge, look.edge + 1
        if self.focused:
            edge, wide = palette.focus, look.focus_edge
        self.repaint(replace(palette.field, ground=ground, edge=edge))
        self.thicken(self._ui.px(wide))

    def on_touch_down(self, touch: Any) -> bool:
        """The caret goes where the finger is."""
        if self.collide_point(*touch.pos):
            self.desk_line.selected = False
        return super().on_touch_down(touch)
