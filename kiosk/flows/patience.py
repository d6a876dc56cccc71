"""How long a session lasts without a touch, and what time changes on a page."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events
from kiosk.flows.citizen import (
    document_reading,
    document_reading_steps,
    identity_check,
    procedure,
    procedure_steps,
)
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.clerk import desk_steps
from kiosk.flows.clerk.signing_in import SignIn
from kiosk.flows.document_check import Headline
from kiosk.flows.effects import Effect, Silence, Speak
from kiosk.flows.installer import readiness_steps
from kiosk.flows.installer.provisioning import ProvisioningState
from kiosk.flows.installer.readiness import DeviceList, Findings, ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.office import StationRole
from kiosk.flows.out_of_service import OutOfService
from kiosk.flows.phrases import phrase
from kiosk.flows.state import Activity, IdleState, Session, begin
from kiosk.flows.welcome import Ended, EndReason, Welcome

LISTENING_SECONDS: Final = 180
"""Who listens does not touch: so much longer may a session stand while the screen is read aloud."""

_CLERKS_PATIENCE: Final = 2
"""So many times the idle time where a clerk has to come to the screen first, or reads it."""
_READERS_PATIENCE: Final = 4
"""So many times where a long text is read; nothing of a person is on the page."""
_INSTALLERS_PATIENCE: Final = 20
"""So many times where somebody walks from device to device; nothing of a person is on the page."""

Step = tuple[Session, tuple[Effect, ...]]


def ending(session: Session, reason: EndReason) -> Session:
    """The session as it ends; what it held is wiped with it."""
    return replace(session, activity=Ended(reason))


def is_home(session: Session) -> bool:
    """Whether the station's first page stands, at which nobody is being served."""
    if session.desk is not None:
        return False
    # The device of a new station waits for hours, and nothing of a person is on its pages.
    waiting = OutOfService | ProvisioningState
    return isinstance(session.activity, Welcome | SignIn | waiting) or (
        isinstance(session.activity, DeviceList) and session.office.role is StationRole.INSTALLER
    )


def time_passed(session: Session, passed: events.TimePassed) -> Step:
    """The session some seconds later: warned, ended, or its home page as nobody had touched it."""
    activity, effects = _later(session.activity, passed)
    session = replace(session, today=passed.today, activity=activity)
    session, asked = desk_steps.time_at_desk(session, passed.seconds)
    effects = (*effects, *asked)
    if session == _untouched(session):
        return replace(session, idle=IdleState()), effects
    seconds = session.idle.seconds + max(0, passed.seconds)
    office = session.office
    listening = LISTENING_SECONDS if session.speaking else 0
    left = _patience(session) + listening - seconds
    if left <= 0:
        if is_home(session):
            quiet: tuple[Effect, ...] = (Silence(),) if session.speaking else ()
            return _untouched(session), (*effects, *quiet)
        return ending(session, EndReason.TIMED_OUT), effects
    if left > office.warning_seconds or is_home(session):
        return replace(session, idle=IdleState(seconds)), effects
    warned = session.idle.warning
    session = replace(session, idle=IdleState(seconds, left))
    # The warning is told by more than one sense (EN 301 549, 5.1.3 and 9.2.2.1).
    spoken: tuple[Effect, ...] = (Speak(session.id, (phrase("idle.spoken"),)),)
    return session, effects if warned else (*effects, *spoken)


def _patience(session: Session) -> int:
    """Seconds that a page may stand without a touch."""
    of_desk = desk_steps.patience(session)
    if of_desk is not None:
        return of_desk
    return _times(session.activity) * session.office.idle_seconds


def _times(activity: Activity) -> int:
    match activity:
        case identity_check.VerdictPage(headline=Headline.WRONG) | identity_check.ClerkPage():
            return _CLERKS_PATIENCE
        case procedure.ReadText():
            return _READERS_PATIENCE
        case _ if isinstance(activity, ReadinessState | InstallerState):
            return _INSTALLERS_PATIENCE
        case _:
            return 1


def _later(activity: Activity, passed: events.TimePassed) -> tuple[Activity, tuple[Effect, ...]]:
    """What counts down on the page itself, and what a page asks for when it stands."""
    match activity:
        case document_reading.WrongKey():
            return document_reading_steps.waited(activity, passed.seconds), ()
        case _ if isinstance(activity, ProcedureState):
            return procedure_steps.waited(activity, passed.seconds)
        case _ if isinstance(activity, ReadinessState):
            return readiness_steps.watched(activity)
        case _:
            return activity, ()


def _untouched(session: Session) -> Session:
    """The session as it would stand if nobody had touched the home page."""
    fresh = begin(
        session_id=session.id,
        operation_id=session.operation_id,
        today=session.today,
        office=session.office,
        network=session.network,
        standing=session.standing,
        facts=session.facts,
    )
    activity = fresh.activity
    if isinstance(session.activity, ProvisioningState):
        activity = session.activity
    if isinstance(session.activity, SignIn):
        # The station holds off whether anybody touches it or not.
        activity = SignIn(wait_seconds=session.activity.wait_seconds)
    if isinstance(activity, DeviceList) and isinstance(session.activity, DeviceList):
        known = session.activity.known
        activity = DeviceList(Findings(known.devices, watching=known.watching))
    return replace(
        fresh,
        activity=activity,
        card_present=session.card_present,
        operator_card=session.operator_card,
    )
