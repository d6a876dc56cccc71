"""What each screen says, as catalogue keys: title, body, buttons, help.

Screens draw it, "Ascolta" reads it, tests hold every state to it. The buttons here are those of
the page itself; header, footer, rows and papers of a page have their own.
"""

from __future__ import annotations

from typing import assert_never

from kiosk.flows import (
    device_wording,
    document_wording,
    installer_wording,
    procedure_wording,
    questions,
    readiness_wording,
)
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen import identification
from kiosk.flows.citizen import preregistration as form_states
from kiosk.flows.citizen import registration_status as status_states
from kiosk.flows.citizen.document_reading import DocumentReadingState
from kiosk.flows.citizen.identification import IdentificationState
from kiosk.flows.citizen.identity_check import IDENTITY_CARD, IdentityCheckState
from kiosk.flows.citizen.procedure import ProcedureState
from kiosk.flows.clerk import wording as clerk_wording
from kiosk.flows.clerk.states import ClerkState
from kiosk.flows.entries import ChoiceEntry, DateEntry
from kiosk.flows.events import (
    Continued,
    OptionChosen,
    Refused,
    Service,
    ServiceChosen,
    TextDone,
)
from kiosk.flows.installer import readiness
from kiosk.flows.installer.readiness import ReadinessState
from kiosk.flows.installer.states import InstallerState
from kiosk.flows.office import Network, StationRole
from kiosk.flows.out_of_service import OutOfService
from kiosk.flows.page_texts import (
    Action,
    Wording,
    action,
    failure_phrase,
    pair,
    problem_phrase,
)
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.question import NO, YES
from kiosk.flows.state import Session, activity_name
from kiosk.flows.steps.fingerprint import FingerprintState
from kiosk.flows.steps.scanning import SCAN, ScanningState
from kiosk.flows.steps.scanning_steps import can_scan
from kiosk.flows.welcome import WITHOUT_RECORD, Ended, Welcome
from sync.model import documents
from sync.model.errors import Problem

__all__ = [
    "MEMBER_STEPS",
    "PRIVACY_PARAGRAPHS",
    "Action",
    "Wording",
    "can_go_back",
    "can_stop",
    "failure_phrase",
    "problem_phrase",
    "wording",
]

PRIVACY_PARAGRAPHS = ("who", "why", "what", "where", "how-long", "rights")
"""Paragraphs of the privacy notice: `preregistration.privacy.<name>`."""

MEMBER_STEPS = ("online", "counter", "bring")
"""What a member does for strong credentials (R-003-34)."""


def wording(session: Session) -> Wording:
    """What the session's page says."""
    activity = session.activity
    name = activity_name(activity)
    match activity:
        case form_states.Asking():
            return _of_question(session, activity)
        case _ if isinstance(activity, _Elsewhere):
            return _worded_elsewhere(session, activity)
        case _:
            return Wording(
                title=_title(session, name),
                body=_body(session, name),
                actions=_actions(session),
                help=(phrase(f"{name}.help"),),
                problem=_problem(session),
            )


_Elsewhere = (
    IdentityCheckState
    | DocumentReadingState
    | FingerprintState
    | ScanningState
    | IdentificationState
    | ReadinessState
    | ProcedureState
    | InstallerState
    | ClerkState
)
"""States whose pages have modules of their own for what they say."""


def _worded_elsewhere(session: Session, activity: _Elsewhere) -> Wording:
    match activity:
        case _ if isinstance(activity, IdentityCheckState | DocumentReadingState):
            return document_wording.wording(session, activity)
        case _ if isinstance(activity, ReadinessState):
            return readiness_wording.wording(session, activity)
        case _ if isinstance(activity, ProcedureState):
            return procedure_wording.wording(session, activity)
        case _ if isinstance(activity, InstallerState):
            return installer_wording.wording(session, activity)
        case _ if isinstance(activity, ClerkState):
            return clerk_wording.wording(session, activity)
        case _:
            return device_wording.wording(session, activity)


def can_go_back(session: Session) -> bool:
    """Whether "Indietro" leads anywhere: not from the welcome page, nor after the record."""
    match session.activity:
        case _ if isinstance(session.activity, ClerkState):
            return clerk_wording.can_go_back(session.activity)
        case _ if isinstance(session.activity, ProcedureState):
            return procedure_wording.can_go_back(session.activity)
        case _ if isinstance(session.activity, InstallerState):
            return installer_wording.can_go_back(session.activity)
        case Welcome() | Ended() | form_states.Recording() | form_states.Done() | OutOfService():
            return False
        case identification.Recording() | identification.Done():
            return False
        case readiness.DeviceList():
            return session.office.role is StationRole.COUNTER or session.desk is not None
        case readiness.RecordingReport():
            return False
        case _:
            return True


