"""The session of a clerk: sign-in and out, the card that is pulled, time, what the mirror tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events
from kiosk.flows.clerk import delegate_steps, managing, outcomes, registering, steps
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.effects import LookAtLetterPrinter, SignOut
from kiosk.flows.clerk.effects import SignIn as AskSignIn
from kiosk.flows.clerk.events import ClerkAnswer, MenuEntry
from kiosk.flows.clerk.outcomes import WITH_LETTERS
from kiosk.flows.clerk.signing_in import (
    CardPulled,
    SignIn,
    SigningIn,
    SigningInAgain,
    SigningInState,
)
from kiosk.flows.clerk.states import ClerkState, FsePage, Menu, Work
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.installer.readiness import DeviceList, ReadinessState
from kiosk.flows.state import Activity, IdleState, Session

Step = tuple[Session, tuple[Effect, ...]]

OTHER_CLERK: Final = "operator.other-clerk"
"""Another operator's card cannot take over a page that was left."""
SHIFT_OVER: Final = "operator.shift-over"

_NOTHING_LOST: Final = (
    Menu
    | FsePage
    | outcomes.ActDone
    | registering.Notice
    | registering.Start
    | registering.LookingUp
    | registering.AlreadyStrong
    | registering.AlreadyWeak
    | managing.Search
    | managing.DisputeList
    | managing.DisputePage
    | managing.SettlementConfirm
    | managing.Opening
    | managing.CaseDetail
    | managing.AskingLease
    | managing.HeldElsewhere
    | managing.NotPossible
    | managing.MissingData
    | managing.ChooseOperation
    | managing.ResidenceStart
    | managing.ResidenceOpening
    | managing.UsernameConfirm
    | managing.AskingUsername
    | managing.UsernameShown
    | managing.UsernameNotTold
)
"""Pages that may be left without asking, and are not kept for a clerk whose card is pulled."""


def loses_nothing(activity: ClerkState) -> bool:
    """Whether a page may be left without asking first."""
    if isinstance(activity, outcomes.Letters):
        return activity.can_go_on
    return isinstance(activity, _NOTHING_LOST | SignIn | SigningIn)


def at_counter(session: Session, event: Event) -> Step:
    """A page of a counter after `event`."""
    activity = session.activity
    match activity:
        case _ if isinstance(activity, SigningInState):
            return _signing_in(session, activity, event)
        case _ if isinstance(activity, ClerkState):
            return _working(session, activity, event)
        case _:
            return session, ()


def _working(session: Session, work: Work, event: Event) -> Step:
    state, effects = steps.step(work, event, session.surroundings)
    if isinstance(state, WITH_LETTERS) and not isinstance(work, WITH_LETTERS):
        effects = (*effects, LookAtLetterPrinter())
    return replace(session, activity=state), effects


def _signing_in(session: Session, state: SigningInState, event: Event) -> Step:
    match state, event:
        case SignIn(), touches.MenuChosen(MenuEntry.DEVICES):
            return replace(session, activity=DeviceList()), ()
        case SignIn(), touches.SignInAsked(pin):
            return replace(session, activity=SigningIn()), (AskSignIn(session.id, pin),)
        case CardPulled(kept, operator), touches.SignInAsked(pin):
            again = SigningInAgain(kept, operator)
            return replace(session, activity=again), (AskSignIn(session.id, pin),)
        case SigningIn() | SigningInAgain(), touches.SignedIn(to) if to == session.id:
            return _signed_in(session, state, event)
        case SigningIn(), touches.SignInFailed(to, code, left) if to == session.id:
            return replace(session, activity=SignIn(code, left)), ()
        case SigningInAgain(kept, operator), touches.SignInFailed(to, code, left) if (
            to == session.id
        ):
            return replace(session, activity=CardPulled(kept, operator, code, left)), ()
        case CardPulled(kept) | SigningInAgain(kept), _ if isinstance(event, _OfKept):
            return _meanwhile(session, state, kept, event)
        case _:
            return session, ()


