"""What each clerk page says, as catalogue keys; rows and fields have theirs in `fields` and `rows`."""

from __future__ import annotations

from typing import Final

from kiosk.flows import station_facts
from kiosk.flows.clerk import managing, outcomes, registering, signing_in
from kiosk.flows.clerk.events import (
    CaseAction,
    CaseActionChosen,
    Cleared,
    DailyChosen,
    MenuChosen,
    MenuEntry,
    SettlementChosen,
)
from kiosk.flows.clerk.menu import entries, opens_cases
from kiosk.flows.clerk.states import NAMES, ClerkState, FsePage, Menu
from kiosk.flows.clerk.troubles import remedy_of, remedy_phrases, trouble_phrase
from kiosk.flows.console import wording as console_wording
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.events import Back, Continued, Refused
from kiosk.flows.office import StationRole
from kiosk.flows.outbox import wording as outbox_wording
from kiosk.flows.outbox.states import OutboxState
from kiosk.flows.page_texts import Action, Wording, action, problem_phrase
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.state import Session
from sync.model.rosters import Right

_WAITING: Final = (
    signing_in.SigningIn | signing_in.SigningInAgain | managing.AskingLease | outcomes.RecordingAct
)
"""Pages that pass by themselves."""

_BACK_ONLY: Final = (
    FsePage
    | managing.Opening
    | managing.NotPossible
    | managing.CaseDetail
    | managing.ChooseOperation
    | managing.DisputeList
    | managing.ResidenceOpening
    | managing.AskingUsername
)
"""Pages without a main button: "Indietro" or what stands in them leads on."""


def wording(session: Session, activity: ClerkState) -> Wording:
    """What the page says."""
    if isinstance(activity, ConsoleState):
        return console_wording.wording(session, activity)
    if isinstance(activity, OutboxState):
        return outbox_wording.wording(session, activity)
    name = NAMES[type(activity)]
    return Wording(
        title=_title(activity, name),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity) or _letter_trouble(session, activity),
    )


def can_go_back(activity: ClerkState) -> bool:
    """Whether "Indietro" leads anywhere."""
    match activity:
        case _ if isinstance(activity, ConsoleState):
            return console_wording.can_go_back(activity)
        case _ if isinstance(activity, OutboxState):
            return outbox_wording.can_go_back(activity)
        case signing_in.SignIn() | signing_in.CardPulled() | Menu() | outcomes.ActDone():
            return False
        case outcomes.Letters(giving_up=giving_up):
            return giving_up
        case _:
            return not isinstance(activity, _WAITING)


def can_stop(activity: ClerkState) -> bool:
    """Whether "Esci" is on offer: whenever somebody is signed in, but for the moment of a record."""
    if isinstance(activity, ConsoleState):
        return console_wording.can_stop(activity)
    if isinstance(activity, OutboxState):
        return outbox_wording.can_stop(activity)
    return not isinstance(activity, signing_in.SignIn | signing_in.DaySignIn | _WAITING)


def _title(activity: ClerkState, name: str) -> Phrase:
    match activity:
        case outcomes.Letters(giving_up=True):
            return phrase(f"{name}.giving-up-title")
        case managing.Opening(code=str()):
            return phrase(f"{name}.failed-title")
        case _:
            return phrase(f"{name}.title")


def _body(session: Session, activity: ClerkState, name: str) -> tuple[Phrase, ...]:
    body = phrase(f"{name}.body")
    if isinstance(activity, Menu) and _opens_cases(session):
        body = phrase(f"{name}.scan")
    match activity:
        case signing_in.SignIn() if not session.operator_card:
            return (phrase(f"{name}.card-first"),)
        case managing.Opening(code=str(code)) | managing.UsernameNotTold(code=code):
            return trouble_phrase(code), *remedy_phrases(code)
        case outcomes.ActNotRecorded(code=code):
            return trouble_phrase(code), *remedy_phrases(code), body
        case managing.NotPossible(problem=problem):
            return (problem_phrase(problem),)
        case managing.DisputePage(dispute=dispute):
            return trouble_phrase(dispute.code), *remedy_of(dispute.remedy), body
        case managing.HeldElsewhere(held=held):
            return (phrase(f"{name}.body", by=held.by, office=held.office),)
        case registering.RegistrationForm(unsure=True):
            return (body, phrase(f"{name}.unsure"))
        case FsePage():
            return body, literal(session.office.fse_address)
        case Menu():
            return body, *station_facts.warnings(session.facts, session.today)
        case _:
            return (phrase(_other_body(activity, name)),)


def _opens_cases(session: Session) -> bool:
    return session.desk is not None and opens_cases(session.desk, session.office)


