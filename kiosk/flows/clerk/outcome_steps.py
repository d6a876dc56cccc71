"""The transitions after a confirmation; states in `outcomes`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events, papers
from kiosk.flows.clerk import counter_papers, moves, registering_steps
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import ListDisputes, RecordCounterAct
from kiosk.flows.clerk.events import CaseAction, MenuEntry
from kiosk.flows.clerk.letters import letters_of, required_of
from kiosk.flows.clerk.managing import (
    BookingConfirm,
    CodeConfirm,
    DelegationConfirm,
    DisputeList,
    EditConfirm,
    FromMenu,
    Opened,
    ResidenceConfirm,
    SettlementConfirm,
)
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.outcomes import (
    ActDone,
    ActNotRecorded,
    Confirmed,
    Letters,
    OutcomeState,
    Recorded,
    RecordingAct,
)
from kiosk.flows.clerk.registering import ConfirmDeletion, RegistrationConfirm
from kiosk.flows.clerk.states import FsePage, Menu
from kiosk.flows.clerk.wanted import WantedBooking, WantedRegistration
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Paper
from kiosk.flows.printed_document import PrintedDocument
from sync.model.counter import DelegationChange, ResidenceChange

_THEN_MENU: Final = WantedRegistration | DelegationChange | ResidenceChange
"""Acts after which the menu comes (R-003-49, 61, 72)."""


def step(state: OutcomeState, event: Event, around: Surroundings) -> WorkMove:
    """The state after `event`, and what to ask for."""
    match state:
        case RecordingAct() | ActNotRecorded():
            return _recording(state, event, around)
        case Letters():
            return _letters(state, event, around)
        case ActDone():
            return _done(state, event, around)


# --- recorded or not


def _recording(
    state: RecordingAct | ActNotRecorded, event: Event, around: Surroundings
) -> WorkMove:
    """A late answer counts on the page that was told of a failure as well."""
    asked = (around.session_id, state.operation_id)
    match event:
        case touches.CounterActRecorded(session_id, operation_id) if (
            session_id,
            operation_id,
        ) == asked:
            return _recorded(state, event, around)
        case touches.CounterActNotRecorded(session_id, operation_id, _, code) if (
            session_id,
            operation_id,
        ) == asked:
            return ActNotRecorded(state.page, state.wanted, state.operation_id, code), ()
        case events.Continued() if isinstance(state, ActNotRecorded):
            again = RecordCounterAct(
                around.session_id, state.operation_id, state.wanted, around.language
            )
            return RecordingAct(state.page, state.wanted, state.operation_id), (again,)
        case events.Back() if isinstance(state, ActNotRecorded):
            return state.page, ()
        case _:
            return state, ()


def _recorded(
    state: RecordingAct | ActNotRecorded, event: touches.CounterActRecorded, around: Surroundings
) -> WorkMove:
    if isinstance(state.page, SettlementConfirm):
        return DisputeList(), (ListDisputes(around.session_id),)
    opened = opened_of(state.page)
    recorded = Recorded(
        operation_id=event.operation_id,
        recorded_at=event.recorded_at,
        wanted=state.wanted,
        registration=event.registration,
        behind=FromMenu() if opened is None else opened.behind,
        then_book=isinstance(state.page, EditConfirm) and state.page.form.then_book,
    )
    given_back = () if opened is None else moves.returned(opened)
    letters = letters_of(state.wanted)
    if not letters:
        return ActDone(recorded), given_back
    page = Letters(recorded, tuple(Paper(one) for one in letters), required_of(state.wanted))
    printed, effects = _all_printed(page, around)
    return printed, (*given_back, *effects)


def opened_of(page: Confirmed) -> Opened | None:
    """The registration under the clerk's hands; None where it is not there yet."""
    match page:
        case RegistrationConfirm() | ConfirmDeletion() | SettlementConfirm():
            return None
        case CodeConfirm(opened):
            return opened
        case (
            EditConfirm(form)
            | BookingConfirm(form)
            | DelegationConfirm(form)
            | ResidenceConfirm(form)
        ):
            return form.opened


# --- letters


def _all_printed(page: Letters, around: Surroundings) -> tuple[Letters, tuple[Effect, ...]]:
    """The required papers are printed without a touch, one after the other."""
    effects: list[Effect] = []
    for document in letters_of(page.recorded.wanted):
        if document in page.required:
            page, more = _printed(page, document, around)
            effects += more
    return page, tuple(effects)


def _printed(
    page: Letters, document: PrintedDocument, around: Surroundings
) -> tuple[Letters, tuple[Effect, ...]]:
    content = _content(page.recorded, around)
    printing, effects = counter_papers.asked(page.papers, document, content, around)
    return replace(page, papers=printing), effects


def _content(recorded: Recorded, around: Surroundings) -> CounterContent:
    wanted = recorded.wanted
    given = wanted.delegation if isinstance(wanted, WantedRegistration | WantedBooking) else None
    typed = wanted if isinstance(wanted, WantedRegistration) else None
    return CounterContent(
        around.language,
        around.today,
        operation_id=recorded.operation_id,
        registration=recorded.registration,
        person=None if typed is None else typed.person,
        document=None if typed is None else typed.document,
        residence=None if typed is None else typed.residence,
        delegation=given,
    )


def _letters(state: Letters, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case events.Continued() if state.giving_up:
            return ActDone(state.recorded, letters_missing=True), ()
        case events.Back() if state.giving_up:
            return replace(state, giving_up=False), ()
        case events.Continued() if state.can_go_on:
            return ActDone(state.recorded), ()
        case events.Refused() if state.failed and not state.can_go_on:
            return replace(state, giving_up=True), ()
        case events.PrintAsked(document) if not state.giving_up:
            return _printed(state, document, around)
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


# --- what comes next


def _done(state: ActDone, event: Event, around: Surroundings) -> WorkMove:
    recorded = state.recorded
    registration = recorded.registration
    match event:
        case touches.MenuChosen(MenuEntry.FSE) if state.offers_fse(around.desk, around.office):
            return FsePage(), ()
        case touches.CaseActionChosen(CaseAction.DETAIL | CaseAction.BOOK as action) if (
            registration is not None
        ):
            return moves.open_number(registration.number, recorded.behind, around, action)
        case events.Continued() if isinstance(recorded.wanted, _THEN_MENU):
            return Menu(), ()
        case events.Continued():
            return _onwards(recorded, around)
        case _:
            return state, ()


def _onwards(recorded: Recorded, around: Surroundings) -> WorkMove:
    """Back to where the registration came from; after deleted credentials a new start (R-003-46)."""
    if recorded.registration is None and isinstance(recorded.behind, FromMenu):
        return registering_steps.start_again()
    return moves.to_behind(recorded.behind, around)