_OfKept = ClerkAnswer | events.Printed | events.PrintFailed
"""What is told of a page that is kept: a record and a paper go on while nobody is signed in."""


def _meanwhile(session: Session, state: SigningInState, kept: Work, event: Event) -> Step:
    """An answer counts for the kept page; it asks for nothing but the printing of its letters."""
    after, effects = steps.step(kept, event, session.surroundings)
    if isinstance(state, CardPulled | SigningInAgain) and not isinstance(after, DeviceList):
        return replace(session, activity=replace(state, kept=after)), effects
    return session, ()


def _signed_in(
    session: Session, state: SigningIn | SigningInAgain, event: touches.SignedIn
) -> Step:
    desk = Desk(event.operator, event.mirror)
    match state:
        case SigningIn():
            return replace(session, desk=desk, activity=Menu()), ()
        case SigningInAgain(kept, operator):
            if operator.thumbprint != event.operator.thumbprint:
                waiting = CardPulled(kept, operator, OTHER_CLERK)
                return replace(session, activity=waiting), (SignOut(),)
            return replace(session, desk=desk, activity=kept), ()


# --- told, whatever the page


def told(session: Session, event: touches.ClerkTold) -> Step:
    """The card, and the mirror."""
    match event:
        case touches.OperatorCardTold(present):
            session = replace(session, operator_card=present)
            return (session, ()) if present else signed_out(session, None)
        case touches.LetterPrinterTold(code):
            if session.desk is None:
                return session, ()
            return replace(session, desk=replace(session.desk, letter_trouble=code)), ()
        case touches.MirrorTold(standing):
            if session.desk is None:
                return session, ()
            session = replace(session, desk=replace(session.desk, mirror=standing))
            return at_counter(session, event)


def signed_out(session: Session, code: str | None) -> Step:
    """Nobody is signed in any more: what cannot be made again is kept for the same operator."""
    desk = session.desk
    if desk is None:
        return session, ()
    activity = session.activity
    after: Activity
    match activity:
        case _ if isinstance(activity, SigningInState):
            after = activity
        case _ if isinstance(activity, ClerkState) and not isinstance(activity, _NOTHING_LOST):
            after = CardPulled(_kept(activity), desk.operator, code)
        case _ if isinstance(activity, ClerkState | ReadinessState):
            after = SignIn(code)
        case _:
            after = activity
    return replace(session, desk=None, activity=after, idle=IdleState()), (SignOut(),)


def _kept(work: Work) -> Work:
    """The page to come back to: its lease is gone with the sign-out."""
    match work:
        case (
            managing.EditForm(opened)
            | managing.BookingDelegation(opened)
            | managing.CodeConfirm(opened)
            | managing.DelegationForm(opened)
            | managing.ResidenceForm(opened)
        ):
            return replace(work, opened=replace(opened, lease=managing.LeaseStanding.UNKNOWN))
        case _:
            return work


# --- time


def time_at_desk(session: Session, seconds: int) -> Step:
    """A shift ends by itself; a username is hidden again."""
    desk, activity = session.desk, session.activity
    if desk is None:
        return session, ()
    session = replace(session, desk=replace(desk, seconds=desk.seconds + max(0, seconds)))
    if desk.seconds + seconds >= session.office.shift_seconds:
        return signed_out(session, SHIFT_OVER)
    if isinstance(activity, managing.UsernameShown):
        state, effects = delegate_steps.waited(activity, seconds)
        return replace(session, activity=state), effects
    return session, ()


def patience(session: Session) -> int | None:
    """Seconds without a touch until the session ends; None where it is not a counter's matter."""
    match session.activity:
        case CardPulled() | SigningInAgain():
            return session.office.kept_seconds
        case _ if session.desk is not None:
            return session.office.clerk_idle_seconds
        case _:
            return None
