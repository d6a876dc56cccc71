"""What the console shows: records of stations and users as the hub has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from sync.model.certificates import CertificateKind, CertificateState
from sync.model.smart_cards import CardState
from sync.model.users import Environment, Profile, UserState, UserType


@dataclass(frozen=True, slots=True)
class StationRecord:
    """A line of the Register of devices (R-004-11, 12, 14).

    Attributes:
        name: R-004-8; empty while the hub has not given one.
        check_code: of a request that waits for approval, as the device shows it; empty for none.
        request: SHA-256 of that request, 32 bytes; empty for none.
        expires: last day of the certificate, None before there is one.
        protection: what keeps the station's key from being copied; empty before there is one.
        place: as noted in the Register.
        last_seen: milliseconds since 1970, 0 for never.
    """

    name: str
    label: str
    kind: CertificateKind
    state: CertificateState
    check_code: str = ""
    request: bytes = b""
    expires: date | None = None
    serial: str = ""
    protection: str = ""
    place: str = ""
    last_seen: int = 0


@dataclass(frozen=True, slots=True)
class CardRecord:
    """A user's smart card (R-004-25).

    Attributes:
        serial: empty until it is made.
        due: by when it comes to the Prefettura, None where it has come.
        codes_sent: how often the second half of PIN and PUK was sent.
    """

    state: CardState
    serial: str = ""
    due: date | None = None
    codes_sent: int = 0


@dataclass(frozen=True, slots=True, repr=False)
class UserRecord:
    """A user of a comune.

    Attributes:
        comuni: how many comuni know the user; a deletion disables the card in the last one alone
            (R-004-32).
        digest: names this state of the record for `UserChange.basis`, 32 bytes.
        master_received: the Security Officer's receipt of the master password (R-001-7).
    """

    codice_fiscale: str
    surname: str
    name: str
    email: str
    pec: str
    user_type: UserType
    environments: frozenset[Environment]
    profiles: frozenset[Profile]
    state: UserState
    card: CardRecord | None
    comuni: int = 1
    digest: bytes = field(default=b"", repr=False)
    master_received: bool = False


# --- inquiries; each needs the administrator's right, and is of one comune


@dataclass(frozen=True, slots=True)
class StationsAsked:
    """All stations of a comune from the `offset`-th on (`Right.STATIONS`); `StationsTold`."""

    comune: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class UsersAsked:
    """All users of a comune from the `offset`-th on (`USERS`, `APPOINT`, `OFFICER`); `UsersTold`."""

    comune: str
    offset: int = 0


@dataclass(frozen=True, slots=True)
class EnrolmentCodeAsked:
    """The one-time code of a station that waits for its device (R-004-14); `EnrolmentCodeTold`."""

    comune: str
    station: str


@dataclass(frozen=True, slots=True)
class CertificateAsked:
    """A station's certificate, to be downloaded (R-004-14, 15); `CertificateTold`."""

    comune: str
    station: str


@dataclass(frozen=True, slots=True, repr=False)
class DaySignIn:
    """Signs in by daily password (R-004-34); needs no right. Answered `DayPass` or `Denied`.

    Attributes:
        password: the whole of it.
        key: the public key of the day, SubjectPublicKeyInfo in DER; its private half stays in the
            station's memory.
    """

    codice_fiscale: str
    password: str = field(repr=False)
    key: bytes = b""


@dataclass(frozen=True, slots=True)
class SignedListSince:
    """Is there a newer signed list than `version` (0: none held); `SignedListPart` or `Done`.

    Needs no right.

    Attributes:
        name: of the list (`sync.wire.list_versions.NAMES`).
        offset: of the part wanted, in bytes; 0 begins, and what comes may be of a newer version.
        delta: whether the difference to `version` may be told in place of the whole.
    """

    name: str
    version: int
    offset: int = 0
    delta: bool = False


@dataclass(frozen=True, slots=True)
class RenewalAsked:
    """A station asks for its next certificate, before the one it has ends; answered `Renewed`.

    Needs no right: the station's own key has signed it.

    Attributes:
        request: `sync.wire.enrolment_request.make_renewal`.
    """

    request: bytes = field(repr=False)


ConsoleInquiry = StationsAsked | UsersAsked | EnrolmentCodeAsked | CertificateAsked


@dataclass(frozen=True, slots=True)
class StationsTold:
    """Some of the stations, by name; `more` where asking on would bring more."""

    records: tuple[StationRecord, ...]
    more: bool


@dataclass(frozen=True, slots=True, repr=False)
class UsersTold:
    """Some of the users, by codice fiscale; `more` where asking on would bring more."""

    records: tuple[UserRecord, ...]
    more: bool


@dataclass(frozen=True, slots=True, repr=False)
class EnrolmentCodeTold:
    """What the device is given, as QR or in a file (`sync.wire.enrolment.Token`), and until when.

    Attributes:
        password: the short one-time code that is typed where no QR is read.
        until: milliseconds since 1970.
    """

    token: str = field(repr=False)
    password: str = field(repr=False)
    until: int = 0


@dataclass(frozen=True, slots=True)
class CertificateTold:
    """A certificate in PEM with its chain."""

    station: str
    pem: bytes


@dataclass(frozen=True, slots=True, repr=False)
class DayPass:
    """A user is signed in until midnight.

    Attributes:
        certificate: of the day's key, DER; its thumbprint is the operator's until then.
        name: as the header of the clerk's pages shows it.
        until: milliseconds since 1970 by the hub's clock.
        seconds: how long that is from now, whatever the station's clock says.
    """

    certificate: bytes
    name: str
    until: int
    seconds: int


@dataclass(frozen=True, slots=True)
class SignedListPart:
    """A part of a signed list; `of` is its whole length in bytes.

    Attributes:
        base: 0 for the list itself; else the version to which this is the difference
            (`sync.wire.list_delta`), and `of` is the length of that.
    """

    name: str
    version: int
    offset: int
    of: int
    data: bytes = field(repr=False)
    base: int = 0


@dataclass(frozen=True, slots=True)
class Renewed:
    """The hub's signed answer to a renewal (`sync.wire.enrolment_answer`)."""

    data: bytes = field(repr=False)


ConsoleReply = StationsTold | UsersTold | EnrolmentCodeTold | CertificateTold | DayPass
