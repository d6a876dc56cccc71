"""A person in front of the kiosk, from the first touch to the wipe."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from uuid import UUID

from kiosk.flows.citizen.preregistration import PreregistrationState
from kiosk.flows.citizen.registration_status import RegistrationStatusState
from kiosk.flows.office import Network, OfficeInfo, Surroundings
from kiosk.flows.welcome import Ended, Welcome

Activity = Welcome | PreregistrationState | RegistrationStatusState | Ended


class Overlay(Enum):
    """What lies over the screen and must be answered first."""

    NONE = "none"
    HELP = "help"
    """"Chiedi aiuto": `HelpClosed`."""
    STOP = "stop"
    """"Do you want to leave?": `StopConfirmed` or `StopCancelled`."""
    RESUMED = "resumed"
    """After a crash, "is it you?": `ResumeChosen` or `StopConfirmed`; the screen below is hidden."""


@dataclass(frozen=True, slots=True)
class IdleState:
    """How long nobody touched the screen.

    Attributes:
        seconds: since the last touch or card.
        seconds_left: until the wipe, while the warning is up; None otherwise.
    """

    seconds: int = 0
    seconds_left: int | None = None

    @property
    def warning(self) -> bool:
        """Whether "are you still there?" is up."""
        return self.seconds_left is not None


@dataclass(frozen=True, slots=True)
class Session:
    """One session.

    Attributes:
        id: given by `Started`.
        operation_id: for the one operation that the session may record.
        today: civil date of the station.
        office: where the kiosk stands.
        language: of everything on the screen.
        large_text: "Testo grande".
        high_contrast: "Contrasto".
        network: for the pill in the header.
        overlay: what lies over the screen.
        idle: time without a touch.
        card_present: whether a card is in the reader.
        speaking: whether the screen is being read aloud.
        notice: failure code of something that did not work and stops nothing (`speaker.absent`);
            shown in one line until the next touch.
        activity: what the person is doing.
    """

    id: UUID
    operation_id: UUID
    today: date
    office: OfficeInfo
    language: str
    large_text: bool = False
    high_contrast: bool = False
    network: Network = Network.OFFLINE
    overlay: Overlay = Overlay.NONE
    idle: IdleState = IdleState()
    card_present: bool = False
    speaking: bool = False
    notice: str | None = None
    activity: Activity = field(default_factory=Welcome)

    @property
    def help_open(self) -> bool:
        """Whether the help lies over the screen."""
        return self.overlay is Overlay.HELP

    @property
    def surroundings(self) -> Surroundings:
        """What a service's step may know."""
        return Surroundings(self.id, self.operation_id, self.today, self.language, self.office)


def begin(
    *,
    session_id: UUID,
    operation_id: UUID,
    today: date,
    office: OfficeInfo,
    network: Network = Network.OFFLINE,
) -> Session:
    """The first session after a start: the welcome page in the office's first language."""
    return Session(
        id=session_id,
        operation_id=operation_id,
        today=today,
        office=office,
        language=office.languages[0],
        network=network,
    )
