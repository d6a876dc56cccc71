"""How a device stands, as a sign, a colour and a word."""

from __future__ import annotations

from hw.device_health import DeviceKind, DeviceState
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import Font, Paint, Palette, Size
from kiosk.screens.widgets.layout import Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText

ICONS = {
    DeviceState.WORKING: Icon.CHECK_CIRCLE,
    DeviceState.MENDING: Icon.REFRESH,
    DeviceState.DEGRADED: Icon.WARNING_CIRCLE,
    DeviceState.AWAY: Icon.CLOSE_CIRCLE,
    DeviceState.NOT_FITTED: Icon.MINUS_CIRCLE,
}


def state_paint(palette: Palette, state: DeviceState) -> Paint:
    """Colours of a state; its icon and its word say the same."""
    match state:
        case DeviceState.WORKING:
            return palette.success
        case DeviceState.MENDING:
            return palette.info
        case DeviceState.DEGRADED:
            return palette.warning
        case DeviceState.AWAY:
            return palette.error
        case DeviceState.NOT_FITTED:
            return Paint(palette.page.ground, palette.page_soft.ink, palette.field.edge)


class StateTag(Surface):
    """A state in one line: sign, colour, word.

    Args:
        ui: the screen's surroundings.
        kind: of which device.
        state: which.
        size: of the word.
    """

    rigid = True

    def __init__(
        self, ui: Context, kind: DeviceKind, state: DeviceState, *, size: Size = Size.LABEL
    ) -> None:
        paint = state_paint(ui.theme.palette, state)
        super().__init__(paint, radius=ui.px(9), border=ui.px(2))
        self.name = f"state.{kind.value}.{state.value}"
        words = ui.text(ui.words(f"device-state.{state.value}"), size, paint.ink, Font.STRONG)
        sign = IconText(ICONS[state], round(ui.theme.letters(size) * 1.3), paint.ink)
        row: list[Part] = [sign, words]
        self.fill([Row(row, gap=ui.px(10), padding=(ui.px(14), ui.px(6)))])
