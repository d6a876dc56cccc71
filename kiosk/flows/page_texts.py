"""What the texts of a page are made of: its buttons, its lines, the citizen's text of a code."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.flows.events import Continued, Event, Refused
from kiosk.flows.phrases import Phrase, phrase
from sync.model.errors import Problem


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a page; a touch on it is `event`."""

    label: Phrase
    event: Event
    main: bool = False


@dataclass(frozen=True, slots=True)
class Wording:
    """What a page says.

    Attributes:
        title: the question or the news, one line.
        body: the explanation, one paragraph each.
        actions: the page's buttons, the main one last.
        help: what "Chiedi aiuto" says here.
        problem: what is wrong, and how to mend it.
    """

    title: Phrase
    body: tuple[Phrase, ...]
    actions: tuple[Action, ...]
    help: tuple[Phrase, ...]
    problem: Phrase | None = None


def problem_phrase(problem: Problem) -> Phrase:
    """The citizen's text of a problem: what is wrong and how to mend it."""
    return Phrase(f"problem.{problem.code}", problem.details)


def failure_phrase(code: str) -> Phrase:
    """The citizen's text of a failure code."""
    return phrase(f"failure.{code}.citizen")


def action(key: str, event: Event, *, main: bool = False) -> Action:
    """A button by the key of its text."""
    return Action(phrase(key), event, main)


def pair(name: str) -> tuple[Action, ...]:
    """`<name>.refuse` and, as the main button, `<name>.continue`."""
    return (
        action(f"{name}.refuse", Refused()),
        action(f"{name}.continue", Continued(), main=True),
    )
