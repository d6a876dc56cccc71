"""What the pages of a procedure say: activation, promotion, reset, new PIN, revocation.

The words that the hub's own pages say too are in `sync.texts`, keys `home.*`; a kiosk's own are
`procedure.*`.
"""

from __future__ import annotations

from typing import Final

from kiosk.flows.citizen import procedure as states
from kiosk.flows.citizen.procedure import ProcedureState, Purpose, Visit
from kiosk.flows.events import Continued, OptionChosen, Refused, TextDone
from kiosk.flows.home_events import Conclusive, RevealToggled
from kiosk.flows.office import Network, OfficeInfo
from kiosk.flows.page_texts import Action, Wording, action, failure_phrase, pair
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.state import Session, activity_name
from kiosk.flows.steps.scanning import SCAN
from kiosk.flows.verdicts import Fact
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.texts.reading import LANGUAGES, LegalText, read

_SECONDS_IN_MINUTE: Final = 60
_SHARED: Final = ("code.", "pin.", "username.", "password.", "question.", "answer.")
"""Subjects of problems whose texts the hub's pages have too."""
_DENIED: Final = frozenset(
    {
        "codes.wrong",
        "codes.wait",
        "codes.expired",
        "codes.spent",
        "ticket.expired",
        "texts.changed",
        "credential.state-moved",
        "registration.gone",
    }
)
"""Denials that have a text of their own."""

_DENIED_HERE: Final = {
    "conclusion.not-represented": "problem.conclusion.not-represented",
    "home.busy": "procedure.denied.busy",
}

COUNTED: Final = "procedure.codes-refused.wait"
"""Key of the line beside the seconds that are left."""


def wording(session: Session, activity: ProcedureState) -> Wording:
    """What the page says."""
    name = activity_name(activity)
    return Wording(
        title=_title(session, activity, name),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity),
    )


def can_go_back(activity: ProcedureState) -> bool:
    """Not while it is recorded, nor afterwards."""
    ended = states.Concluding | states.ConcludeFailed | states.Done
    return not isinstance(activity, ended)


def can_stop(activity: ProcedureState) -> bool:
    """Not in the moment of the record."""
    return not isinstance(activity, states.Concluding) or activity.recorded


def legal_text(session: Session, page: states.ReadText) -> LegalText:
    """The text that a page shows, in the session's language where there is one."""
    language = session.language if session.language in LANGUAGES else LANGUAGES[0]
    office = session.office
    return read(states.text_shown(page), language, office.authority or office.name)


def content(session: Session, activity: ProcedureState) -> tuple[Phrase, ...]:
    """What a page shows beside its texts, for "Ascolta"."""
    match activity:
        case states.ReadText():
            return _read_aloud(legal_text(session, activity))
        case states.ChoosePassword():
            return (*rules(), *strength(activity))
        case states.Confirm():
            rows = chosen(activity)
            return tuple(phrase("spoken.row", label=one.label, value=one.value) for one in rows)
        case states.AskCode(typed=typed) | states.AskPin(typed=typed) if typed.length:
            return (phrase("spoken.digits", n=typed.length),)
        case states.AskCodiceFiscale(entry=entry) if entry.text:
            return (phrase("spoken.field", text=" ".join(entry.text)),)
        case states.ChooseUsername(entry=entry) | states.WriteQuestion(entry=entry) if entry.text:
            return (phrase("spoken.field", text=entry.text),)
        case _:
            return ()


def rules() -> tuple[Phrase, ...]:
    """The rules of a password, in the order of `Rule`."""
    return tuple(phrase(f"home.password.rule.{rule.value}") for rule in states.Rule)


def strength(page: states.ChoosePassword) -> tuple[Phrase, ...]:
    """How strong the password is, once it was weighed."""
    if page.strength is None or not page.typed.length:
        return ()
    return (phrase(f"home.password.strength.{page.strength}"),)


def _read_aloud(text: LegalText) -> tuple[Phrase, ...]:
    said = [literal(text.title)]
    for section in text.sections:
        said.append(literal(section.heading))
        for block in section.blocks:
            said += [literal(line) for line in (block.paragraph, *block.points) if line]
    return tuple(said)


# --- titles


def _title(session: Session, activity: ProcedureState, name: str) -> Phrase:  # noqa: PLR0911  # one line for each page that changes its title
    match activity:
        case states.Intro(purpose):
            if _offline(session):
                return phrase(f"procedure.intro.offline.{purpose.value}")
            return phrase(f"procedure.intro.title.{purpose.value}")
        case states.AskCodiceFiscale(visit) if visit.for_another:
            return phrase("procedure.ask-codice-fiscale.another")
        case states.AskCode(visit):
            return phrase(f"procedure.ask-code.title.{visit.purpose.value}")
        case states.CodesRefused(wait_seconds=wait) if wait:
            return phrase("procedure.codes-refused.title-wait")
        case states.ReadText(step=step):
            return phrase(f"home.step.{step.value}.title")
        case states.NotAccepted():
            return phrase("home.refused.title")
        case states.Sign(procedure) if procedure.kind is OperationKind.REVOCA:
            return phrase("procedure.sign.title-revoca")
        case states.Concluding(recorded=True):
            return phrase("procedure.concluding.title-recorded")
        case states.Done(kind=kind, outcome=Conclusive.ACCEPTED):
            return phrase(f"home.done.{kind.value}.title")
        case states.Done(outcome=outcome):
            return phrase(f"procedure.done.title.{outcome.value}")
        case _:
            return phrase(_STEP_TITLES.get(type(activity), f"{name}.title"))


