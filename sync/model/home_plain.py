"""What a citizen concludes as a plain value, and its rules (R-003-19, 38)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Final

from sync.model import transitions
from sync.model.credential import OperationKind
from sync.model.errors import Problem
from sync.model.form_rules import LANGUAGES
from sync.model.home import Chosen, Conclusion, HomeStep
from sync.model.passwords import LONGEST_QUESTION, fold_answer, fold_username, username_problems
from sync.model.plain_reader import PlainReader
from sync.model.secret_digests import digest_problem

TICKET_BYTES: Final = 32

_ACCEPTED: Final = re.compile(r"[a-z_]{1,30}:[0-9A-Za-z][0-9A-Za-z.-]{0,19}")


def to_plain(conclusion: Conclusion) -> dict[str, Any]:
    """The conclusion as str, bytes, bool, None, list and dict, in `operation.VERSION`."""
    chosen = conclusion.chosen
    return {
        "ticket": conclusion.ticket,
        "kind": conclusion.kind.value,
        "accepted": list(conclusion.accepted),
        "chosen": None if chosen is None else _from_chosen(chosen),
        "language": conclusion.language,
        "for_another": conclusion.for_another,
    }


def from_plain(value: object) -> Conclusion | Problem:
    """Read `to_plain` back; `operation.malformed` with its field where anything is not as written.

    Only the shape is judged, not the rules.
    """
    reader = PlainReader(value)
    chosen = None
    conclusion = Conclusion(
        ticket=reader.octets("ticket", exactly=TICKET_BYTES),
        kind=reader.choice("kind", OperationKind),
        accepted=reader.texts("accepted"),
        chosen=None if (chosen := reader.part_or_none("chosen")) is None else _chosen(chosen),
        language=reader.text("language"),
        for_another=reader.flag("for_another"),
    )
    reader.finish()
    return reader.problem or conclusion


def problems(conclusion: Conclusion, *, today: date) -> tuple[Problem, ...]:  # noqa: ARG001 - as every kind's
    """Everything that keeps a conclusion from being recorded or accepted.

    Whether the ticket is good, the texts are the ones in force and the username is free, the hub
    knows.
    """
    return tuple(_problems(conclusion))


def _problems(conclusion: Conclusion) -> Iterator[Problem]:
    if conclusion.language not in LANGUAGES:
        yield Problem("language.unknown", field="language")
    if not conclusion.accepted:
        yield Problem("conclusion.not-accepted", field="accepted", rule="R-003-38")
    elif not all(_ACCEPTED.fullmatch(text) for text in conclusion.accepted):
        yield Problem("conclusion.texts", field="accepted", rule="R-003-38")
    chooses = HomeStep.USERNAME in transitions.home_steps(conclusion.kind)
    if chooses != (conclusion.chosen is not None):
        yield Problem("conclusion.chosen", field="chosen", rule="R-003-19")
    if conclusion.chosen is not None:
        yield from (problem.at("chosen") for problem in _chosen_problems(conclusion.chosen))


def _chosen_problems(chosen: Chosen) -> Iterator[Problem]:
    yield from (problem.at("username") for problem in username_problems(chosen.username))
    if chosen.username != fold_username(chosen.username):
        yield Problem("operation.not-canonical", field="username")
    for field, text in (("password", chosen.password), ("answer", chosen.answer)):
        problem = digest_problem(text)
        if problem is not None:
            yield problem.at(field)
    if not fold_answer(chosen.question):
        yield Problem("question.empty", field="question", rule="R-003-38")
    elif len(chosen.question) > LONGEST_QUESTION:
        details = (("longest", str(LONGEST_QUESTION)),)
        yield Problem("question.too-long", field="question", details=details)


def _from_chosen(chosen: Chosen) -> dict[str, Any]:
    return {
        "username": chosen.username,
        "password": chosen.password,
        "question": chosen.question,
        "answer": chosen.answer,
    }


def _chosen(reader: PlainReader) -> Chosen:
    chosen = Chosen(
        username=reader.text("username"),
        password=reader.text("password"),
        question=reader.text("question"),
        answer=reader.text("answer"),
    )
    reader.finish()
    return chosen
