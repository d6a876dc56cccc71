"""What the pages of the identity check and of reading a document say, as catalogue keys."""

from __future__ import annotations

from typing import assert_never

from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen import document_reading as reading
from kiosk.flows.citizen import identity_check as check
from kiosk.flows.citizen.document_reading import Checking, DocumentReadingState, Prefilling
from kiosk.flows.citizen.identity_check import IdentityCheckState
from kiosk.flows.citizen.identity_check_steps import can_identify, can_prove, can_register
from kiosk.flows.document_check import DocumentReading, Finding, Headline, Property, Verdict
from kiosk.flows.events import Continued, OptionChosen, Refused, TextDone
from kiosk.flows.page_texts import (
    Action,
    Wording,
    action,
    failure_phrase,
    pair,
    problem_phrase,
)
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.state import Session, activity_name
from sync.model.errors import Problem

State = IdentityCheckState | DocumentReadingState


def wording(session: Session, activity: State) -> Wording:
    """What the page says."""
    name = activity_name(activity)
    return Wording(
        title=_title(activity, name),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity),
    )


def _title(activity: State, name: str) -> Phrase:
    match activity:
        case check.VerdictPage():
            return phrase(f"headline.{activity.headline.value}.title")
        case check.InsertHealthCard(failure=str()):
            return phrase(f"{name}.failed-title")
        case _:
            return phrase(f"{name}.title")


def _body(session: Session, activity: State, name: str) -> tuple[Phrase, ...]:
    match activity:
        case check.Intro():
            return (phrase(f"{name}.body"), phrase(f"{name}.kept"))
        case check.VerdictPage():
            return _verdict_body(session, activity, name)
        case check.TypePin():
            return _pin_body(activity, name)
        case check.HealthCardFailed(code=code) | check.PinRefused(code=code):
            return (_slot_failure(code),)
        case reading.DocumentFailed(key=key):
            kept = () if key is None else (phrase(f"{name}.kept"),)
            return (_failure(activity, name), *kept)
        case reading.WrongKey():
            return _wrong_key_body(activity, name)
        case reading.ReadingDocument():
            return _reading_body(activity, name)
        case _:
            return (phrase(f"{name}.body"),)


def _verdict_body(session: Session, page: check.VerdictPage, name: str) -> tuple[Phrase, ...]:
    examined = page.examined
    contactless = isinstance(examined, DocumentReading)
    file = isinstance(examined, check.HealthCardFile)
    said = [phrase(f"headline.{page.headline.value}.body")]
    if file and page.headline is Headline.UNPROVEN:
        said = []  # what is missing, and what helps, is told of the file
    elif page.headline is Headline.EXPIRED and not contactless:
        said = [phrase("headline.expired.health-card")]
    if page.headline is Headline.OTHER_HOLDER and isinstance(page.errand, Prefilling):
        said.append(phrase(f"{name}.choose"))
    if file:
        said.append(phrase(f"{name}.file"))
    if isinstance(examined, check.ProvenHealthCard) and _differs(examined.verdict):
        said.append(phrase(f"{name}.file-differs"))
    if isinstance(page.errand, Prefilling) and not can_register(page):
        said.append(phrase(f"{name}.not-used"))
    if session.card_present:
        said.append(phrase("identity-document.take" if contactless else "card.take"))
    return tuple(said)


def _differs(verdict: Verdict) -> bool:
    return verdict.finding(Property.HOLDER) is Finding.REFUTED


def _pin_body(page: check.TypePin, name: str) -> tuple[Phrase, ...]:
    left = page.tries.left or 0  # a card that does not tell is not asked for its PIN
    return phrase(f"{name}.body"), phrase(f"{name}.tries", n=left), phrase(f"{name}.last")


def _slot_failure(code: str) -> Phrase:
    """Why the health card was not read; a form goes on without it, and a check cannot."""
    match code.split("."):
        case ["card", what] if what == "protocol" or what.startswith("record-"):
            return phrase("identity-check.card-unreadable")
        case ["reader", what] if what != "busy":
            return phrase("identity-check.no-reader")
        case _:
            return failure_phrase(code)


def _failure(page: reading.DocumentFailed, name: str) -> Phrase:
    """Why nothing was read; codes of every card speak of a slot, and this reader has none."""
    match page.code.split("."):
        case ["document", "access-refused"] if page.by_zone:
            return phrase(f"{name}.digits-refused")
        case ["card", "absent"]:
            return phrase(f"{name}.absent")
        case ["card", _]:
            return phrase(f"{name}.contact")
        case ["reader", _]:
            return phrase(f"{name}.reader")
        case _:
            return failure_phrase(page.code)


def _wrong_key_body(page: reading.WrongKey, name: str) -> tuple[Phrase, ...]:
    said = [failure_phrase(page.code)]
    if page.wait_seconds:
        said.append(phrase(f"{name}.wait", n=page.wait_seconds))
    if page.tries is not None:
        said.append(phrase(f"{name}.tries", n=page.tries))
    said.append(phrase(f"{name}.{'where-can' if page.entries is None else 'where-mrz'}"))
    return tuple(said)


