"""What stands on a page of a counter: white cards, and coloured lines that say something."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.layout import Inset, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText


def told(ui: Context, words: str, paint: Paint, icon: Icon) -> Part:
    """A coloured line with a sign."""
    box = Surface(paint, radius=ui.px(6), border=ui.px(1))
    text = ui.text(words, DeskSize.BODY, paint.ink, Font.STRONG)
    text.grows = True
    sign = IconText(icon, round(ui.theme.letters(DeskSize.BODY) * 1.3), paint.ink)
    box.fill([Row([sign, text], gap=ui.px(10), padding=(ui.px(12), ui.px(5)))])
    return box


def desk_card(ui: Context, part: Part, *, padding: tuple[int, int] = (18, 12)) -> Surface:
    """A white card around a part."""
    card = Surface(ui.theme.palette.card, radius=ui.px(8), border=ui.px(1))
    card.fill([Inset(part, (ui.px(padding[0]), ui.px(padding[1])))])
    return card
