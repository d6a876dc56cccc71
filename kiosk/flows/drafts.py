"""The unfinished form as a plain value: it survives a crash of the program, and only that.

The runtime keeps what `draft_of` gives after each transition, encrypted and in memory, and drops it
when that is None. A draft of another shape is not read: the person starts again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final
from uuid import UUID

from kiosk.flows import pages
from kiosk.flows.answers import Answer, Answers, QuestionId
from kiosk.flows.citizen import preregistration as states
from kiosk.flows.citizen.document_reading import Checking, DocumentReadingState, Prefilling
from kiosk.flows.citizen.identity_check import IdentityCheckState, errand_of
from kiosk.flows.citizen.preregistration import Form, Origin, PreregistrationState
from kiosk.flows.entries import ChoiceEntry, DateEntry, DatePart, DatePrecision
from kiosk.flows.office import Surroundings
from kiosk.flows.state import Activity, Overlay, Session
from kiosk.flows.steps.scanning import ForForm, ScanningState
from sync.model.errors import Problem

SHAPE: Final = 2
"""Another number for every other way of writing a draft."""

_QUESTIONS: Final = {question.value: question for question in QuestionId}
_ORIGINS: Final = {origin.value: origin for origin in Origin}
_PARTS: Final = {part.value: part for part in DatePart}
_PRECISIONS: Final = {precision.value: precision for precision in DatePrecision}


def draft_of(session: Session) -> dict[str, object] | None:
    """What to keep of a session: str, int, bool, bytes, None, list and dict.

    None where there is nothing to lose: before the first answer, and outside a form. Nothing of an
    identity check is ever kept; of a document that is read for a form, only the form is.
    """
    activity = _resting(session)
    kept = _form_of(activity)
    if kept is None or kept[1] == Form():
        return None
    screen, form = kept
    draft: dict[str, object] = {
        "shape": SHAPE,
        "operation": session.operation_id.bytes,
        "language": session.language,
        "large_text": session.large_text,
        "high_contrast": session.high_contrast,
        "screen": screen,
        "form": _plain_form(form),
    }
    if isinstance(activity, states.Asking | states.CheckEmail):
        draft["origin"] = activity.origin.value
    if isinstance(activity, states.Asking):
        draft["question"] = activity.question.value
        draft["typed"] = _plain_entry(activity)
    return draft


def session_from_draft(draft: Mapping[str, object], base: Session) -> Session | None:
    """The session of a draft, behind the question whether it is the person's own.

    Args:
        draft: what `draft_of` gave, possibly of another version of the program.
        base: a fresh session, for what is not in the draft (office, network, day).

    Returns:
        The session, or None where the draft cannot be read to its last detail.
    """
    match draft:
        case {
            "shape": shape,
            "operation": bytes(operation),
            "language": str(language),
            "large_text": bool(large_text),
            "high_contrast": bool(high_contrast),
            "form": form_plain,
        } if shape == SHAPE and len(operation) == 16 and language in base.office.languages:
            session = replace(
                base,
                operation_id=UUID(bytes=operation),
                language=language,
                large_text=large_text,
                high_contrast=high_contrast,
                overlay=Overlay.RESUMED,
            )
        case _:
            return None
    form = _form_from(form_plain)
    if form is None:
        return None
    activity = _activity_from(draft, form, session.surroundings)
    return None if activity is None else replace(session, activity=activity)


def _resting(session: Session) -> Activity:
    """The page to come back to: from the camera, the question that is asked."""
    activity = session.activity
    if isinstance(activity, ScanningState) and isinstance(activity.errand, ForForm):
        errand = activity.errand
        return pages.open_page(errand.form, errand.question, session.surroundings, errand.origin)
    return activity


def _form_of(activity: Activity) -> tuple[str, Form] | None:
    """The screen to come back to and its form.

    What waits for a device starts again before it; what was confirmed is recorded again, which
    changes nothing where it was recorded already.
    """
    match activity:
        case states.AskMembership() | states.Privacy():
            # What an identity check read is kept by nobody before the notice is agreed to.
            return None if activity.form.read_before else ("privacy", activity.form)
        case states.InsertCard() | states.ReadingCard() | states.CardFailed():
            return "insert-card", activity.form
        case _ if isinstance(activity, DocumentReadingState | IdentityCheckState):
            return _waiting_form(activity)
        case states.Review():
            return "review", activity.form
        case states.Asking():
            return "asking", activity.form
        case states.CheckEmail():
            return "check-email", activity.form
        case states.Summary() | states.RecordFailed():
            return "summary", activity.form
        case states.Recording() | states.Done():
            return "recording", activity.form
        case _:
            return None


def _waiting_form(
    activity: DocumentReadingState | IdentityCheckState,
) -> tuple[str, Form] | None:
    """The form that waits for a document; an identity check has none."""
    match errand_of(activity):
        case Prefilling(form):
            return "insert-card", form
        case Checking():
            return None


def _activity_from(
    draft: Mapping[str, object], form: Form, around: Surroundings
) -> PreregistrationState | None:
    origin = _ORIGINS.get(str(draft.get("origin", Origin.IN_ORDER.value)))
    match draft.get("screen"):
        case "privacy":
            return states.Privacy(form)
        case "insert-card":
            return states.InsertCard(form)
        case "review":
            return states.Review(form)
        case "check-email" if origin is not None:
            return states.CheckEmail(form, origin)
        case "summary":
            return states.Summary(form)
        case "recording":
            return states.Recording(form)
        case "asking" if origin is not None:
            question = _QUESTIONS.get(str(draft.get("question")))
            if question is None:
                return None
            page = pages.open_page(form, question, around, origin)
            return _with_entry(page, draft.get("typed"), around)
        case _:
            return None


def _plain_form(form: Form) -> dict[str, object]:
    return {
        "answers": [[q.value, answer.text, answer.code] for q, answer in form.answers.entries],
        "from_card": sorted(question.value for question in form.from_card),
        "corrected": sorted(question.value for question in form.corrected),
        "refused": [
            [q.value, answer.text, answer.code, problem.code, [list(d) for d in problem.details]]
            for q, answer, problem in form.refused
        ],
        "card_used": form.card_used,
        "card_expired": form.card_expired,
        "document_used": form.document_used,
        "to_check": sorted([question.value, code] for question, code in form.to_check),
        "asked": [question.value for question in form.asked],
        "accepted": sorted([question.value, code] for question, code in form.accepted),
    }


def _form_from(plain: object) -> Form | None:
    match plain:
        case {
            "answers": list(answers),
            "from_card": list(from_card),
            "corrected": list(corrected),
            "refused": list(refused),
            "card_used": bool(card_used),
            "card_expired": bool(card_expired),
            "document_used": bool(document_used),
            "to_check": list(to_check),
            "asked": list(asked),
            "accepted": list(accepted),
        }:
            lists = (
                [_answer_from(entry) for entry in answers],
                [_QUESTIONS.get(str(entry)) for entry in from_card],
                [_QUESTIONS.get(str(entry)) for entry in corrected],
                [_refused_from(entry) for entry in refused],
                [_QUESTIONS.get(str(entry)) for entry in asked],
                [_accepted_from(entry) for entry in accepted],
                [_accepted_from(entry) for entry in to_check],
            )
        case _:
            return None
    if any(None in entries for entries in lists):
        return None
    return Form(
        answers=Answers(tuple(entry for entry in lists[0] if entry)),
        from_card=frozenset(entry for entry in lists[1] if entry),
        corrected=frozenset(entry for entry in lists[2] if entry),
        refused=tuple(entry for entry in lists[3] if entry),
        card_used=card_used,
        card_expired=card_expired,
        asked=tuple(entry for entry in lists[4] if entry),
        accepted=frozenset(entry for entry in lists[5] if entry),
        document_used=document_used,
        to_check=frozenset(entry for entry in lists[6] if entry),
    )


def _answer_from(plain: object) -> tuple[QuestionId, Answer] | None:
    match plain:
        case [str(name), str(text), str() | None as code] if name in _QUESTIONS:
            return _QUESTIONS[name], Answer(text, code)
        case _:
            return None


def _refused_from(plain: object) -> tuple[QuestionId, Answer, Problem] | None:
    match plain:
        case [str(name), str(text), str() | None as code, str(problem), list(details)]:
            pairs = [tuple(pair) for pair in details if isinstance(pair, list) and len(pair) == 2]
            if name not in _QUESTIONS or len(pairs) != len(details):
                return None
            said = tuple((str(key), str(value)) for key, value in pairs)
            return _QUESTIONS[name], Answer(text, code), Problem(problem, details=said)
        case _:
            return None


def _accepted_from(plain: object) -> tuple[QuestionId, str] | None:
    match plain:
        case [str(name), str(code)] if name in _QUESTIONS:
            return _QUESTIONS[name], code
        case _:
            return None


def _plain_entry(asking: states.Asking) -> list[object]:
    entry = asking.entry
    match entry:
        case DateEntry():
            return [entry.day, entry.month, entry.year, entry.focus.value, entry.precision.value]
        case ChoiceEntry():
            return []
        case _:
            return [entry.text]


def _with_entry(page: states.Asking, typed: object, around: Surroundings) -> states.Asking | None:
    """The page with what stood in its field."""
    match page.entry, typed:
        case DateEntry(), [str(day), str(month), str(year), str(focus), str(precision)]:
            if focus not in _PARTS or precision not in _PRECISIONS:
                return None
            entry = DateEntry(day, month, year, _PARTS[focus], _PRECISIONS[precision])
            return replace(page, entry=entry)
        case ChoiceEntry(), []:
            return page
        case DateEntry() | ChoiceEntry(), _:
            return None
        case _, [str(text)]:
            return replace(page, entry=pages.typed(page, text, around))
        case _:
            return None