_STEP_TITLES: Final[dict[type, str]] = {
    states.ChooseUsername: "home.step.username.title",
    states.ChoosePassword: "home.step.password.title",
    states.RepeatPassword: "home.field.password-again",
    states.ChooseQuestion: "home.step.secret_question.title",
    states.WriteQuestion: "home.field.own-question",
}


# --- bodies


def _body(session: Session, activity: ProcedureState, name: str) -> tuple[Phrase, ...]:  # noqa: C901, PLR0911, PLR0912  # one line for each page
    office = session.office
    match activity:
        case states.Intro(purpose):
            return _intro(session, purpose)
        case states.AskCode(visit):
            which = "activation" if visit.purpose.with_pin else "revocation"
            return (phrase(f"home.field.{which}-code.hint"),)
        case states.AskPin():
            return (phrase("home.field.pin.hint"),)
        case states.CodesRefused():
            return _refused(activity, office, name)
        case states.CodesUnchecked():
            return (phrase(f"{name}.body"), *_later(office))
        case states.ReadText(procedure, step) if step is HomeStep.OLD_USER_ENDS:
            old = procedure.old_username
            return (phrase("home.old-username", username=old),) if old else ()
        case states.ReadText():
            return ()
        case states.NotAccepted():
            return (phrase("home.refused.body"),)
        case states.Sign(procedure):
            return _sign(procedure)
        case states.ChooseUsername(procedure):
            new = (phrase("home.username.rule.new"),) if procedure.old_username else ()
            return (phrase("home.username.rules"), *new)
        case states.ChoosePassword():
            return (phrase("home.password.advice"),)
        case states.ChooseQuestion():
            return ()
        case states.AnswerQuestion(procedure):
            return _question(procedure), phrase("home.field.answer.hint")
        case states.Confirm():
            return (phrase(f"{name}.body"),)
        case states.Concluding(recorded=True):
            return (phrase("procedure.concluding.body-recorded"),)
        case states.ConcludeFailed(code=code):
            return failure_phrase(code), phrase(f"{name}.kept")
        case states.Done():
            return _done(session, activity, name)
        case states.TimeOver():
            return (phrase("home.denied.ticket.expired"),)
        case _:
            return (phrase(f"{name}.body"),)


def _offline(session: Session) -> bool:
    return session.network is not Network.ONLINE


def _intro(session: Session, purpose: Purpose) -> tuple[Phrase, ...]:
    if _offline(session):
        return phrase("procedure.intro.offline"), *_later(session.office)
    return phrase(f"procedure.intro.body.{purpose.value}"), phrase("procedure.intro.whose")


def _later(office: OfficeInfo) -> tuple[Phrase, ...]:
    """What to do where the hub cannot be asked: nothing is lost, here later or at home."""
    home = (phrase("procedure.at-home", address=office.home_pages),) if office.home_pages else ()
    return phrase("procedure.codes-stay"), *home


def _refused(page: states.CodesRefused, office: OfficeInfo, name: str) -> tuple[Phrase, ...]:
    said = [_denied(page.code, page.wait_seconds)]
    if page.wait_seconds:
        said += [phrase(COUNTED), phrase(f"{name}.later")]
    if page.spent and office.counter_address:
        said.append(phrase("preregistration.done.where", address=office.counter_address))
    if page.spent and office.opening:
        said.append(phrase("preregistration.done.when", opening=office.opening))
    return tuple(said)


