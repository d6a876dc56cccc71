"""A field for one line of text: caret, scrolling by letters, and keys that outrun the flow."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from kivy.core.text import Label as TextImage
from kivy.graphics import Color, Rectangle

from kiosk.screens.context import Context
from kiosk.screens.theme import Font, LetterSize, Size
from kiosk.screens.widgets.layout import Align
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import Text, drawable

FIELD_ROOM = 44
"""Units above and below the letters of a field, together."""
MASK = "\N{BULLET}"
"""What is shown for a sign that nobody may see."""


@dataclass(frozen=True, slots=True)
class FieldLook:
    """Measures of a field, in units.

    Attributes:
        entry, hint, mask: letters of what is typed, of the hint, of the dots that hide.
        room: above and below the letters, together.
        inset: left and right of them.
        radius, edge, focus_edge: of the border.
    """

    entry: LetterSize = Size.ENTRY
    hint: LetterSize = Size.BODY
    mask: LetterSize = Size.NUMBER
    room: int = FIELD_ROOM
    inset: int = 20
    radius: int = 9
    edge: int = 2
    focus_edge: int = 4


STANDING = FieldLook()
"""A field that a finger touches."""


class Line:
    """The text of a field and its caret, and what the flow has not answered yet.

    The field is ahead of the flow by the keys of some milliseconds. An answer that repeats one of
    our own texts is old news; any other text is the flow's word and wins.
    """

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.caret = len(text)
        self._told: list[str] = []
        self._heard = text

    def insert(self, piece: str) -> None:
        """Put `piece` at the caret."""
        self.text = self.text[: self.caret] + piece + self.text[self.caret :]
        self.caret += len(piece)
        self._told.append(self.text)

    def erase(self) -> bool:
        """Take the sign before the caret away, with the accents that belong to it."""
        start = self.caret
        while start > 0:
            start -= 1
            if not unicodedata.combining(self.text[start]):
                break
        if start == self.caret:
            return False
        self.text = self.text[:start] + self.text[self.caret :]
        self.caret = start
        self._told.append(self.text)
        return True

    def hear(self, text: str, *, answer: bool = False) -> bool:
        """The flow shows `text`; returns whether the field changed by it.

        `answer` says that the flow has seen all that was told: what it shows counts as it is.
        """
        if self._told and text == self._heard and not answer:
            return False
        if text in self._told:
            del self._told[: self._told.index(text) + 1]
            self._heard = text
            return False
        self._told.clear()
        self._heard = text
        changed = text != self.text
        if changed:
            self.text, self.caret = text, len(text)
        return changed


class Field(Surface):
    """One line of text with a caret.

    A text that is longer than the field shows the part around the caret, with dots where more is
    hidden; no picture of a text is ever wider than the field.

    Args:
        ui: the screen's surroundings.
        name: stable machine name, `field.surname`.
        line: what stands in it, and its caret; outlives the field.
        touched: called when it is touched.
        focused: whether the keys go to it.
        hint: shown while it is empty.
        align: `left` or `center`.
        masked: a dot stands for each sign: nobody may read it.
        look: its measures.
    """

    def __init__(  # noqa: PLR0913  a field has as many sides
        self,
        ui: Context,
        name: str,
        line: Line,
        touched: Callable[[], None],
        *,
        focused: bool = True,
        hint: str = "",
        align: str = "left",
        masked: bool = False,
        look: FieldLook = STANDING,
    ) -> None:
        super().__init__(ui.theme.palette.field, radius=ui.px(look.radius), border=ui.px(look.edge))
        self.name = name
        self.line = line
        self.focused = focused
        self.look = look
        self._ui = ui
        self._touched = touched
        self._hint = hint
        self._masked = masked
        self._start = 0
        # A dot is small in its own letters.
        letters = ui.theme.letters(look.mask if masked else look.entry)
        self._measure = TextImage(font_name=Font.TEXT.value, font_size=letters)
        self._measure.resolve_font_name()
        ink = ui.theme.palette.field.ink
        self.shown = Text("", Font.TEXT, letters, ink, align=align)
        self._placeholder = ui.text(hint, look.hint, ui.theme.palette.field_hint.ink, align=align)
        self.fill([self.shown, self._placeholder])
        with self.canvas.after:
            self._caret_colour = Color(rgba=ui.theme.palette.focus)
            self._caret = Rectangle(size=(0, 0))

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.line.text

    @property
    def _visible(self) -> str:
        """What may be seen of it, sign for sign."""
        return MASK * len(self.line.text) if self._masked else self.line.text.replace("\n", " ")

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """One line of entry letters with room around it."""
        return self._ui.theme.letters(self.look.entry) + self._ui.px(self.look.room)

    def focus(self, *, focused: bool) -> None:
        """Whether the keys go to it: a thick edge in another colour, and the caret."""
        self.focused = focused
        self.draw()

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """The text within the edge."""
        inset = self._ui.px(self.look.inset)
        for part in self.parts:
            part.place(left + inset, bottom, width - 2 * inset, height)
        self.draw()

    def draw(self) -> None:
        """Show the text around the caret, the caret, and whether the keys go here."""
        if self.width <= 0:
            return
        self.draw_edge()
        visible, before = self._window(int(self.shown.width))
        self.shown.say(visible)
        self._placeholder.say("" if self.line.text else self._hint)
        x = self._text_left() + self._wide(before)
        height = int(self.height * 0.62)
        thickness = self._ui.px(3 if self.look is STANDING else 2)
        self._caret.pos = (x, int(self.y + (self.height - height) / 2))
        self._caret.size = (thickness, height) if self.focused else (0, 0)

    def draw_edge(self) -> None:
        """The border tells whether the keys go here."""
        palette = self._ui.theme.palette
        edge = palette.focus if self.focused else palette.field.edge
        self.repaint(replace(palette.field, edge=edge))
        self.thicken(self._ui.px(self.look.focus_edge if self.focused else self.look.edge))

    def _text_left(self) -> int:
        room = int(self.shown.width)
        align = {"left": Align.START, "center": Align.MIDDLE}[self.shown.align]
        return int(self.shown.x) + align.within(room, self._wide(self.shown.text))[0]

    def _wide(self, text: str) -> int:
        width: int = self._measure.get_extents(drawable(text))[0]
        return width

    def _window(self, room: int) -> tuple[str, str]:
        """The part of the text that is shown, and its beginning up to the caret."""
        text, caret = self._visible, self.line.caret
        if len(text) <= 400 and self._wide(text) <= room:
            self._start = 0
            return text, text[:caret]
        self._start = min(self._start, max(0, caret - 3))
        while self._wide("…" + text[self._start : caret]) > room - self._wide("…m"):
            # A long way is gone in one step; the last letters one by one.
            behind = caret - self._start
            self._start += max(1, behind // 2) if behind > 80 else 1
        lead = "…" if self._start else ""
        end = caret
        while end < len(text) and self._wide(lead + text[self._start : end + 1] + "…") <= room:
            end += 1
        tail = "…" if end < len(text) else ""
        return lead + text[self._start : end] + tail, lead + text[self._start : caret]

    def on_touch_down(self, touch: Any) -> bool:
        """Take the keys, and put the caret where the finger is."""
        if not self.collide_point(*touch.pos) or touch.is_mouse_scrolling:
            return False
        if self.focused:
            lead = "…" if self._start else ""
            here = touch.x - self._text_left()
            places = range(self._start, len(self.line.text) + 1)
            visible = len(self.shown.text)
            self.line.caret = min(
                places[: visible + 1],
                key=lambda i: abs(self._wide(lead + self._visible[self._start : i]) - here),
            )
            self.draw()
        self._touched()
        return True
