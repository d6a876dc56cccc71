"""The transitions of the outbox's pages; states in `states`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

from kiosk.flows import events, scanned
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.outbox import deciding
from kiosk.flows.outbox import events as touches
from kiosk.flows.outbox.effects import AskRefusedAct, CloseOutcome, TellEntry, TellOutbox
from kiosk.flows.outbox.states import (
    AskingRefused,
    ChooseReason,
    Closing,
    EntryPage,
    NotClosed,
    NotCorrectable,
    OutboxList,
    OutboxState,
)
from kiosk.flows.outbox.views import Choice
from sync.model import registration_number
from sync.model.errors import Problem

OutboxMove: TypeAlias = "tuple[OutboxState | None, tuple[Effect, ...]]"
"""The next page, None for the menu; and what to ask for."""

LOOK_SECONDS: Final = 3
"""So often a page that stands looks again."""

NO_SUCH_NUMBER: Final = "outbox.number-unknown"
"""No registration of this station has the number."""

_LONGEST_NUMBER: Final = 20


def begin(around: Surroundings, choice: Choice = Choice.TO_DECIDE) -> OutboxMove:
    """The list, asked for."""
    return OutboxList(choice), (TellOutbox(around.session_id, choice),)


def step(state: OutboxState, event: Event, around: Surroundings) -> OutboxMove:
    """The page after `event`."""
    match state:
        case OutboxList():
            return _list(state, event, around)
        case EntryPage():
            return _entry(state, event, around)
        case ChooseReason():
            return _reason(state, event, around)
        case AskingRefused() | NotCorrectable():
            return _asking(state, event, around)
        case Closing() | NotClosed():
            return _closing(state, event, around)


def waited(state: OutboxState, seconds: int, around: Surroundings) -> OutboxMove:
    """Time runs towards the next try; now and then the page looks again."""
    if not isinstance(state, OutboxList | EntryPage):
        return state, ()
    state = replace(state, waited=state.waited + max(0, seconds))
    if state.asking or state.waited < LOOK_SECONDS:
        return state, ()
    if isinstance(state, OutboxList):
        return replace(state, asking=True), (TellOutbox(around.session_id, state.choice),)
    return replace(state, asking=True), (TellEntry(around.session_id, state.entry.seq),)


# --- the list


def _list(state: OutboxList, event: Event, around: Surroundings) -> OutboxMove:
    match event:
        case touches.OutboxTold(session_id, view, code) if session_id == around.session_id:
            if view is None:
                return replace(state, asking=False, waited=0, code=code), ()
            if view.choice is not state.choice:
                return state, ()  # of a choice that was left meanwhile
            told = replace(state, view=view, asking=False, waited=0)
            return replace(told, code=state.code if state.code == NO_SUCH_NUMBER else None), ()
        case touches.ChoiceMade(choice) if choice is not state.choice:
            asked = TellOutbox(around.session_id, choice)
            return replace(state, choice=choice, view=None, asking=True, code=None), (asked,)
        case touches.EntryChosen(seq):
            return _opened(state, seq, around)
        case events.Back():
            return None, ()
        case _:
            return _search(state, event, around)


def _opened(state: OutboxList, seq: int, around: Surroundings) -> OutboxMove:
    """The row first, then what is known of it alone."""
    rows = () if state.view is None else state.view.entries
    entry = next((one for one in rows if one.seq == seq), None)
    if entry is None:
        return state, ()
    page = EntryPage(replace(state, code=None), entry, waited=state.waited, asking=True)
    return page, (TellEntry(around.session_id, seq),)


def _search(state: OutboxList, event: Event, around: Surroundings) -> OutboxMove:
    """By registration number: typed, or from the code of a receipt."""
    if around.desk is None or not around.desk.serves:
        return state, ()
    match event:
        case touches.NumberTyped(text):
            return replace(state, number=text[:_LONGEST_NUMBER].upper(), code=None), ()
        case touches.NumberSought() if state.number.strip():
            parsed = registration_number.parse(state.number)
            if isinstance(parsed, Problem):
                return replace(state, code=parsed.code), ()
            return state, (TellEntry(around.session_id, number=parsed.text),)
        case events.BarcodeTyped(text):
            number = scanned.registration_number_in(text)
            if number is None:
                return state, ()
            return replace(state, number=number), (TellEntry(around.session_id, number=number),)
        case touches.EntryTold(session_id, entry, code) if session_id == around.session_id:
            if entry is None:
                return replace(state, code=code), ()
            return EntryPage(replace(state, number="", code=None), entry), ()
        case _:
            return state, ()


# --- one entry


def _entry(state: EntryPage, event: Event, around: Surroundings) -> OutboxMove:
    match event:
        case touches.EntryTold(session_id, entry) if session_id == around.session_id:
            if entry is None or entry.seq != state.entry.seq:
                return replace(state, asking=False), ()
            return replace(state, entry=entry, asking=False, waited=0), ()
        case touches.CorrectChosen() if deciding.may_correct(
            state.entry, around.desk, around.office
        ):
            return _ask(state, around)
        case touches.CloseChosen() if deciding.may_close(state.entry, around.desk):
            offered = deciding.reasons(state.entry)
            return ChooseReason(state, offered, offered[0] if len(offered) == 1 else None), ()
        case events.Back() | events.Continued():
            return to_list(state.listed, around)
        case _:
            return state, ()


def to_list(listed: OutboxList, around: Surroundings) -> OutboxMove:
    """The list as it is now; the old one stands until it is told."""
    return replace(listed, asking=True), (TellOutbox(around.session_id, listed.choice),)


def _ask(page: EntryPage, around: Surroundings) -> OutboxMove:
    entry = page.entry
    asked = AskRefusedAct(around.session_id, entry.seq, entry.operation_id)
    return AskingRefused(page), (asked,)


def _asking(
    state: AskingRefused | NotCorrectable, event: Event, around: Surroundings
) -> OutboxMove:
    """What is told leads into a form (`correcting`); why it is not stays to be read."""
    mine = (around.session_id, state.page.entry.seq)
    match event:
        case touches.RefusedActTold(session_id, seq, None, code) if (session_id, seq) == mine:
            return NotCorrectable(state.page, code), ()
        case events.Continued() if isinstance(state, NotCorrectable):
            return _ask(state.page, around)
        case events.Back():
            return state.page, ()
        case _:
            return state, ()


# --- closing


def _reason(state: ChooseReason, event: Event, around: Surroundings) -> OutboxMove:
    match event:
        case touches.ReasonChosen(reason) if reason in state.reasons:
            return replace(state, chosen=reason), ()
        case events.Continued() if state.chosen is not None:
            return _close(state, around)
        case events.Back():
            return state.page, ()
        case _:
            return state, ()


def _close(state: ChooseReason, around: Surroundings) -> OutboxMove:
    entry, reason = state.page.entry, state.chosen
    if reason is None:
        return state, ()
    asked = CloseOutcome(
        around.session_id, entry.seq, entry.operation_id, entry.kind, entry.code, reason
    )
    return Closing(state), (asked,)


def _closing(state: Closing | NotClosed, event: Event, around: Surroundings) -> OutboxMove:
    """A late answer counts on the page that was told of a failure as well."""
    page = state.page.page
    mine = (around.session_id, page.entry.seq)
    match event:
        case touches.OutcomeClosed(session_id, seq, entry) if (session_id, seq) == mine:
            after = page if entry is None else replace(page, entry=entry, waited=0)
            return replace(after, asking=False), ()
        case touches.OutcomeNotClosed(session_id, seq, code) if (session_id, seq) == mine:
            return NotClosed(state.page, code), ()
        case events.Continued() if isinstance(state, NotClosed):
            return _close(state.page, around)
        case events.Back() if isinstance(state, NotClosed):
            return page, ()
        case _:
            return state, ()