def _denied(code: str, wait_seconds: int = 0) -> Phrase:
    """The text of a denial; what the hub says anew has one for all."""
    if code == "codes.wait":
        return phrase(f"home.denied.{code}", n=max(1, -(-wait_seconds // _SECONDS_IN_MINUTE)))
    if code.startswith(_SHARED):
        return phrase(f"home.problem.{code}")
    if code in _DENIED:
        return phrase(f"home.denied.{code}")
    return phrase(_DENIED_HERE.get(code, "procedure.denied.other"))


def _sign(procedure: states.Procedure) -> tuple[Phrase, ...]:
    said = [phrase("home.sign.meaning")]
    if procedure.kind is OperationKind.REVOCA:
        said = [phrase("procedure.sign.for-ever"), *said]
    if procedure.visit.for_another:
        said.append(phrase("home.sign.another"))
    return tuple(said)


def _question(procedure: states.Procedure) -> Phrase:
    question = procedure.question
    return phrase(question) if question in states.QUESTION_KEYS else literal(question)


def chosen(page: states.Confirm) -> tuple[Fact, ...]:
    """What the person chose; what nobody may see is only named."""
    hidden = phrase("procedure.confirm.not-shown")
    return (
        Fact(phrase("home.field.username"), literal(page.procedure.username)),
        Fact(phrase("home.field.password"), hidden),
        Fact(phrase("home.field.question"), _question(page.procedure)),
        Fact(phrase("home.field.answer"), hidden),
    )


def _done(session: Session, page: states.Done, name: str) -> tuple[Phrase, ...]:
    """What became of it, and what to do: accepted, recorded here alone, refused (R-003-28)."""
    match page.outcome:
        case Conclusive.ACCEPTED:
            said = [phrase(f"home.done.{page.kind.value}.body"), phrase("home.done.letter")]
            if page.kind is not OperationKind.REVOCA:
                said.append(phrase("home.done.keep"))
        case Conclusive.WAITING:
            revokes = page.kind is OperationKind.REVOCA
            now = "procedure.done.still-valid" if revokes else "procedure.done.not-yet"
            said = [phrase(f"{name}.waiting"), phrase(now), phrase(f"{name}.then")]
        case Conclusive.REFUSED:
            said = [_denied(page.code), phrase(f"{name}.refused")]
    if session.card_present:
        said.append(phrase("card.take"))
    return tuple(said)


# --- buttons, help, problems


def _actions(session: Session, activity: ProcedureState, name: str) -> tuple[Action, ...]:  # noqa: C901, PLR0911, PLR0912  # one line for each page
    match activity:
        case states.Intro() if _offline(session):
            return (action(f"{name}.leave", Refused(), main=True),)
        case states.Intro():
            mine = action(f"{name}.for-myself", OptionChosen(states.FOR_MYSELF))
            return mine, action(f"{name}.for-another", OptionChosen(states.FOR_ANOTHER))
        case states.AskCodiceFiscale():
            scan = action("scanning.offer", OptionChosen(SCAN))
            done = action("button.continue", TextDone(), main=True)
            return (scan, done) if session.office.scans_codes else (done,)
        case _ if isinstance(activity, _Revealing):
            reveal = "hide" if activity.revealed else "show"
            shown = action(f"procedure.{reveal}", RevealToggled())
            return shown, action("button.continue", TextDone(), main=True)
        case _ if isinstance(activity, _Typing):
            return (action("button.continue", TextDone(), main=True),)
        case states.CodesRefused(visit):
            return _after_denial(activity, visit, name)
        case states.ReadText():
            accept = f"home.accept.{states.text_shown(activity).value}"
            refuse = action("procedure.read-text.refuse", Refused())
            return refuse, action(accept, Continued(), main=True)
        case states.Sign(procedure):
            revokes = procedure.kind is OperationKind.REVOCA
            sign = "home.sign.button.revoca" if revokes else "home.sign.button"
            return (action(sign, Continued(), main=True),)
        case states.ChooseQuestion():
            offered = (action(key, OptionChosen(key)) for key in states.QUESTION_KEYS)
            return *offered, action("home.question.own", OptionChosen(states.OWN_QUESTION))
        case states.NotAccepted() | states.CodesUnchecked() | states.ConcludeFailed():
            return pair(name)
        case states.Done(outcome=Conclusive.REFUSED, code="texts.changed"):
            # The codes are good still: the way on is to begin again.
            again = action(f"{name}.refuse", Refused(), main=True)
            return action(f"{name}.continue", Continued()), again
        case states.Done(outcome=Conclusive.REFUSED):
            return pair(name)
        case _ if isinstance(activity, _Waiting):
            return ()
        case _:
            return (action(f"{name}.continue", Continued(), main=True),)


_Revealing = states.ChoosePassword | states.RepeatPassword | states.AnswerQuestion
_Typing = states.AskCode | states.AskPin | states.ChooseUsername | states.WriteQuestion
_Waiting = states.ReadingCard | states.CheckingCodes | states.CheckingUsername | states.Concluding


def _after_denial(page: states.CodesRefused, visit: Visit, name: str) -> tuple[Action, ...]:
    if page.spent:
        return (action(f"{name}.leave", Continued(), main=True),)
    if page.wait_seconds:
        return ()
    last = "pin" if visit.purpose.with_pin else "code"
    again = action(f"{name}.again-{last}", Continued(), main=True)
    return action(f"{name}.all", OptionChosen(states.TYPE_ALL)), again


def _problem(activity: ProcedureState) -> Phrase | None:
    match activity:
        case states.AskCodiceFiscale(failure=str(code)):
            return failure_phrase(code)
        case (
            states.AskCodiceFiscale(problem=Problem() as problem)
            | states.ChooseUsername(problem=Problem() as problem)
            | states.WriteQuestion(problem=Problem() as problem)
        ):
            return _said(problem)
        case _ if isinstance(activity, states.SecretPage):
            problem_of = activity.typed.problem
            return None if problem_of is None else _said(problem_of)
        case _:
            return None


def _said(problem: Problem) -> Phrase:
    family = "home.problem" if problem.code.startswith(_SHARED) else "problem"
    return Phrase(f"{family}.{problem.code}", problem.details)
