"""What a health card says, as answers.

What the model accepts becomes an answer, which the review shows. What it does not accept is kept
beside with its problem, is shown to be corrected, and never dropped in silence. What the card
leaves empty is asked.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows import form as forms
from kiosk.flows import parsing
from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.entries import DateEntry, DatePrecision
from kiosk.flows.question import ITALY
from kiosk.flows.questions import question as question_of
from sync.model import places
from sync.model.errors import Problem
from sync.model.identity import Sex

_Q = QuestionId
_HOUSE_NUMBER: Final = re.compile(
    r"(?P<street>.*?[^\W\d_].*?)[ ,]+(?:NR?\.? ?)?(?P<number>\d+(?: ?/ ?\w{1,3}| ?[A-Z])?)",
    re.IGNORECASE,
)
"""The house number at the end of an address, with its exponent: `VIA ROMA, N. 12/A`."""


def fill(form: Form, card: CardData, today: date) -> Form:
    """The form with everything that the card tells; it takes the place of earlier answers."""
    filled = replace(
        without_card(form),
        card_used=True,
        card_expired=_expired(card.expires_on, today),
    )
    filled = _fill_text(filled, _Q.CODICE_FISCALE, card.codice_fiscale)
    filled = _fill_text(filled, _Q.SURNAME, card.surname)
    filled = _fill_text(filled, _Q.NAME, card.name)
    filled = _fill_birth_date(filled, card.birth_date, today)
    if card.sex in {sex.value for sex in Sex}:
        filled = _take(filled, _Q.SEX, Answer(code=card.sex))
    return _fill_residence(filled, card, today)


def without_card(form: Form) -> Form:
    """The form without anything that a card said: it may have been another person's."""
    gone = set(form.from_card)
    if _Q.RESIDENCE_COMUNE in gone:
        gone.add(_Q.RESIDENCE_CAP)
    return replace(
        form,
        answers=form.answers.without(*gone),
        from_card=frozenset(),
        corrected=frozenset(),
        refused=(),
        card_used=False,
        card_expired=False,
    )


def _take(form: Form, question: QuestionId, answer: Answer) -> Form:
    """An answer of the card itself, which corrects nothing."""
    answers = forms.with_answer(form, question, answer).answers
    return replace(form, answers=answers, from_card=form.from_card | {question})


def _refuse(form: Form, question: QuestionId, answer: Answer, problem: Problem) -> Form:
    return replace(
        form,
        answers=form.answers.without(question),
        refused=(*form.refused, (question, answer, problem)),
    )


def _fill_text(form: Form, question: QuestionId, text: str) -> Form:
    if not text:
        return form
    answer = parsing.parse_text(question_of(question), text, form.answers)
    if isinstance(answer, Problem):
        return _refuse(form, question, Answer(text), answer)
    return _take(form, question, answer)


def _fill_birth_date(form: Form, text: str, today: date) -> Form:
    """Eight digits DDMMYYYY, where an unknown day or month is `00`."""
    if not text:
        return form
    day, month, year = text[:2], text[2:4], text[4:]
    precision = DatePrecision.DAY
    if day == "00":
        precision = DatePrecision.YEAR if month == "00" else DatePrecision.MONTH
    entry = DateEntry(day, month, year, precision=precision)
    answer = parsing.parse_date(question_of(_Q.BIRTH_DATE), entry, today)
    if isinstance(answer, Problem):
        return _refuse(form, _Q.BIRTH_DATE, Answer(f"{year}-{month}-{day}"), answer)
    return _take(form, _Q.BIRTH_DATE, answer)


def _fill_residence(form: Form, card: CardData, today: date) -> Form:
    if not card.residence_comune:
        return form
    comune = places.comune(card.residence_comune, on=today)
    form = _take(form, _Q.RESIDENCE_COUNTRY, Answer(code=ITALY))
    if comune is None:
        last = places.comune(card.residence_comune)
        said = Answer(last.name if last else card.residence_comune)
        code = "comune.ceased" if last else "comune.unknown"
        form = _refuse(form, _Q.RESIDENCE_COMUNE, said, Problem(code, rule="R-003-42"))
    else:
        form = _take(form, _Q.RESIDENCE_COMUNE, Answer(comune.name, comune.belfiore))
    street, number = split_address(card.residence_address)
    form = _fill_text(form, _Q.RESIDENCE_STREET, street)
    return _fill_text(form, _Q.RESIDENCE_NUMBER, number)


def split_address(address: str) -> tuple[str, str]:
    """Street and house number of an address line; the number is empty where none stands last.

    Both are shown on the review: a street that ends in a number can be put right there.
    """
    line = " ".join(address.split())
    found = _HOUSE_NUMBER.fullmatch(line)
    return (found["street"], found["number"]) if found else (line, "")


def _expired(text: str, today: date) -> bool:
    """Whether eight digits DDMMYYYY lie before today; False where they are no date."""
    if len(text) != 8 or not (text.isascii() and text.isdigit()):
        return False
    try:
        return date(int(text[4:]), int(text[2:4]), int(text[:2])) < today
    except ValueError:
        return False