def _other_body(activity: ClerkState, name: str) -> str:
    """Key of the explanation of a page that has more than one."""
    match activity:
        case outcomes.Letters(giving_up=True):
            return f"{name}.giving-up-body"
        case signing_in.SignIn(wait_seconds=wait) | signing_in.DaySignIn(wait_seconds=wait) if wait:
            return f"{name}.held-off"
        case outcomes.ActDone(letters_missing=True):
            return f"{name}.letters-missing"
        case _:
            return f"{name}.body"


def _problem(activity: ClerkState) -> Phrase | None:
    """What failed, in a line on the page where it can be tried again."""
    match activity:
        case (
            signing_in.SignIn(code=str(code), tries_left=left)
            | signing_in.CardPulled(code=str(code), tries_left=left)
        ):
            if left is None:
                return trouble_phrase(code)
            return phrase("clerk.sign-in.tries", n=left, why=trouble_phrase(code))
        case (
            signing_in.DaySignIn(code=str(code))
            | registering.Start(code=str(code))
            | managing.Search(code=str(code))
            | managing.ResidenceStart(code=str(code))
        ):
            return trouble_phrase(code)
        case _:
            return None


def _letter_trouble(session: Session, activity: ClerkState) -> Phrase | None:
    """Said before the record: without its letters an act is worth nothing (R-003-24)."""
    code = None if session.desk is None else session.desk.letter_trouble
    shown = code is not None and isinstance(activity, outcomes.WITH_LETTERS)
    return trouble_phrase(code) if shown and code is not None else None


def _actions(session: Session, activity: ClerkState, name: str) -> tuple[Action, ...]:  # noqa: PLR0911  # one line a page
    go_on = action(f"{name}.continue", Continued(), main=True)
    match activity:
        case signing_in.SignIn():
            forgotten = action(f"{name}.day", DailyChosen())
            if session.office.role is not StationRole.COUNTER:
                return (forgotten,)
            return (action(f"{name}.devices", MenuChosen(MenuEntry.DEVICES)), forgotten)
        case signing_in.DaySignIn():
            return (go_on,)
        case Menu() if session.desk is not None:
            shown = entries(session.desk, session.office)
            return tuple(action(f"{name}.{one.value}", MenuChosen(one)) for one in shown)
        case signing_in.CardPulled() | Menu():
            return ()
        case registering.Notice() | registering.LookingUp():
            refuse = action(f"{name}.refuse", Refused())
            return (refuse, go_on) if isinstance(activity, registering.Notice) else (refuse,)
        case managing.Search():
            return action(f"{name}.clear", Cleared()), go_on
        case managing.CodeConfirm(checks=checks, checked=checked):
            edit = action(f"{name}.edit", CaseActionChosen(CaseAction.EDIT))
            return (edit, go_on) if checked >= set(checks) else (edit,)
        case managing.DisputePage() if session.desk is not None and session.desk.may(Right.MANAGE):
            return action(f"{name}.settle", SettlementChosen()), go_on
        case outcomes.Letters():
            return _of_letters(activity, name, go_on)
        case outcomes.ActDone():
            return _of_done(session, activity, name, go_on)
        case _:
            nothing = isinstance(activity, _WAITING | _BACK_ONLY) or not all_checked(activity)
            return () if nothing else (go_on,)


def all_checked(activity: ClerkState) -> bool:
    """Whether everything is stated that the page asks for."""
    match activity:
        case registering.OldCredentials(checked=checked):
            return bool(checked)
        case (
            registering.RegistrationConfirm(checks=checks, checked=checked)
            | managing.BookingConfirm(checks=checks, checked=checked)
            | managing.CodeConfirm(checks=checks, checked=checked)
            | managing.UsernameConfirm(checks=checks, checked=checked)
        ):
            return checked >= set(checks)
        case _:
            return True


def _of_letters(letters: outcomes.Letters, name: str, go_on: Action) -> tuple[Action, ...]:
    if letters.giving_up:
        return (
            action(f"{name}.stay", Back()),
            action(f"{name}.give-up", Continued(), main=True),
        )
    if letters.can_go_on:
        return (go_on,)
    return (action(f"{name}.refuse", Refused()),) if letters.failed else ()


def _of_done(
    session: Session, done: outcomes.ActDone, name: str, go_on: Action
) -> tuple[Action, ...]:
    offered: list[Action] = []
    if done.recorded.registration is not None:
        offered.append(action(f"{name}.detail", CaseActionChosen(CaseAction.DETAIL)))
    if done.offers_fse(session.desk, session.office):
        offered.append(action(f"{name}.fse", MenuChosen(MenuEntry.FSE)))
    if done.recorded.then_book:
        book = action(f"{name}.book", CaseActionChosen(CaseAction.BOOK), main=True)
        return (*offered, action(f"{name}.continue", Continued()), book)
    return (*offered, go_on)
