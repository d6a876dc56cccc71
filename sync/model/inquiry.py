"""What a station asks the hub and is told at once: nothing that counts, so it is never recorded.

What counts is an operation. An inquiry may be lost and asked again; without a network it is
answered by nobody, and every procedure goes on without it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from sync.model.addresses import Residence
from sync.model.console_views import (
    CertificateAsked,
    CertificateTold,
    DayPass,
    DaySignIn,
    EnrolmentCodeAsked,
    EnrolmentCodeTold,
    RenewalAsked,
    Renewed,
    SignedListPart,
    SignedListSince,
    StationsAsked,
    StationsTold,
    UsersAsked,
    UsersTold,
)
from sync.model.contacts import Contacts
from sync.model.counter import CounterAct
from sync.model.credential import OperationKind
from sync.model.documents import IdentityDocument
from sync.model.home import HomeStep
from sync.model.identity import Person
from sync.model.registration import Registration

# --- asked by a counter; each carries the operator, who must be in the roster


@dataclass(frozen=True, slots=True)
class ChangesSince:
    """What changed in the registry after `position` (0: from the beginning); answered `Changes`.

    Attributes:
        epoch: of the registry whose changes are held; empty where none are.
    """

    position: int
    most: int = 100
    epoch: bytes = b""


@dataclass(frozen=True, slots=True, repr=False)
class PersonLookUp:
    """Who is it in the population registers (R-003-43); answered `PersonFound` or `NotFound`."""

    codice_fiscale: str
    comune: str


@dataclass(frozen=True, slots=True, repr=False)
class StandingAsked:
    """May the person be registered anew (R-003-44 to 46); answered `Standing`."""

    codice_fiscale: str


@dataclass(frozen=True, slots=True)
class LeaseAsked:
    """Somebody begins to edit; answered `LeaseGranted` or `LeaseHeld`. Asked again: prolonged."""

    registration_number: str


@dataclass(frozen=True, slots=True)
class LeaseReturned:
    """Somebody has done editing; answered `Done`."""

    registration_number: str


@dataclass(frozen=True, slots=True, repr=False)
class UsernameAsked:
    """Recovery of the username: told orally, and the asking is kept (R-003-62); `UsernameTold`."""

    codice_fiscale: str
    registration_number: str


@dataclass(frozen=True, slots=True)
class RefusedAsked:
    """What did a refused act of this station hold, for who corrects it; answered `RefusedTold`.

    Attributes:
        seq: its place in the station's chain.
        operation_id: its own, 32 hexadecimal digits.
    """

    seq: int
    operation_id: str


# --- asked by a kiosk for a citizen


@dataclass(frozen=True, slots=True, repr=False)
class CodesShown:
    """A citizen shows the codes; answered `Ticket` or `Denied`.

    Attributes:
        pin: None for a revocation, whose code stands alone (R-003-19).
    """

    codice_fiscale: str
    code: str
    pin: str | None


@dataclass(frozen=True, slots=True, repr=False)
class UsernameProposed:
    """Is it free; answered `Done` or `Denied`. Only with a ticket: nobody lists usernames."""

    ticket: bytes
    username: str


Inquiry = (
    ChangesSince
    | PersonLookUp
    | StandingAsked
    | LeaseAsked
    | LeaseReturned
    | UsernameAsked
    | RefusedAsked
    | CodesShown
    | UsernameProposed
    | StationsAsked
    | UsersAsked
    | EnrolmentCodeAsked
    | CertificateAsked
    | DaySignIn
    | SignedListSince
    | RenewalAsked
)


# --- told


class EntryKind(Enum):
    """What an entry of `Changes` is about."""

    REGISTRATION = "registration"
    GONE = "gone"
    DISPUTE = "dispute"


@dataclass(frozen=True, slots=True, repr=False)
class Dispute:
    """An act of this office that the registry does not hold: what its clerks must set right.

    Attributes:
        operation_id: of the act, 32 hexadecimal digits.
        kind: the operation's kind, `booking`.
        code, remedy: as the hub's answer has them, `credential.overtaken`.
        by_office: whose act stands instead, empty where none does.
        other_number: of another registration to compare with, empty for none.
        closed: a clerk has set it right, or it needs nothing any more.
    """

    operation_id: str
    registration_number: str
    person: str
    kind: str
    code: str
    remedy: str
    done_at: int
    station: str
    by_office: str = ""
    closed: bool = False
    other_number: str = ""


@dataclass(frozen=True, slots=True, repr=False)
class Change:
    """One entry; the later one of a registration stands.

    Attributes:
        position: where the hub's count stands with it.
        number: registration number that it is about; for `GONE` all that is told.
        aliases: other numbers under which the same registration is found.
    """

    position: int
    kind: EntryKind
    number: str
    registration: Registration | None = None
    aliases: tuple[str, ...] = ()
    dispute: Dispute | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Changes:
    """Entries in order; `more` where asking on would bring more; `of` is the count's end.

    Attributes:
        epoch: names the registry by chance. Another one has other changes under the same
            positions: it was begun anew, or put back to a copy of it.
        unreadable: how many entries of the reply could not be read and are left out. It is no part
            of the reply.
    """

    entries: tuple[Change, ...]
    position: int
    of: int
    more: bool
    epoch: bytes = b""
    unreadable: int = 0


class RegisterName(Enum):
    """The population registers of R-003-10."""

    CIA = "CIA"
    AURA = "AURA"


@dataclass(frozen=True, slots=True, repr=False)
class PersonFound:
    """What a register says; the clerk may correct all but the codice fiscale (R-003-43, 64)."""

    register: RegisterName
    person: Person
    residence: Residence | None
    contacts: Contacts | None
    document: IdentityDocument | None


@dataclass(frozen=True, slots=True)
class NotFound:
    """No register knows the person.

    Attributes:
        unasked: registers that could not be asked.
    """

    unasked: tuple[RegisterName, ...] = ()


class StandingKind(Enum):
    """The three variants of R-003-44 to 46, and none of them."""

    UNKNOWN = "unknown"
    STRONG = "strong"
    WEAK = "weak"
    OLD_CREDENTIALS = "old_credentials"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the registry knows of the person; `number` of a weak or strong registration."""

    kind: StandingKind
    number: str = ""


