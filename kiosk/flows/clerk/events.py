"""Touches of clerk pages, and what answers the effects of `effects`."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from kiosk.flows.clerk.case_file import CaseFile
from kiosk.flows.clerk.desk import MirrorStanding, Operator
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.console.events import ConsoleAnswer, ConsoleTouch, SentTold
from kiosk.flows.outbox.events import OutboxAnswer, OutboxCounted, OutboxTouch
from sync.model.credential import OperationKind
from sync.model.inquiry import (
    Dispute,
    LeaseGranted,
    LeaseHeld,
    NotFound,
    PersonFound,
    Standing,
)
from sync.model.registration import Registration
from sync.model.searching import Found

# --- touches


class MenuEntry(Enum):
    """Entries of the clerk's menu (R-003-55), and of the sign-in page."""

    REGISTRATION = "registration"
    """Registrazione utenti."""
    MANAGEMENT = "management"
    """Gestione utenti."""
    FSE = "fse"
    """Gestione servizi on line per il cittadino."""
    RESIDENCE = "residence"
    """Cambio residenza."""
    DISPUTES = "disputes"
    """Da sistemare."""
    OUTBOX = "outbox"
    """What was recorded here and where it is."""
    USERS = "users"
    """Gestione Utenze (R-004-4)."""
    CARDS = "cards"
    """Gestione SmartCard (R-004-4)."""
    STATIONS = "stations"
    """Gestione Postazione (R-004-4)."""
    DEVICES = "devices"


class CaseAction(Enum):
    """What a clerk may begin on a registration."""

    DETAIL = "detail"
    EDIT = "edit"
    BOOK = "book"
    RENEW_CODE = "renew-code"
    CHANGE_DELEGATION = "change-delegation"
    TELL_USERNAME = "tell-username"
    CHANGE_RESIDENCE = "change-residence"
    """From the menu only."""


class Check(Enum):
    """What a clerk states to have done before an act is recorded."""

    IDENTITY_SEEN = "identity-seen"
    """Document and health card are valid and belong to who is here (R-003-39, 41)."""
    RESIDENCE_PROVEN = "residence-proven"
    """The document does not state the residence: a self-certification or proof was given (R-003-40)."""
    DELEGATE_IDENTIFIED = "delegate-identified"
    """The delegate's document is valid, belongs to who is here, and was photocopied (R-003-70)."""
    DELEGATION_KEPT = "delegation-kept"
    """The signed module (R-003-68) or declaration (R-003-69) is kept, the original."""
    COPY_KEPT = "copy-kept"
    """The photocopy of the represented person's valid document is kept (R-003-68, 69, C-003-18)."""
    DATA_CHECKED = "data-checked"
    """Newer data of the document were entered (R-003-56, 62)."""
    DOCUMENTS_COPIED = "documents-copied"
    """The documents were photocopied and archived (R-003-62)."""
    REQUEST_ARCHIVED = "request-archived"
    """The signed request for revocation is in the archive (R-003-46, 83)."""


@dataclass(frozen=True, slots=True)
class SignInAsked:
    """PIN typed and confirmed.

    Attributes:
        pin: ASCII digits; the field of the screen holds no copy after this. Whoever gets it last
            overwrites it.
    """

    pin: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class DailyChosen:
    """The button "I have forgotten my card" of the sign-in (R-004-34)."""


@dataclass(frozen=True, slots=True)
class DaySignInAsked:
    """Codice fiscale and daily password typed and confirmed.

    Attributes:
        password: ASCII, both halves; the screen holds no copy after this. Whoever gets it last
            overwrites it.
    """

    codice_fiscale: str = field(repr=False)
    password: bytearray = field(repr=False)


@dataclass(frozen=True, slots=True)
class SignOutAsked:
    """The button "Esci" of a clerk's header."""


@dataclass(frozen=True, slots=True)
class MenuChosen:
    """An entry of the menu."""

    entry: MenuEntry


@dataclass(frozen=True, slots=True)
class FieldTyped:
    """The whole text that stands in a field now, after a key; or the value of what was picked.

    A menu, a radio button or a box tells the `value` of its option; a box `yes` or "".
    """

    field: FieldId
    text: str = dataclasses.field(repr=False)


@dataclass(frozen=True, slots=True)
class FieldLeft:
    """The focus went to another field: what stands in this one is checked."""

    field: FieldId


@dataclass(frozen=True, slots=True)
class Cleared:
    """The button "Annulla" of a search: empty filters, no rows (R-003-52)."""


@dataclass(frozen=True, slots=True)
class PageTurned:
    """Other rows of a search; `page` counts from 0."""

    page: int


@dataclass(frozen=True, slots=True)
class RowChosen:
    """A row of a search, or of "Da sistemare", with what to do (R-003-53, 54).

    Attributes:
        number: registration number of the row.
        operation_id: of a dispute's row; empty for a row of a search.
    """

    number: str = field(repr=False)
    action: CaseAction = CaseAction.DETAIL
    operation_id: str = ""


@dataclass(frozen=True, slots=True)
class CaseActionChosen:
    """A button of the detail."""

    action: CaseAction


@dataclass(frozen=True, slots=True)
class OperationChosen:
    """One of the operations that may be booked (R-003-21)."""

    kind: OperationKind


@dataclass(frozen=True, slots=True)
class CheckToggled:
    """A box of a confirm page."""

    check: Check


