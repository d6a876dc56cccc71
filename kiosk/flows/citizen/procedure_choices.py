"""The second half of a procedure: texts, signature, username, password, question, conclusion.

The hub's ticket names the steps (R-003-19); each is a page or some. The states are in `procedure`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never
from uuid import UUID

from kiosk.flows import events
from kiosk.flows.citizen.procedure import (
    OWN_QUESTION,
    QUESTION_KEYS,
    AnswerQuestion,
    CheckingUsername,
    ChoosePassword,
    ChooseQuestion,
    ChooseUsername,
    ConcludeFailed,
    Concluding,
    Confirm,
    Done,
    Intro,
    NotAccepted,
    Opened,
    Procedure,
    ProcedureState,
    ReadText,
    RepeatPassword,
    Sign,
    TimeOver,
    UsernameUnchecked,
    WriteQuestion,
)
from kiosk.flows.citizen.procedure_secrets import (
    ask_answer,
    ask_password,
    step_answer,
    step_password,
    step_repeated,
)
from kiosk.flows.effects import Effect
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.home_effects import AbandonCodes, Conclude, ForgetSecrets, ProposeUsername
from kiosk.flows.home_events import (
    Conclusive,
    OutcomeTold,
    UsernameDenied,
    UsernameFree,
)
from kiosk.flows.home_events import UsernameUnchecked as Unchecked
from kiosk.flows.office import Surroundings
from kiosk.flows.welcome import Ended, EndReason
from sync.model import passwords
from sync.model.errors import Problem
from sync.model.home import HomeStep
from sync.texts.acceptance import accepted_as, text_of

After = Opened | Concluding | Done | TimeOver
Move = tuple[ProcedureState | Ended, tuple[Effect, ...]]

_LONGEST: Final = 160
"""Characters that a field of username or question takes; each has a shorter rule of its own."""


def step(state: After, event: Event, around: Surroundings) -> Move:  # noqa: C901, PLR0911, PLR0912  # one line for each state
    """The state after `event`, and what to ask for."""
    match state:
        case ReadText():
            return _read_text(state, event, around)
        case NotAccepted():
            return _not_accepted(state, event)
        case Sign():
            return _sign(state, event, around)
        case ChooseUsername():
            return _choose_username(state, event, around)
        case CheckingUsername():
            return _checking_username(state, event, around)
        case UsernameUnchecked():
            return _username_unchecked(state, event, around)
        case ChoosePassword():
            left = _left(state.procedure, HomeStep.PASSWORD, event, around)
            return left or step_password(state, event, around)
        case RepeatPassword():
            if isinstance(event, events.TextDone | events.Continued) and state.same:
                return after(state.procedure, HomeStep.PASSWORD, around)
            return step_repeated(state, event, around)
        case ChooseQuestion():
            return _choose_question(state, event, around)
        case WriteQuestion():
            return _write_question(state, event)
        case AnswerQuestion():
            done = isinstance(event, events.TextDone | events.Continued)
            if done and state.typed.fault is None and state.in_password is False:
                return after(state.procedure, HomeStep.SECRET_QUESTION, around)
            return step_answer(state, event, around)
        case Confirm():
            return _confirm(state, event, around)
        case Concluding():
            return _concluding(state, event, around)
        case ConcludeFailed():
            return _conclude_failed(state, event, around)
        case Done():
            return _done(state, event, around)
        case TimeOver():
            return _time_over(state, event)
        case _:
            assert_never(state)


# --- from step to step


def first_page(procedure: Procedure, around: Surroundings) -> Move:
    """The page of the first step."""
    if not procedure.steps:
        return conclude(procedure, around)
    return _page(procedure, procedure.steps[0])


def after(procedure: Procedure, done: HomeStep, around: Surroundings) -> Move:
    """The page after the one of `done`: after the last, what was chosen is confirmed."""
    at = procedure.steps.index(done) + 1
    if at < len(procedure.steps):
        return _page(procedure, procedure.steps[at])
    return (Confirm(procedure), ()) if procedure.chooses else conclude(procedure, around)


def _before(procedure: Procedure, here: HomeStep) -> Move | None:
    """The page before the one of `here`; None for the first: its way back leads out."""
    at = procedure.steps.index(here)
    return _page(procedure, procedure.steps[at - 1]) if at > 0 else None


def is_first(state: After) -> bool:
    """Whether "Indietro" would leave the procedure: the codes would have to be typed again."""
    match state:
        case ReadText(procedure, step_of):
            return procedure.steps.index(step_of) == 0
        case Sign(procedure):
            return procedure.steps.index(HomeStep.SIGN) == 0
        case ChooseUsername(procedure):
            return procedure.steps.index(HomeStep.USERNAME) == 0
        case _:
            return False


def _page(procedure: Procedure, step_of: HomeStep) -> Move:
    match step_of:
        case HomeStep.SIGN:
            return Sign(procedure), ()
        case HomeStep.USERNAME:
            return ChooseUsername(procedure, TextEntry(procedure.username)), ()
        case HomeStep.PASSWORD:
            return ask_password(procedure)
        case HomeStep.SECRET_QUESTION:
            return ChooseQuestion(procedure), ()
        case _:
            return ReadText(procedure, step_of), ()


def _left(procedure: Procedure, here: HomeStep, event: Event, _around: Surroundings) -> Move | None:
    """What "Indietro" does on the page of a step; None for any other event."""
    return _before(procedure, here) if isinstance(event, events.Back) else None


# --- texts and signature


def _read_text(state: ReadText, event: Event, around: Surroundings) -> Move:
    procedure = state.procedure
    match event:
        case events.Continued():
            return after(_accepting(procedure, state.step), state.step, around)
        case events.Refused():
            return NotAccepted(procedure, state.step), ()
        case _:
            return _left(procedure, state.step, event, around) or (state, ())


def _accepting(procedure: Procedure, step_of: HomeStep) -> Procedure:
    name = text_of(procedure.kind, step_of)
    if name is None or accepted_as(name) in procedure.accepted:
        return procedure
    return replace(procedure, accepted=(*procedure.accepted, accepted_as(name)))


def _not_accepted(state: NotAccepted, event: Event) -> Move:
    match event:
        case events.Continued() | events.Back():
            return ReadText(state.procedure, state.step), ()
        case events.Refused():
            return Ended(EndReason.STOPPED), ()
        case _:
            return state, ()


def _sign(state: Sign, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return after(state.procedure, HomeStep.SIGN, around)
        case _:
            return _left(state.procedure, HomeStep.SIGN, event, around) or (state, ())


# --- username


def _choose_username(state: ChooseUsername, event: Event, around: Surroundings) -> Move:
    procedure = state.procedure
    match event:
        case events.TextChanged(text) if len(text) <= _LONGEST:
            return ChooseUsername(procedure, TextEntry(text)), ()
        case events.TextDone() | events.Continued():
            return _propose(state, around)
        case _:
            return _left(procedure, HomeStep.USERNAME, event, around) or (state, ())


def _propose(state: ChooseUsername, around: Surroundings) -> Move:
    username = passwords.fold_username(state.entry.text)
    wrong = passwords.username_problems(username)
    if wrong:
        return replace(state, problem=wrong[0]), ()
    return _ask_hub(state.procedure, username, around)


def _ask_hub(procedure: Procedure, username: str, around: Surroundings) -> Move:
    ask = ProposeUsername(around.session_id, username)
    return CheckingUsername(procedure, username), (ask,)


def _checking_username(state: CheckingUsername, event: Event, around: Surroundings) -> Move:
    procedure, asked = state.procedure, (around.session_id, state.username)
    match event:
        case UsernameFree(session_id, username) if (session_id, username) == asked:
            return after(replace(procedure, username=username), HomeStep.USERNAME, around)
        case UsernameDenied(session_id, username, code) if (session_id, username) == asked:
            if code.startswith(_OF_TICKET):
                return _over(procedure)
            return ChooseUsername(procedure, TextEntry(username), Problem(code)), ()
        case Unchecked(session_id, username, code) if (session_id, username) == asked:
            if code.startswith(_OF_TICKET):
                return _over(procedure)
            return UsernameUnchecked(procedure, username, code), ()
        case events.Back():
            return ChooseUsername(procedure, TextEntry(state.username)), (AbandonCodes(),)
        case _:
            return state, ()


def _username_unchecked(state: UsernameUnchecked, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _ask_hub(state.procedure, state.username, around)
        case events.Back():
            return ChooseUsername(state.procedure, TextEntry(state.username)), ()
        case _:
            return state, ()


# --- the secret question


def _choose_question(state: ChooseQuestion, event: Event, around: Surroundings) -> Move:
    procedure = state.procedure
    match event:
        case events.OptionChosen(value) if value in QUESTION_KEYS:
            return ask_answer(replace(procedure, question=value))
        case events.OptionChosen(value) if value == OWN_QUESTION:
            return WriteQuestion(procedure), ()
        case _:
            return _left(procedure, HomeStep.SECRET_QUESTION, event, around) or (state, ())


def _write_question(state: WriteQuestion, event: Event) -> Move:
    procedure = state.procedure
    match event:
        case events.TextChanged(text) if len(text) <= _LONGEST:
            return WriteQuestion(procedure, TextEntry(text)), ()
        case events.TextDone() | events.Continued():
            question = " ".join(state.entry.text.split())
            if not passwords.fold_answer(question):
                return replace(state, problem=Problem("question.empty")), ()
            if len(question) > passwords.LONGEST_QUESTION:
                return replace(state, problem=Problem("question.too-long")), ()
            return ask_answer(replace(procedure, question=question))
        case events.Back():
            return ChooseQuestion(procedure), ()
        case _:
            return state, ()


# --- the conclusion


def _confirm(state: Confirm, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return conclude(state.procedure, around)
        case events.Back():
            return ChooseQuestion(state.procedure), ()
        case _:
            return state, ()


def conclude(procedure: Procedure, around: Surroundings, again: UUID | None = None) -> Move:
    """Record the conclusion, under the operation id of an earlier try where there was one."""
    operation_id = again or around.operation_id
    effect = Conclude(
        session_id=around.session_id,
        operation_id=operation_id,
        kind=procedure.kind,
        accepted=procedure.accepted,
        username=procedure.username if procedure.chooses else None,
        question=procedure.question,
        language=around.language,
        for_another=procedure.visit.for_another,
    )
    return Concluding(procedure, operation_id), (effect,)


def _concluding(state: Concluding, event: Event, around: Surroundings) -> Move:
    here = (around.session_id, state.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == here:
            return replace(state, recorded=True), ()
        case events.ActNotRecorded(session_id, operation_id, code) if (
            session_id,
            operation_id,
        ) == here:
            if code.startswith(_OF_TICKET):
                return _over(state.procedure)
            return ConcludeFailed(state.procedure, operation_id, code), ()
        case OutcomeTold(session_id, operation_id, outcome, code) if (
            session_id,
            operation_id,
        ) == here:
            return _decided(state.procedure, operation_id, outcome, code)
        case _:
            return state, ()


def _decided(procedure: Procedure, operation_id: UUID, outcome: Conclusive, code: str) -> Move:
    done = Done(procedure.visit, procedure.kind, operation_id, outcome, code)
    return done, (ForgetSecrets(),)


def _conclude_failed(state: ConcludeFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return conclude(state.procedure, around, state.operation_id)
        case events.Refused():
            return Ended(EndReason.STOPPED), ()
        case _:
            return state, ()


def _done(state: Done, event: Event, around: Surroundings) -> Move:
    here = (around.session_id, state.operation_id)
    match event:
        case OutcomeTold(session_id, operation_id, outcome, code) if (
            session_id,
            operation_id,
        ) == here and state.outcome is Conclusive.WAITING:
            return replace(state, outcome=outcome, code=code), ()
        case events.Refused() if state.outcome is Conclusive.REFUSED:
            return Intro(state.visit.purpose), ()
        case events.Continued():
            return Ended(EndReason.FINISHED), ()
        case _:
            return state, ()


# --- time


_OF_TICKET: Final = "ticket."
"""Begins the codes that say that the hub's ticket is good no more."""


def _over(procedure: Procedure) -> Move:
    return TimeOver(procedure.visit), (ForgetSecrets(),)


def waited(state: Opened, seconds: int) -> tuple[Opened | TimeOver, tuple[Effect, ...]]:
    """A page behind the codes, so many seconds later: the ticket may have ended."""
    left = state.procedure.seconds_left - max(0, seconds)
    if left <= 0:
        return TimeOver(state.procedure.visit), (ForgetSecrets(),)
    return replace(state, procedure=replace(state.procedure, seconds_left=left)), ()


def _time_over(state: TimeOver, event: Event) -> Move:
    match event:
        case events.Continued() | events.Back():
            return Intro(state.visit.purpose), ()
        case _:
            return state, ()
