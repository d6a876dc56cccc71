"""Search, detail, and what is done to a registration up to its confirmation (R-003-20 to 32, 52 to 73)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.events import CaseAction, Check
from kiosk.flows.clerk.registering import RegistrationForm
from kiosk.flows.clerk.sheet import Sheet
from kiosk.flows.papers import Papers
from sync.model.addresses import Residence
from sync.model.counter import PartChange
from sync.model.credential import OperationKind
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.inquiry import Dispute, LeaseHeld
from sync.model.searching import Filters, Found


@dataclass(frozen=True, slots=True)
class Search:
    """Filters and rows (R-003-52, 53).

    `FieldTyped`, `FieldLeft`, `Continued` searches, `Cleared`, `PageTurned`,
    `RowChosen(number, action)`, `Back` to the menu. A scanned codice fiscale, receipt or case code
    opens its registration.

    Attributes:
        found: the rows; None before the first search.
        filters: those of `found`.
        waiting: a search is under way; the old rows stand meanwhile.
        code: why the last one failed.
    """

    sheet: Sheet
    found: Found | None = None
    filters: Filters = field(default_factory=Filters)
    waiting: bool = False
    code: str | None = None


@dataclass(frozen=True, slots=True)
class DisputeList:
    """Acts of the office that the registry does not hold, "Da sistemare": `RowChosen`, `Back`.

    Attributes:
        disputes: None until they are told.
    """

    disputes: tuple[Dispute, ...] | None = None


@dataclass(frozen=True, slots=True)
class DisputePage:
    """One of them with what to do: `Continued` opens the registration, `Back` to the list.

    `SettlementChosen` says that it is set right, of an operator who manages users.
    """

    listed: DisputeList
    dispute: Dispute


@dataclass(frozen=True, slots=True)
class SettlementConfirm:
    """Before it is taken off the list: `Continued` records, `Back`."""

    page: DisputePage


@dataclass(frozen=True, slots=True)
class FromMenu:
    """A registration that was opened from no list: by its code, after a look-up, by its codice fiscale."""


Behind = Search | DisputeList | FromMenu
"""Where `Back` leads from a registration."""


@dataclass(frozen=True, slots=True)
class Opening:
    """The registration is fetched; `Back`.

    Attributes:
        action: what is begun once it is there.
        code: why it could not be opened; then the page says so and stays until `Back`.
    """

    behind: Behind
    action: CaseAction = CaseAction.DETAIL
    code: str | None = None


class LeaseStanding(Enum):
    """Whether others may be editing at the same time."""

    UNASKED = "unasked"
    MINE = "mine"
    UNKNOWN = "unknown"
    """The hub could not be asked: a line says so, and nothing is held up."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A registration under a clerk's hands."""

    case: CaseFile
    behind: Behind
    lease: LeaseStanding = LeaseStanding.UNASKED


@dataclass(frozen=True, slots=True)
class CaseDetail:
    """Allegato 7, read-only, secrets masked (R-003-54, 66, 67).

    `CaseActionChosen` of `actions.allowed`, `PrintAsked` of `papers`, `Back`.
    """

    opened: Opened
    papers: Papers = ()


@dataclass(frozen=True, slots=True)
class AskingLease:
    """The hub is asked whether others edit; passes by itself."""

    opened: Opened
    action: CaseAction


@dataclass(frozen=True, slots=True)
class HeldElsewhere:
    """Somebody else edits: who, where, until when; `Continued` asks again, `Back` to the detail."""

    opened: Opened
    action: CaseAction
    held: LeaseHeld


@dataclass(frozen=True, slots=True)
class NotPossible:
    """Why an action makes no sense now (C-003-13, 14), or is not allowed; `Back` to the detail."""

    opened: Opened
    action: CaseAction
    problem: Problem


