"""A person in front of the kiosk, from the first touch to the wipe: the transition of a session.

What every screen has is handled here: language, text size, contrast, help, reading aloud, leaving,
time. What a service does is in `citizen`. The values are in `state`.
"""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from hw.finger_readings import FingerPhase
from kiosk.flows import drafts, events
from kiosk.flows.citizen import (
    document_reading,
    document_reading_steps,
    identification,
    identification_steps,
    identity_check,
    identity_check_steps,
    preregistration,
    preregistration_steps,
    procedure,
    procedure_steps,
    registration_status,
)
from kiosk.flows.citizen.document_reading import Checking, DocumentReadingState
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.identity_check import IdentityCheckState
from kiosk.flows.citizen.preregistration import PreregistrationState
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.citizen.registration_status import RegistrationStatusState
from kiosk.flows.clerk import desk_steps
from kiosk.flows.clerk.effects import SignOut
from kiosk.flows.clerk.events import ClerkAnswer, ClerkTold, SignOutAsked
from kiosk.flows.clerk.signing_in import SignIn
from kiosk.flows.clerk.states import ClerkState, Menu
from kiosk.flows.console import events as console
from kiosk.flows.document_check import ReadingStage
from kiosk.flows.effects import (
    Effect,
    EndSession,
    Silence,
    Speak,
    StopWatchingCard,
    WatchCard,
)
from kiosk.flows.events import Event, Service
from kiosk.flows.home_events import HomeAnswer
from kiosk.flows.installer import (
    courier,
    installation,
    installation_steps,
    provisioning_steps,
    readiness,
    readiness_steps,
    station_page,
)
from kiosk.flows.installer.events import (
    CodeKept,
    EndpointsTested,
    EndpointTested,
    EnrolmentTold,
    MediumCarried,
)
from kiosk.flows.installer.installation import InstallationState
from kiosk.flows.installer.provisioning import ProvisioningState
from kiosk.flows.installer.readiness import ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.installer.station_page import StationPage
from kiosk.flows.office import StationRole, Surroundings
from kiosk.flows.out_of_service import OutOfService, StationStanding
from kiosk.flows.patience import ending, is_home, time_passed
from kiosk.flows.speech import spoken
from kiosk.flows.state import (
    Activity,
    IdleState,
    Overlay,
    Session,
    begin,
    home,
    screen_name,
)
from kiosk.flows.steps import fingerprint, fingerprint_steps, scanning_steps
from kiosk.flows.steps.fingerprint import FingerprintState
from kiosk.flows.steps.scanning import ScanningState
from kiosk.flows.welcome import WITHOUT_RECORD, Ended, EndReason, Welcome
from kiosk.flows.wording import can_stop

__all__ = ["Activity", "IdleState", "Overlay", "Session", "begin", "screen_name", "step"]

Step = tuple[Session, tuple[Effect, ...]]


def step(session: Session, event: Event) -> Step:
    """The session after `event`, and what to ask for.

    Never raises, whatever the order of events: what means nothing here changes nothing.
    """
    if isinstance(session.activity, Ended):
        return _after_end(session, event), ()
    after, effects = _dispatch(_awake(session, event), event)
    if isinstance(after.activity, Ended):
        return _wiped(after, effects)
    return _hushed(session, after, effects)


def _dispatch(session: Session, event: Event) -> Step:
    match event:
        case events.SpeechAsked():
            return _listen(session)
        case events.LanguageChosen() | events.TextSizeToggled() | events.ContrastToggled():
            return _shown_otherwise(session, event), ()
        case events.HelpOpened() | events.HelpClosed():
            return replace(session, help_open=isinstance(event, events.HelpOpened)), ()
        case events.CardInserted() | events.CardRemoved():
            session = replace(session, card_present=isinstance(event, events.CardInserted))
            return _in_service(session, event)
        case _ if isinstance(event, _OfStation):
            return _of_station(session, event)
        case _ if isinstance(event, ClerkTold):
            return desk_steps.told(session, event)
        case _:
            return _below_overlays(session, event)


_OfStation = (
    events.Started
    | events.DraftRestored
    | events.TimePassed
    | events.NetworkChanged
    | events.StationStandingTold
    | events.StationFactsTold
    | events.OfficeTold
    | events.SpeechEnded
    | events.SpeechFailed
)


