"""Gestione SmartCard: what can be done with operators' cards, one entry each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from kiosk.flows.console.events import AreaChosen
from kiosk.flows.console.users import Area
from kiosk.flows.wording import Action, wording
from kiosk.screens.clerk.menu import ListEntry, ListPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.widgets.layout import Column, Part

_ICONS: Final = {
    Area.USERS: Icon.USER,
    Area.REGISTER_CARD: Icon.CARD,
    Area.NEW_CARD: Icon.PLUS_CIRCLE,
    Area.FIND_CARD: Icon.SEARCH,
    Area.SEND_CODES: Icon.MAIL,
    Area.OFFICERS: Icon.KEY,
}


class AreaPage(ListPage):
    """A digit goes straight there."""

    def actions(self) -> Sequence[Action]:
        """Areas stand in the body."""
        return [
            one for one in wording(self.session).actions if not isinstance(one.event, AreaChosen)
        ]

    def body(self, ui: Context) -> Part:
        """An entry for each area, with what it is for."""
        events = [one.event for one in wording(self.session).actions]
        areas = [event.area for event in events if isinstance(event, AreaChosen)]
        return Column(
            [
                ListEntry(
                    ui,
                    f"area.{area.value}",
                    (
                        ui.words(f"console.area.{area.value}"),
                        ui.words(f"desk.console.area.{area.value}"),
                    ),
                    _ICONS[area],
                    lambda area=area: self.ui.emit(AreaChosen(area)),  # type: ignore[misc]
                    digit=digit,
                )
                for digit, area in enumerate(areas, 1)
            ],
            gap=ui.px(10),
        )
