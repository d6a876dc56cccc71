"""What stands in a table's cell beside plain text."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Paint
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.layout import Align, Part, Row
from kiosk.screens.widgets.text import IconText


def with_sign(words: str, icon: Icon) -> Callable[[Context, Paint], Part]:
    """A text behind a sign: a state is never told by colour alone."""

    def make(ui: Context, paint: Paint) -> Part:
        sign = IconText(icon, ui.theme.letters(DeskSize.CELL), paint.ink)
        text = Elided(ui, words, DeskSize.CELL, paint.ink)
        text.grows = True
        return Row([sign, text], gap=ui.px(5), along=Align.START)

    return make
