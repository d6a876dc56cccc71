"""Password, password once more, secret answer: judged at every key, kept by the runtime alone.

What needs more than the text itself (strength, the list of stolen passwords, whether two texts are
the same) is told by the runtime (`SecretKept`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events
from kiosk.flows.citizen.procedure import (
    QUESTION_KEYS,
    AnswerQuestion,
    ChoosePassword,
    ChooseQuestion,
    Procedure,
    ProcedureState,
    RepeatPassword,
    Rule,
    Typed,
)
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.home_effects import ForgetSecrets, KeepSecret, SecretField
from kiosk.flows.home_events import RevealToggled, SecretKept, SecretTyped
from kiosk.flows.office import Surroundings
from sync.model import passwords
from sync.model.errors import Problem

Move = tuple[ProcedureState, tuple[Effect, ...]]

_LONGEST: Final = 200
"""Characters that a field takes; a password has at most 128, an answer 120."""
_OFFERED: Final = "0"
"""Stands for a question on offer, whose words differ by language: no answer is in it."""
_DIFFERENT: Final = Problem("password.different")
_PASSWORDS: Final = (SecretField.PASSWORD, SecretField.PASSWORD_AGAIN)


def ask_password(procedure: Procedure) -> Move:
    """The fields stand empty, so nothing is kept."""
    return ChoosePassword(procedure), (ForgetSecrets(_PASSWORDS, ticket=False),)


def _ask_again(procedure: Procedure) -> Move:
    return RepeatPassword(procedure), (ForgetSecrets(_PASSWORDS[1:], ticket=False),)


def ask_answer(procedure: Procedure) -> Move:
    """The answer's page, empty."""
    return AnswerQuestion(procedure), (ForgetSecrets((SecretField.ANSWER,), ticket=False),)


def _keep(
    which: SecretField, text: str, around: Surroundings, about: tuple[str, ...] = ()
) -> tuple[Effect, ...]:
    return (KeepSecret(around.session_id, which, text, about),)


# --- the password


def step_password(state: ChoosePassword, event: Event, around: Surroundings) -> Move:
    """The page of the password after `event`."""
    match event:
        case SecretTyped(SecretField.PASSWORD, text) if len(text) <= _LONGEST:
            return _password_typed(state, text), _keep(
                SecretField.PASSWORD, text, around, _about(state.procedure)
            )
        case SecretKept(session_id, SecretField.PASSWORD, length) if (
            session_id == around.session_id and length == state.typed.length
        ):
            return _weighed(state, event), ()
        case RevealToggled():
            return replace(state, revealed=not state.revealed), ()
        case events.TextDone() | events.Continued():
            return _password_done(state)
        case _:
            return state, ()


def _about(procedure: Procedure) -> tuple[str, ...]:
    return tuple(fact for fact in (procedure.username, procedure.visit.codice_fiscale) if fact)


def _password_typed(state: ChoosePassword, text: str) -> ChoosePassword:
    """What the text itself tells; how strong it is comes later."""
    if not text:
        return ChoosePassword(state.procedure, revealed=state.revealed)
    procedure = state.procedure
    own = passwords.own_codice_fiscale(procedure.visit.codice_fiscale)
    found = passwords.password_problems(text, username=procedure.username, own=own)
    met = set(Rule) - {Rule.GUESSABLE}
    for problem in found:
        met.discard(_RULES.get(problem.code, Rule.LENGTH))
    fault = found[0] if found else _GUESSED  # until it was weighed
    return replace(
        state,
        typed=Typed(len(text), fault),
        met=frozenset(met),
        strength=None,
        breached=False,
    )


_RULES: Final = {
    "password.holds-username": Rule.OWN_DATA,
    "password.holds-own-data": Rule.OWN_DATA,
}
"""Which rule a problem breaks; all others are about what the text is made of."""


