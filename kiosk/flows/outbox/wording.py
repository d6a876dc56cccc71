"""What each of the outbox's pages says, as catalogue keys."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.troubles import remedy_of, remedy_phrases, trouble_phrase
from kiosk.flows.events import Continued
from kiosk.flows.outbox import deciding
from kiosk.flows.outbox.events import CloseChosen, CorrectChosen
from kiosk.flows.outbox.states import (
    NAMES,
    AskingRefused,
    ChooseReason,
    Closing,
    EntryPage,
    NotClosed,
    NotCorrectable,
    OutboxList,
    OutboxState,
)
from kiosk.flows.outbox.views import EntryState, EntryView, LinkView
from kiosk.flows.page_texts import Action, Wording, action
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.state import Session

_MINUTE: Final = 60
_KEYS: Final = "outbox."


def wording(session: Session, activity: OutboxState) -> Wording:
    """What the page says."""
    name = NAMES[type(activity)]
    return Wording(
        title=phrase(f"{name}.title"),
        body=_body(activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity),
    )


def can_go_back(activity: OutboxState) -> bool:
    """Whether "Indietro" leads anywhere."""
    return not isinstance(activity, Closing)


def can_stop(activity: OutboxState) -> bool:
    """Whether "Esci" is on offer."""
    return not isinstance(activity, Closing)


def _body(activity: OutboxState, name: str) -> tuple[Phrase, ...]:
    body = phrase(f"{name}.body")
    match activity:
        case EntryPage(entry=entry):
            return (why(entry), *remedies(entry))
        case ChooseReason(page=page) if page.entry.lost:
            return (phrase("outbox.reason.of-lost"),)
        case NotCorrectable(code=code) | NotClosed(code=code):
            return trouble_phrase(code), *remedy_phrases(code), body
        case _:
            return (body,)


def _problem(activity: OutboxState) -> Phrase | None:
    match activity:
        case OutboxList(code=str(code)):
            return trouble_phrase(code)
        case _:
            return None


def _actions(session: Session, activity: OutboxState, name: str) -> tuple[Action, ...]:
    match activity:
        case EntryPage(entry=entry):
            found: list[Action] = []
            if deciding.may_close(entry, session.desk):
                found.append(action(f"{name}.close", CloseChosen()))
            if deciding.may_correct(entry, session.desk, session.office):
                found.append(action(f"{name}.correct", CorrectChosen(), main=True))
            return tuple(found)
        case ChooseReason(chosen=None) | OutboxList() | AskingRefused() | Closing():
            return ()
        case _:
            return (action(f"{name}.continue", Continued(), main=True),)


# --- what is said of an entry, and of the link


def why(entry: EntryView) -> Phrase:
    """Why an entry is where it is."""
    if entry.state is EntryState.CLOSED and entry.closed is not None:
        return phrase(f"outbox.closed-because.{entry.closed.reason.value}")
    if entry.code:
        return trouble_phrase(entry.code)
    known = entry.why.startswith(_KEYS)
    return phrase(entry.why) if known else trouble_phrase(entry.why)


def remedies(entry: EntryView) -> tuple[Phrase, ...]:
    """What is to be done about it, where somebody has to do something."""
    if entry.state is EntryState.CLOSED:
        return ()
    return remedy_of(entry.remedy) if entry.code else remedy_phrases(entry.why)


def link_words(link: LinkView) -> Phrase:
    """What the link does, in words."""
    if link.is_well:
        return phrase("outbox.link.well")
    if link.connected and not link.code:
        return phrase("outbox.link.away")
    return trouble_phrase(link.code) if link.code else phrase("outbox.link.off")


def next_try(seconds: int | None, waited: int) -> Phrase | None:
    """When the next try is, counted down; None where nothing is planned."""
    if seconds is None:
        return None
    left = max(0, seconds - waited)
    if left == 0:
        return phrase("outbox.next-try.now")
    if left < 2 * _MINUTE:
        return phrase("outbox.next-try.seconds", n=left)
    return phrase("outbox.next-try.minutes", n=-(-left // _MINUTE))
