"""The menu by right: what clerks do (R-003-55), and the console (R-004-4)."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.console import actions
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.flows.outbox import deciding
from sync.model.rosters import Right


def entries(desk: Desk, office: OfficeInfo) -> tuple[MenuEntry, ...]:
    """The entries that the operator's rights give, in the order of R-003-55.

    At a station for installers nobody is served, whoever signs in.
    """
    manages = desk.may(Right.REGISTER) or desk.may(Right.MANAGE)
    shown = (
        (MenuEntry.REGISTRATION, desk.may(Right.REGISTER)),
        (MenuEntry.MANAGEMENT, desk.may(Right.MANAGE)),
        (MenuEntry.FSE, has_fse(desk, office)),
        (MenuEntry.RESIDENCE, desk.may(Right.RESIDENCE)),
        (MenuEntry.DISPUTES, manages),
        (MenuEntry.OUTBOX, deciding.opens(desk)),
        (MenuEntry.USERS, actions.manages_users(desk)),
        (MenuEntry.CARDS, actions.manages_cards(desk)),
        (MenuEntry.STATIONS, actions.manages_stations(desk)),
        (MenuEntry.DEVICES, desk.may(Right.DEVICES)),
    )
    here = office.role is StationRole.COUNTER
    return tuple(entry for entry, there in shown if there and (here or entry in _OF_INSTALLERS))


def opens_cases(desk: Desk, office: OfficeInfo) -> bool:
    """Whether the code of a receipt opens its case from the menu: where people are served."""
    return MenuEntry.MANAGEMENT in entries(desk, office)


_OF_INSTALLERS: Final = frozenset(
    {
        MenuEntry.OUTBOX,
        MenuEntry.USERS,
        MenuEntry.CARDS,
        MenuEntry.STATIONS,
        MenuEntry.DEVICES,
    }
)


def has_fse(desk: Desk, office: OfficeInfo) -> bool:
    """Whether the operator opens services for the citizen, and the office has their address."""
    return desk.may(Right.FSE) and bool(office.fse_address)
