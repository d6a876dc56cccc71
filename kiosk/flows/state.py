"""What a session is: the values of one person's time at the kiosk, without its transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from uuid import UUID

from kiosk.flows.citizen import (
    document_reading,
    identity_check,
    preregistration,
    registration_status,
)
from kiosk.flows.citizen.document_reading import DocumentReadingState
from kiosk.flows.citizen.identity_check import IdentityCheckState
from kiosk.flows.citizen.preregistration import PreregistrationState
from kiosk.flows.citizen.registration_status import RegistrationStatusState
from kiosk.flows.document_check import ReadingStage
from kiosk.flows.office import Network, OfficeInfo, Surroundings
from kiosk.flows.welcome import Ended, Welcome

Activity = (
    Welcome
    | PreregistrationState
    | RegistrationStatusState
    | IdentityCheckState
    | DocumentReadingState
    | Ended
)


class Overlay(Enum):
    """What lies over the screen and must be answered first."""

    NONE = "none"
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
        help_open: whether the help lies over everything else; closed by `HelpClosed` or `Back`.
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
    help_open: bool = False
    overlay: Overlay = Overlay.NONE
    idle: IdleState = IdleState()
    card_present: bool = False
    speaking: bool = False
    notice: str | None = None
    activity: Activity = field(default_factory=Welcome)

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


def screen_name(session: Session) -> str:
    """Stable machine name of what is on the screen, for log lines and golden pictures.

    `preregistration.asking.email`, with `+help`, `+stop`, `+resumed` and `+idle` for what lies
    over it. Free of personal data.
    """
    name = activity_name(session.activity)
    if session.overlay is not Overlay.NONE:
        name += f"+{session.overlay.value}"
    if session.help_open:
        name += "+help"
    if session.idle.warning:
        name += "+idle"
    return name


def screen_names() -> tuple[str, ...]:
    """Machine names of all pages but those of the form's questions, in order."""
    parts = (f"identity-document.type-mrz.{part.value}" for part in document_reading.KeyField)
    stages = (f"identity-document.{stage.value}" for stage in ReadingStage)
    return tuple(sorted({*_NAMES.values(), *parts, *stages, "identity-document.lost"}))


def activity_name(activity: Activity) -> str:
    """Machine name of an activity's state; the prefix of its catalogue keys."""
    match activity:
        case preregistration.Asking():
            return f"preregistration.asking.{activity.question.value}"
        case document_reading.TypeMrz():
            return f"identity-document.type-mrz.{activity.part.value}"
        case document_reading.ReadingDocument(progress=progress) if progress.lost:
            return "identity-document.lost"
        case document_reading.ReadingDocument(progress=progress):
            return f"identity-document.{progress.stage.value}"
        case _:
            return _NAMES[type(activity)]


_NAMES: dict[type[Activity], str] = {
    Welcome: "welcome",
    Ended: "ended",
    preregistration.AskMembership: "preregistration.ask-membership",
    preregistration.AlreadyMember: "preregistration.already-member",
    preregistration.Privacy: "preregistration.privacy",
    preregistration.InsertCard: "preregistration.insert-card",
    preregistration.ReadingCard: "preregistration.reading-card",
    preregistration.CardFailed: "preregistration.card-failed",
    preregistration.Review: "preregistration.review",
    preregistration.CheckEmail: "preregistration.check-email",
    preregistration.Summary: "preregistration.summary",
    preregistration.Recording: "preregistration.recording",
    preregistration.RecordFailed: "preregistration.record-failed",
    preregistration.Done: "preregistration.done",
    registration_status.AskNumber: "registration-status.ask-number",
    registration_status.LookingUp: "registration-status.looking-up",
    registration_status.Found: "registration-status.found",
    registration_status.NotFound: "registration-status.not-found",
    registration_status.LookUpFailed: "registration-status.look-up-failed",
    identity_check.Intro: "identity-check.intro",
    identity_check.ChooseCard: "identity-check.choose-card",
    identity_check.InsertHealthCard: "identity-check.insert-health-card",
    identity_check.ReadingHealthCard: "identity-check.reading-health-card",
    identity_check.HealthCardFailed: "identity-check.health-card-failed",
    identity_check.VerdictPage: "identity-check.verdict",
    identity_check.ClerkPage: "identity-check.clerk",
    identity_check.AskingTries: "identity-check.asking-tries",
    identity_check.TypePin: "identity-check.type-pin",
    identity_check.ProvingPin: "identity-check.proving-pin",
    identity_check.PinRefused: "identity-check.pin-refused",
    document_reading.TypeCan: "identity-document.type-can",
    document_reading.WrongKey: "identity-document.wrong-key",
    document_reading.DocumentFailed: "identity-document.failed",
}