def can_stop(session: Session) -> bool:
    """Whether "Esci" is on offer: wherever somebody is served, but for the moment of the record."""
    if isinstance(session.activity, ClerkState):
        return clerk_wording.can_stop(session.activity)
    if isinstance(session.activity, ProcedureState):
        return procedure_wording.can_stop(session.activity)
    if isinstance(session.activity, InstallerState):
        return installer_wording.can_stop(session.activity)
    nobody = Welcome | Ended | readiness.DeviceList | OutOfService
    recording = form_states.Recording | identification.Recording | readiness.RecordingReport
    return not isinstance(session.activity, nobody | recording)


def _title(session: Session, name: str) -> Phrase:
    match session.activity:
        case Ended() as ended:
            return phrase(f"ended.{ended.reason.value}.title")
        case status_states.Found() as found:
            return phrase(f"standing.{found.standing.value}.title")
        case form_states.Review() as review if not review.form.card_used:
            return phrase(f"{name}.typed-title")
        case form_states.InsertCard(failure=str()):
            return phrase(f"{name}.failed-title")
        case _:
            return phrase(f"{name}.title")


def _body(session: Session, name: str) -> tuple[Phrase, ...]:
    activity = session.activity
    match activity:
        case Ended():
            left = (phrase("card.take"),) if activity.card_left else ()
            return (phrase(f"ended.{activity.reason.value}.body"), *left)
        case status_states.LookUpFailed():
            return (failure_phrase(activity.code),)
        case Welcome() if session.facts.storage.refusal:
            return (phrase("welcome.no-space"),)
        case OutOfService(standing=standing):
            return _closed_body(session, standing.code)
        case status_states.Found():
            return _found_body(activity)
        case status_states.NotFound():
            return (phrase("standing.number", number=activity.grouped), phrase(f"{name}.body"))
        case _:
            return _form_body(session, name)


def _closed_body(session: Session, code: str) -> tuple[Phrase, ...]:
    """A citizen is told where to go; then who works here what happened and who can mend it."""
    if session.office.role is StationRole.CITIZEN:
        return (failure_phrase(code),)
    station = phrase("out-of-service.station", station=session.office.station, code=code)
    return (
        failure_phrase(code),
        phrase(f"failure.{code}.clerk"),
        phrase(f"failure.{code}.remedy"),
        station,
    )


def _form_body(session: Session, name: str) -> tuple[Phrase, ...]:
    activity = session.activity
    match activity:
        case form_states.AlreadyMember():
            return (phrase(f"{name}.body"), *(phrase(f"{name}.{step}") for step in MEMBER_STEPS))
        case form_states.Privacy():
            office = session.office.name
            return tuple(phrase(f"{name}.{part}", office=office) for part in PRIVACY_PARAGRAPHS)
        case form_states.CardFailed():
            return (failure_phrase(activity.code),)
        case form_states.RecordFailed():
            return (failure_phrase(activity.code), phrase(f"{name}.kept"))
        case form_states.InsertCard() if session.card_present:
            return (phrase(f"{name}.body"), phrase("card.again"))
        case form_states.Summary(warned=True):
            return (phrase(f"{name}.doubts"),)
        case form_states.Review():
            return _review_body(session, activity, name)
        case form_states.CheckEmail():
            return _email_body(activity, name)
        case form_states.Done():
            return _done_body(session, activity)
        case _:
            return (phrase(f"{name}.body"),)


def _found_body(found: status_states.Found) -> tuple[Phrase, ...]:
    standing = f"standing.{found.standing.value}"
    number = phrase("standing.number", number=found.grouped)
    return (number, phrase(f"{standing}.body"), phrase(f"{standing}.next"))


def _email_body(check: form_states.CheckEmail, name: str) -> tuple[Phrase, ...]:
    return (literal(check.form.answers.text(QuestionId.EMAIL)), phrase(f"{name}.body"))


def _review_body(session: Session, review: form_states.Review, name: str) -> tuple[Phrase, ...]:
    if not review.form.card_used:
        return (phrase(f"{name}.typed-body"),)
    said = [phrase(f"{name}.document-body" if review.form.document_used else f"{name}.body")]
    if review.form.card_expired:
        said.append(phrase("card.expired"))
    if session.card_present:
        said.append(phrase("card.take"))
    return tuple(said)


