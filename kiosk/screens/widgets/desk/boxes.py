"""Any number of entries, each with a box: Tab walks through them, space turns one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from kiosk.screens.context import Context
from kiosk.screens.widgets.desk.menu import MenuEntry
from kiosk.screens.widgets.desk.radio import CheckBox
from kiosk.screens.widgets.layout import Flow, Grid, Part


class Boxes(Part):
    """Boxes beside each other; each is a stop of its own, called `<name>.<value>`.

    Args:
        ui: the screen's surroundings.
        name: stable machine name of the field.
        entries: what there is to tick.
        picked: values of those that are ticked.
        toggle: takes the value of the one that was turned.
        columns: in which many of them stand, one width for all; 0 for one after the other.
    """

    def __init__(
        self,
        ui: Context,
        name: str,
        entries: Sequence[MenuEntry],
        picked: frozenset[str],
        toggle: Callable[[str], None],
        *,
        columns: int = 0,
    ) -> None:
        self.name = name
        self._boxes = {
            entry.value: CheckBox(
                ui,
                f"{name}.{entry.value}",
                entry.label,
                partial(self._turned, entry.value),
                on=entry.value in picked,
            )
            for entry in entries
        }
        self._toggle = toggle
        boxes = list(self._boxes.values())
        if columns:
            laid: Part = Grid(boxes, columns=columns, gap=ui.px(2), least=ui.px(250))
        else:
            laid = Flow(boxes, gap=ui.px(8))
        super().__init__([laid])

    def show_picked(self, picked: frozenset[str]) -> None:
        """What the flow knows now."""
        for value, box in self._boxes.items():
            box.show_on(on=value in picked)

    def _turned(self, value: str, _on: bool) -> None:  # noqa: FBT001  as a box tells it
        self._toggle(value)
