"""A short number, digit by digit: one box for each, so that one sees how many are missing."""

from __future__ import annotations

from dataclasses import replace

from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.field import FIELD_ROOM, MASK, Line
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
        group: so many boxes stand together, with a gap after them; 0: all.
        masked: a dot stands for each sign: nobody may read it.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        line: Line,
        length: int,
        *,
        group: int = 0,
        masked: bool = False,
    ) -> None:
        self.line = line
        self._group, self._masked = group, masked
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
        return count * self._ui.px(_WIDEST) + (count - 1) * self._gap + self._between_groups

    @property
    def _between_groups(self) -> int:
        """All gaps between groups together, beside those between boxes."""
        groups = -(-len(self._boxes) // self._group) if self._group else 1
        return (groups - 1) * 2 * self._gap

    def height_at(self, width: int) -> int:  # noqa: ARG002
        """As high as any field."""
        return self._ui.theme.letters(Size.ENTRY) + self._ui.px(FIELD_ROOM)

    def arrange(self, left: int, bottom: int, width: int, height: int) -> None:
        """Boxes of one width from the left."""
        count = len(self._boxes)
        room = width - (count - 1) * self._gap - self._between_groups
        each = min(self._ui.px(_WIDEST), room // count)
        for number, box in enumerate(self._boxes):
            groups = number // self._group if self._group else 0
            before = number * (each + self._gap) + groups * 2 * self._gap
            box.place(left + before, bottom, each, height)
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
            sign = self.line.text[number : number + 1]
            text.say(MASK if sign and self._masked else sign)
