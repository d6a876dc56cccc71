"""What an administrator may begin on a station or a user, by their right and by its state.

The hub judges every act again. Here it is only that no button is offered that leads nowhere.
"""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.desk import Desk
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import Area, UserTask
from sync.model import smart_cards
from sync.model.certificates import CertificateState
from sync.model.console import UserReason
from sync.model.console_views import StationRecord, UserRecord
from sync.model.rosters import Right
from sync.model.smart_cards import CardEvent, CardState
from sync.model.users import ADMINISTRATORS, Profile, UserState, UserType

_T = StationTask
_U = UserTask
_S = CertificateState

_OF_STATE: Final = {
    _S.REQUESTED: (_T.CODE, _T.NEW_TOKEN, _T.NOTE, _T.CANCEL),
    _S.ISSUED: (_T.DOWNLOAD, _T.NOTE, _T.CANCEL),
    _S.ACTIVE: (_T.DOWNLOAD, _T.NOTE, _T.BLOCK, _T.CANCEL),
    _S.BLOCKED: (_T.UNBLOCK, _T.NOTE, _T.CANCEL),
    _S.REVOKING: (_T.NOTE,),
    _S.REVOKED: (_T.NOTE,),
}

DOWNLOADABLE: Final = frozenset({_S.ISSUED, _S.ACTIVE, _S.BLOCKED})
"""States in which a certificate can be fetched (R-004-15, C-004-2)."""

_OF_AREA: Final = {
    Area.USERS: (_U.CHANGE, _U.DAILY_PASSWORD, _U.BLOCK, _U.UNBLOCK, _U.DELETE),
    Area.REGISTER_CARD: (_U.HAND_OVER_CARD, _U.REGISTER_CARD),
    Area.NEW_CARD: (_U.NEW_CARD,),
    Area.FIND_CARD: (_U.REPLACE_CARD, _U.BLOCK, _U.UNBLOCK),
    Area.SEND_CODES: (_U.SEND_CODES,),
    Area.OFFICERS: (_U.MASTER_RECEIVED, _U.ACTIVATE_CARD, _U.ASK_REVOCATION, _U.ASK_EXTRA),
}

_OF_ALP: Final = frozenset({_T.BLOCK, _T.UNBLOCK, _T.CANCEL})
"""The Mayor prepares stations; who looks after them is an ALP (R-004-1, 2)."""

_NOT_APPOINTERS: Final = frozenset({_U.DAILY_PASSWORD})
"""What the Mayor and the delegate do not do to the administrators whom they appoint (R-004-1, 7)."""

_ASKED_OF_MINISTRY: Final = frozenset({_U.ASK_REVOCATION, _U.ASK_EXTRA})
"""What the Security Officer asks, or who looks after the comune's users (R-001-28)."""

_CARD_REASONS: Final = (UserReason.THEFT, UserReason.LOSS)

REASONS: Final = {
    UserTask.BLOCK: (UserReason.ORDER, UserReason.FORGOTTEN, *_CARD_REASONS),
    UserTask.DELETE: (UserReason.MOVED, UserReason.RETIRED, UserReason.ORDER),
    UserTask.REPLACE_CARD: (*_CARD_REASONS, UserReason.BROKEN, UserReason.EXPIRED),
}
"""The reasons among which the administrator chooses; what is not here needs none."""


def manages_users(desk: Desk) -> bool:
    """Gestione Utenze and Gestione SmartCard: the ALS; in part who appoints them (R-004-1, 4)."""
    return _with_card(desk) and (desk.may(Right.USERS) or desk.may(Right.APPOINT))


def manages_cards(desk: Desk) -> bool:
    """Gestione SmartCard (R-004-4); the Mayor collects the cards (R-004-1).

    A Security Officer opens their own part of it, whatever else they are (R-001-7).
    """
    return bool(areas(desk))


def areas(desk: Desk) -> tuple[Area, ...]:
    """The parts of Gestione SmartCard that the operator may open, in order."""
    if manages_users(desk):
        return tuple(area for area in Area if area is not Area.USERS)
    return (Area.OFFICERS,) if _with_card(desk) and desk.may(Right.OFFICER) else ()


