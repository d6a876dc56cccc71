"""What a review and a summary show, row by row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from kiosk.flows import form as forms
from kiosk.flows import pages
from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.office import Surroundings
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.question import NONE, EntryKind, Question, Section
from kiosk.flows.questions import question as question_of
from sync.model import dates, places
from sync.model.errors import Problem

_CARD_QUESTIONS: Final = (
    QuestionId.CODICE_FISCALE,
    QuestionId.SURNAME,
    QuestionId.NAME,
    QuestionId.BIRTH_DATE,
    QuestionId.SEX,
    QuestionId.RESIDENCE_COMUNE,
    QuestionId.RESIDENCE_STREET,
    QuestionId.RESIDENCE_NUMBER,
    QuestionId.RESIDENCE_CAP,
)
_ONLY_IDENTITY: Final = _CARD_QUESTIONS[:5]
_DOCUMENT_QUESTIONS: Final = (
    QuestionId.DOCUMENT_KIND,
    QuestionId.DOCUMENT_NUMBER,
    QuestionId.DOCUMENT_ISSUED_ON,
    QuestionId.DOCUMENT_ISSUER,
)


@dataclass(frozen=True, slots=True)
class Row:
    """One datum; a touch on its button is `EditAsked(question)`.

    Attributes:
        question: the question behind it.
        label: name of the datum.
        value: what was answered; None where nothing was, and the button says "Aggiungi".
        problem: what is wrong with it or with its lack; None where nothing is.
        doubtful: whether `problem` is only a doubt, which does not keep the form from being sent.
        from_card: whether the card said so.
    """

    question: QuestionId
    label: Phrase
    value: Phrase | None
    problem: Phrase | None = None
    doubtful: bool = False
    from_card: bool = False

    @property
    def button(self) -> Phrase:
        """What the row's button says."""
        return phrase("button.add" if self.value is None else "button.correct")


@dataclass(frozen=True, slots=True)
class SummarySection:
    """The rows of one step."""

    section: Section
    title: Phrase
    rows: tuple[Row, ...]


def review_rows(form: Form, around: Surroundings) -> tuple[Row, ...]:
    """The data from the card, or the typed data of the person, with what contradicts itself."""
    doubts = forms.doubts(form, around)
    refused = {question: (answer, problem) for question, answer, problem in form.refused}
    shown = _CARD_QUESTIONS if form.card_used else _ONLY_IDENTITY
    if form.document_used:
        shown = (*shown, *_DOCUMENT_QUESTIONS)
    rows = []
    for question_id in shown:
        question = question_of(question_id)
        if question_id in refused:
            answer, problem = refused[question_id]
            rows.append(
                Row(
                    question_id,
                    phrase(question.label),
                    _said(question, answer),
                    Phrase(f"problem.{problem.code}", problem.details),
                )
            )
        elif form.answers.get(question_id) is not None:
            rows.append(_row(form, question, {}, doubts))
    return tuple(rows)


def summary_sections(form: Form, around: Surroundings) -> tuple[SummarySection, ...]:
    """Everything, in the sections of the form; optional data that were left out can be added."""
    problems = forms.problems(form, around)
    doubts = forms.doubts(form, around)
    applicable = forms.applicable(form.answers)
    sections = []
    for section in Section:
        rows = tuple(
            _row(form, question, problems, doubts)
            for question in applicable
            if question.section is section
        )
        if rows:
            sections.append(SummarySection(section, phrase(f"section.{section.value}"), rows))
    return tuple(sections)


def _row(
    form: Form,
    question: Question,
    problems: Mapping[QuestionId | None, Problem],
    doubts: Mapping[QuestionId, Problem],
) -> Row:
    answer = form.answers.get(question.id)
    problem = problems.get(question.id) or doubts.get(question.id)
    said = None if problem is None else Phrase(f"problem.{problem.code}", problem.details)
    if answer is None and not question.on_request:
        said = phrase("row.missing")
    return Row(
        question=question.id,
        label=phrase(question.label),
        value=value_phrase(question.id, form.answers),
        problem=said,
        doubtful=problem is not None and question.id not in problems,
        from_card=question.id in form.from_card,
    )


def value_phrase(question: QuestionId, answers: Answers) -> Phrase | None:
    """An answer as a person reads it; None where the question was not answered or left out."""
    answer = answers.get(question)
    return None if answer is None or answer.empty else _said(question_of(question), answer)


def _said(question: Question, answer: Answer) -> Phrase:
    if answer.code == NONE and question.can_be_none:
        return phrase(f"question.{question.id.value}.none")
    if question.kind in {EntryKind.CHOICE, EntryKind.YES_NO}:
        return phrase(f"option.{question.options_named}.{answer.code}")
    if question.kind is EntryKind.SEARCH and answer.code is not None:
        place = places.state(answer.code) if question.free else places.comune(answer.code)
        return literal(answer.text) if place is None else pages.place_name(place)
    if question.kind is EntryKind.DATE:
        return _date(answer.text)
    return literal(answer.text)


def _date(text: str) -> Phrase:
    """A date in words as far as it is known; what is no date is said as the card says it."""
    found = dates.partial_from_text(text)
    if isinstance(found, Problem):
        return literal("/".join(reversed(text.split("-"))))
    if found.month is None:
        return literal(str(found.year))
    month = phrase(f"month.{found.month}")
    if found.day is None:
        return phrase("date.month-year", month=month, year=found.year)
    return phrase("date.full", day=found.day, month=month, year=found.year)


def has_problems(form: Form, around: Surroundings) -> bool:
    """Whether a row keeps the form from being sent."""
    return bool(forms.missing(form.answers) or forms.problems(form, around))
