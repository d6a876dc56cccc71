"""What clerks do to a registration, as operations (R-003-19, 42 to 63, 71, 72).

Each names its subject and what the clerk saw when they did it, so that the hub and every station
judge alike whether it still holds (`sync.model.reconciliation`). Who did it stands in the header of
the envelope: the operator's certificate and signature. The office stands here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from sync.model.addresses import ItalianAddress, Residence
from sync.model.contacts import Contacts
from sync.model.credential import Basis, OperationKind
from sync.model.delegation import Delegation
from sync.model.documents import IdentityDocument
from sync.model.identity import Person
from sync.model.preregistration import Community, DataSource
from sync.model.registration import Part

PartValue = Person | Residence | ItalianAddress | Contacts | IdentityDocument | str | None
"""What a `Part` holds: as in `Registration`; None is a domicile or note that is taken out."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose registration it is.

    Attributes:
        registration_number: as the clerk's page showed it, canonical.
    """

    codice_fiscale: str = field(repr=False)
    registration_number: str


@dataclass(frozen=True, slots=True, repr=False)
class IssuedSecrets:
    """What was printed or will be mailed, as the hub may know it (R-003-1, 25, 26).

    Attributes:
        pin: Argon2id digest of the PIN (PHC text), None where no PIN goes with the operation.
        code: Argon2id digest of the activation or revocation code.
        mailed_code: the code itself, sealed to the hub's key for letters (`sync.wire.mail_seal`),
            opened when the mail is sent and at no other time; None where the person has no e-mail.
        valid_until: last day on which they are good.
    """

    pin: str | None
    code: str
    mailed_code: bytes | None
    valid_until: date


@dataclass(frozen=True, slots=True, repr=False)
class CounterRegistration:
    """A registration made at the counter, with its riscontro forte (R-003-42 to 50).

    Attributes:
        registration_number: None until the station has issued it while it records.
        source: where the data came from; `register`: the population register that prefilled
            them (`CIA`, `AURA`) or empty.
        identified: the clerk saw the person (or the delegate) and the documents (R-003-41).
    """

    registration_number: str | None
    community: Community
    language: str
    privacy_notice: str
    source: DataSource
    register: str
    person: Person
    residence: Residence
    domicile: ItalianAddress | None
    contacts: Contacts
    document: IdentityDocument
    delegation: Delegation | None
    note: str | None
    identified: bool
    secrets: IssuedSecrets
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class Booking:
    """Prenota (R-003-20 to 24): replaces what was booked before (R-003-22)."""

    subject: Subject
    kind: OperationKind
    basis: Basis
    delegation: Delegation | None
    identified: bool
    secrets: IssuedSecrets
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class CodeRegeneration:
    """A new activation code for the operation in progress; its PIN stays (R-003-56, C-003-13)."""

    subject: Subject
    basis: Basis
    identified: bool
    secrets: IssuedSecrets
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class PartChange:
    """One part of a registration as it was seen and as it shall be.

    Attributes:
        seen: digest of the part that the clerk saw (`sync.model.registration_parts.digest`).
    """

    part: Part
    seen: bytes
    value: PartValue


@dataclass(frozen=True, slots=True, repr=False)
class RecordEdit:
    """Modifica (R-003-32): all of it, or nothing where another has changed a part since."""

    subject: Subject
    changes: tuple[PartChange, ...]
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class ResidenceChange:
    """Cambio residenza into a comune of the operator's competence (R-003-61)."""

    subject: Subject
    change: PartChange
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class DelegationChange:
    """Modifica delega of the operation in progress (R-003-71, 72, C-003-14).

    Attributes:
        booking: operation id of the operation whose delegate it is.
        seen: digest of the delegation that the clerk saw.
    """

    subject: Subject
    booking: str
    seen: bytes
    delegation: Delegation
    office: str


@dataclass(frozen=True, slots=True, repr=False)
class OldAccountDeletion:
    """Cancella account of Variante 3: credentials of the old service (R-003-46).

    Attributes:
        request_archived: the signed "Richiesta di revoca" is in the office's archive (R-003-83).
    """

    codice_fiscale: str
    request_archived: bool
    office: str


@dataclass(frozen=True, slots=True)
class DisputeSettlement:
    """Sistemato: what stood open for the office is set right, or needs nothing any more.

    It holds no personal data: what is settled is named by the act that it is about.

    Attributes:
        operation_id: of the act that the dispute is about, 32 hexadecimal digits.
        code: of the dispute as the clerk saw it; another trouble about the same act stays open.
    """

    operation_id: str
    code: str
    office: str


class ClosingReason(Enum):
    """Why nothing more is done about an operation that does not stand."""

    DONE_AGAIN = "done-again"
    """It was corrected and sent again, as another operation."""
    NOT_NEEDED = "not-needed"
    """The person needs it no more."""
    OTHERWISE = "otherwise"
    """The office has settled it in another way."""
    MISTAKE = "mistake"
    """It should not have been recorded."""
    LOST = "lost"
    """The station's copy is damaged and the hub has none: whom it concerned was told."""


@dataclass(frozen=True, slots=True)
class OutcomeClosing:
    """A person's decision on an operation of this station that was refused, or never came whole.

    It holds no personal data. The operation that it names stays as it is, refused, in the chain and in
    the registry; what is closed is the question what becomes of it.

    Attributes:
        seq: place of the operation in this station's chain.
        operation_id: its own, 32 hexadecimal digits.
        kind: of the operation, `booking`.
        code: of the refusal as the person saw it; empty for what never came whole.
        done_again: of the operation that was recorded instead; empty where there is none.
    """

    seq: int
    operation_id: str
    kind: str
    code: str
    reason: ClosingReason
    done_again: str
    office: str


OfAnAct = DisputeSettlement | OutcomeClosing
"""What is about another act, and names nobody."""

CounterAct = (
    CounterRegistration
    | Booking
    | CodeRegeneration
    | RecordEdit
    | ResidenceChange
    | DelegationChange
    | OldAccountDeletion
    | DisputeSettlement
    | OutcomeClosing
)
"""Everything that a clerk does, and that only a clerk may do."""
