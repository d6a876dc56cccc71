"""The rows of a list that its filters let through, and the certificates that end soon."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from kiosk.flows.console.fields import ALL, NO_CARD, FieldId
from kiosk.flows.console.stations import StationList
from kiosk.flows.console.users import Area, UserList
from kiosk.flows.console.views import StationsView
from sync.model.certificates import CertificateState
from sync.model.console_views import StationRecord, UserRecord
from sync.model.smart_cards import CardState
from sync.model.users import UserState

WARNING_DAYS: Final = 30
"""So long before a certificate ends the administrator is warned (R-004-19)."""

_LIVE: Final = frozenset(
    {CertificateState.ACTIVE, CertificateState.BLOCKED, CertificateState.ISSUED}
)
_I = FieldId


def stations(state: StationList) -> tuple[StationRecord, ...]:
    """By code or name and by state (R-004-14), in the order of their names."""
    wanted = _plain(state.filters.text(_I.STATION))
    of_state = state.filters.text(_I.STATION_STATE) or ALL
    return tuple(
        record
        for record in state.view.records or ()
        if (wanted in _plain(record.name) or wanted in _plain(record.label))
        and of_state in {ALL, record.state.name.lower()}
    )


def expiring(view: StationsView, today: date) -> tuple[StationRecord, ...]:
    """Stations whose certificate ends soon, or has ended (R-004-19)."""
    return tuple(record for record in view.records or () if expires_soon(record, today))


def expires_soon(record: StationRecord, today: date) -> bool:
    """Whether a certificate in use ends within `WARNING_DAYS`."""
    soon = today + timedelta(days=WARNING_DAYS)
    return record.state in _LIVE and record.expires is not None and record.expires <= soon


def users(state: UserList) -> tuple[UserRecord, ...]:
    """By codice fiscale, surname, name and states (R-004-33), within what the area is about."""
    sheet = state.filters
    code, surname, name = (
        _plain(sheet.text(one)) for one in (_I.CODICE_FISCALE, _I.SURNAME, _I.NAME)
    )
    of_user = sheet.text(_I.USER_STATE) or ALL
    of_card = sheet.text(_I.CARD_STATE) or ALL
    return tuple(
        record
        for record in state.view.records or ()
        if belongs(record, state.area)
        and _plain(record.codice_fiscale).startswith(code)
        and surname in _plain(record.surname)
        and name in _plain(record.name)
        and of_user in {ALL, record.state.name.lower()}
        and of_card in {ALL, card_value(record)}
    )


def belongs(record: UserRecord, area: Area) -> bool:
    """Whether an area is about that user: the two ways to a new card exclude each other (C-004-6)."""
    state = CardState.DISABLED if record.card is None else record.card.state
    match area:
        case Area.USERS:
            return True
        case Area.REGISTER_CARD:
            return state in {CardState.REQUESTED, CardState.AT_PREFETTURA, CardState.HANDED_OVER}
        case Area.NEW_CARD:
            return state is CardState.DISABLED
        case Area.FIND_CARD:
            return state is not CardState.DISABLED
        case Area.SEND_CODES:
            return state is CardState.ACTIVE
        case Area.OFFICERS:
            return record.state is UserState.ACTIVE


def card_value(record: UserRecord) -> str:
    """The value of the filter of card states under which a user is found."""
    return NO_CARD if record.card is None else record.card.state.name.lower()


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
