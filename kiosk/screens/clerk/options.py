"""The entries of a form's menus, in the person's language."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.flows.clerk.fields import Field
from kiosk.flows.clerk.sheet import Sheet
from kiosk.flows.clerk.sheet_steps import options
from kiosk.flows.state import Session
from kiosk.screens.context import Context
from kiosk.screens.widgets.desk.menu import MenuEntry
from sync.model import places
from sync.model.searching import ABROAD


def entries(ui: Context, session: Session, sheet: Sheet, row: Field) -> Sequence[MenuEntry]:
    """What may stand in a field."""
    given = options(sheet, row.id, session.surroundings)
    return [MenuEntry(one.value, ui.say(one.label)) for one in given]


def comune_name(ui: Context, belfiore: str) -> str:
    """A comune as a row of a search names it; empty where no residence is known."""
    if not belfiore:
        return ""
    if belfiore == ABROAD:
        return ui.words("desk.abroad")
    place = places.comune(belfiore)
    return place.name if place is not None else belfiore
