"""The transitions of search, disputes and detail; states in `managing`."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from kiosk.flows import events, papers, scanned
from kiosk.flows.clerk import (
    acting_steps,
    actions,
    beginning,
    counter_papers,
    field_parsing,
    moves,
    recording,
    sheet_steps,
)
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import AbandonLookUp, ListDisputes, SearchRegistrations
from kiosk.flows.clerk.events import CaseAction
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import (
    CaseDetail,
    DisputeList,
    DisputePage,
    Opened,
    Opening,
    Search,
    SettlementConfirm,
)
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.sheet import Form, Sheet
from kiosk.flows.clerk.states import Menu
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.printed_document import PrintedDocument
from sync.model.addresses import FOREIGN_PROVINCE
from sync.model.counter import DisputeSettlement
from sync.model.credential import State
from sync.model.errors import Problem
from sync.model.preregistration import Community
from sync.model.rosters import Right
from sync.model.searching import Filters, Strength

_I = FieldId
_PAPERS_OF_DETAIL = (PrintedDocument.CASE_SUMMARY, PrintedDocument.REGULATION)


def empty_search() -> Search:
    """The search before anything is asked."""
    return Search(Sheet(Form.SEARCH))


def search(state: Search, event: Event, around: Surroundings) -> WorkMove:
    """The search page after `event`."""
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.Continued():
            return _searched(state, around)
        case touches.Cleared():
            return empty_search(), (AbandonLookUp(),) if state.waiting else ()
        case events.BarcodeTyped(text):
            return moves.opened_by_code(text, state, around) or (state, ())
        case _:
            return _rows(state, event, around)


def _rows(state: Search, event: Event, around: Surroundings) -> WorkMove:
    asked = state.waiting
    match event:
        case touches.SearchFinished(session_id, found) if session_id == around.session_id and asked:
            return replace(state, found=found, waiting=False, code=None), ()
        case touches.SearchFailed(session_id, code) if session_id == around.session_id and asked:
            return replace(state, waiting=False, code=code), ()
        case touches.PageTurned(page) if state.found is not None and page >= 0:
            ahead = page > state.found.page
            if ahead and not state.found.more:
                return state, ()
            turning = SearchRegistrations(around.session_id, state.filters, page)
            return replace(state, waiting=True), (turning,)
        case touches.RowChosen(number, action) if state.found is not None:
            return moves.open_number(number, replace(state, waiting=False), around, action)
        case events.Back():
            return Menu(), (AbandonLookUp(),) if state.waiting else ()
        case _:
            return state, ()


def _searched(state: Search, around: Surroundings) -> WorkMove:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    if sheet.problems:
        return replace(state, sheet=sheet), ()
    filters = filters_of(sheet, around.today)
    if filters.are_empty:
        problem = Problem("search.no-filter", rule="R-003-52")
        sheet = replace(sheet, problems=((_I.SURNAME, problem),))
        return replace(state, sheet=sheet), ()
    asked = SearchRegistrations(around.session_id, filters)
    return replace(state, sheet=sheet, filters=filters, waiting=True, code=None), (asked,)


def filters_of(sheet: Sheet, today: date) -> Filters:
    """The filters that a search form without problems says."""
    community, state = sheet.text(_I.COMMUNITY), sheet.text(_I.STATE)
    return Filters(
        community=Community(community) if community else None,
        codice_fiscale=sheet.text(_I.CODICE_FISCALE),
        surname=sheet.text(_I.SURNAME),
        name=sheet.text(_I.NAME),
        province=FOREIGN_PROVINCE if sheet.foreign else sheet.text(_I.RESIDENCE_PROVINCE),
        comune=sheet.text(_I.RESIDENCE_COMUNE),
        registered_from=_day(sheet, _I.REGISTERED_FROM, today),
        registered_to=_day(sheet, _I.REGISTERED_TO, today),
        state=State(state) if state else None,
        strength=Strength(sheet.text(_I.STRONG) or Strength.ANY.value),
        number=sheet.text(_I.NUMBER),
    )


def _day(sheet: Sheet, field: FieldId, today: date) -> date | None:
    day = field_parsing.parse_day(field, sheet.text(field), today)
    return day if isinstance(day, date) else None


# --- disputes


def dispute_list(state: DisputeList, event: Event, around: Surroundings) -> WorkMove:
    """The list of disputes after `event`."""
    match event:
        case touches.DisputesListed(session_id, disputes) if session_id == around.session_id:
            return DisputeList(disputes), ()
        case touches.RowChosen(operation_id=operation_id):
            told = (one for one in state.disputes or () if one.operation_id == operation_id)
            dispute = next(told, None)
            return (state, ()) if dispute is None else (DisputePage(state, dispute), ())
        case touches.MirrorTold(standing) if len(state.disputes or ()) != standing.disputes:
            return state, (ListDisputes(around.session_id),)
        case events.Back():
            return Menu(), ()
        case _:
            return state, ()


def dispute_page(state: DisputePage, event: Event, around: Surroundings) -> WorkMove:
    """One of them after `event`."""
    match event:
        case events.Continued():
            dispute = state.dispute
            number = dispute.other_number or dispute.registration_number
            return moves.open_number(number, state.listed, around)
        case touches.SettlementChosen() if may_settle(around):
            return SettlementConfirm(state), ()
        case events.Back():
            return state.listed, (ListDisputes(around.session_id),)
        case _:
            return state, ()


def may_settle(around: Surroundings) -> bool:
    """Whether the operator may say that something is set right (R-003-55)."""
    return around.desk is not None and around.desk.may(Right.MANAGE)


def settlement_confirm(state: SettlementConfirm, event: Event, around: Surroundings) -> WorkMove:
    """The page before a dispute is taken off the list."""
    match event:
        case events.Continued():
            told = state.page.dispute
            office = acting_steps.office_of(around)
            wanted = DisputeSettlement(told.operation_id, told.code, office)
            return recording.record(state, wanted, around)
        case events.Back():
            return state.page, ()
        case _:
            return state, ()


# --- one registration


def opening(state: Opening, event: Event, around: Surroundings) -> WorkMove:
    """The page while a registration is fetched."""
    match event:
        case touches.RegistrationOpened(session_id, case) if session_id == around.session_id:
            opened = Opened(case, state.behind)
            if state.action is CaseAction.DETAIL:
                return detail_of(opened, around), ()
            return beginning.begin(opened, state.action, around)
        case touches.RegistrationNotOpened(session_id, code) if session_id == around.session_id:
            return replace(state, code=code), ()
        case events.BarcodeTyped(text) if state.code is not None:
            return moves.opened_by_code(text, state.behind, around) or (state, ())
        case events.Back():
            return moves.to_behind(state.behind, around)
        case _:
            return state, ()


def detail_of(opened: Opened, around: Surroundings) -> CaseDetail:
    """The read-only detail (R-003-54)."""
    return CaseDetail(opened, moves.offered_papers(around, *_PAPERS_OF_DETAIL))


def detail(state: CaseDetail, event: Event, around: Surroundings) -> WorkMove:
    """The detail after `event`."""
    case = state.opened.case
    match event:
        case touches.CaseActionChosen(action) if action in actions.offered(case, around.desk):
            return beginning.begin(state.opened, action, around)
        case events.PrintAsked(document):
            content = CounterContent(around.language, around.today, registration=case.registration)
            printing, effects = counter_papers.asked(state.papers, document, content, around)
            return replace(state, papers=printing), effects
        case events.BarcodeTyped(text):
            return _another(state, text, around)
        case events.Back():
            return moves.to_behind(state.opened.behind, around)
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _another(state: CaseDetail, text: str, around: Surroundings) -> WorkMove:
    """Another person's code opens theirs; the same person's changes nothing."""
    registration = state.opened.case.registration
    same = scanned.codice_fiscale_in(text) == registration.person.codice_fiscale
    if same or scanned.registration_number_in(text) == registration.number:
        return state, ()
    return moves.opened_by_code(text, state.opened.behind, around) or (state, ())
