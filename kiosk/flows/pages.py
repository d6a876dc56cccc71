"""The page of a question: what stands in its field when it opens, and what can be touched."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final

from kiosk.flows import parsing
from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen.preregistration import Asking, Form, Origin
from kiosk.flows.entries import (
    ChoiceEntry,
    DateEntry,
    DatePart,
    DatePrecision,
    Entry,
    Option,
    OptionRole,
    SearchEntry,
    TextEntry,
)
from kiosk.flows.office import OfficeInfo, Surroundings
from kiosk.flows.phrases import Phrase, literal, phrase
from kiosk.flows.question import NONE, SKIP, EntryKind, Question
from kiosk.flows.questions import question as question_of
from sync.model import places
from sync.model.documents import DocumentKind
from sync.model.places import Place

_Q = QuestionId
_CAPS_AT_MOST: Final = 8
"""A town with more postal codes than that needs a typed one; a list would not help."""

_COMUNE_OF_CAP: Final = {
    _Q.RESIDENCE_CAP: _Q.RESIDENCE_COMUNE,
    _Q.DOMICILE_CAP: _Q.DOMICILE_COMUNE,
}
_OTHER_NAME: Final = {
    _Q.SURNAME: _Q.NAME,
    _Q.NAME: _Q.SURNAME,
    _Q.DELEGATE_SURNAME: _Q.DELEGATE_NAME,
    _Q.DELEGATE_NAME: _Q.DELEGATE_SURNAME,
}
"""Who lacks one has the other (ANPR senzaCognome, senzaNome): nobody lacks both."""

# What the document itself says in its field "Rilasciato da"; administrative names, not translated.
_ISSUERS: Final = {
    DocumentKind.CARTA_IDENTITA: ("Ministero dell'Interno",),
    DocumentKind.PASSAPORTO: ("Ministero degli Affari Esteri",),
    DocumentKind.PATENTE_GUIDA: ("MIT-UCO",),
    DocumentKind.PERMESSO_SOGGIORNO: (),
    DocumentKind.PATENTE_NAUTICA: (),
}


def open_page(form: Form, question_id: QuestionId, around: Surroundings, origin: Origin) -> Asking:
    """The page of a question, filled with an earlier answer or with what the card says."""
    question = question_of(question_id)
    if origin is Origin.IN_ORDER and form.asked[-1:] != (question_id,):
        form = replace(form, asked=(*form.asked, question_id))
    known, problem = form.answers.get(question_id), None
    for refused, answer, reason in form.refused:
        if refused is question_id:
            known, problem = answer, reason
    entry = _entry(question, known or Answer(), form.answers, around)
    return Asking(form, question_id, entry, problem, origin)


def _entry(question: Question, known: Answer, answers: Answers, around: Surroundings) -> Entry:
    match question.kind:
        case EntryKind.TEXT:
            return TextEntry(known.text, text_options(question, answers))
        case EntryKind.SEARCH:
            return SearchEntry(
                known.text, search_options(question, known.text, around.office, around.today)
            )
        case EntryKind.CHOICE | EntryKind.YES_NO:
            return ChoiceEntry(choice_options(question), known.code)
        case EntryKind.DATE:
            return _date_entry(known)


def typed(page: Asking, text: str, around: Surroundings) -> Entry:
    """What stands on a page after `text` was typed into the field that has the focus."""
    entry = page.entry
    match entry:
        case TextEntry():
            return replace(entry, text=text)
        case SearchEntry():
            question = question_of(page.question)
            return SearchEntry(text, search_options(question, text, around.office, around.today))
        case DateEntry():
            return type_into_date(entry, text)
        case ChoiceEntry():
            return entry


def choice_options(question: Question) -> tuple[Option, ...]:
    """One button for each answer of a choice."""
    return tuple(
        Option(value, phrase(f"option.{question.options_named}.{value}"))
        for value in question.options
    )


def text_options(question: Question, answers: Answers) -> tuple[Option, ...]:
    """Suggestions for a text and the ways out of it."""
    options = [
        Option(text, literal(text), OptionRole.SUGGESTION)
        for text in _suggestions(question.id, answers)
    ]
    if question.optional:
        options.append(Option(SKIP, phrase(f"question.{question.id.value}.skip"), OptionRole.SKIP))
    if question.can_be_none and answers.code(_OTHER_NAME[question.id]) != NONE:
        options.append(Option(NONE, phrase(f"question.{question.id.value}.none"), OptionRole.NONE))
    return tuple(options)


def _suggestions(question: QuestionId, answers: Answers) -> tuple[str, ...]:
    if question in _COMUNE_OF_CAP:
        caps = places.caps(answers.code(_COMUNE_OF_CAP[question]) or "")
        return caps if len(caps) <= _CAPS_AT_MOST else ()
    if question in {_Q.DOCUMENT_ISSUER, _Q.DELEGATE_DOCUMENT_ISSUER}:
        kind = parsing.document_kind(answers, question)
        issuers = _ISSUERS[kind]
        town = answers.text(_Q.RESIDENCE_COMUNE)
        if kind is DocumentKind.CARTA_IDENTITA and town:
            issuers = (f"Comune di {town}", *issuers)
        return issuers
    return ()


def search_options(
    question: Question, text: str, office: OfficeInfo, on: date
) -> tuple[Option, ...]:
    """What a search finds; before anything is typed, the comune in which the kiosk stands."""
    if text.strip():
        found = parsing.find_places(question, text, on)
    else:
        here = None if question.free else places.comune(office.comune, on=on)
        found = () if here is None else (here,)
    return tuple(
        Option(place.belfiore, place_name(place), OptionRole.SUGGESTION) for place in found
    )


def place_name(place: Place) -> Phrase:
    """A place as a list shows it: with its province, and both names where it has two."""
    if place.province is None:
        return literal(place.name)
    if place.other_name:
        return phrase(
            "place.bilingual", name=place.name, other=place.other_name, province=place.province
        )
    return phrase("place.comune", name=place.name, province=place.province)


def _date_entry(known: Answer) -> DateEntry:
    if known.code is not None or not known.text:
        return DateEntry()
    year, month, day = (*known.text.split("-"), "", "")[:3]
    precision = DatePrecision.DAY if day else DatePrecision.MONTH if month else DatePrecision.YEAR
    entry = DateEntry(day[:2].lstrip("0"), month[:2].lstrip("0"), year[:4], precision=precision)
    return replace(entry, focus=entry.parts[0])


def type_into_date(entry: DateEntry, text: str) -> DateEntry:
    """The date after a key: clipped to its field; a full field hands the focus on."""
    width = 4 if entry.focus is DatePart.YEAR else 2
    typed = text[:width]
    grew = len(typed) > len(entry.text)
    changed = _with_part(entry, entry.focus, typed)
    where = entry.parts.index(entry.focus)
    if grew and len(typed) == width and where + 1 < len(entry.parts):
        return replace(changed, focus=entry.parts[where + 1])
    return changed


def _with_part(entry: DateEntry, part: DatePart, text: str) -> DateEntry:
    match part:
        case DatePart.DAY:
            return replace(entry, day=text)
        case DatePart.MONTH:
            return replace(entry, month=text)
        case DatePart.YEAR:
            return replace(entry, year=text)


def with_precision(entry: DateEntry, precision: DatePrecision) -> DateEntry:
    """The date with only the fields that the person knows; what was typed stays in them."""
    changed = replace(entry, precision=precision)
    return changed if changed.focus in changed.parts else replace(changed, focus=changed.parts[0])
