"""The steps of a procedure: what a page shows, and what is done with what was sent (R-003-19)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Final

from sync.hub.home.checking import BusyError
from sync.hub.home.procedures import Proceeding
from sync.hub.web.forms import Draft
from sync.model.credential import OperationKind
from sync.model.home import Chosen, HomeStep
from sync.model.inquiry import Denied, UsernameProposed
from sync.model.passwords import (
    answer_of_login,
    fold_answer,
    fold_username,
    normal_password,
    own_words,
    password_problems,
    question_problems,
    username_problems,
)
from sync.strength import BreachedPasswords, strength
from sync.texts.acceptance import TextName, text_of
from sync.texts.reading import read
from sync.wire import secret_digest

QUESTIONS: Final = 6
"""Secret questions on offer, `home.question.1` and so on."""

OWN_QUESTION: Final = "own"

Text = Callable[..., str]
"""Says a key in the page's language."""

Proposes = Callable[[str], Denied | None]
"""Why a username cannot be had, None where it can."""

Place = Callable[[], AbstractContextManager[None]]
"""A place for digesting, which is slow; raises `BusyError` where there is none now."""


@dataclass(frozen=True, slots=True, repr=False)
class Visit:
    """A person with a ticket, and what they sent last."""

    draft: Draft
    proceeding: Proceeding
    ticket: bytes
    form: Mapping[str, str]


def take(
    visit: Visit,
    step: HomeStep,
    t: Text,
    breached: BreachedPasswords | None,
    proposes: Proposes,
    place: Place,
) -> dict[str, str]:
    """Takes what was sent for a step; the step is done where nothing is wrong.

    Args:
        visit: whose step.
        step: which.
        t: says a key in the person's language: a question is kept as it was read.
        breached: list of stolen passwords, None where there is none.
        proposes: whether a username is free.
        place: where a password and an answer are digested.

    Returns:
        Codes of what is wrong, by field.
    """
    match step:
        case HomeStep.REGULATION | HomeStep.PRIVACY | HomeStep.CONDITIONS | HomeStep.OLD_USER_ENDS:
            problems = {} if visit.form.get("accepted") else {"accepted": "accept.missing"}
        case HomeStep.SIGN:
            visit.draft.for_another = bool(visit.form.get("another"))
            problems = {}
        case HomeStep.USERNAME:
            problems = _take_username(visit, proposes)
        case HomeStep.PASSWORD:
            problems = _take_password(visit, breached, place)
        case HomeStep.SECRET_QUESTION:
            problems = _take_question(visit, t, place)
    if not problems:
        visit.draft.done.add(step)
    return problems


def _take_username(visit: Visit, proposes: Proposes) -> dict[str, str]:
    username = visit.form.get("username", "")
    for problem in username_problems(username):
        return {"username": problem.code}
    denied = proposes(fold_username(username))
    if denied is not None:
        return {"username": denied.code}
    if fold_username(username) != visit.draft.username:
        # A password or an answer that was chosen before may hold the new name.
        visit.draft.password, visit.draft.strength = "", None
        visit.draft.done -= {HomeStep.PASSWORD, HomeStep.SECRET_QUESTION}
    visit.draft.username = fold_username(username)
    return {}


def _take_password(
    visit: Visit, breached: BreachedPasswords | None, place: Place
) -> dict[str, str]:
    password, again = visit.form.get("password", ""), visit.form.get("password-again", "")
    score, problems = judge_password(visit, password)
    if problems:
        return {"password": problems[0]}
    if breached is not None and breached.has(normal_password(password)):
        return {"password": "password.breached"}
    if normal_password(password) != normal_password(again):
        return {"password-again": "password.different"}
    try:
        with place():
            visit.draft.password = _digest(normal_password(password))
    except BusyError:
        return {"password": "home.busy"}
    visit.draft.strength = score
    # An answer that was given before may stand in the new one.
    visit.draft.done.discard(HomeStep.SECRET_QUESTION)
    return {}


def judge_password(visit: Visit, password: str) -> tuple[int, tuple[str, ...]]:
    """How strong a password is, 0 to 4, and codes of what speaks against it."""
    registration = visit.proceeding.held.registration
    own = own_words(registration.person, registration.contacts)
    username = visit.draft.username
    score = strength(normal_password(password), (username, *sorted(own)))
    found = password_problems(password, username=username, own=own, score=score)
    return score, tuple(problem.code for problem in found)