@dataclass(frozen=True, slots=True)
class SettlementChosen:
    """The button "Sistemato" of what stood open."""


# --- answers, and what the runtime tells by itself


@dataclass(frozen=True, slots=True)
class OperatorCardTold:
    """Whether an operator's card lies in a reader; at `Started`, and whenever it changes."""

    present: bool


@dataclass(frozen=True, slots=True)
class LetterPrinterTold:
    """Whether letters with secrets can be printed now.

    Attributes:
        code: failure code of why they cannot (`printer.not-for-secrets`); None where they can.
    """

    code: str | None


@dataclass(frozen=True, slots=True)
class MirrorTold:
    """How the mirror stands; while an operator is signed in, at each change and each minute."""

    standing: MirrorStanding


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The operator is in the roster, and the mirror is open as far as it can be.

    Attributes:
        day_seconds: until the midnight that ends a sign-in by daily password; None with a card.
    """

    session_id: UUID
    operator: Operator
    mirror: MirrorStanding
    day_seconds: int | None = None


@dataclass(frozen=True, slots=True)
class SignInFailed:
    """Nobody is signed in.

    Attributes:
        code: failure code (`token.pin-wrong`, `operator.unknown`, `roster.absent`).
        tries_left: of the card's PIN; None where that is not known.
        wait_seconds: so long nobody can sign in at this station, after failed tries.
        person_seconds: so long the hub compares no daily password of this person; others may try.
    """

    session_id: UUID
    code: str
    tries_left: int | None = None
    wait_seconds: int = 0
    person_seconds: int = 0


@dataclass(frozen=True, slots=True)
class SearchFinished:
    """What a search found."""

    session_id: UUID
    found: Found = field(repr=False)


@dataclass(frozen=True, slots=True)
class SearchFailed:
    """The mirror cannot be searched; `code` is a failure code (`mirror.closed`)."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class RegistrationOpened:
    """The registration that was asked for."""

    session_id: UUID
    case: CaseFile = field(repr=False)


@dataclass(frozen=True, slots=True)
class RegistrationNotOpened:
    """There is none: `registration.not-here`, `registration.gone`, `case.unreadable` ..."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class PersonLookedUp:
    """What mirror and hub know of a person.

    Attributes:
        standing: from the hub, or from the mirror where the hub could not be asked; None where
            neither can tell.
        found: what the population registers say; None where they could not be asked.
        certain: whether the hub itself said it; otherwise a page says that it will judge later.
    """

    session_id: UUID
    codice_fiscale: str = field(repr=False)
    standing: Standing | None
    found: PersonFound | NotFound | None
    certain: bool


@dataclass(frozen=True, slots=True)
class LeaseTold:
    """Whether somebody else edits; None where the hub could not be asked. May come again."""

    session_id: UUID
    number: str = field(repr=False)
    lease: LeaseGranted | LeaseHeld | None


@dataclass(frozen=True, slots=True)
class CounterActRecorded:
    """The act is durable on this station.

    Attributes:
        operation_id: as in the effect.
        next_operation_id: for what is recorded next.
        recorded_at: aware time of the record by the station's clock.
        registration: as the station holds it now; None where the act leaves none.
    """

    session_id: UUID
    operation_id: UUID
    next_operation_id: UUID
    recorded_at: datetime
    registration: Registration | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class CounterActNotRecorded:
    """The act is not recorded; `code` is a failure code (`store.full`, `operator.card-away`).

    The same act may be tried again under its id.

    Attributes:
        next_operation_id: for another act, should the clerk change anything first.
    """

    session_id: UUID
    operation_id: UUID
    next_operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class UsernameAnswered:
    """The username, or why not.

    Attributes:
        username: None where it is not told; then `code` says why (`operator.no-right`,
            `inquiry.offline`).
    """

    session_id: UUID
    username: str | None = field(default=None, repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True)
class DisputesListed:
    """The open disputes of the office, the latest first."""

    session_id: UUID
    disputes: tuple[Dispute, ...] = field(repr=False)


ClerkTouch = (
    SignInAsked
    | DailyChosen
    | DaySignInAsked
    | SignOutAsked
    | MenuChosen
    | FieldTyped
    | FieldLeft
    | Cleared
    | PageTurned
    | RowChosen
    | CaseActionChosen
    | OperationChosen
    | CheckToggled
    | SettlementChosen
    | ConsoleTouch
    | OutboxTouch
)
"""Touches that only clerk pages have."""

ClerkAnswer = (
    SignedIn
    | SignInFailed
    | SearchFinished
    | SearchFailed
    | RegistrationOpened
    | RegistrationNotOpened
    | PersonLookedUp
    | LeaseTold
    | CounterActRecorded
    | CounterActNotRecorded
    | UsernameAnswered
    | DisputesListed
    | ConsoleAnswer
    | OutboxAnswer
)
"""Answers to clerk effects; they count under an overlay too."""


@dataclass(frozen=True, slots=True)
class HoldOffTold:
    """So long nobody can sign in at this station, seconds; at `Started` where it is not over."""

    wait_seconds: int


ClerkTold = (
    OperatorCardTold | MirrorTold | LetterPrinterTold | SentTold | HoldOffTold | OutboxCounted
)
"""What is told without being asked, whatever the page."""

ClerkEvent = ClerkTouch | ClerkAnswer | ClerkTold