@dataclass(frozen=True, slots=True)
class LeaseGranted:
    """Nobody else edits until then, milliseconds since 1970 by the hub's clock."""

    until: int


@dataclass(frozen=True, slots=True)
class LeaseHeld:
    """Somebody else edits: who (operator and office as the roster names them), until when."""

    by: str = field(repr=False)
    office: str
    until: int


@dataclass(frozen=True, slots=True, repr=False)
class UsernameTold:
    """To be said, not written down."""

    username: str


@dataclass(frozen=True, slots=True, repr=False)
class RefusedTold:
    """What was recorded, without PIN, code and their digests: those are made anew."""

    act: CounterAct


@dataclass(frozen=True, slots=True, repr=False)
class Ticket:
    """The codes are right.

    Attributes:
        ticket: 32 bytes; the `Conclusion` carries it.
        kind: the operation that the person may conclude now.
        steps: what is left to do, in order.
        valid_until: milliseconds since 1970.
        old_username: shape of the username that ends (reset), empty otherwise.
        own: words of the person's name and birth date, which the password must not hold
            (`sync.model.passwords.own_words`); empty where none is chosen.
    """

    ticket: bytes
    kind: OperationKind
    steps: tuple[HomeStep, ...]
    valid_until: int
    old_username: str = ""
    own: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Denied:
    """Not this time.

    Attributes:
        code: `codes.wrong`, `codes.wait`, `codes.expired`, `username.taken`, `operator.no-right` ...
        wait_seconds: not to be tried again before.
    """

    code: str
    remedy: str = ""
    wait_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """Yes, and there is nothing more to say."""


Reply = (
    Changes
    | PersonFound
    | NotFound
    | Standing
    | LeaseGranted
    | LeaseHeld
    | UsernameTold
    | RefusedTold
    | Ticket
    | Denied
    | Done
    | StationsTold
    | UsersTold
    | EnrolmentCodeTold
    | CertificateTold
    | DayPass
    | SignedListPart
    | Renewed
)
