"""The clerk's menu by right (R-003-55)."""

from __future__ import annotations

from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.office import OfficeInfo
from sync.model.rosters import Right


def entries(desk: Desk, office: OfficeInfo) -> tuple[MenuEntry, ...]:
    """The entries that the operator's rights give, in the order of R-003-55."""
    manages = desk.may(Right.REGISTER) or desk.may(Right.MANAGE)
    shown = (
        (MenuEntry.REGISTRATION, desk.may(Right.REGISTER)),
        (MenuEntry.MANAGEMENT, desk.may(Right.MANAGE)),
        (MenuEntry.FSE, has_fse(desk, office)),
        (MenuEntry.RESIDENCE, desk.may(Right.RESIDENCE)),
        (MenuEntry.DISPUTES, manages),
        (MenuEntry.DEVICES, desk.may(Right.DEVICES)),
    )
    return tuple(entry for entry, there in shown if there)


def has_fse(desk: Desk, office: OfficeInfo) -> bool:
    """Whether the operator opens services for the citizen, and the office has their address."""
    return desk.may(Right.FSE) and bool(office.fse_address)
