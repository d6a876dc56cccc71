"""What must hold before an action on a registration begins: right, reason, lease, complete data."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows import events
from kiosk.flows.clerk import actions, moves, sheet_filling
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.effects import AskLease
from kiosk.flows.clerk.events import CaseAction, Check
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import (
    AskingLease,
    ChooseOperation,
    CodeConfirm,
    DelegationForm,
    EditForm,
    HeldElsewhere,
    LeaseStanding,
    MissingData,
    NotPossible,
    Opened,
    ResidenceForm,
    UsernameConfirm,
)
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.sheet import Form, Mark, Sheet
from kiosk.flows.clerk.states import Menu, Work
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from sync.model import registration_parts, transitions
from sync.model.errors import Problem
from sync.model.inquiry import LeaseHeld
from sync.model.registration import Registration

_I = FieldId


def begin(opened: Opened, action: CaseAction, around: Surroundings) -> WorkMove:
    """The way into an action, or why there is none."""
    problem = actions.trouble(opened.case, action, around.desk)
    if problem is not None:
        return NotPossible(opened, action, problem), ()
    if action is CaseAction.TELL_USERNAME or opened.lease is not LeaseStanding.UNASKED:
        return page_of(opened, action, around), ()
    number = opened.case.registration.number
    return AskingLease(opened, action), (AskLease(around.session_id, number),)


def asking_lease(state: AskingLease, event: Event, around: Surroundings) -> WorkMove:
    """Nobody waits for a hub that cannot be asked: an act is judged there in any case."""
    number = state.opened.case.registration.number
    match event:
        case touches.LeaseTold(session_id, of, lease) if (session_id, of) == (
            around.session_id,
            number,
        ):
            if isinstance(lease, LeaseHeld):
                return HeldElsewhere(state.opened, state.action, lease), ()
            standing = LeaseStanding.UNKNOWN if lease is None else LeaseStanding.MINE
            return page_of(replace(state.opened, lease=standing), state.action, around), ()
        case _:
            return state, ()


def held_elsewhere(state: HeldElsewhere, event: Event, around: Surroundings) -> WorkMove:
    """Ask again, or leave it to the other."""
    match event:
        case events.Continued():
            return begin(state.opened, state.action, around)
        case events.Back():
            return left(state.opened, state.action)
        case _:
            return state, ()


def not_possible(state: NotPossible, event: Event) -> WorkMove:
    """Back from an explanation."""
    return left(state.opened, state.action) if isinstance(event, events.Back) else (state, ())


def left(opened: Opened, action: CaseAction) -> WorkMove:
    """Out of an action: to the detail, or to the menu where it came from there."""
    if action is CaseAction.CHANGE_RESIDENCE:
        return Menu(), moves.returned(opened)
    return moves.to_detail(opened)


def page_of(opened: Opened, action: CaseAction, around: Surroundings) -> Work:
    """The first page of an action."""
    registration = opened.case.registration
    match action:
        case CaseAction.EDIT:
            return EditForm(opened, edit_sheet(registration))
        case CaseAction.BOOK:
            return _booking(opened, around)
        case CaseAction.RENEW_CODE:
            checks = moves.checks_of(registration.document, None)
            return CodeConfirm(opened, (*checks, Check.DATA_CHECKED))
        case CaseAction.CHANGE_DELEGATION:
            return page_of_delegation(opened)
        case CaseAction.CHANGE_RESIDENCE:
            return ResidenceForm(opened, Sheet(Form.RESIDENCE))
        case CaseAction.TELL_USERNAME:
            stated = (Check.IDENTITY_SEEN, Check.DATA_CHECKED, Check.DOCUMENTS_COPIED)
            return UsernameConfirm(opened, stated)
        case CaseAction.DETAIL:
            return moves.to_detail(opened)[0]


def _booking(opened: Opened, around: Surroundings) -> Work:
    """Nothing is booked while mandatory data are missing (R-003-20, 29 to 31)."""
    registration = opened.case.registration
    kinds = transitions.bookable(registration.credential)
    if not kinds:
        unknown = Problem("transition.rejected", rule="R-003-13")
        problem = transitions.warning(registration.credential) or unknown
        return NotPossible(opened, CaseAction.BOOK, problem)
    missing = registration_parts.missing(registration, today=around.today)
    if missing:
        return MissingData(opened, missing)
    return ChooseOperation(opened, kinds)


def edit_sheet(registration: Registration) -> Sheet:
    """Modifica: every field prefilled and editable but community and codice fiscale (R-003-32)."""
    mark = Mark.REGISTRY
    sheet = Sheet(Form.EDIT).with_text(_I.COMMUNITY, registration.community.value, mark)
    sheet = sheet_filling.with_person(sheet, registration.person, mark)
    if registration.residence is not None:
        sheet = sheet_filling.with_residence(sheet, registration.residence, mark)
    sheet = sheet_filling.with_domicile(sheet, registration.domicile, mark)
    sheet = sheet_filling.with_contacts(sheet, registration.contacts, mark)
    if registration.document is not None:
        sheet = sheet_filling.with_document(sheet, registration.document, mark)
    sheet = sheet_filling.filled(sheet, ((_I.NOTE, registration.note),), mark)
    return replace(sheet, locked=frozenset({_I.COMMUNITY, _I.CODICE_FISCALE}))


def page_of_delegation(opened: Opened) -> DelegationForm:
    """Modifica delega as it stands before anything is typed."""
    return DelegationForm(opened, _delegation_sheet(opened.case.registration))


def _delegation_sheet(registration: Registration) -> Sheet:
    """Modifica delega: all but the codice fiscale of the delegate (R-003-72)."""
    sheet = Sheet(Form.DELEGATION)
    sheet = sheet.with_text(_I.CODICE_FISCALE, registration.person.codice_fiscale)
    running = registration.credential.running
    if running is not None and running.delegation is not None:
        sheet = sheet_filling.with_delegation(sheet, running.delegation, Mark.REGISTRY)
    return replace(sheet, locked=frozenset({_I.DELEGATE_CODICE_FISCALE}))