_Answer = (
    events.CardRead
    | events.CardReadFailed
    | events.ReaderFailed
    | events.DocumentProgress
    | events.DocumentRead
    | events.DocumentReadFailed
    | events.PinTriesTold
    | events.HealthCardProven
    | events.HealthCardProofFailed
    | events.FingerProgressed
    | events.FingerTaken
    | events.FingerFailed
    | events.FingerCompared
    | events.BarcodeRead
    | events.ScanFailed
    | events.DeviceTold
    | events.DeviceTested
    | events.ActRecorded
    | events.ActNotRecorded
    | events.Printed
    | events.PrintFailed
    | events.Recorded
    | events.RecordFailed
    | events.StatusFound
    | events.StatusUnknown
    | events.StatusFailed
    | EnrolmentTold
    | CodeKept
    | EndpointTested
    | EndpointsTested
    | MediumCarried
    | ClerkAnswer
    | HomeAnswer
)
"""What devices and store answer: no touch, and it counts under an overlay."""


_AtSensor = fingerprint.TakingFinger | fingerprint.ComparingFinger | readiness.TestingDevice


def _of_station(session: Session, event: _OfStation) -> Step:
    match event:
        case events.Started():
            return _fresh(session, event) if is_home(session) else session, ()
        case events.DraftRestored(draft):
            return _restored(session, drafts.session_from_draft(draft, session))
        case events.TimePassed():
            return time_passed(session, event)
        case events.NetworkChanged(network):
            return replace(session, network=network), ()
        case events.StationStandingTold(standing):
            return _stands(session, standing), ()
        case events.StationFactsTold(facts):
            return replace(session, facts=facts), ()
        case events.OfficeTold(office):
            # Whoever is here ends as they began: with the times and addresses that they were told.
            if is_home(session):
                return replace(session, office=office), ()
            return replace(session, coming=office), ()
        case events.SpeechEnded() | events.SpeechFailed():
            return _speech_over(session, event), ()


def _stands(session: Session, standing: StationStanding) -> Session:
    """Blocked: whoever is served is sent away and wiped; well again: the first page comes back."""
    served = not (is_home(session) or isinstance(session.activity, OutOfService))
    session = replace(session, standing=standing)
    if standing is StationStanding.GOOD:
        shut = isinstance(session.activity, OutOfService)
        return replace(session, activity=home(session.office)) if shut else session
    if served:
        return ending(session, EndReason.OUT_OF_SERVICE)
    return replace(session, activity=OutOfService(standing), overlay=Overlay.NONE)


def _awake(session: Session, event: Event) -> Session:
    """A touch or a card says that somebody is there, and that a notice was seen."""
    if isinstance(event, _OfStation | ClerkTold):
        return session
    if isinstance(event, _Answer):
        return replace(session, idle=IdleState()) if _in_contact(session, event) else session
    return replace(session, idle=IdleState(), notice=None)


def _in_contact(session: Session, event: _Answer) -> bool:
    """Whether a document or a finger lies on its reader and answers: somebody holds it there.

    A reading with poor contact takes longer than the time without a touch. It ends by the reader's
    own deadline, so that a document that was left behind does not keep the session for ever.
    """
    match event:
        case events.FingerProgressed(session_id, taking):
            return taking.phase in {FingerPhase.TAKING, FingerPhase.LIFT} and (
                isinstance(session.activity, _AtSensor) and session_id == session.id
            )
        case events.DocumentProgress(session_id, progress):
            here = progress.stage is not ReadingStage.WAITING and not progress.lost
            reading = isinstance(session.activity, document_reading.ReadingDocument)
            return here and reading and session_id == session.id
        case _:
            return False


# --- begin and end


def _fresh(session: Session, started: events.Started) -> Session:
    """The home page; only what belongs to the station stays."""
    fresh = begin(
        session_id=started.session_id,
        operation_id=started.operation_id,
        today=started.today,
        office=session.coming or session.office,
        network=session.network,
        standing=session.standing,
        facts=session.facts,
    )
    fresh = replace(fresh, operator_card=session.operator_card)
    kept = isinstance(session.activity, readiness.DeviceList | SignIn | ProvisioningState)
    return replace(fresh, activity=session.activity) if kept else fresh