def _done_body(session: Session, done: form_states.Done) -> tuple[Phrase, ...]:
    """The number and what happens next (R-003-33, R-003-39, R-003-68, R-003-69)."""
    delegation = done.receipt.preregistration.delegation
    who = delegation.kind.value if delegation else "in-person"
    office = session.office
    said = [phrase("preregistration.done.number", number=done.receipt.grouped)]
    if session.network is not Network.ONLINE:
        said.append(phrase("preregistration.done.waiting"))
    said.append(phrase("preregistration.done.email"))
    said.append(phrase(f"preregistration.done.counter.{who}"))
    if not documents.shows_residence(done.receipt.preregistration.document.kind):
        said.append(phrase("preregistration.done.residence"))
    if office.counter_address:
        said.append(phrase("preregistration.done.where", address=office.counter_address))
    if office.opening:
        said.append(phrase("preregistration.done.when", opening=office.opening))
    if not done.papers:
        said.append(phrase("preregistration.done.keep"))
    if session.card_present:
        said.append(phrase("card.take"))
    return tuple(said)


def _problem(session: Session) -> Phrase | None:
    match session.activity:
        case form_states.InsertCard(failure=str(code)):
            return failure_phrase(code)
        case status_states.AskNumber(problem=Problem() as problem):
            return problem_phrase(problem)
        case _:
            return None


def _actions(session: Session) -> tuple[Action, ...]:  # noqa: PLR0911  # one line for each state that has buttons
    activity = session.activity
    match activity:
        case Welcome():
            closed = bool(session.facts.storage.refusal)
            return tuple(
                Action(phrase(f"service.{service.value}.title"), ServiceChosen(service))
                for service in Service
                if not closed or service in WITHOUT_RECORD
            )
        case form_states.AskMembership():
            return (
                action("preregistration.ask-membership.yes", OptionChosen(YES)),
                action("preregistration.ask-membership.no", OptionChosen(NO), main=True),
            )
        case form_states.Privacy():
            return pair("preregistration.privacy")
        case form_states.InsertCard():
            refuse = action(
                "preregistration.insert-card.refuse",
                Refused(),
                main=activity.failure is not None,
            )
            return (*_other_card(session), refuse)
        case form_states.CardFailed():
            return (*_other_card(session), *pair("preregistration.card-failed"))
        case form_states.CheckEmail():
            return pair("preregistration.check-email")
        case form_states.Review(form) if form.refused:
            return (action("preregistration.review.mend", Continued(), main=True),)
        case status_states.AskNumber():
            typed = action("registration-status.ask-number.continue", TextDone(), main=True)
            return (*_scan(session, "registration-status.ask-number.scan"), typed)
        case _ if isinstance(activity, _Elsewhere):
            return _worded_elsewhere(session, activity).actions
        case (
            form_states.ReadingCard()
            | form_states.Recording()
            | status_states.LookingUp()
            | Ended()
            | OutOfService()
        ):
            return ()
        case (
            form_states.AlreadyMember()
            | form_states.Review()
            | form_states.Asking()
            | form_states.Summary()
            | form_states.RecordFailed()
            | form_states.Done()
            | status_states.Found()
            | status_states.NotFound()
            | status_states.LookUpFailed()
        ):
            return (action(f"{activity_name(activity)}.continue", Continued(), main=True),)
        case _:
            assert_never(activity)


def _other_card(session: Session) -> tuple[Action, ...]:
    """The identity card in the place of the health card, where the station reads them."""
    if not session.office.reads_documents:
        return ()
    return (action("preregistration.insert-card.identity-card", OptionChosen(IDENTITY_CARD)),)


def _scan(session: Session, key: str) -> tuple[Action, ...]:
    """To read what is asked for with the camera, where the station has one."""
    return (action(key, OptionChosen(SCAN)),) if session.office.scans_codes else ()


def _of_question(session: Session, asking: form_states.Asking) -> Wording:
    question = questions.question(asking.question)
    actions: tuple[Action, ...] = ()
    if isinstance(asking.entry, DateEntry) or not isinstance(asking.entry, ChoiceEntry):
        actions = (action("button.continue", TextDone(), main=True),)
    if can_scan(asking.question):
        actions = (*_scan(session, "scanning.offer"), *actions)
    return Wording(
        title=phrase(question.title),
        body=(phrase(question.hint),),
        actions=actions,
        help=(phrase(question.help),),
        problem=problem_phrase(asking.problem) if asking.problem else None,
    )