def _reading_body(page: reading.ReadingDocument, name: str) -> tuple[Phrase, ...]:
    """What to do with the card now: one thing at a time."""
    coaching = page.progress.coaching
    if coaching is None or page.progress.lost:
        return (phrase(f"{name}.body"),)
    return (phrase(f"coaching.{coaching.value}"),)


def _problem(activity: State) -> Phrase | None:
    match activity:
        case check.InsertHealthCard(failure=str(code)):
            return _slot_failure(code)
        case (
            check.TypePin(problem=Problem() as problem)
            | reading.TypeCan(problem=Problem() as problem)
            | reading.TypeMrz(problem=Problem() as problem)
        ):
            return problem_phrase(problem)
        case check.TypePin(wrong=True):
            return failure_phrase("token.pin-wrong")
        case _:
            return None


def _actions(session: Session, activity: State, name: str) -> tuple[Action, ...]:
    if isinstance(activity, DocumentReadingState):
        return _reading_actions(activity, name)
    match activity:
        case check.Intro() | check.ClerkPage():
            return (action(f"{name}.continue", Continued(), main=True),)
        case check.ChooseCard():
            return _choice(session, name)
        case check.InsertHealthCard(failure=failure, identifying=identifying):
            retry = action(f"{name}.continue", Continued(), main=True)
            return (*_other_way(identifying), *(() if failure is None else (retry,)))
        case check.HealthCardFailed(identifying=identifying):
            again = action(f"{name}.continue", Continued(), main=True)
            return pair(name) if identifying is None else (*_other_way(identifying), again)
        case check.VerdictPage():
            return _verdict_actions(session, activity, name)
        case check.TypePin(identifying=identifying):
            send = action("button.continue", TextDone(), main=True)
            return (*_other_way(identifying), send)
        case check.PinRefused(identifying=identifying):
            leave = f"{name}.continue" if identifying is None else "identification.other-way"
            retry = action(f"{name}.refuse", Refused())
            on = action(leave, Continued(), main=True)
            return (retry, on) if activity.may_retry else (on,)
        case check.ReadingHealthCard() | check.AskingTries() | check.ProvingPin():
            return ()
        case _:
            assert_never(activity)


def _other_way(identifying: Candidate | None) -> tuple[Action, ...]:
    """Another way to be identified, where this one serves that."""
    return () if identifying is None else (action("identification.other-way", Refused()),)


def _reading_actions(activity: DocumentReadingState, name: str) -> tuple[Action, ...]:
    match activity:
        case reading.TypeCan():
            return (
                action(f"{name}.refuse", Refused()),
                action("button.continue", TextDone(), main=True),
            )
        case reading.TypeMrz():
            return (action("button.continue", TextDone(), main=True),)
        case reading.ReadingDocument():
            return (action("identity-document.stop", Refused()),)
        case reading.WrongKey():
            return _wrong_key_actions(activity, name)
        case reading.DocumentFailed(by_zone=by_zone):
            kind = "check" if isinstance(activity.errand, Checking) else "form"
            return (
                action(f"{name}.refuse-{kind}", Refused()),
                action(f"{name}.{'by-zone' if by_zone else 'continue'}", Continued(), main=True),
            )
        case _:
            assert_never(activity)


def _choice(session: Session, name: str) -> tuple[Action, ...]:
    cards = [check.HEALTH_CARD]
    if session.office.reads_documents:
        cards.insert(0, check.IDENTITY_CARD)
    return tuple(action(f"{name}.{card}", OptionChosen(card)) for card in cards)


def _verdict_actions(session: Session, page: check.VerdictPage, name: str) -> tuple[Action, ...]:
    """What may be done now; where something is wrong, the clerk is the way on."""
    clerk = OptionChosen(check.CLERK)
    filling = isinstance(page.errand, Prefilling)
    if page.headline is Headline.WRONG:
        leaves = (
            action(f"{name}.without", Refused())
            if filling
            else action(f"{name}.continue", Continued())
        )
        return leaves, action(f"{name}.clerk", clerk, main=True)
    actions = [action(f"{name}.clerk", clerk)]
    if filling:
        actions.append(action(f"{name}.without", Refused()))
        actions.append(action(f"{name}.use", Continued(), main=True))
        return tuple(actions)
    if can_register(page):
        actions.append(action(f"{name}.register", OptionChosen(check.REGISTER)))
    if can_prove(page):
        actions.append(action(f"{name}.prove", OptionChosen(check.PROVE)))
    if can_identify(page, session.surroundings) is not None:
        actions.append(action(f"{name}.identify", OptionChosen(check.IDENTIFY)))
    actions.append(action(f"{name}.continue", Continued(), main=True))
    return tuple(actions)


def _wrong_key_actions(page: reading.WrongKey, name: str) -> tuple[Action, ...]:
    """Nothing can be typed while the chip makes one wait."""
    if page.wait_seconds:
        return ()
    other = "other-way-mrz" if page.entries is None else "other-way-can"
    return (
        action(f"{name}.{other}", Refused()),
        action(f"{name}.continue", Continued(), main=True),
    )