def _after_end(session: Session, event: Event) -> Session:
    """While the runtime wipes: nothing but the next beginning counts."""
    match event:
        case events.Started():
            return _fresh(session, event)
        case events.NetworkChanged(network):
            return replace(session, network=network)
        case events.OperatorCardTold(present):
            return replace(session, operator_card=present)
        case events.StationStandingTold(standing):
            return replace(session, standing=standing)
        case events.StationFactsTold(facts):
            return replace(session, facts=facts)
        case events.OfficeTold(office):
            return replace(session, coming=office)
        case _:
            return session


def _wiped(session: Session, effects: tuple[Effect, ...]) -> Step:
    """Clean-up: no answer is left in the session, and the runtime is told to wipe the rest."""
    activity = session.activity
    if isinstance(activity, Ended):
        activity = replace(activity, card_left=session.card_present)
    quiet: tuple[Effect, ...] = (Silence(),) if session.speaking else ()
    out: tuple[Effect, ...] = () if session.desk is None else (SignOut(),)
    over = replace(
        session,
        activity=activity,
        overlay=Overlay.NONE,
        help_open=False,
        idle=IdleState(),
        speaking=False,
        notice=None,
        desk=None,
    )
    return over, (*effects, *quiet, *out, StopWatchingCard(), EndSession(session.id))


def _restored(session: Session, restored: Session | None) -> Step:
    """A form that survived a crash; what the person had confirmed is recorded at once."""
    if not isinstance(session.activity, Welcome) or restored is None:
        return session, ()
    activity = restored.activity
    if isinstance(activity, preregistration.Recording):
        state, effects = preregistration_steps.record(activity.form, restored.surroundings)
        return replace(restored, activity=state), effects
    return restored, ()


# --- what every screen has


def _shown_otherwise(
    session: Session,
    event: events.LanguageChosen | events.TextSizeToggled | events.ContrastToggled,
) -> Session:
    match event:
        case events.LanguageChosen(language):
            known = language in session.office.languages
            return replace(session, language=language) if known else session
        case events.TextSizeToggled():
            return replace(session, large_text=not session.large_text)
        case events.ContrastToggled():
            return replace(session, high_contrast=not session.high_contrast)


def _listen(session: Session) -> Step:
    if session.speaking:
        return replace(session, speaking=False), (Silence(),)
    return replace(session, speaking=True), (Speak(session.id, spoken(session)),)


def _speech_over(session: Session, event: events.SpeechEnded | events.SpeechFailed) -> Session:
    """Who has just heard the page gets the whole time to answer."""
    if event.session_id != session.id or not session.speaking:
        return session
    session = replace(session, speaking=False, idle=IdleState())
    return (
        replace(session, notice=event.code) if isinstance(event, events.SpeechFailed) else session
    )


def _hushed(before: Session, after: Session, effects: tuple[Effect, ...]) -> Step:
    """What is being read aloud ends with its page."""
    if not (before.speaking and after.speaking):
        return after, effects
    if (screen_name(before), before.language) == (screen_name(after), after.language):
        return after, effects
    return replace(after, speaking=False), (Silence(), *effects)


# --- overlays


def _below_overlays(session: Session, event: Event) -> Step:
    """Touches and results: what lies on top takes the touches."""
    if isinstance(event, events.Back) and session.help_open:
        return replace(session, help_open=False), ()
    match session.overlay, event:
        case _, events.StopAsked() | SignOutAsked():
            return _stop_asked(session), ()
        case Overlay.STOP | Overlay.RESUMED, events.StopConfirmed():
            recorded = isinstance(session.activity, _Recorded)
            return ending(session, EndReason.FINISHED if recorded else EndReason.STOPPED), ()
        case Overlay.STOP, events.StopCancelled() | events.Back():
            return replace(session, overlay=Overlay.NONE), ()
        case Overlay.RESUMED, events.ResumeChosen():
            return replace(session, overlay=Overlay.NONE), _resumption(session)
        case Overlay.NONE, _:
            return _in_service(session, event) if not session.help_open else _told(session, event)
        case _:
            return _told(session, event)


_Recorded = (
    preregistration.Done
    | identification.Done
    | procedure.Done
    | readiness.ReportDone
    | installation.InstallationDone
)
"""Pages after a record: who leaves has finished."""


