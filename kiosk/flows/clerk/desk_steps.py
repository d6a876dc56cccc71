"""The session of a clerk: sign-in and out, the card that is pulled, time, what the mirror tells."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events
from kiosk.flows.clerk import delegate_steps, managing, outcomes, registering, steps
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.desk import Desk
from kiosk.flows.clerk.effects import LookAtLetterPrinter, SignInByDay, SignOut
from kiosk.flows.clerk.effects import SignIn as AskSignIn
from kiosk.flows.clerk.events import ClerkAnswer, MenuEntry
from kiosk.flows.clerk.outcomes import WITH_LETTERS
from kiosk.flows.clerk.signing_in import (
    CardPulled,
    DaySignIn,
    SignIn,
    SigningIn,
    SigningInAgain,
    SigningInState,
)
from kiosk.flows.clerk.states import ClerkState, FsePage, Menu, Work
from kiosk.flows.console import events as console_events
from kiosk.flows.console import outcomes as console_outcomes
from kiosk.flows.console import stations, users
from kiosk.flows.console import steps as console_steps
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.installer.readiness import DeviceList, ReadinessState
from kiosk.flows.office import StationRole
from kiosk.flows.outbox import correcting as outbox_correcting
from kiosk.flows.outbox import states as outbox_states
from kiosk.flows.outbox import steps as outbox_steps
from kiosk.flows.outbox.effects import CountOutbox
from kiosk.flows.outbox.events import OutboxCounted, RefusedActTold
from kiosk.flows.outbox.states import OutboxState
from kiosk.flows.outbox.views import Correcting
from kiosk.flows.state import Activity, IdleState, Session

Step = tuple[Session, tuple[Effect, ...]]

OTHER_CLERK: Final = "operator.other-clerk"
"""Another operator's card cannot take over a page that was left."""
SHIFT_OVER: Final = "operator.shift-over"
MIDNIGHT: Final = "operator.midnight"
"""The day of a daily password is over (R-004-34)."""
HELD_OFF: Final = "sign-in.wait"
"""Nobody can sign in for a while, after failed tries."""

COUNT_SECONDS: Final = 5
"""So often the menu looks how many entries are to be decided."""

_ASKED: Final = outbox_states.AskingRefused | outbox_states.NotCorrectable
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
    | stations.StationList
    | stations.StationPage
    | stations.ApproveConfirm
    | stations.AskingCode
    | stations.CodeShown
    | stations.StationChange
    | stations.CancelConfirm
    | stations.Downloading
    | stations.Downloaded
    | users.CardMenu
    | users.UserList
    | users.InsertStart
    | users.UserPage
    | users.ActionConfirm
    | users.DailyConfirm
    | users.DailyShown
    | users.OfficerConfirm
    | console_outcomes.Sent
    | console_outcomes.SentList
    | outbox_states.OutboxList
    | outbox_states.EntryPage
    | outbox_states.ChooseReason
    | outbox_states.AskingRefused
    | outbox_states.NotCorrectable
)
"""Pages that may be left without asking, and are not kept for a clerk whose card is pulled."""


def loses_nothing(activity: ClerkState) -> bool:
    """Whether a page may be left without asking first."""
    if isinstance(activity, outcomes.Letters):
        return activity.can_go_on
    return isinstance(activity, _NOTHING_LOST | SignIn | DaySignIn | SigningIn)


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
    return _corrected(replace(session, activity=state), work, event, effects)


def _corrected(session: Session, before: Work, event: Event, effects: tuple[Effect, ...]) -> Step:
    """Where a refused act is entered anew: its form is filled, and what is recorded closes it."""
    desk, after = session.desk, session.activity
    if desk is None or not isinstance(after, ClerkState | DeviceList):
        return session, effects
    if isinstance(after, SigningInState):
        return session, effects
    entry = before.page.entry if isinstance(before, _ASKED) else None
    begun = event.act if isinstance(event, RefusedActTold) and after is not before else None
    if begun is not None and entry is not None:
        return _with(session, Correcting(entry, begun)), effects
    if desk.correcting is None:
        return session, effects
    page, correcting = outbox_correcting.filled(after, desk.correcting)
    still, more = outbox_correcting.followed(before, event, page, correcting, session.surroundings)
    return _with(replace(session, activity=page), still), (*effects, *more)


