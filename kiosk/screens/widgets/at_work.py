"""A line that says that the machine is at work, with the turning arc."""

from __future__ import annotations

from kiosk.screens.context import Context
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.layout import Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.waiting import Waiting


def at_work(ui: Context, line: str) -> Part:
    """The machine is mending something; nothing need be done."""
    paint = ui.theme.palette.warning
    box = Surface(paint, radius=ui.px(9), border=ui.px(2))
    text = ui.text(line, Size.READING, paint.ink, Font.STRONG)
    text.grows = True
    turning = Waiting(ui, units=48, paint=paint)
    box.fill([Row([turning, text], gap=ui.px(16), padding=(ui.px(18), ui.px(12)))])
    return box