def _stop_asked(session: Session) -> Session:
    """Ask before leaving, unless nothing can be lost by it."""
    if not can_stop(session) or session.overlay is not Overlay.NONE:
        return session
    activity = session.activity
    match activity:
        case _ if isinstance(activity, _Recorded):
            return ending(session, EndReason.FINISHED)
        case _ if isinstance(activity, ClerkState) and desk_steps.loses_nothing(activity):
            return ending(session, EndReason.FINISHED)
        case identity_check.VerdictPage(errand=Checking()):
            return ending(session, EndReason.FINISHED)
        case _:
            return replace(session, overlay=Overlay.STOP, help_open=False)


def _resumption(session: Session) -> tuple[Effect, ...]:
    """What the page that comes back needs; to record again changes nothing that is recorded."""
    match session.activity:
        case preregistration.Recording(form):
            return preregistration_steps.record(form, session.surroundings)[1]
        case preregistration.Done():
            return ()
        case _:
            return (WatchCard(),)


def _told(session: Session, event: Event) -> Step:
    """Under an overlay: results of devices and store count, touches do not."""
    return _in_service(session, event) if isinstance(event, _Answer) else (session, ())


def _in_service(session: Session, event: Event) -> Step:
    activity = session.activity
    around = session.surroundings
    if session.overlay is Overlay.RESUMED and isinstance(event, events.CardInserted):
        return session, ()  # nothing is read before the person says whose form it is
    if isinstance(event, events.Back) and _would_lose(activity):
        return replace(session, overlay=Overlay.STOP), ()
    if isinstance(activity, ClerkState):
        after, asked = desk_steps.at_counter(session, event)
        return replace(after, operation_id=_next_operation(session, event)), asked
    if isinstance(activity, readiness.DeviceList) and isinstance(event, events.Back):
        return replace(session, activity=_before_devices(session)), ()
    if isinstance(activity, readiness.DeviceList) and isinstance(event, events.OptionChosen):
        return replace(session, activity=_beside_devices(session, activity, event.value)), ()
    state: Activity
    effects: tuple[Effect, ...]
    match activity:
        case Welcome() if _needs_space(event) and session.facts.storage.refusal:
            return session, ()  # the page has said so, and offers it no more
        case Welcome():
            state, effects = _choose(activity, event), ()
        case Ended():
            state, effects = activity, ()
        case _:
            state, effects = _stepped(activity, event, around)
    return replace(session, activity=state, operation_id=_next_operation(session, event)), effects


def _before_devices(session: Session) -> Activity:
    """Where the list of devices was opened from: a counter has other pages before it."""
    if session.office.role is not StationRole.COUNTER and session.desk is None:
        return session.activity
    return home(session.office) if session.desk is None else Menu()


def _beside_devices(session: Session, page: readiness.DeviceList, chosen: str) -> Activity:
    """What else an installer can open from the list of devices; a clerk sees the station too."""
    if chosen == station_page.OPEN:
        return StationPage(page.known)
    if chosen == installation.BEGIN and session.office.role is StationRole.INSTALLER:
        return installation.StepList(installation.Work(page.known))
    return page


_Served = (
    PreregistrationState
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
)


def _stepped(  # noqa: PLR0911  # one line for each service
    activity: _Served, event: Event, around: Surroundings
) -> tuple[Activity, tuple[Effect, ...]]:
    """The step of the service to which a page belongs."""
    match activity:
        case _ if isinstance(activity, PreregistrationState):
            return preregistration_steps.step(activity, event, around)
        case _ if isinstance(activity, IdentityCheckState):
            return identity_check_steps.step(activity, event, around)
        case _ if isinstance(activity, DocumentReadingState):
            return document_reading_steps.step(activity, event, around)
        case _ if isinstance(activity, IdentificationState):
            return identification_steps.step(activity, event, around)
        case _ if isinstance(activity, FingerprintState):
            return fingerprint_steps.step(activity, event, around)
        case _ if isinstance(activity, ScanningState):
            return scanning_steps.step(activity, event, around)
        case _ if isinstance(activity, ProcedureState):
            return procedure_steps.step(activity, event, around)
        case _ if isinstance(activity, ReadinessState):
            return readiness_steps.step(activity, event, around)
        case _ if isinstance(activity, InstallerState):
            return _of_installer(activity, event, around)
        case OutOfService():
            return activity, ()
        case _:
            return registration_status.step(activity, event, around)


