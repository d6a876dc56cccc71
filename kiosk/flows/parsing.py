"""From what was entered to an answer: every check is the model's (`sync.model`), none is made here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from typing import Final

from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.entries import DateEntry, DatePart
from kiosk.flows.question import Question
from sync.model import (
    addresses,
    codice_fiscale,
    contacts,
    dates,
    documents,
    names,
    places,
    preregistration,
)
from sync.model.dates import PartialDate
from sync.model.documents import DocumentKind
from sync.model.errors import Problem

_Q = QuestionId
_FOUND_AT_MOST: Final = 6

DOCUMENT_OF: Final[Mapping[QuestionId, QuestionId]] = {
    _Q.DOCUMENT_NUMBER: _Q.DOCUMENT_KIND,
    _Q.DOCUMENT_ISSUED_ON: _Q.DOCUMENT_KIND,
    _Q.DOCUMENT_ISSUER: _Q.DOCUMENT_KIND,
    _Q.DELEGATE_DOCUMENT_NUMBER: _Q.DELEGATE_DOCUMENT_KIND,
    _Q.DELEGATE_DOCUMENT_ISSUED_ON: _Q.DELEGATE_DOCUMENT_KIND,
    _Q.DELEGATE_DOCUMENT_ISSUER: _Q.DELEGATE_DOCUMENT_KIND,
}
"""Which question tells the kind of the document that a question is about."""


def document_kind(answers: Answers, question: QuestionId) -> DocumentKind:
    """The kind of the document that `question` is about; an identity card while it is not known."""
    code = answers.code(DOCUMENT_OF[question])
    return DocumentKind(code) if code else DocumentKind.CARTA_IDENTITA


def parse_text(question: Question, text: str, answers: Answers) -> Answer | Problem:
    """The answer that a typed text is; an optional question may be left empty."""
    if question.optional and not text.strip():
        return Answer()
    checked = _parser(question.id, answers)(text)
    return checked if isinstance(checked, Problem) else Answer(checked)


def _parser(question: QuestionId, answers: Answers) -> Callable[[str], str | Problem]:
    if question in {_Q.DOCUMENT_NUMBER, _Q.DELEGATE_DOCUMENT_NUMBER}:
        return partial(documents.parse_document_number, document_kind(answers, question))
    return _PARSERS[question]


def _codice_fiscale(text: str) -> str | Problem:
    code = codice_fiscale.parse(text)
    return code if isinstance(code, Problem) else code.text


_PARSERS: Final[Mapping[QuestionId, Callable[[str], str | Problem]]] = {
    _Q.CODICE_FISCALE: _codice_fiscale,
    _Q.SURNAME: names.parse_name,
    _Q.NAME: names.parse_name,
    _Q.RESIDENCE_CITY: addresses.parse_city,
    _Q.RESIDENCE_STREET: addresses.parse_street,
    _Q.RESIDENCE_NUMBER: addresses.parse_house_number,
    _Q.RESIDENCE_CAP: addresses.parse_cap,
    _Q.RESIDENCE_NATION: addresses.parse_nation,
    _Q.DOMICILE_STREET: addresses.parse_street,
    _Q.DOMICILE_NUMBER: addresses.parse_house_number,
    _Q.DOMICILE_CAP: addresses.parse_cap,
    _Q.DOMICILE_CARE_OF: addresses.parse_care_of,
    _Q.EMAIL: contacts.parse_email,
    _Q.MOBILE: contacts.parse_phone,
    _Q.LANDLINE: contacts.parse_phone,
    _Q.DOCUMENT_ISSUER: documents.parse_issuer,
    _Q.DELEGATE_CODICE_FISCALE: _codice_fiscale,
    _Q.DELEGATE_SURNAME: names.parse_name,
    _Q.DELEGATE_NAME: names.parse_name,
    _Q.DELEGATE_DOCUMENT_ISSUER: documents.parse_issuer,
    _Q.DELEGATE_EMAIL: contacts.parse_email,
    _Q.DELEGATE_PHONE: contacts.parse_phone,
    _Q.NOTE: names.parse_note,
}


def parse_date(question: Question, entry: DateEntry, today: date) -> Answer | Problem:
    """The answer that the fields of a date are, as far as the person knows it."""
    typed = {DatePart.DAY: entry.day, DatePart.MONTH: entry.month, DatePart.YEAR: entry.year}
    known = {part: typed[part].strip() if part in entry.parts else "" for part in DatePart}
    if any(known.values()):
        for part in entry.parts:
            if not known[part]:
                return Problem(f"date.{part.value}-missing")
    day, month, year = (known[part] for part in DatePart)
    if question.partial:
        partial_date = dates.parse_partial(day, month, year, today=today)
        return partial_date if isinstance(partial_date, Problem) else Answer(partial_date.text)
    full = dates.parse_date(day, month, year, today=today)
    return full if isinstance(full, Problem) else Answer(full.isoformat())


def partial_of(answer: Answer) -> PartialDate | None:
    """The date of birth in an answer, None where there is none."""
    found = dates.partial_from_text(answer.text)
    return None if isinstance(found, Problem) else found


def find_places(question: Question, text: str, on: date) -> tuple[places.Place, ...]:
    """The comuni or states that a search text finds."""
    search = places.search_states if question.free else places.search
    return search(text, limit=_FOUND_AT_MOST, on=on)


def parse_search(question: Question, text: str, on: date) -> Answer | Problem:
    """The place that a text names without doubt; for a nation, the text itself if none is found."""
    found = find_places(question, text, on)
    exact = [place for place in found if place.name.casefold() == text.strip().casefold()]
    if len(exact) == 1:
        return Answer(exact[0].name, exact[0].belfiore)
    if len(found) == 1:
        return Answer(found[0].name, found[0].belfiore)
    if question.free and not found:
        return parse_text(question, text, Answers())
    if not text.strip():
        return Problem("place.empty")
    return Problem("place.choose") if found else Problem("place.not-found")


def choose_place(question: Question, belfiore: str, on: date) -> Answer | None:
    """The place that was touched in the list; None where there is no such place."""
    lookup = places.state if question.free else places.comune
    place = lookup(belfiore, on=on)
    return None if place is None else Answer(place.name, place.belfiore)


def doubt(question: QuestionId, answer: Answer, answers: Answers, today: date) -> Problem | None:
    """What looks wrong in an answer and may be right: told once, on its own page.

    The same that `sync.model.preregistration.doubts` says of the whole.
    """
    if answer.empty:
        return None
    if question in {_Q.DOCUMENT_NUMBER, _Q.DELEGATE_DOCUMENT_NUMBER}:
        usual = documents.is_usual_number(document_kind(answers, question), answer.text)
        return None if usual else Problem("document.number-unusual")
    if question in {_Q.DOCUMENT_ISSUED_ON, _Q.DELEGATE_DOCUMENT_ISSUED_ON}:
        old = date.fromisoformat(answer.text) < today - preregistration.USUAL_VALIDITY
        return Problem("document.perhaps-expired", rule="R-003-39") if old else None
    return None
