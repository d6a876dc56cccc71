"""Preregistration: a citizen leaves the data of Tabella 2 and gets a registration number.

    AskMembership -> AlreadyMember | Privacy -> InsertCard -> ReadingCard -> CardFailed | Review
    -> Asking ... -> CheckEmail -> Asking ... -> Summary -> Recording -> RecordFailed | Done

Rules: R-003-33 to R-003-35, R-003-40, R-003-42, R-003-47, R-003-48, R-003-64, R-003-65.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.entries import Entry
from kiosk.flows.papers import Papers
from kiosk.flows.receipt import Receipt
from sync.model.errors import Problem


@dataclass(frozen=True, slots=True)
class Form:
    """Everything given so far; nothing of it is ever logged.

    Attributes:
        answers: checked answers.
        from_card: questions that the card answered.
        corrected: those of them that the person changed.
        refused: what the card says and the rules do not accept; shown with its problem, to mend.
        card_used: whether a card was read.
        document_used: whether it was an identity document, not a health card.
        card_expired: whether the card that was read is past its date (R-003-39).
        asked: the questions that were put to the person, in order; "Indietro" walks it back.
        accepted: doubts (question and problem code) that the person was shown and let stand.
        to_check: answers that the card may have cut or altered, with the code of the doubt; gone
            when the person has looked at them.
        read_before: whether the identity check read the card, and nobody has reviewed it yet.
    """

    answers: Answers = field(default_factory=Answers)
    from_card: frozenset[QuestionId] = frozenset()
    corrected: frozenset[QuestionId] = frozenset()
    refused: tuple[tuple[QuestionId, Answer, Problem], ...] = field(default=(), repr=False)
    card_used: bool = False
    card_expired: bool = False
    asked: tuple[QuestionId, ...] = ()
    accepted: frozenset[tuple[QuestionId, str]] = frozenset()
    document_used: bool = False
    to_check: frozenset[tuple[QuestionId, str]] = frozenset()
    read_before: bool = False


class Origin(Enum):
    """From where a question was opened; there "Indietro" and the answer lead."""

    IN_ORDER = "in-order"
    """The form's own order: the answer leads to the next question."""
    REVIEW = "review"
    """"Correggi" on the review."""
    SUMMARY = "summary"
    """"Correggi" or "Aggiungi" on the summary."""


@dataclass(frozen=True, slots=True)
class AskMembership:
    """The question "have you a user name and a password?"; `OptionChosen("yes" | "no")`."""

    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class AlreadyMember:
    """What a member does to get strong credentials (R-003-34); `Continued` ends."""

    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class Privacy:
    """The notice (R-003-47); `Continued` says it was read, `Refused` leaves."""

    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class InsertCard:
    """The request to insert the health card; `Refused` goes on without.

    `OptionChosen("identity-card")` takes the identity card instead, where the station reads them.
    `failure` is the code of a reader that does not work, None while it does.
    """

    form: Form = field(default_factory=Form)
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class ReadingCard:
    """The card is being read: a second or two."""

    form: Form = field(default_factory=Form)


@dataclass(frozen=True, slots=True)
class CardFailed:
    """The card could not be read; `Continued` tries again, `Refused` goes on without.

    `OptionChosen("identity-card")` takes the identity card instead.
    """

    form: Form
    code: str


@dataclass(frozen=True, slots=True)
class Review:
    """Data from the card, or data that contradict each other, with "Correggi" on each row.

    The rows are `rows.review_rows`. `EditAsked` opens a row, `Continued` goes on.
    """

    form: Form


@dataclass(frozen=True, slots=True)
class Asking:
    """One question on one page.

    Attributes:
        form: what is known.
        question: what is asked.
        entry: what stands in the field.
        problem: what is wrong with it, shown beside the field; None until it was checked.
        doubtful: whether `problem` is only a doubt, which a second "Avanti" lets stand.
        origin: from where the page was opened.
    """

    form: Form
    question: QuestionId
    entry: Entry
    problem: Problem | None = None
    origin: Origin = Origin.IN_ORDER
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class CheckEmail:
    """The e-mail in large type: `Continued` says it is right, `Refused` and `Back` correct it."""

    form: Form
    origin: Origin = Origin.IN_ORDER


@dataclass(frozen=True, slots=True)
class Summary:
    """Everything in sections with "Correggi" and "Aggiungi"; `Continued` sends.

    The sections are `rows.summary_sections`, with each problem beside its row.

    `warned` says that the person was asked to look at doubtful rows once more before sending.
    """

    form: Form
    warned: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """The operation is being made durable: under a second."""

    form: Form


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """Not recorded, nothing lost; `Continued` tries again, `Back` leads to the summary."""

    form: Form
    code: str


@dataclass(frozen=True, slots=True)
class Done:
    """Durable on this station: number, QR, papers, and what happens next. `Continued` ends."""

    form: Form
    receipt: Receipt
    papers: Papers = ()


PreregistrationState = (
    AskMembership
    | AlreadyMember
    | Privacy
    | InsertCard
    | ReadingCard
    | CardFailed
    | Review
    | Asking
    | CheckEmail
    | Summary
    | Recording
    | RecordFailed
    | Done
)
