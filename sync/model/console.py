"""What administrators do in the security console: users, smart cards, stations (R-004-1 to 36).

Each is an operation like any other: signed by the station and by the administrator's card, recorded
first, decided by the hub. An act that is recorded without a network takes effect when the hub has it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from sync.model.certificates import CertificateKind
from sync.model.users import Environment, Profile, UserType

# --- Gestione Postazione (ALP; ASC and APL for the first one)


@dataclass(frozen=True, slots=True)
class StationRegistration:
    """Registra Postazione (R-004-13): the hub gives the name."""

    comune: str
    label: str
    kind: CertificateKind = CertificateKind.STATION


@dataclass(frozen=True, slots=True)
class EnrolmentApproval:
    """The administrator has compared the device's check code and approves its request.

    Attributes:
        station: name of the certificate (R-004-8).
        request: SHA-256 of the device's request, 32 bytes; the check code is made of it.
    """

    comune: str
    station: str
    request: bytes


class StationAction(Enum):
    """What an administrator does to a station (R-004-15)."""

    BLOCK = "blocca"
    UNBLOCK = "sblocca"
    CANCEL = "cancella"
    NEW_TOKEN = "nuovo-codice"  # noqa: S105  the name of an act
    """The one-time code for the device was lost or is too old."""


class StationReason(Enum):
    """Why (R-004-17, 18)."""

    ORDER = "disposizione"
    SUSPICION = "sospetto"
    STOLEN = "furto"
    BROKEN = "certificato-corrotto"
    DISMISSED = "dismessa"


@dataclass(frozen=True, slots=True)
class StationChange:
    """Blocca, Sblocca, Cancella, or a new one-time code."""

    comune: str
    station: str
    action: StationAction
    reason: StationReason = StationReason.ORDER


@dataclass(frozen=True, slots=True)
class RegisterNote:
    """Where a certificate lives, in the Register PC - certificate (R-004-11).

    Attributes:
        place: room and device, as the administrator writes it; no person's data.
    """

    comune: str
    station: str
    place: str


# --- Gestione Utenze (ALS; ASC and APL appoint ALS and ALP)


@dataclass(frozen=True, slots=True, repr=False)
class UserInsertion:
    """Inserisci utente (R-004-28 to 30); with `card` a smart card is asked for too.

    Attributes:
        name, surname: as the register gave them, or as typed where it could not be asked.
        email: mandatory, and no PEC; pec: may be empty.
    """

    comune: str
    codice_fiscale: str
    surname: str
    name: str
    email: str
    pec: str
    user_type: UserType
    environments: frozenset[Environment]
    profiles: frozenset[Profile]
    card: bool


@dataclass(frozen=True, slots=True, repr=False)
class UserChange:
    """Modifica (R-004-33).

    Attributes:
        basis: SHA-256 of the user's record as it was seen (`UserRecord.digest`), 32 bytes.
    """

    comune: str
    codice_fiscale: str
    basis: bytes
    email: str
    pec: str
    environments: frozenset[Environment]
    profiles: frozenset[Profile]


class UserAction(Enum):
    """What an administrator does to a user or to the user's card."""

    BLOCK = "blocca"
    UNBLOCK = "sblocca"
    DELETE = "cancella"
    NEW_CARD = "nuova-smart-card"
    """R-004-23: for who never had one, or whose was cancelled."""
    REPLACE_CARD = "richiedi-nuova-card"
    """R-004-24: for who has one; it is disabled at once."""
    HAND_OVER_CARD = "consegna-prefettura"
    """The Mayor has collected the card (R-004-1)."""
    REGISTER_CARD = "registra-smart-card"
    """R-004-21."""
    SEND_CODES = "invio-pin-puk"
    """R-004-26."""


class UserReason(Enum):
    """Why."""

    ORDER = "disposizione"
    FORGOTTEN = "dimenticanza"
    MOVED = "trasferimento"
    RETIRED = "quiescenza"
    THEFT = "furto"
    LOSS = "smarrimento"
    BROKEN = "malfunzionamento"
    EXPIRED = "scadenza"


@dataclass(frozen=True, slots=True, repr=False)
class UserActionAct:
    """One of `UserAction`.

    Attributes:
        serial: of the card, for acts on a card that exists; empty otherwise.
        reported: theft or loss was reported to the police (R-004-36).
    """

    comune: str
    codice_fiscale: str
    action: UserAction
    reason: UserReason = UserReason.ORDER
    serial: str = ""
    reported: bool = False


@dataclass(frozen=True, slots=True, repr=False)
class DailyPasswordAct:
    """Password giornaliera (R-004-34): made at the station, only for a forgotten card.

    Attributes:
        digest: of the whole password, PHC string (`sync.wire.secret_digest`).
        mailed_half: the second half, sealed to the hub's letter key (`sync.wire.mail_seal`).
        day: until whose midnight it lives.
        reason: `FORGOTTEN`, as the administrator states; for any other it is refused.
    """

    comune: str
    codice_fiscale: str
    digest: str = field(repr=False)
    mailed_half: bytes = field(repr=False)
    day: date
    reason: UserReason = UserReason.FORGOTTEN


# --- Security Officer (R-001-3, 7, 28)


class OfficerAction(Enum):
    """What has to do with the Security Officer and the operators' cards."""

    MASTER_RECEIVED = "master-password-ricevuta"
    """The Security Officer confirms the receipt of the master password (R-001-7)."""
    ACTIVATE_CARD = "attiva-sco"
    """With the master password the Security Officer activates an operator's card (R-001-7)."""
    ASK_REVOCATION = "richiesta-revoca-sco"
    """Asked of the ministry's assistance (R-001-28)."""
    ASK_EXTRA = "richiesta-sco-aggiuntiva"
    """Likewise."""


@dataclass(frozen=True, slots=True, repr=False)
class OfficerAct:
    """One of `OfficerAction`.

    Attributes:
        codice_fiscale: whose card it is about; of the Security Officer for `MASTER_RECEIVED`.
        proof: HMAC-SHA-256 that only the master password gives (`ACTIVATE_CARD`), 32 bytes; empty
            otherwise.
    """

    comune: str
    codice_fiscale: str
    action: OfficerAction
    serial: str = ""
    proof: bytes = field(default=b"", repr=False)


StationAct = StationRegistration | EnrolmentApproval | StationChange | RegisterNote
UserAct = UserInsertion | UserChange | UserActionAct | DailyPasswordAct | OfficerAct
ConsoleAct = StationAct | UserAct
"""The union. `match` over it and close with `assert_never`."""