def manages_stations(desk: Desk) -> bool:
    """Gestione Postazione (R-004-4)."""
    return _with_card(desk) and desk.may(Right.STATIONS)


def _with_card(desk: Desk) -> bool:
    """All four administrators need a smart card (R-004-3), in a comune that has a console."""
    return desk.day_seconds is None and bool(desk.operator.comune)


def profiles_on_offer(desk: Desk) -> tuple[Profile, ...]:
    """The profiles that the operator may give (R-004-1, 5)."""
    given = tuple(one for one in Profile if one is not Profile.APL)
    if desk.may(Right.USERS):
        return given
    return tuple(one for one in given if one in ADMINISTRATORS)


def of_station(record: StationRecord, desk: Desk) -> tuple[StationTask, ...]:
    """What may be begun on a station, in order (R-004-14, 15)."""
    if not manages_stations(desk):
        return ()
    tasks: tuple[StationTask, ...] = _OF_STATE[record.state]
    waits = record.state is _S.REQUESTED and record.check_code and record.request
    if Profile.ALP not in desk.operator.profiles:
        tasks = tuple(task for task in tasks if task not in _OF_ALP)
    return (_T.APPROVE, *tasks) if waits else tasks


def of_user(record: UserRecord, area: Area, desk: Desk) -> tuple[UserTask, ...]:
    """What may be begun on a user, in order (R-004-21 to 36)."""
    return tuple(
        task for task in _OF_AREA[area] if _permitted(task, record, desk) and _fits(task, record)
    )


def _permitted(task: UserTask, record: UserRecord, desk: Desk) -> bool:
    if not _with_card(desk):
        return False
    itself = record.codice_fiscale == desk.operator.codice_fiscale
    if task is UserTask.MASTER_RECEIVED:
        return desk.may(Right.OFFICER) and itself
    if task is UserTask.ACTIVATE_CARD:
        return desk.may(Right.OFFICER)
    if task in _ASKED_OF_MINISTRY:
        return desk.may(Right.OFFICER) or desk.may(Right.USERS) or desk.may(Right.APPOINT)
    if task is UserTask.DAILY_PASSWORD and itself:
        return False
    if desk.may(Right.USERS):
        return True
    administrator = bool(record.profiles) and record.profiles <= ADMINISTRATORS
    return desk.may(Right.APPOINT) and task not in _NOT_APPOINTERS and administrator


def _fits(task: UserTask, record: UserRecord) -> bool:  # noqa: PLR0911  # one line a task
    """Whether user and card are in a state for it."""
    card = CardState.DISABLED if record.card is None else record.card.state
    active = record.state is UserState.ACTIVE
    match task:
        case UserTask.CHANGE | UserTask.DELETE:
            return record.state is not UserState.DELETED
        case UserTask.BLOCK:
            return active or _can(card, CardEvent.BLOCK)
        case UserTask.UNBLOCK:
            return record.state is UserState.BLOCKED or card is CardState.BLOCKED
        case UserTask.DAILY_PASSWORD:
            return active and card is CardState.ACTIVE
        case UserTask.NEW_CARD:
            return active and card is CardState.DISABLED
        case UserTask.REPLACE_CARD:
            return _can(card, CardEvent.REPLACE)
        case UserTask.HAND_OVER_CARD:
            return _can(card, CardEvent.HAND_OVER)
        case UserTask.REGISTER_CARD:
            return _can(card, CardEvent.REGISTER)
        case UserTask.SEND_CODES:
            return card is CardState.ACTIVE
        case UserTask.MASTER_RECEIVED:
            return _is_officer(record) and not record.master_received
        case UserTask.ACTIVATE_CARD | UserTask.ASK_REVOCATION | UserTask.ASK_EXTRA:
            return active


def _can(state: CardState, event: CardEvent) -> bool:
    return isinstance(smart_cards.advance(state, event), CardState)


def _is_officer(record: UserRecord) -> bool:
    return record.user_type is UserType.SECURITY_OFFICER
