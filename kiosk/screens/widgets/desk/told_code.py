"""A code to be compared or read out: large, in groups, each in a frame of its own."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.layout import Flow, Inset
from kiosk.screens.widgets.surface import Surface


class ToldCode(Flow):
    """Groups of signs beside each other; who loses the place finds it again.

    Args:
        ui: the screen's surroundings.
        name: stable machine name.
        groups: of signs, as they are told.
        size: of the letters.
    """

    def __init__(
        self, ui: Context, name: str, groups: Sequence[str], size: DeskSize = DeskSize.TOLD
    ) -> None:
        palette = ui.theme.palette
        paint = Paint(palette.info.ground, palette.info.ink, palette.info.edge)
        frames = []
        for group in groups:
            frame = Surface(paint, radius=ui.px(8), border=ui.px(1))
            frame.rigid = True
            words = ui.text(group, size, paint.ink, Font.TITLE, align="center")
            frame.fill([Inset(words, (ui.px(16), 0))])
            frames.append(frame)
        super().__init__(frames, gap=ui.px(12))
        self.name = name
        self.code = " ".join(groups)


def groups_of(code: str, length: int = 4) -> tuple[str, ...]:
    """The groups of a code: as it parts them itself by spaces or dashes, else of `length` signs."""
    parted = code.replace("-", " ").split()
    if len(parted) > 1:
        return tuple(parted)
    whole = parted[0] if parted else ""
    return tuple(whole[place : place + length] for place in range(0, len(whole), length))
