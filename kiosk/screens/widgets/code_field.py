"""A short number, digit by digit: one box for each, so that one sees how many are missing."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.field import FIELD_ROOM, Line
from kiosk.screens.widgets.layout import Part
from kiosk.screens.widgets.surface import Surface

_WIDEST = 88


class CodeField(Part):
    """Boxes for the digits of a number of known length; the next one to fill has a thick edge.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        line: what stands in it; outlives the field.
        length: number of boxes.
    """

    def __init__(self, ui: Context, name: str, line: Line, length: int) -> None:
        self.line = line
        self._ui = ui
        self._gap = ui.px(8)
        self._texts = [
            ui.text("", Size.ENTRY, ui.theme.palette.field.ink, Font.STRONG, align="center")
            for _ in range(length)
        ]
        self._boxes = []
        for text in self._texts:
            box = Surface(ui.theme.palette.field, radius=ui.px(9), border=ui.px(2))
            box.fill([text])
            self._boxes.append(box)
        super().__init__(self._boxes)
        self.name = name

    @property
    def text(self) -> str:
        """What stands in the field."""
        return self.line.text

    def natural_width(self) -> int:
        """All boxes at their widest."""
        count = len(self._boxes)
        return count * self._ui.px(_WIDEST) + (count - 1) * self._gap

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """As high as any field."""
        return self._ui.theme.letters(Size.ENTRY) + self._ui.px(FIELD_ROOM)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Boxes of one width from the left."""
        count = len(self._boxes)
        each = min(self._ui.px(_WIDEST), (width - (count - 1) * self._gap) // count)
        for number, box in enumerate(self._boxes):
            box.place(left + number * (each + self._gap), bottom, each, height)
        self.draw()

    def draw(self) -> None:
        """Show the digits, and which box is next."""
        if self.width <= 0:
            return
        field, focus = self._ui.theme.palette.field, self._ui.theme.palette.focus
        following = min(len(self.line.text), len(self._boxes) - 1)
        for number, (box, text) in enumerate(zip(self._boxes, self._texts, strict=True)):
            here = number == following
            box.repaint(replace(field, edge=focus) if here else field)
            box.thicken(self._ui.px(4 if here else 2))
            text.say(self.line.text[number : number + 1])
