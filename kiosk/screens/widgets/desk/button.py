"""Buttons of a desk: low, with the key that presses them, and a ring while they have the focus."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import ButtonKind
from kiosk.screens.widgets.desk.look import LEAST_TARGET
from kiosk.screens.widgets.desk.stops import Ring, Stop
from kiosk.screens.widgets.layout import Align, Part, Row
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText, Text

KEY_CAPS = {
    "escape": "Esc",
    "enter": "Invio",
    **{f"f{number}": f"F{number}" for number in range(1, 13)},
}
"""What stands on the keys, as Italian keyboards have it."""


class KeyCap(Surface):
    """The name of a key, framed as a key is."""

    rigid = True

    def __init__(self, ui: Context, key: str, paint: Paint) -> None:
        super().__init__(Paint(paint.ground, paint.ink, paint.ink), radius=ui.px(4), border=1)
        words = Text(
            KEY_CAPS[key],
            Font.STRONG,
            ui.theme.letters(DeskSize.LABEL),
            paint.ink,
            align="center",
            known=True,
        )
        self.text = words
        self.fill([Row([words], padding=(ui.px(5), 0), along=Align.MIDDLE)])


class DeskButton(Touchable, Stop):
    """A button with an icon, words, and the key that presses it, each where there is one.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        words: what it says; empty for an icon alone.
        act: what it does.
        kind: how much it wants to be pressed.
        key: the key that presses it wherever the focus is; "" for none.
        stop: whether Tab comes to it.
    """

    def __init__(  # noqa: PLR0913  a button has as many sides
        self,
        ui: Context,
        name: str,
        words: str,
        act: Callable[[], None],
        *,
        kind: ButtonKind = ButtonKind.SECONDARY,
        icon: Icon | None = None,
        key: str = "",
        stop: bool = True,
        high: int = 40,
    ) -> None:
        self.key = key
        self.enabled = stop
        paints = kind.paints(ui.theme.palette)
        super().__init__(name, act, paints, radius=ui.px(6), border=ui.px(1))
        letters = ui.theme.letters(DeskSize.BODY)
        ink = paints[0].ink
        self._inked: list[Text] = []
        parts: list[Part] = []
        if icon is not None:
            sign = IconText(icon, round(letters * 1.15), ink)
            self._inked.append(sign)
            parts.append(sign)
        if words:
            label = Text(words, Font.STRONG, letters, ink, align="center", known=True)
            self._inked.append(label)
            parts.append(label)
        self._cap = KeyCap(ui, key, paints[0]) if key else None
        if self._cap is not None:
            parts.append(self._cap)
        self._least = ui.px(max(high, LEAST_TARGET))
        padding = (ui.px(12 if words else 7), ui.px(3))
        self.fill([Row(parts, gap=ui.px(8), padding=padding, along=Align.MIDDLE)])
        self._ring = Ring(ui, self)

    def natural_width(self) -> int:
        """Its content, and never less than can be hit."""
        return max(self._least, super().natural_width())

    def height_at(self, width: int) -> int:
        """Its content, and never less than can be hit."""
        return max(self._least, super().height_at(width))

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Content, and the ring where it belongs."""
        super().arrange(left, bottom, width, height)
        self._ring.show(shown=self.focused)

    def focus(self, *, focused: bool) -> None:
        """A ring around it."""
        super().focus(focused=focused)
        self._ring.show(shown=focused)

    def press(self, key: str) -> bool:
        """Enter presses it."""
        if key == "enter":
            self.act()
            return True
        return False

    def write(self, piece: str) -> bool:
        """So does space."""
        if piece == " ":
            self.act()
        return True

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self._inked:
            text.ink = self.paint.ink
        if self._cap is not None:
            paint = self.paint
            self._cap.repaint(Paint(paint.ground, paint.ink, paint.ink))
            self._cap.text.ink = paint.ink
