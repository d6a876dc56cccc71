"""Who may decide what about an entry."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.desk import Desk
from kiosk.flows.office import OfficeInfo, StationRole
from kiosk.flows.outbox.views import EntryView
from sync.model import operation, rosters
from sync.model.counter import ClosingReason
from sync.model.rosters import Right

_RIGHT_OF: Final = {
    operation.REGISTRATION: Right.REGISTER,
    operation.BOOKING: Right.MANAGE,
    operation.CODE_REGENERATION: Right.MANAGE,
    operation.RECORD_EDIT: Right.MANAGE,
    operation.DELEGATION_CHANGE: Right.MANAGE,
    operation.RESIDENCE_CHANGE: Right.RESIDENCE,
}
"""What can be entered anew, and the right that it needs."""

_OF_REFUSED: Final = (
    ClosingReason.NOT_NEEDED,
    ClosingReason.OTHERWISE,
    ClosingReason.MISTAKE,
)


def opens(desk: Desk) -> bool:
    """Whether the operator decides on anything here."""
    return bool(desk.operator.rights & rosters.DECIDES)


def may_close(entry: EntryView, desk: Desk | None) -> bool:
    """Whether the operator may say that nothing more is done about it."""
    if desk is None or not entry.is_open:
        return False
    return bool(desk.operator.rights & rosters.rights_for_closing(entry.kind, lost=entry.lost))


def may_correct(entry: EntryView, desk: Desk | None, office: OfficeInfo) -> bool:
    """Whether the operator may enter it anew: at a counter, with the right that it needs."""
    if desk is None or office.role is not StationRole.COUNTER:
        return False
    right = _RIGHT_OF.get(entry.kind)
    return entry.is_open and not entry.lost and right in desk.operator.rights


def reasons(entry: EntryView) -> tuple[ClosingReason, ...]:
    """Those that may be given; that it was done again is said by doing it."""
    return (ClosingReason.LOST,) if entry.lost else _OF_REFUSED
