"""One activity for each page of a procedure that a person concludes with their codes."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import Procedure, Purpose, Rule, Typed, Visit
from kiosk.flows.entries import TextEntry
from kiosk.flows.home_events import Conclusive
from kiosk.flows.state import Activity
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import HomeStep

_CHOICES = (HomeStep.USERNAME, HomeStep.PASSWORD, HomeStep.SECRET_QUESTION)
_TEXTS = (HomeStep.REGULATION, HomeStep.PRIVACY)

VISIT: Final = Visit(Purpose.ACTIVATION, codice_fiscale="RSSMRA48C59L219O")
REVOKING: Final = replace(VISIT, purpose=Purpose.REVOCATION)
PROCEDURE: Final = Procedure(
    VISIT,
    OperationKind.RISCONTRO_FORTE,
    (*_TEXTS, HomeStep.SIGN, *_CHOICES),
    seconds_left=1800,
    username="maria.rossi48",
    question="home.question.3",
)
RESET: Final = replace(
    PROCEDURE,
    kind=OperationKind.RESET,
    steps=(*_TEXTS, HomeStep.OLD_USER_ENDS, HomeStep.SIGN, *_CHOICES),
    old_username="ma•••••48",
)
NEW_PIN: Final = replace(
    PROCEDURE, kind=OperationKind.RIGENERA_PIN, steps=(HomeStep.CONDITIONS, HomeStep.SIGN)
)
REVOCATION: Final = Procedure(
    REVOKING, OperationKind.REVOCA, (HomeStep.CONDITIONS, HomeStep.SIGN), seconds_left=1800
)
_ID = UUID(int=2)
_RULES = frozenset(Rule)


def procedure_activities() -> dict[str, Activity]:
    """By the picture's name."""
    found: dict[str, Activity] = {
        "home-intro": states.Intro(Purpose.ACTIVATION),
        "home-intro-revocation": states.Intro(Purpose.REVOCATION),
        "home-codice-fiscale": states.AskCodiceFiscale(replace(VISIT, codice_fiscale="")),
        "home-codice-fiscale-problem": states.AskCodiceFiscale(
            replace(VISIT, for_another=True), TextEntry("RSSMRA48"), failure="card.removed"
        ),
        "home-reading-card": states.ReadingCard(VISIT),
        "home-code": states.AskCode(VISIT),
        "home-code-problem": states.AskCode(
            REVOKING, Typed(12, Problem("code.check-letter"), Problem("code.check-letter"))
        ),
        "home-pin": states.AskPin(VISIT),
        "home-pin-problem": states.AskPin(
            VISIT, Typed(3, Problem("pin.length"), Problem("pin.length"))
        ),
        "home-checking": states.CheckingCodes(VISIT),
        "home-wrong": states.CodesRefused(VISIT, "codes.wrong"),
        "home-wait": states.CodesRefused(VISIT, "codes.wait", 272),
        "home-expired": states.CodesRefused(VISIT, "codes.expired"),
        "home-unchecked": states.CodesUnchecked(VISIT, "link.no-answer"),
        "home-regulation": states.ReadText(PROCEDURE, HomeStep.REGULATION),
        "home-privacy": states.ReadText(PROCEDURE, HomeStep.PRIVACY),
        "home-new-pin": states.ReadText(NEW_PIN, HomeStep.CONDITIONS),
        "home-revocation": states.ReadText(REVOCATION, HomeStep.CONDITIONS),
        "home-old-user": states.ReadText(RESET, HomeStep.OLD_USER_ENDS),
        "home-not-accepted": states.NotAccepted(PROCEDURE, HomeStep.REGULATION),
        "home-sign": states.Sign(replace(PROCEDURE, visit=replace(VISIT, for_another=True))),
        "home-sign-revocation": states.Sign(REVOCATION),
        "home-checking-username": states.CheckingUsername(PROCEDURE, "maria.rossi48"),
        "home-username-unchecked": states.UsernameUnchecked(
            PROCEDURE, "maria.rossi48", "link.no-answer"
        ),
        "home-question": states.ChooseQuestion(PROCEDURE),
        "home-own-question": states.WriteQuestion(PROCEDURE, TextEntry("Dove andavo al mare?")),
        "home-answer": states.AnswerQuestion(PROCEDURE),
        "home-confirm": states.Confirm(PROCEDURE),
        "home-concluding": states.Concluding(PROCEDURE, _ID),
        "home-recorded": states.Concluding(PROCEDURE, _ID, recorded=True),
        "home-conclude-failed": states.ConcludeFailed(PROCEDURE, _ID, "store.full"),
        "home-time-over": states.TimeOver(VISIT),
    }
    return found | _choices() | _ends()


def _choices() -> dict[str, Activity]:
    weak = Typed(14, Problem("password.easily-guessed"))
    return {
        "home-username": states.ChooseUsername(RESET, TextEntry("maria.rossi48")),
        "home-username-problem": states.ChooseUsername(
            PROCEDURE, TextEntry("maria.rossi"), Problem("username.taken")
        ),
        "home-password": states.ChoosePassword(PROCEDURE),
        "home-password-weak": states.ChoosePassword(
            PROCEDURE, weak, _RULES - {Rule.GUESSABLE}, strength=1
        ),
        "home-password-good": states.ChoosePassword(PROCEDURE, Typed(26), _RULES, strength=4),
        "home-password-problem": states.ChoosePassword(
            PROCEDURE, replace(weak, problem=weak.fault), _RULES - {Rule.GUESSABLE}, strength=1
        ),
        "home-repeat": states.RepeatPassword(PROCEDURE),
        "home-repeat-problem": states.RepeatPassword(
            PROCEDURE, Typed(5, Problem("password.different"), Problem("password.different"))
        ),
    }


def _ends() -> dict[str, Activity]:
    kinds = {kind.value: kind for kind in OperationKind}
    found: dict[str, Activity] = {
        f"home-done-{name.replace('_', '-')}": states.Done(VISIT, kind, _ID, Conclusive.ACCEPTED)
        for name, kind in kinds.items()
    }
    forte = OperationKind.RISCONTRO_FORTE
    return found | {
        "home-done-waiting": states.Done(VISIT, forte, _ID, Conclusive.WAITING),
        "home-done-waiting-revocation": states.Done(
            REVOKING, OperationKind.REVOCA, _ID, Conclusive.WAITING
        ),
        "home-done-refused": states.Done(VISIT, forte, _ID, Conclusive.REFUSED, "texts.changed"),
    }