def _with(session: Session, correcting: Correcting | None) -> Session:
    desk = session.desk
    return session if desk is None else replace(session, desk=replace(desk, correcting=correcting))


def _signing_in(session: Session, state: SigningInState, event: Event) -> Step:
    match state, event:
        case _, touches.SignInAsked() | touches.DaySignInAsked():
            return _asked(session, state, event)
        case SignIn(), touches.MenuChosen(MenuEntry.DEVICES) if _open_devices(session):
            return replace(session, activity=DeviceList()), ()
        case SignIn(wait_seconds=wait), touches.DailyChosen():
            return replace(session, activity=DaySignIn(wait_seconds=wait)), ()
        case DaySignIn(wait_seconds=wait), events.Back():
            return replace(session, activity=SignIn(wait_seconds=wait)), ()
        case SigningIn() | SigningInAgain(), touches.SignedIn(to) if to == session.id:
            return _signed_in(session, state, event)
        case SigningIn() | SigningInAgain(), touches.SignInFailed(to) if to == session.id:
            return replace(session, activity=_refused(state, event)), ()
        case CardPulled(kept) | SigningInAgain(kept), _ if isinstance(event, _OfKept):
            return _meanwhile(session, state, kept, event)
        case _:
            return session, ()


def _asked(
    session: Session,
    state: SigningInState,
    event: touches.SignInAsked | touches.DaySignInAsked,
) -> Step:
    """Card and PIN, or the daily password; while the station holds off, neither (R-004-6, 34)."""
    match state, event:
        case SignIn(wait_seconds=0), touches.SignInAsked(pin):
            return replace(session, activity=SigningIn()), (AskSignIn(session.id, pin),)
        case CardPulled(kept, operator, wait_seconds=0), touches.SignInAsked(pin):
            again = SigningInAgain(kept, operator)
            return replace(session, activity=again), (AskSignIn(session.id, pin),)
        case DaySignIn(wait_seconds=0), touches.DaySignInAsked(code, password):
            asked = SignInByDay(session.id, code, password)
            return replace(session, activity=SigningIn(by_day=True)), (asked,)
        case _:
            typed = event.pin if isinstance(event, touches.SignInAsked) else event.password
            typed[:] = bytes(len(typed))
            return session, ()


def _open_devices(session: Session) -> bool:
    """A counter shows how its devices stand to everybody; an installer's station asks for a card."""
    return session.office.role is StationRole.COUNTER


def _refused(
    state: SigningIn | SigningInAgain, failed: touches.SignInFailed
) -> SignIn | DaySignIn | CardPulled:
    """The page on which it can be tried again."""
    code, left, wait = failed.code, failed.tries_left, failed.wait_seconds
    match state:
        case SigningIn(by_day=True):
            return DaySignIn(code, wait, failed.person_seconds)
        case SigningIn():
            return SignIn(code, left, wait)
        case SigningInAgain(kept, operator):
            return CardPulled(kept, operator, code, left, wait)


_OfKept = ClerkAnswer | events.Printed | events.PrintFailed
"""What is told of a page that is kept: a record and a paper go on while nobody is signed in."""


def _meanwhile(session: Session, state: SigningInState, kept: Work, event: Event) -> Step:
    """An answer counts for the kept page; it asks for nothing but the printing of its letters."""
    if isinstance(event, console_events.ConsoleActRecorded):
        # Nobody looks, and no time runs: the half of a daily password is not kept. Make another.
        event = replace(event, first_half="")
    after, effects = steps.step(kept, event, session.surroundings)
    if isinstance(state, CardPulled | SigningInAgain) and not isinstance(after, DeviceList):
        return replace(session, activity=replace(state, kept=after)), effects
    return session, ()


