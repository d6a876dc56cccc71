"""The transitions of a question's page, and which page comes next."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events, pages, parsing
from kiosk.flows import form as forms
from kiosk.flows.answers import Answer, QuestionId
from kiosk.flows.citizen.preregistration import (
    Asking,
    CheckEmail,
    Form,
    InsertCard,
    Origin,
    Review,
    Summary,
)
from kiosk.flows.entries import (
    ChoiceEntry,
    DateEntry,
    DatePart,
    DatePrecision,
    Option,
    OptionRole,
    SearchEntry,
    TextEntry,
)
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.question import NONE, EntryKind, Section
from kiosk.flows.questions import question as question_of
from sync.model.errors import Problem

_PASTED: Final = 4
"""A text so many times longer than its field is not even kept: nobody typed that."""

Next = Asking | CheckEmail | Review | Summary | InsertCard


def ask(form: Form, question: QuestionId, around: Surroundings, origin: Origin) -> Asking | None:
    """The page of a question; None where the answers make it no question at all."""
    if not question_of(question).applies(form.answers):
        return None
    return pages.open_page(form, question, around, origin)


def go_on(form: Form, origin: Origin, around: Surroundings) -> Next:
    """The next page: what is missing, and the summary when nothing is.

    From the review's corrections it leads back to the review: what is missing comes later.
    """
    if origin is Origin.REVIEW:
        return Review(form)
    for question in forms.missing(form.answers):
        return pages.open_page(form, question, around, origin)
    return Summary(form)


def step_asking(state: Asking, event: Event, around: Surroundings) -> Next:
    """The page after `event`."""
    match event:
        case events.Back():
            return _back(state, around)
        case events.TextDone() | events.Continued():
            return _done(state, around)
        case events.TextChanged(text):
            return _typed(state, text, around)
        case events.OptionChosen(value):
            return _chosen(state, value, around)
        case events.DatePartFocused(part):
            return _focused(state, part)
        case events.DatePrecisionChosen(precision):
            return _known_as(state, precision)
        case _:
            return state


def _back(state: Asking, around: Surroundings) -> Next:
    """To the page from which this one was opened, or to the question before."""
    match state.origin:
        case Origin.REVIEW:
            return Review(state.form)
        case Origin.SUMMARY:
            return Summary(state.form)
        case Origin.IN_ORDER:
            asked = state.form.asked
            return last_asked(replace(state.form, asked=asked[:-1]), around)


def last_asked(form: Form, around: Surroundings) -> Next:
    """The last question that was put and still is one; before the first, where data came from."""
    asked = form.asked
    while asked:
        page = ask(replace(form, asked=asked), asked[-1], around, Origin.IN_ORDER)
        if page is not None:
            return page
        asked = asked[:-1]
    form = replace(form, asked=())
    return Review(form) if form.card_used else InsertCard(form)


def _done(state: Asking, around: Surroundings) -> Next:
    """Check what stands in the field."""
    question, entry = question_of(state.question), state.entry
    known = state.form.answers.get(state.question)
    match entry:
        case TextEntry():
            answer = parsing.parse_text(question, entry.text, state.form.answers)
        case SearchEntry() if known is not None and entry.text == known.text:
            answer = known
        case SearchEntry():
            answer = parsing.parse_search(question, entry.text, around.today)
        case DateEntry():
            answer = parsing.parse_date(question, entry, around.today)
        case ChoiceEntry():
            return state if entry.chosen is None else _chosen(state, entry.chosen, around)
    return _judged(state, answer, around)


def _chosen(state: Asking, value: str, around: Surroundings) -> Next:
    """One of the page's own buttons; any other value changes nothing."""
    entry = state.entry
    if isinstance(entry, DateEntry):
        return state
    option = next((option for option in entry.options if option.value == value), None)
    if option is None:
        return state
    return _judged(state, _answer_of(option, entry, state, around), around)


def _answer_of(
    option: Option,
    entry: TextEntry | SearchEntry | ChoiceEntry,
    state: Asking,
    around: Surroundings,
) -> Answer | Problem:
    question = question_of(state.question)
    match option.role:
        case OptionRole.SKIP:
            return Answer()
        case OptionRole.NONE:
            return Answer(code=NONE)
        case OptionRole.ANSWER:
            return Answer(code=option.value)
        case OptionRole.SUGGESTION if isinstance(entry, SearchEntry):
            place = parsing.choose_place(question, option.value, around.today)
            return place or Problem("place.not-found")
        case OptionRole.SUGGESTION:
            return parsing.parse_text(question, option.value, state.form.answers)


def _judged(state: Asking, answer: Answer | Problem, around: Surroundings) -> Next:
    """Stay with a problem, stay once with a doubt, or go on with the answer."""
    if isinstance(answer, Problem):
        return replace(state, problem=answer, doubtful=False)
    form = forms.with_answer(state.form, state.question, answer)
    doubt = parsing.doubt(state.question, answer, form.answers, around.today)
    if doubt is not None and (state.question, doubt.code) not in form.accepted:
        if not (state.doubtful and state.problem == doubt):
            return replace(state, problem=doubt, doubtful=True)
        form = forms.accept_doubts(form, {state.question: doubt})
    if state.question is QuestionId.EMAIL:
        return CheckEmail(form, state.origin)
    if state.origin is Origin.IN_ORDER and _contradicts_itself(form, state.question):
        return Review(form)
    return go_on(form, state.origin, around)


def _contradicts_itself(form: Form, answered: QuestionId) -> bool:
    """Whether the last answer about the person completes data that do not fit together."""
    if question_of(answered).section is not Section.IDENTITY:
        return False
    if not forms.identity_complete(form.answers):
        return False
    found = forms.differences(form)
    return any((question, problem.code) not in form.accepted for question, problem in found.items())


def _typed(state: Asking, text: str, around: Surroundings) -> Asking:
    """A key: the field changes and an earlier complaint goes away."""
    question, entry = question_of(state.question), state.entry
    if len(text) > _PASTED * question.longest and len(text) > _PASTED * len(entry_text(entry)):
        return replace(state, problem=_too_long(state, text), doubtful=False)
    if isinstance(entry, ChoiceEntry):
        return state
    changed = pages.typed(state, text, around)
    return replace(state, entry=changed, problem=None, doubtful=False)


def entry_text(entry: TextEntry | SearchEntry | DateEntry | ChoiceEntry) -> str:
    """What stands in the field that has the focus; empty for a choice."""
    return "" if isinstance(entry, ChoiceEntry) else entry.text


def _too_long(state: Asking, text: str) -> Problem:
    """What the model says of a text that is much too long; the field keeps what it had."""
    question = question_of(state.question)
    if question.kind is EntryKind.TEXT:
        judged = parsing.parse_text(question, text, state.form.answers)
        if isinstance(judged, Problem):
            return judged
    return Problem("text.too-long", details=(("longest", str(question.longest)),))


def _focused(state: Asking, part: DatePart) -> Asking:
    entry = state.entry
    if not isinstance(entry, DateEntry) or part not in entry.parts:
        return state
    return replace(state, entry=replace(entry, focus=part))


def _known_as(state: Asking, precision: DatePrecision) -> Asking:
    entry = state.entry
    if not isinstance(entry, DateEntry) or not question_of(state.question).partial:
        return state
    entry = pages.with_precision(entry, precision)
    return replace(state, entry=entry, problem=None, doubtful=False)
