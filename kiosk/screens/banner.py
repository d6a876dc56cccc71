"""The strip above every page of a station whose key is not kept in hardware."""

from __future__ import annotations

from typing import Final

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, LetterSize, Size
from kiosk.screens.widgets.layout import Align, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText

NAME: Final = "banner.software-key"
"""Stable machine name of the strip."""


class SoftwareKeyBanner(Surface):
    """Says that the station's key lies in a file, in the colour of warnings.

    Args:
        ui: the screen's surroundings.
        desk: whether it stands above a page of a counter, whose letters are smaller.
    """

    def __init__(self, ui: Context, *, desk: bool) -> None:
        paint = ui.theme.palette.warning
        super().__init__(paint)
        self.name = NAME
        size: LetterSize = DeskSize.LABEL if desk else Size.LABEL
        sign = IconText(Icon.WARNING_CIRCLE, round(ui.theme.letters(size) * 1.2), paint.ink)
        words = ui.text(ui.words("banner.software-key"), size, paint.ink, Font.STRONG)
        self.fill(
            [
                Row(
                    [sign, words],
                    gap=ui.px(10),
                    padding=(ui.px(24), ui.px(4)),
                    along=Align.MIDDLE,
                )
            ]
        )