def _take_question(visit: Visit, t: Text, place: Place) -> dict[str, str]:
    form = visit.form
    picked = form.get("question", "")
    question = form.get("own-question", "").strip() if picked == OWN_QUESTION else ""
    if picked in _offered():
        question = t(f"home.question.{picked}")
    problems, answer = {}, form.get("answer", "")
    for problem in question_problems(question, answer):
        at = "answer"
        if problem.field == "question":
            at = "own-question" if picked == OWN_QUESTION else "question"
        problems[at] = problem.code
    if problems:
        return problems
    told = answer_of_login(answer, visit.draft.username)
    if told is not None:
        return {"answer": told.code}
    try:
        with place():
            if any(_is_digest_of(visit.draft.password, text) for text in _ways(answer)):
                return {"answer": "answer.in-password"}
            visit.draft.answer = _digest(fold_answer(answer))
    except BusyError:
        return {"answer": "home.busy"}
    visit.draft.question = question
    return {}


def _ways(answer: str) -> set[str]:
    """Ways to write an answer that a password may have; of the password only a digest is kept."""
    return {normal_password(answer), normal_password(answer.strip()), fold_answer(answer)}


def chosen(draft: Draft) -> Chosen | None:
    """What a conclusion says of the choices; None where there were none."""
    if HomeStep.USERNAME not in draft.steps:
        return None
    return Chosen(draft.username, draft.password, draft.question, draft.answer)


def proposed(ticket: bytes, username: str) -> UsernameProposed:
    """The question whether a username is free."""
    return UsernameProposed(ticket, username)


def values(
    visit: Visit, step: HomeStep, t: Text, language: str, authority: str
) -> tuple[str, dict[str, Any]]:
    """The template of a step, and what it shows."""
    draft, form = visit.draft, visit.form
    match step:
        case HomeStep.SIGN:
            names = [text_of(draft.kind, one) for one in draft.steps]
            return "home/sign.html", {
                "texts": [name.value for name in names if name is not None],
                "represented": visit.proceeding.represented,
                "another": draft.for_another,
            }
        case HomeStep.USERNAME:
            typed = form.get("username", "") if form.get("step") == step.value else ""
            return "home/username.html", {
                "username": typed or draft.username,
                "old_username": visit.proceeding.old_username,
            }
        case HomeStep.PASSWORD:
            return "home/password.html", _password_values(visit)
        case HomeStep.SECRET_QUESTION:
            offered = [(name, t(f"home.question.{name}")) for name in _offered()]
            here = form.get("step") == step.value
            return "home/question.html", {
                "questions": [*offered, (OWN_QUESTION, t("home.question.own"))],
                "question": form.get("question", "") if here else "",
                "own_question": form.get("own-question", "") if here else "",
                "strength": draft.strength,
            }
        case _:
            name = text_of(draft.kind, step)
            old = visit.proceeding.old_username if name is TextName.OLD_USER else ""
            return "home/text.html", {
                "text": read(name or TextName.REGULATION, language, authority),
                "old_username": old,
                "accepted": False,
            }


def _password_values(visit: Visit) -> dict[str, Any]:
    """What was typed is written back only where the person asked to see or to hide it."""
    form = visit.form
    asked = form.get("do") in {"show", "hide"}
    typed = form.get("password", "")
    return {
        "username": visit.draft.username,
        "password": typed if asked else "",
        "password_again": form.get("password-again", "") if asked else "",
        "shown": form.get("do") == "show",
        "strength": judge_password(visit, typed)[0] if typed else None,
    }


def button(t: Text, kind: OperationKind, step: HomeStep, *, last: bool) -> str:
    """What the button of a step says."""
    if step is HomeStep.SIGN:
        return t("home.sign.button.revoca" if kind is OperationKind.REVOCA else "home.sign.button")
    return t("web.finish" if last else "web.next")


def problem_text(t: Text, code: str) -> str:
    """What is wrong, in words."""
    if code in {"codes.wait", "home.busy", "ticket.expired"}:
        return t(f"home.denied.{code}", n=1)
    return t(f"home.problem.{code}")


def _offered() -> tuple[str, ...]:
    return tuple(str(number) for number in range(1, QUESTIONS + 1))


def _digest(text: str) -> str:
    secret = bytearray(text.encode())
    try:
        return secret_digest.digest(secret)
    finally:
        secret[:] = bytes(len(secret))


def _is_digest_of(phc: str, text: str) -> bool:
    secret = bytearray(text.encode())
    try:
        return secret_digest.verify(phc, secret)
    finally:
        secret[:] = bytes(len(secret))