def _of_installer(
    activity: InstallerState, event: Event, around: Surroundings
) -> tuple[Activity, tuple[Effect, ...]]:
    match activity:
        case _ if isinstance(activity, ProvisioningState):
            return provisioning_steps.step(activity, event, around)
        case _ if isinstance(activity, InstallationState):
            return installation_steps.step(activity, event, around)
        case StationPage(known):
            match event:
                case events.Continued() | events.Back():
                    return readiness.DeviceList(known), ()
                case events.OptionChosen(courier.OPEN) if courier.may_carry(around):
                    return courier.CourierPage(known), ()
                case events.DeviceTold(health):
                    return StationPage(readiness_steps.with_device(known, health)), ()
                case _:
                    return activity, ()
        case courier.CourierPage():
            return _of_courier(activity, event, around)


def _of_courier(
    page: courier.CourierPage, event: Event, around: Surroundings
) -> tuple[Activity, tuple[Effect, ...]]:
    over = page.stage is courier.CourierStage.DONE
    match event:
        case MediumCarried(session_id) if session_id == around.session_id:
            return courier.ended(page, event), ()
        case events.DeviceTold(health):
            return replace(page, known=readiness_steps.with_device(page.known, health)), ()
        case _ if page.stage is courier.CourierStage.WORKING:
            return page, ()
        case events.Back():
            return StationPage(page.known), ()
        case events.Continued() if over:
            return StationPage(page.known), ()
        case events.Continued() | events.Refused() if not courier.may_carry(around):
            return StationPage(page.known), ()  # whoever might is signed out
        case events.Continued() | events.Refused():
            return courier.begun(page, around.session_id)
        case _:
            return page, ()


def _next_operation(session: Session, event: Event) -> UUID:
    """An act was recorded under the session's operation id: the next one has another."""
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == (
            session.id,
            session.operation_id,
        ):
            return event.next_operation_id
        case events.CounterActRecorded(to, of, following) if (to, of) == (
            session.id,
            session.operation_id,
        ):
            return following
        case events.CounterActNotRecorded(to, of, following) if (to, of) == (
            session.id,
            session.operation_id,
        ):
            return following
        case console.ConsoleActRecorded(to, of, following) if (to, of) == (
            session.id,
            session.operation_id,
        ):
            return following
        case console.ConsoleActNotRecorded(to, of, following) if (to, of) == (
            session.id,
            session.operation_id,
        ):
            return following
        case _:
            return session.operation_id


def _would_lose(activity: Activity) -> bool:
    """Whether "Indietro" leads out of a form in which something was answered or read.

    From an act that could not be recorded it leads out as well: it may be durable all the same, and
    another one under its id would be answered with it.
    """
    match activity:
        case identification.ChooseWay() | identification.RecordFailed() | readiness.ReportFailed():
            return True
        case installation.InstallationFailed():
            return True
        case installation.StepList(work=work):
            return bool(work.steps)
        case preregistration.AskMembership(form):
            return form != preregistration.Form()
        case _ if isinstance(activity, ProcedureState):
            return procedure_steps.would_lose(activity)
        case _:
            return False


def _needs_space(event: Event) -> bool:
    """Whether what was chosen ends with a record in the journal."""
    return isinstance(event, events.ServiceChosen) and event.service not in WITHOUT_RECORD


def _choose(welcome: Welcome, event: Event) -> Activity:
    match event:
        case events.ServiceChosen(Service.PREREGISTRATION):
            return preregistration.AskMembership()
        case events.ServiceChosen(Service.REGISTRATION_STATUS):
            return registration_status.AskNumber()
        case events.ServiceChosen(Service.IDENTITY_CHECK):
            return identity_check.Intro()
        case events.ServiceChosen(Service.ACTIVATION):
            return procedure.Intro(procedure.Purpose.ACTIVATION)
        case events.ServiceChosen(Service.REVOCATION):
            return procedure.Intro(procedure.Purpose.REVOCATION)
        case _:
            return welcome
