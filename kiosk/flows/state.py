"""What a session is: the values of one person's time at the kiosk, without its transitions."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import Enum
from uuid import UUID

from hw.device_health import DeviceKind
from hw.finger_readings import FingerPhase, Hand
from kiosk.flows.citizen import (
    document_reading,
    identification,
    identity_check,
    preregistration,
    procedure,
    registration_status,
)
from kiosk.flows.citizen.document_reading import DocumentReadingState
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.identity_check import IdentityCheckState
from kiosk.flows.citizen.preregistration import PreregistrationState
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.citizen.registration_status import RegistrationStatusState
from kiosk.flows.clerk import signing_in
from kiosk.flows.clerk import states as clerk_states
from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.states import ClerkState
from kiosk.flows.document_check import ReadingStage
from kiosk.flows.effects import ScanPurpose
from kiosk.flows.installer import provisioning, readiness
from kiosk.flows.installer import states as installer_states
from kiosk.flows.installer.readiness import JUDGED_BY_EYE, ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.office import Network, OfficeInfo, StationRole, Surroundings
from kiosk.flows.out_of_service import OutOfService, StationStanding
from kiosk.flows.station_facts import StationFacts
from kiosk.flows.steps import fingerprint, scanning
from kiosk.flows.steps.fingerprint import FingerprintState
from kiosk.flows.steps.scanning import ScanningState
from kiosk.flows.welcome import Ended, Welcome
from sync.texts.acceptance import TextName

Activity = (
    Welcome
    | PreregistrationState
    | RegistrationStatusState
    | IdentityCheckState
    | DocumentReadingState
    | IdentificationState
    | FingerprintState
    | ScanningState
    | ProcedureState
    | ReadinessState
    | InstallerState
    | OutOfService
    | ClerkState
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
        operator_card: whether an operator's card is in a reader.
        desk: the counter, while an operator is signed in.
        standing: whether the station may work.
        facts: what is known of the station itself.
        activity: what the person is doing.
        coming: the office as the next session finds it; None where that is `office`.
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
    operator_card: bool = False
    desk: Desk | None = None
    standing: StationStanding = StationStanding.GOOD
    facts: StationFacts = field(default_factory=StationFacts)
    activity: Activity = field(default_factory=Welcome)
    coming: OfficeInfo | None = None

    @property
    def surroundings(self) -> Surroundings:
        """What a service's step may know."""
        return Surroundings(
            self.id, self.operation_id, self.today, self.language, self.office, self.desk
        )


def begin(
    *,
    session_id: UUID,
    operation_id: UUID,
    today: date,
    office: OfficeInfo,
    network: Network = Network.OFFLINE,
    standing: StationStanding = StationStanding.GOOD,
    facts: StationFacts | None = None,
) -> Session:
    """The first session after a start: the home page in the office's first language."""
    return Session(
        id=session_id,
        operation_id=operation_id,
        today=today,
        office=office,
        language=office.languages[0],
        network=network,
        standing=standing,
        facts=facts or StationFacts(),
        activity=first_page(office, standing),
    )


def first_page(office: OfficeInfo, standing: StationStanding) -> Activity:
    """The home page, or the one that says why the station does not work."""
    closed = standing is not StationStanding.GOOD
    return OutOfService(standing) if closed else home(office)


def home(office: OfficeInfo) -> Activity:
    """The first page: services for citizens, sign-in for clerks, devices for installers.

    A device that is no station yet has no name: it asks for its one-time code.
    """
    if not office.station:
        return provisioning.ChooseWay()
    match office.role:
        case StationRole.CITIZEN:
            return Welcome()
        case StationRole.COUNTER:
            return signing_in.SignIn()
        case StationRole.INSTALLER:
            return signing_in.SignIn() if office.signs_in else readiness.DeviceList()


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
    names = {
        *_NAMES.values(),
        *clerk_states.NAMES.values(),
        *parts,
        *stages,
        "identity-document.lost",
    }
    names |= {f"fingerprint.choose-finger.{hand.value}" for hand in Hand}
    for phase in FingerPhase:
        names |= {f"fingerprint.taking.{phase.value}", f"fingerprint.comparing.{phase.value}"}
    names |= {f"readiness.testing.{kind.value}" for kind in DeviceKind}
    names |= {f"readiness.judging.{kind.value}" for kind in JUDGED_BY_EYE}
    scans = (ScanPurpose.CODICE_FISCALE, ScanPurpose.REGISTRATION_NUMBER)
    names |= {f"scanning.{purpose.value}" for purpose in scans}
    names |= {f"procedure.read-text.{name.value}" for name in TextName}
    names |= installer_states.names()
    return tuple(sorted(names))


def activity_name(activity: Activity) -> str:  # noqa: C901, PLR0911, PLR0912  # one line for each page that changes its name
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
        case fingerprint.ChooseFinger(hand=hand):
            return f"fingerprint.choose-finger.{hand.value}"
        case fingerprint.TakingFinger(progress=taking):
            return f"fingerprint.taking.{taking.phase.value}"
        case fingerprint.ComparingFinger(progress=taking):
            return f"fingerprint.comparing.{taking.phase.value}"
        case scanning.ScanningCode(errand=errand):
            return f"scanning.{errand.purpose.value}"
        case procedure.ReadText():
            return f"procedure.read-text.{procedure.text_shown(activity).value}"
        case _ if isinstance(activity, InstallerState):
            return installer_states.name_of(activity)
        case readiness.TestingDevice(kind=kind):
            return f"readiness.testing.{kind.value}"
        case readiness.JudgingTest(kind=kind):
            return f"readiness.judging.{kind.value}"
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
    identification.Intro: "identification.intro",
    identification.ChooseWay: "identification.choose-way",
    identification.Confirm: "identification.confirm",
    identification.Recording: "identification.recording",
    identification.RecordFailed: "identification.record-failed",
    identification.Done: "identification.done",
    fingerprint.Notice: "fingerprint.notice",
    fingerprint.ChooseExcuse: "fingerprint.choose-excuse",
    fingerprint.FingerFailed: "fingerprint.failed",
    fingerprint.Review: "fingerprint.review",
    scanning.CodeNotScanned: "scanning.failed",
    **procedure.NAMES,
    OutOfService: "out-of-service",
    readiness.DeviceList: "readiness.devices",
    readiness.DevicePage: "readiness.device",
    readiness.ReportPage: "readiness.report",
    readiness.RecordingReport: "readiness.recording",
    readiness.ReportFailed: "readiness.record-failed",
    readiness.ReportDone: "readiness.done",
    **clerk_states.NAMES,
}
