"""Where the kiosk stands, and what a session must know of its surroundings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import Enum
from uuid import UUID

from kiosk.flows.clerk.desk import Desk
from sync.model.preregistration import Community


class Network(Enum):
    """The state of the link, as the pill in the header tells it."""

    OFFLINE = "offline"
    CONNECTING = "connecting"
    ONLINE = "online"
    HUB_AWAY = "hub-away"


class StationRole(Enum):
    """For whom the station stands there; says what its first page is."""

    CITIZEN = "citizen"
    COUNTER = "counter"
    INSTALLER = "installer"


@dataclass(frozen=True, slots=True)
class OfficeInfo:
    """What station.toml says of the office.

    Attributes:
        station: name of the kiosk, `kiosk-0001`.
        name: the office as people call it, `Comune di Esempio`.
        comune: Belfiore code of the office's comune; first among the suggestions.
        community: the community into which the kiosk registers (R-003-32).
        languages: languages on offer; the first is the default.
        privacy_notice: version of the notice on show (R-003-47).
        counter_address: where the counter is, for "what happens next".
        opening: when it is open.
        authority: who releases the credentials, in the texts that are accepted; empty for the office.
        home_pages: web address where procedures are concluded at home; empty where there is none.
        idle_seconds: a session without a touch is wiped after so many seconds.
        warning_seconds: the warning is up for the last so many of them.
        slip_printer: whether the station has a thermal printer.
        page_printer: whether the station has an A4 printer.
        reads_documents: whether it has a contactless reader for identity cards.
        identifies: whether the office has people confirm here who they are, and takes the record.
        takes_fingers: whether the station has a fingerprint sensor.
        scans_codes: whether it has a camera that reads bar codes.
        role: for whom it stands there.
        software: version of the program.
        clerk_idle_seconds: a clerk who touches nothing for so long is signed out.
        shift_seconds: a clerk is signed out so long after the sign-in, whatever they do.
        kept_seconds: so long a page is kept for the clerk whose card was pulled.
        fse_address: of the services for the citizen (R-003-49); empty where there is none.
        enrolment_address: of the hub's pages, for a device that is no station yet; empty where the
            installer types it.
        signs_in: whether a station for installers asks for a card with the right to it first: it does
            as soon as it is enrolled.
        software_key: whether the station's key lies in a file that can be copied; every screen says
            so.
        texts: version of the corrections by which its pages are worded; 0 for none.
    """

    station: str
    name: str
    comune: str
    community: Community
    languages: tuple[str, ...] = ("it", "en")
    privacy_notice: str = "2026-1"
    counter_address: str = ""
    opening: str = ""
    authority: str = ""
    home_pages: str = ""
    idle_seconds: int = 90
    warning_seconds: int = 20
    slip_printer: bool = True
    page_printer: bool = True
    reads_documents: bool = True
    identifies: bool = False
    takes_fingers: bool = False
    scans_codes: bool = False
    role: StationRole = StationRole.CITIZEN
    software: str = "0"
    clerk_idle_seconds: int = 600
    shift_seconds: int = 8 * 3600
    kept_seconds: int = 300
    fse_address: str = ""
    enrolment_address: str = ""
    signs_in: bool = False
    software_key: bool = False
    texts: int = 0


@dataclass(frozen=True, slots=True)
class OfficeTold:
    """From the runtime: the hub steers the office otherwise than before."""

    office: OfficeInfo


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a service's step may know beside its own state and the event.

    Attributes:
        desk: the counter, while an operator is signed in.
    """

    session_id: UUID
    operation_id: UUID
    today: date
    language: str
    office: OfficeInfo
    desk: Desk | None = None
