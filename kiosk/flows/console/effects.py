"""What the console asks the runtime to do; the answers are in `events`."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.flows.console.wanted import ConsoleWanted


@dataclass(frozen=True, slots=True)
class AskStations:
    """All stations of the administrator's comune; `StationsListed`, at once with the last answer."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class AskUsers:
    """All users of the administrator's comune; `UsersListed`, likewise."""

    session_id: UUID


@dataclass(frozen=True, slots=True)
class AskEnrolmentCode:
    """The one-time code of a station; `EnrolmentCodeAnswered`."""

    session_id: UUID
    station: str


@dataclass(frozen=True, slots=True)
class DownloadCertificates:
    """Fetch certificates and write them to the folder for downloads; `CertificatesSaved`."""

    session_id: UUID
    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SaveEnrolmentCode:
    """Write a one-time code to the folder for downloads (R-004-14); `EnrolmentCodeSaved`.

    Attributes:
        token: as the hub told it.
    """

    session_id: UUID
    station: str
    token: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpUser:
    """Whose codice fiscale is it, by the registers (R-004-28); `UserLookedUp`."""

    session_id: UUID
    codice_fiscale: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class AbandonInquiry:
    """Nobody waits any more for what was asked of the hub."""


@dataclass(frozen=True, slots=True)
class RecordConsoleAct:
    """Make the act durable, signed by the administrator's card too.

    `ConsoleActRecorded` or `ConsoleActNotRecorded`; then `SentTold` says what becomes of it.
    Idempotent on `operation_id`.

    Attributes:
        master: the Security Officer's master password, for `WantedActivation` alone; the runtime
            overwrites it.
    """

    session_id: UUID
    operation_id: UUID
    wanted: ConsoleWanted = field(repr=False)
    master: bytearray | None = field(default=None, repr=False)


ConsoleEffect = (
    AskStations
    | AskUsers
    | AskEnrolmentCode
    | DownloadCertificates
    | SaveEnrolmentCode
    | LookUpUser
    | AbandonInquiry
    | RecordConsoleAct
)
"""Everything that only the console asks for."""