def _signed_in(
    session: Session, state: SigningIn | SigningInAgain, event: touches.SignedIn
) -> Step:
    by_day = event.day_seconds is not None
    desk = Desk(
        event.operator,
        event.mirror,
        day_seconds=event.day_seconds,
        day=session.today if by_day else None,
    )
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
    """The card, the mirror, what the console sent, how long the station holds off."""
    match event:
        case touches.OperatorCardTold(present):
            session = replace(session, operator_card=present)
            by_day = session.desk is not None and session.desk.day is not None
            return (session, ()) if present or by_day else signed_out(session, None)
        case touches.HoldOffTold(wait):
            activity = session.activity
            if isinstance(activity, SignIn | DaySignIn | CardPulled):
                session = replace(session, activity=replace(activity, wait_seconds=wait))
            return session, ()
        case console_events.SentTold(sent, thumbprint):
            # What was told of another administrator's acts may come when they have just gone.
            if session.desk is None or session.desk.operator.thumbprint != thumbprint:
                return session, ()
            return replace(session, desk=replace(session.desk, sent=sent)), ()
        case touches.LetterPrinterTold(code):
            if session.desk is None:
                return session, ()
            return replace(session, desk=replace(session.desk, letter_trouble=code)), ()
        case OutboxCounted(counts):
            if session.desk is None:
                return session, ()
            return replace(session, desk=replace(session.desk, outbox=counts)), ()
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
        case _ if desk.day is not None and isinstance(activity, ClerkState):
            after = SignIn(code)  # the key of the day is gone: nobody could come back to the page
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
    """A shift and a day end by themselves; what is secret is hidden again."""
    desk, activity = session.desk, session.activity
    if desk is None:
        return _less_held_off(session, seconds), ()
    was = desk.seconds
    desk = replace(desk, seconds=was + max(0, seconds))
    session = replace(session, desk=desk)
    if desk.day is not None and (session.today != desk.day or desk.day_left == 0):
        # Whichever comes first: a clock that is set back does not make the day longer (R-004-34).
        return signed_out(session, MIDNIGHT)
    if desk.seconds >= session.office.shift_seconds:
        return signed_out(session, SHIFT_OVER)
    if isinstance(activity, ConsoleState):
        page, asked = console_steps.waited(activity, seconds, session.surroundings)
        return replace(session, activity=Menu() if page is None else page), asked
    if isinstance(activity, OutboxState):
        shown, looked = outbox_steps.waited(activity, seconds, session.surroundings)
        return replace(session, activity=Menu() if shown is None else shown), looked
    if isinstance(activity, Menu) and desk.seconds // COUNT_SECONDS != was // COUNT_SECONDS:
        return session, (CountOutbox(),)
    if isinstance(activity, managing.UsernameShown):
        state, effects = delegate_steps.waited(activity, seconds)
        return replace(session, activity=state), effects
    return session, ()


def _less_held_off(session: Session, seconds: int) -> Session:
    """The wait after failed tries grows shorter."""
    activity = session.activity
    if isinstance(activity, DaySignIn) and activity.person_seconds:
        left = max(0, activity.person_seconds - max(0, seconds))
        activity = replace(activity, person_seconds=left)
        session = replace(session, activity=activity)
    if not isinstance(activity, SignIn | DaySignIn | CardPulled) or not activity.wait_seconds:
        return session
    left = max(0, activity.wait_seconds - max(0, seconds))
    after = replace(activity, wait_seconds=left)
    if not left and activity.code == HELD_OFF:
        after = replace(after, code=None)
    return replace(session, activity=after)


def patience(session: Session) -> int | None:
    """Seconds without a touch until the session ends; None where it is not a counter's matter."""
    match session.activity:
        case CardPulled() | SigningInAgain():
            return session.office.kept_seconds
        case _ if session.desk is not None:
            return session.office.clerk_idle_seconds
        case _:
            return None