def _weighed(state: ChoosePassword, told: SecretKept) -> ChoosePassword:
    """The runtime's word completes the judgement of the same text."""
    if not state.typed.length:
        return state
    strength = told.strength or 0
    strong = not told.breached and strength >= passwords.LEAST_SCORE
    met = state.met | {Rule.GUESSABLE} if strong else state.met - {Rule.GUESSABLE}
    typed = state.typed
    if told.own_data:
        met -= {Rule.OWN_DATA}
    of_text = typed.fault not in {None, _GUESSED, _BREACHED}
    if not of_text:
        fault = _BREACHED if told.breached else _GUESSED
        typed = Typed(typed.length, _OWN_DATA if told.own_data else None if strong else fault)
    return replace(state, typed=typed, met=met, strength=strength, breached=told.breached)


_OWN_DATA: Final = Problem("password.holds-own-data", rule="R-003-51")
_GUESSED: Final = Problem("password.easily-guessed", rule="R-003-51")
_BREACHED: Final = Problem("password.breached", rule="R-003-51")


def _password_done(state: ChoosePassword) -> Move:
    fault = state.typed.fault
    if fault is None:
        return _ask_again(state.procedure)
    if fault == _GUESSED and state.strength is None:
        return state, ()  # the runtime is about to tell
    return replace(state, typed=replace(state.typed, problem=fault)), ()


def step_repeated(state: RepeatPassword, event: Event, around: Surroundings) -> Move:
    """The page of the repeated password after `event`; the right one is the caller's."""
    match event:
        case SecretTyped(SecretField.PASSWORD_AGAIN, text) if len(text) <= _LONGEST:
            page = replace(state, typed=Typed(len(text), _DIFFERENT), same=None)
            return page, _keep(SecretField.PASSWORD_AGAIN, text, around)
        case SecretKept(session_id, SecretField.PASSWORD_AGAIN, length, same=same) if (
            session_id == around.session_id and length == state.typed.length
        ):
            fault = None if same else _DIFFERENT
            return replace(state, typed=Typed(length, fault), same=bool(same)), ()
        case RevealToggled():
            return replace(state, revealed=not state.revealed), ()
        case events.TextDone() | events.Continued() if state.same is not None or not (
            state.typed.length
        ):
            return replace(state, typed=replace(state.typed, problem=_DIFFERENT)), ()
        case events.Back():
            return ask_password(state.procedure)
        case _:
            return state, ()


# --- the answer


def step_answer(state: AnswerQuestion, event: Event, around: Surroundings) -> Move:
    """The page of the secret answer after `event`; a right one is the caller's."""
    match event:
        case SecretTyped(SecretField.ANSWER, text) if len(text) <= _LONGEST:
            fault = _fault_of_answer(text, state.procedure)
            page = replace(state, typed=Typed(len(text), fault), in_password=None)
            return page, _keep(SecretField.ANSWER, text, around)
        case SecretKept(session_id, SecretField.ANSWER, length, same=same) if (
            session_id == around.session_id and length == state.typed.length
        ):
            typed = state.typed
            fault = _IN_PASSWORD if same and typed.fault is None else typed.fault
            return replace(state, typed=replace(typed, fault=fault), in_password=bool(same)), ()
        case RevealToggled():
            return replace(state, revealed=not state.revealed), ()
        case events.TextDone() | events.Continued():
            return replace(state, typed=replace(state.typed, problem=state.typed.fault)), ()
        case events.Back():
            return ChooseQuestion(state.procedure), ()
        case _:
            return state, ()


def _fault_of_answer(text: str, procedure: Procedure) -> Problem | None:
    """By its folded form: capitals, accents and spaces do not count in an answer."""
    asked = _OFFERED if procedure.question in QUESTION_KEYS else procedure.question
    found = passwords.question_problems(asked, text)
    return found[0] if found else passwords.answer_of_login(text, procedure.username)


_IN_PASSWORD: Final = Problem("answer.in-password", field="answer", rule="R-003-38")
