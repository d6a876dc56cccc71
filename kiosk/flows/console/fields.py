"""Fields of the console's forms and filters, as data; what stands in them is in `sheet`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

from kiosk.flows.question import Keyboard
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import StationReason, UserReason
from sync.model.smart_cards import CardState
from sync.model.users import ASSIGNABLE, Environment, Profile, UserState, UserType

ALL: Final = "all"
"""Value of a state's filter that lets every state through: TUTTI (R-004-12)."""


class FieldKind(Enum):
    """How a field is filled; what it holds is a text in any case."""

    TEXT = "text"
    CODE = "code"
    """Capitals; a hand scanner fills it too."""
    MENU = "menu"
    """One of `Field.options`; holds the option's value."""
    RADIO = "radio"
    """One of a few of `Field.options`; holds the option's value."""
    BOX = "box"
    """`yes` or empty."""
    BOXES = "boxes"
    """Any number of `Field.options`, each with a box: `OptionToggled`."""


class FieldId(Enum):
    """Stable machine names; texts `console.field.<value>`."""

    STATION = "station"
    """Filter: name or label of a station."""
    STATION_STATE = "station-state"
    LABEL = "label"
    KIND = "kind"
    PLACE = "place"
    STATION_REASON = "station-reason"
    CODICE_FISCALE = "codice-fiscale"
    SURNAME = "surname"
    NAME = "name"
    EMAIL = "email"
    PEC = "pec"
    USER_TYPE = "user-type"
    CARD = "card"
    """Assegna smart card."""
    ENVIRONMENTS = "environments"
    PROFILES = "profiles"
    USER_STATE = "user-state"
    CARD_STATE = "card-state"
    USER_REASON = "user-reason"
    REPORTED = "reported"
    """Theft or loss was reported to the police (R-004-36)."""
    SERIAL = "serial"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        id: which.
        kind: how it is filled.
        keyboard: the keys of the on-screen keyboard; None where nothing is typed.
        optional: whether it may stay empty.
        longest: characters that it takes.
        named: family of its options' texts, `console.<family>.<value>`.
        options: their values, in order.
        columns: share of a row of twelve.
    """

    id: FieldId
    kind: FieldKind
    keyboard: Keyboard | None = None
    optional: bool = False
    longest: int = 100
    named: str = ""
    options: tuple[str, ...] = ()
    columns: int = 6


_I = FieldId
_K = FieldKind

NO_CARD: Final = "no-card"
"""Value of the filter of card states for users without one."""

_PROFILES: Final = tuple(one.value for one in Profile if one in ASSIGNABLE)

FIELDS: Final = {
    field.id: field
    for field in (
        Field(_I.STATION, _K.TEXT, Keyboard.FREE, optional=True, longest=40),
        Field(
            _I.STATION_STATE,
            _K.MENU,
            named="certificate-state",
            options=(ALL, *(one.name.lower() for one in CertificateState)),
        ),
        Field(_I.LABEL, _K.TEXT, Keyboard.FREE, optional=True, longest=40, columns=12),
        Field(
            _I.KIND,
            _K.RADIO,
            named="certificate-kind",
            options=tuple(one.name.lower() for one in CertificateKind),
            columns=12,
        ),
        Field(_I.PLACE, _K.TEXT, Keyboard.FREE, optional=True, longest=80, columns=12),
        Field(
            _I.STATION_REASON,
            _K.RADIO,
            named="station-reason",
            options=tuple(one.value for one in StationReason),
            columns=12,
        ),
        Field(_I.CODICE_FISCALE, _K.CODE, Keyboard.CODE, longest=16),
        Field(_I.SURNAME, _K.TEXT, Keyboard.NAME),
        Field(_I.NAME, _K.TEXT, Keyboard.NAME),
        Field(_I.EMAIL, _K.TEXT, Keyboard.EMAIL, longest=254),
        Field(_I.PEC, _K.TEXT, Keyboard.EMAIL, optional=True, longest=254),
        Field(
            _I.USER_TYPE,
            _K.MENU,
            named="user-type",
            options=tuple(one.value for one in UserType),
        ),
        Field(_I.CARD, _K.BOX, optional=True),
        Field(
            _I.ENVIRONMENTS,
            _K.BOXES,
            named="environment",
            options=tuple(one.value for one in Environment),
            columns=12,
        ),
        Field(_I.PROFILES, _K.BOXES, named="profile", options=_PROFILES, columns=12),
        Field(
            _I.USER_STATE,
            _K.MENU,
            named="user-state",
            options=(ALL, *(one.name.lower() for one in UserState if one is not UserState.DELETED)),
            columns=3,
        ),
        Field(
            _I.CARD_STATE,
            _K.MENU,
            named="card-state",
            options=(ALL, NO_CARD, *(one.name.lower() for one in CardState)),
            columns=3,
        ),
        Field(
            _I.USER_REASON,
            _K.RADIO,
            named="user-reason",
            options=tuple(one.value for one in UserReason),
            columns=12,
        ),
        Field(_I.REPORTED, _K.BOX, optional=True, columns=12),
        Field(_I.SERIAL, _K.CODE, Keyboard.CODE, longest=40, columns=12),
    )
}
"""Every field by its name."""


class Form(Enum):
    """Which form it is, and so which fields it has."""

    STATION_FILTER = "station-filter"
    """Code or name, state (R-004-12, 14)."""
    REGISTER_STATION = "register-station"
    STATION_NOTE = "station-note"
    STATION_CHANGE = "station-change"
    USER_FILTER = "user-filter"
    """R-004-33."""
    LOOK_UP = "look-up"
    """Codice fiscale (R-004-28)."""
    INSERT_USER = "insert-user"
    CHANGE_USER = "change-user"
    USER_ACTION = "user-action"
    """Reason, and whether theft or loss was reported."""
    OFFICER = "officer"
    """Serial number of an operator's card (R-001-7, 28)."""


FORM_FIELDS: Final = {
    Form.STATION_FILTER: (_I.STATION, _I.STATION_STATE),
    Form.REGISTER_STATION: (_I.LABEL, _I.KIND),
    Form.STATION_NOTE: (_I.PLACE,),
    Form.STATION_CHANGE: (_I.STATION_REASON,),
    Form.USER_FILTER: (_I.CODICE_FISCALE, _I.SURNAME, _I.NAME, _I.USER_STATE, _I.CARD_STATE),
    Form.LOOK_UP: (_I.CODICE_FISCALE,),
    Form.INSERT_USER: (
        *(_I.CODICE_FISCALE, _I.SURNAME, _I.NAME, _I.EMAIL, _I.PEC, _I.USER_TYPE, _I.CARD),
        *(_I.ENVIRONMENTS, _I.PROFILES),
    ),
    Form.CHANGE_USER: (_I.EMAIL, _I.PEC, _I.ENVIRONMENTS, _I.PROFILES),
    Form.USER_ACTION: (_I.USER_REASON, _I.REPORTED),
    Form.OFFICER: (_I.SERIAL,),
}
"""The fields of each form, in order."""

FILTERS: Final = frozenset({Form.STATION_FILTER, Form.USER_FILTER})
"""Forms in which every field may stay empty."""