@dataclass(frozen=True, slots=True)
class MissingData:
    """What is missing before anything is booked (R-003-20, 29 to 31); `Continued` to Modifica, `Back`.

    Attributes:
        problems: each with its field.
    """

    opened: Opened
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class EditForm:
    """Modifica (R-003-32): `FieldTyped`, `FieldLeft`, `Continued`, `Back` (asks where changed).

    Attributes:
        then_book: Prenota goes on after it.
        confirmed: as in `RegistrationForm`.
    """

    opened: Opened
    sheet: Sheet
    then_book: bool = False
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class EditConfirm:
    """What changes, old and new: `Continued` records, `Back` to the form."""

    form: EditForm
    changes: tuple[PartChange, ...] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ChooseOperation:
    """Only what state and strength allow (R-003-21): `OperationChosen`, `Back`."""

    opened: Opened
    kinds: tuple[OperationKind, ...]


@dataclass(frozen=True, slots=True)
class BookingDelegation:
    """Delegation yes or no, and its form (R-003-23); default no. `FieldTyped`..., `Continued`, `Back`."""

    opened: Opened
    kind: OperationKind
    sheet: Sheet
    papers: Papers = ()
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class BookingConfirm:
    """What will be booked, what it replaces (R-003-22): `CheckToggled`, `Continued`, `Back`."""

    form: BookingDelegation
    delegation: Delegation | None = field(repr=False)
    checks: tuple[Check, ...] = ()
    checked: frozenset[Check] = frozenset()


@dataclass(frozen=True, slots=True)
class CodeConfirm:
    """A new activation code (R-003-56, 57): `CheckToggled`, `Continued`, `Back`.

    `CaseActionChosen(EDIT)` for newer data of the document.
    """

    opened: Opened
    checks: tuple[Check, ...]
    checked: frozenset[Check] = frozenset()


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """Modifica delega (R-003-71, 72): the delegate's codice fiscale cannot be changed (C-003-16)."""

    opened: Opened
    sheet: Sheet
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class DelegationConfirm:
    """The delegation as it will be: `Continued` records, `Back`."""

    form: DelegationForm
    delegation: Delegation = field(repr=False)


@dataclass(frozen=True, slots=True)
class ResidenceStart:
    """Cambio residenza (R-003-61): the codice fiscale; `FieldTyped`, `Continued`, `Back`."""

    sheet: Sheet
    code: str | None = None


@dataclass(frozen=True, slots=True)
class ResidenceOpening:
    """The registration is fetched; `Back`."""

    sheet: Sheet


@dataclass(frozen=True, slots=True)
class ResidenceForm:
    """The new residence; Provincia and Comune hold the operator's competence only."""

    opened: Opened
    sheet: Sheet
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class ResidenceConfirm:
    """Old and new residence: `Continued` records, `Back`."""

    form: ResidenceForm
    residence: Residence = field(repr=False)


@dataclass(frozen=True, slots=True)
class Leaving:
    """Something was typed: `Continued` leaves it, `Back` stays."""

    page: EditForm | BookingDelegation | DelegationForm | ResidenceForm | RegistrationForm


@dataclass(frozen=True, slots=True)
class UsernameConfirm:
    """Before a username is told (R-003-62): `CheckToggled`, `Continued`, `Back`."""

    opened: Opened
    checks: tuple[Check, ...]
    checked: frozenset[Check] = frozenset()


@dataclass(frozen=True, slots=True)
class AskingUsername:
    """The hub is asked; `Back`."""

    opened: Opened


@dataclass(frozen=True, slots=True)
class UsernameShown:
    """To be said, not written down; `Continued`, `Back` or time hide it again."""

    opened: Opened
    username: str = field(repr=False)
    seconds_left: int = 0


@dataclass(frozen=True, slots=True)
class UsernameNotTold:
    """Why not; `Continued` asks again, `Back`."""

    opened: Opened
    code: str


ManagingState = (
    Search
    | DisputeList
    | DisputePage
    | SettlementConfirm
    | Opening
    | CaseDetail
    | AskingLease
    | HeldElsewhere
    | NotPossible
    | MissingData
    | EditForm
    | EditConfirm
    | ChooseOperation
    | BookingDelegation
    | BookingConfirm
    | CodeConfirm
    | DelegationForm
    | DelegationConfirm
    | ResidenceStart
    | ResidenceOpening
    | ResidenceForm
    | ResidenceConfirm
    | Leaving
    | UsernameConfirm
    | AskingUsername
    | UsernameShown
    | UsernameNotTold
)
