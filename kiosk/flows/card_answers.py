"""How what a card says becomes answers: accepted by the model, or kept beside with its problem."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.flows import form as forms
from kiosk.flows import parsing
from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.entries import DateEntry, DatePrecision
from kiosk.flows.questions import question as question_of
from sync.model.errors import Problem
from sync.model.identity import Sex


def take(form: Form, question: QuestionId, answer: Answer) -> Form:
    """An answer of the card itself, which corrects nothing."""
    answers = forms.with_answer(form, question, answer).answers
    return replace(form, answers=answers, from_card=form.from_card | {question})


def refuse(form: Form, question: QuestionId, answer: Answer, problem: Problem) -> Form:
    """What the card says and the model does not accept; shown to be mended."""
    return replace(
        form,
        answers=form.answers.without(question),
        refused=(*form.refused, (question, answer, problem)),
    )


def take_text(form: Form, question: QuestionId, text: str) -> Form:
    """A text of the card; an empty one answers nothing."""
    if not text:
        return form
    answer = parsing.parse_text(question_of(question), text, form.answers)
    if isinstance(answer, Problem):
        return refuse(form, question, Answer(text), answer)
    return take(form, question, answer)


def take_sex(form: Form, text: str) -> Form:
    """The sex as a card writes it; anything but `M` and `F` answers nothing."""
    if text not in {sex.value for sex in Sex}:
        return form
    return take(form, QuestionId.SEX, Answer(code=text))


def take_birth_date(form: Form, text: str, today: date) -> Form:
    """Eight digits DDMMYYYY, where an unknown day or month is `00`."""
    if not text:
        return form
    day, month, year = text[:2], text[2:4], text[4:]
    precision = DatePrecision.DAY
    if day == "00":
        precision = DatePrecision.YEAR if month == "00" else DatePrecision.MONTH
    entry = DateEntry(day, month, year, precision=precision)
    answer = parsing.parse_date(question_of(QuestionId.BIRTH_DATE), entry, today)
    if isinstance(answer, Problem):
        return refuse(form, QuestionId.BIRTH_DATE, Answer(f"{year}-{month}-{day}"), answer)
    return take(form, QuestionId.BIRTH_DATE, answer)
