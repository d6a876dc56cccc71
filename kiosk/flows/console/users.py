"""Gestione Utenze and Gestione SmartCard (R-004-20 to 36), with the Security Officer (R-001-7, 28)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.console.fields import Form
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.views import UsersView
from sync.model.console_views import UserRecord


class Area(Enum):
    """From where a list of users was opened; texts `console.area.<value>`."""

    USERS = "users"
    """Gestione Utenze: Modifica/Visualizza."""
    REGISTER_CARD = "register-card"
    """Registra Smart Card Comune: those that the Prefettura has (R-004-21)."""
    NEW_CARD = "new-card"
    """Nuova Smart Card: who has none (R-004-23)."""
    FIND_CARD = "find-card"
    """Ricerca Smart Card: who has one (R-004-24)."""
    SEND_CODES = "send-codes"
    """Invio PIN/PUK: whose card is registered (R-004-26)."""
    OFFICERS = "officers"
    """Operators' cards, with the Security Officer who activates them (R-001-7, 28)."""


class UserTask(Enum):
    """What may be begun on a user; texts `console.user-task.<value>`."""

    CHANGE = "change"
    BLOCK = "block"
    UNBLOCK = "unblock"
    DELETE = "delete"
    DAILY_PASSWORD = "daily-password"  # noqa: S105  the name of an act
    NEW_CARD = "new-card"
    REPLACE_CARD = "replace-card"
    HAND_OVER_CARD = "hand-over-card"
    REGISTER_CARD = "register-card"
    SEND_CODES = "send-codes"
    MASTER_RECEIVED = "master-received"
    ACTIVATE_CARD = "activate-card"
    ASK_REVOCATION = "ask-revocation"
    ASK_EXTRA = "ask-extra"


@dataclass(frozen=True, slots=True)
class CardMenu:
    """Gestione SmartCard: `AreaChosen` of all areas but `USERS`, `Back` to the menu."""


@dataclass(frozen=True, slots=True)
class UserList:
    """Users with filters (R-004-33): `FieldTyped`, `Cleared`, `UserChosen`, `Asked`, `Back`.

    `InsertionChosen` opens Inserisci utente (in `Area.USERS`), `SentChosen` the acts that were
    recorded. The rows are `filtering.users(state)`.
    """

    area: Area
    view: UsersView = field(default_factory=UsersView)
    filters: Sheet = field(default_factory=lambda: Sheet(Form.USER_FILTER))


@dataclass(frozen=True, slots=True)
class InsertStart:
    """Inserisci utente: codice fiscale, and `Continued` for "Ricerca" (R-004-28); `Back`.

    Attributes:
        looking: the registers are asked; `Back` gives it up.
    """

    behind: UserList
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.LOOK_UP))
    looking: bool = False


@dataclass(frozen=True, slots=True)
class InsertForm:
    """Everything of a new user (R-004-28, 29): `FieldTyped`, `OptionToggled`, `Continued`, `Back`.

    Attributes:
        found: whether the registers gave the name; without them it is typed, and the page says so.
    """

    behind: UserList
    sheet: Sheet
    found: bool


@dataclass(frozen=True, slots=True)
class InsertConfirm:
    """Conferma (R-004-30): `Continued` records, `Back` to the form."""

    form: InsertForm


@dataclass(frozen=True, slots=True)
class UserPage:
    """One user: `UserTaskChosen` of `actions.of_user`, `Asked`, `Back` to the list.

    With the card's state, its certificate's and its number (R-004-25). Follows the list when it is
    told anew.
    """

    behind: UserList
    record: UserRecord = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChangeForm:
    """Modifica (R-004-33): `FieldTyped`, `OptionToggled`, `Continued`, `Back`."""

    page: UserPage
    sheet: Sheet


@dataclass(frozen=True, slots=True)
class ChangeConfirm:
    """What changes, old and new: `Continued` records, `Back` to the form."""

    form: ChangeForm


@dataclass(frozen=True, slots=True)
class ActionConfirm:
    """What is done to a user or a card, with its consequences: `FieldTyped`, `Continued`, `Back`.

    A reason is asked for where one matters, and whether theft or loss was reported (R-004-36).
    Deleting tells whether the card is disabled or other comuni keep it (R-004-32).
    """

    page: UserPage
    task: UserTask
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.USER_ACTION))


@dataclass(frozen=True, slots=True)
class DailyConfirm:
    """Password giornaliera (R-004-34): only for a card that was forgotten.

    `CheckToggled(FORGOTTEN)` states it, then `Continued` records; `Back`.
    """

    page: UserPage
    forgotten: bool = False


@dataclass(frozen=True, slots=True)
class DailyShown:
    """Its first half, large; `Continued`, `Back`, or time, hides it for ever.

    Attributes:
        first_half: six characters; the second half goes to the user's mailbox.
        seconds_left: until it is hidden.
    """

    page: UserPage
    first_half: str = field(repr=False)
    seconds_left: int


@dataclass(frozen=True, slots=True)
class OfficerConfirm:
    """An act about an operator's card: `FieldTyped(SERIAL)` where it needs one, `Back`.

    `Continued` records; for `ACTIVATE_CARD` the screen emits `ActivationAsked(master)` with the
    master password that was typed into it.
    """

    page: UserPage
    task: UserTask
    sheet: Sheet = field(default_factory=lambda: Sheet(Form.OFFICER))


UserState = (
    CardMenu
    | UserList
    | InsertStart
    | InsertForm
    | InsertConfirm
    | UserPage
    | ChangeForm
    | ChangeConfirm
    | ActionConfirm
    | DailyConfirm
    | DailyShown
    | OfficerConfirm
)
