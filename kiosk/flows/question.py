"""What a question is: its place, its entry, its keys, its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from kiosk.flows.answers import Answers, QuestionId


class Section(Enum):
    """The steps that a person counts: "Passo 2 di 6"."""

    IDENTITY = "identity"
    RESIDENCE = "residence"
    CONTACTS = "contacts"
    DOCUMENT = "document"
    DELEGATION = "delegation"
    SUMMARY = "summary"


class EntryKind(Enum):
    """How an answer is given."""

    TEXT = "text"
    CHOICE = "choice"
    SEARCH = "search"
    DATE = "date"
    YES_NO = "yes-no"


class Keyboard(Enum):
    """Which keys a field needs."""

    NAME = "name"
    """Letters with accents, apostrophe, hyphen, space; starts in upper case."""
    CODE = "code"
    """Capital letters and digits."""
    DIGITS = "digits"
    """Digits only."""
    PHONE = "phone"
    """Digits, plus, space."""
    EMAIL = "email"
    """Small letters, digits, `@ . - _ +`."""
    LETTER_CODE = "letter-code"
    """The letters and digits of an activation code: those that look like no other."""
    USERNAME = "username"
    """Small letters, digits, `. - _`."""
    PASSWORD = "password"  # noqa: S105  the name of a keyboard
    """Letters of both sizes, digits, signs, space; nothing is put in capitals by itself."""
    FREE = "free"
    """Letters, digits, punctuation: streets, notes."""


YES = "yes"
NO = "no"
ITALY = "italy"
ABROAD = "abroad"
IN_PERSON = "in-person"
NONE = "none"
SKIP = "skip"


def _always(_answers: Answers) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Question:
    """One page that asks one thing.

    Attributes:
        id: which one.
        section: the step to which it belongs.
        kind: how it is answered.
        field: dotted path of the datum in the `Preregistration`; where `Problem.field` points.
        keyboard: the keys for TEXT, SEARCH and DATE; None for choices.
        applies: whether the answers so far make it a question at all.
        optional: whether "Salta" is on offer.
        on_request: never asked by itself; the summary offers to add it.
        partial: whether a date may lack its day or month.
        can_be_none: whether "I have none" is on offer (surname, name).
        free: whether a search takes what was typed when nothing is found.
        options: values of a choice; texts `option.<options_named>.<value>`.
        options_named: the family of those texts.
        longest: characters that the field takes.
        clears: answers that make no sense any more when this one changes.
    """

    id: QuestionId
    section: Section
    kind: EntryKind
    field: str
    keyboard: Keyboard | None = None
    applies: Callable[[Answers], bool] = _always
    optional: bool = False
    on_request: bool = False
    partial: bool = False
    can_be_none: bool = False
    free: bool = False
    options: tuple[str, ...] = ()
    options_named: str = ""
    longest: int = 100
    clears: tuple[QuestionId, ...] = ()

    @property
    def title(self) -> str:
        """Catalogue key of the question itself."""
        return f"question.{self.id.value}.title"

    @property
    def hint(self) -> str:
        """Catalogue key of the line below the question."""
        return f"question.{self.id.value}.hint"

    @property
    def help(self) -> str:
        """Catalogue key of what "Chiedi aiuto" says here."""
        return f"question.{self.id.value}.help"

    @property
    def label(self) -> str:
        """Catalogue key of the datum's name on a summary."""
        return f"question.{self.id.value}.label"
