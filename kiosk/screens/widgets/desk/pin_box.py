"""A box for a PIN: dots for digits; what was typed is overwritten when it is given away."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.screens.context import Context
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.text_box import AT_REST, BoxState, TextBox
from kiosk.screens.widgets.field import MASK

LONGEST_PIN = 12


class PinBox(TextBox):
    """Digits that nobody sees; the line that is drawn holds dots alone.

    Attributes:
        longest: signs that it takes.
    """

    longest = LONGEST_PIN

    def __init__(
        self,
        ui: Context,
        name: str,
        done: Callable[[bytearray], None],
        *,
        state: BoxState = AT_REST,
    ) -> None:
        self._digits = bytearray()
        self._done = done
        super().__init__(ui, name, DeskLine(), lambda _text: None, state=state)

    def takes(self, sign: str) -> bool:
        """Whether a sign of ASCII counts: digits alone."""
        return "0" <= sign <= "9"

    def write(self, piece: str) -> bool:
        """What counts is kept; the rest is not heard."""
        for sign in piece:
            if self.takes(sign) and len(self._digits) < self.longest:
                self._digits.append(ord(sign))
        self._show()
        return True

    def press(self, key: str) -> bool:
        """Backspace takes the last sign; Enter gives all of it away."""
        if key == "backspace":
            if self._digits:
                self._digits[-1] = 0
                self._digits.pop()
            self._show()
            return True
        if key == "enter":
            self.give()
            return True
        return key in {"left", "right", "home", "end", "delete", "ctrl-a"}

    def give(self) -> None:
        """Hand it over, and keep nothing of it."""
        if self._digits:
            given = bytearray(self._digits)
            self.wipe()
            self._done(given)

    def wipe(self) -> None:
        """Forget what was typed."""
        for place in range(len(self._digits)):
            self._digits[place] = 0
        self._digits.clear()
        self._show()

    def focus(self, *, focused: bool) -> None:
        """There is nothing to select."""
        super().focus(focused=focused)
        self.desk_line.selected = False
        self.draw()

    def _show(self) -> None:
        line = self.desk_line
        line.text = MASK * len(self._digits)
        line.caret = len(line.text)
        self.draw()
