"""The button that asks the hub again, the same on every page of the console."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.layout import Part

_KEY: Final = "f5"


def ask_button(ui: Context, act: Callable[[], None], *, stop: bool = True) -> Part:
    """The button; `stop` says whether Tab comes to it."""
    words = ui.words("console.ask")
    button = DeskButton(
        ui, "ask-again", words, act, icon=Icon.REFRESH, key=_KEY, stop=stop, high=36
    )
    button.rigid = True
    return button
