"""The transitions of Modifica delega, Cambio residenza, username recovery, and of leaving a form."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows import events, scanned
from kiosk.flows.clerk import (
    acting_steps,
    beginning,
    moves,
    registering_steps,
    sheet_steps,
    sheet_values,
)
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.effects import AbandonLookUp, AskUsername, OpenRegistration
from kiosk.flows.clerk.events import CaseAction
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import (
    AskingUsername,
    BookingDelegation,
    ChooseOperation,
    DelegationConfirm,
    DelegationForm,
    EditForm,
    FromMenu,
    Leaving,
    Opened,
    ResidenceConfirm,
    ResidenceForm,
    ResidenceOpening,
    ResidenceStart,
    UsernameConfirm,
    UsernameNotTold,
    UsernameShown,
)
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.recording import record
from kiosk.flows.clerk.registering import RegistrationForm
from kiosk.flows.clerk.sheet import Form, Sheet
from kiosk.flows.clerk.states import Menu
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from sync.model import registration_parts, transitions
from sync.model.addresses import ItalianAddress
from sync.model.counter import DelegationChange, PartChange, ResidenceChange
from sync.model.errors import Problem
from sync.model.registration import Part

_I = FieldId

USERNAME_SECONDS = 30
"""So long a username stands on the page."""


# --- Modifica delega


def delegation_form(state: DelegationForm, event: Event, around: Surroundings) -> WorkMove:
    """The delegate of the operation in progress (R-003-71, 72)."""
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.Continued():
            return _delegate_changed(state, around), ()
        case _:
            return state, ()


def _delegate_changed(
    state: DelegationForm, around: Surroundings
) -> DelegationForm | DelegationConfirm:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    form = replace(state, sheet=sheet, confirmed=True)
    if sheet.problems:
        return form
    registration = state.opened.case.registration
    delegation = sheet_values.delegation(sheet, around.today)
    problem = acting_steps.not_represented(registration, delegation, around)
    running = registration.credential.running
    if problem is None and (running is None or running.delegation == delegation):
        problem = Problem("edit.nothing", rule="R-003-72")
    if problem is None and delegation is not None:
        changed = transitions.change_delegation(registration.credential, delegation)
        problem = changed if isinstance(changed, Problem) else None
    if problem is not None or delegation is None:
        problem = problem or Problem("transition.no-delegate", rule="R-003-71")
        return replace(form, sheet=replace(sheet, problems=((_I.DELEGATION_KIND, problem),)))
    return DelegationConfirm(form, delegation)


def delegation_confirm(state: DelegationConfirm, event: Event, around: Surroundings) -> WorkMove:
    """The delegation as it will be."""
    registration = state.form.opened.case.registration
    running = registration.credential.running
    match event:
        case events.Continued() if running is not None and running.delegation is not None:
            wanted = DelegationChange(
                subject=acting_steps.subject_of(registration),
                booking=running.operation_id,
                seen=registration_parts.digest(running.delegation),
                delegation=state.delegation,
                office=acting_steps.office_of(around),
            )
            return record(state, wanted, around)
        case events.Back():
            return state.form, ()
        case _:
            return state, ()


# --- Cambio residenza


def residence_start(state: ResidenceStart, event: Event, around: Surroundings) -> WorkMove:
    """Whose residence changes: by codice fiscale (R-003-61)."""
    match event:
        case touches.FieldTyped(field, text):
            return ResidenceStart(sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.BarcodeTyped(text):
            code = scanned.codice_fiscale_in(text)
            if code is None:
                return state, ()
            return ResidenceStart(sheet_steps.typed(state.sheet, _I.CODICE_FISCALE, code)), ()
        case events.Continued():
            sheet = sheet_steps.confirmed(state.sheet, around.today)
            if sheet.problems:
                return replace(state, sheet=sheet), ()
            code = sheet.text(_I.CODICE_FISCALE)
            asked = OpenRegistration(around.session_id, codice_fiscale=code)
            return ResidenceOpening(sheet), (asked,)
        case events.Back():
            return Menu(), ()
        case _:
            return state, ()


def residence_opening(state: ResidenceOpening, event: Event, around: Surroundings) -> WorkMove:
    """The registration is fetched."""
    match event:
        case touches.RegistrationOpened(session_id, case) if session_id == around.session_id:
            opened = Opened(case, FromMenu())
            return beginning.begin(opened, CaseAction.CHANGE_RESIDENCE, around)
        case touches.RegistrationNotOpened(session_id, code) if session_id == around.session_id:
            return ResidenceStart(state.sheet, code), ()
        case events.Back():
            return ResidenceStart(state.sheet), ()
        case _:
            return state, ()


def residence_form(state: ResidenceForm, event: Event, around: Surroundings) -> WorkMove:
    """The new residence, within the operator's competence (R-003-61)."""
    match event:
        case touches.FieldTyped(field, text):
            if not _competent(state.sheet, field, text, around):
                return state, ()
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.Continued():
            return _moved(state, around), ()
        case _:
            return state, ()


def _competent(sheet: Sheet, field: FieldId, text: str, around: Surroundings) -> bool:
    """Whether a menu holds the value: nothing else can be picked."""
    if field not in {_I.RESIDENCE_PROVINCE, _I.RESIDENCE_COMUNE} or not text:
        return True
    return any(one.value == text for one in sheet_steps.options(sheet, field, around))


def _moved(state: ResidenceForm, around: Surroundings) -> ResidenceForm | ResidenceConfirm:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    form = replace(state, sheet=sheet, confirmed=True)
    if sheet.problems:
        return form
    residence = sheet_values.residence(sheet)
    within = sheet_steps.competence(sheet, around)
    problem = None
    if within and not (isinstance(residence, ItalianAddress) and residence.comune in within):
        problem = Problem("operator.outside-competence", rule="R-003-61")
    elif residence == state.opened.case.registration.residence:
        problem = Problem("edit.nothing", rule="R-003-61")
    if problem is not None:
        return replace(form, sheet=replace(sheet, problems=((_I.RESIDENCE_COMUNE, problem),)))
    return ResidenceConfirm(form, residence)


def residence_confirm(state: ResidenceConfirm, event: Event, around: Surroundings) -> WorkMove:
    """Old and new residence."""
    match event:
        case events.Continued():
            registration = state.form.opened.case.registration
            seen = registration_parts.digest(registration.residence)
            wanted = ResidenceChange(
                subject=acting_steps.subject_of(registration),
                change=PartChange(Part.RESIDENCE, seen, state.residence),
                office=acting_steps.office_of(around),
            )
            return record(state, wanted, around)
        case events.Back():
            return state.form, ()
        case _:
            return state, ()


# --- username


def username_confirm(state: UsernameConfirm, event: Event, around: Surroundings) -> WorkMove:
    """Documents are seen and copied before a username is told (R-003-62)."""
    match event:
        case touches.CheckToggled(check):
            return replace(state, checked=moves.toggled(state.checked, check, state.checks)), ()
        case events.Continued() if state.checked >= set(state.checks):
            return _ask_username(state.opened, around)
        case events.Back():
            return moves.to_detail(state.opened)
        case _:
            return state, ()


def _ask_username(opened: Opened, around: Surroundings) -> WorkMove:
    registration = opened.case.registration
    code = registration.person.codice_fiscale
    return AskingUsername(opened), (AskUsername(around.session_id, code, registration.number),)


def asking_username(state: AskingUsername, event: Event, around: Surroundings) -> WorkMove:
    """The hub is asked, and keeps that it was."""
    match event:
        case touches.UsernameAnswered(session_id, username, code) if (
            session_id == around.session_id
        ):
            if username is None:
                return UsernameNotTold(state.opened, code), ()
            return UsernameShown(state.opened, username, USERNAME_SECONDS), ()
        case events.Back():
            detail, effects = moves.to_detail(state.opened)
            return detail, (AbandonLookUp(), *effects)
        case _:
            return state, ()


def username_told(
    state: UsernameShown | UsernameNotTold, event: Event, around: Surroundings
) -> WorkMove:
    """Hidden again by any way out."""
    match event:
        case events.Continued() if isinstance(state, UsernameNotTold):
            return _ask_username(state.opened, around)
        case events.Continued() | events.Back():
            return moves.to_detail(state.opened)
        case _:
            return state, ()


def waited(state: UsernameShown, seconds: int) -> WorkMove:
    """The username some seconds later, or the detail."""
    left = state.seconds_left - max(0, seconds)
    return (replace(state, seconds_left=left), ()) if left > 0 else moves.to_detail(state.opened)


# --- out of a form


def out_of(
    page: EditForm | BookingDelegation | DelegationForm | ResidenceForm,
) -> WorkMove:
    """Back from a form: asked first where something was typed."""
    match page:
        case EditForm() if acting_steps.is_changed(page):
            return Leaving(page), ()
        case BookingDelegation(sheet=sheet) if sheet.text(_I.DELEGATE_CODICE_FISCALE):
            return Leaving(page), ()
        case DelegationForm(opened, sheet):
            as_it_was = beginning.page_of_delegation(opened)
            return (
                (Leaving(page), ())
                if set(as_it_was.sheet.texts) != set(sheet.texts)
                else _left(page)
            )
        case ResidenceForm(sheet=sheet) if sheet.texts:
            return Leaving(page), ()
        case _:
            return _left(page)


def _left(page: EditForm | BookingDelegation | DelegationForm | ResidenceForm) -> WorkMove:
    match page:
        case BookingDelegation(opened):
            kinds = transitions.bookable(opened.case.registration.credential)
            return ChooseOperation(opened, kinds), ()
        case ResidenceForm(opened):
            return beginning.left(opened, CaseAction.CHANGE_RESIDENCE)
        case EditForm(opened) | DelegationForm(opened):
            return moves.to_detail(opened)


def leaving(state: Leaving, event: Event) -> WorkMove:
    """Leave what was typed, or go back to it."""
    page = state.page
    match event:
        case events.Continued() if isinstance(page, RegistrationForm):
            return registering_steps.start_again()
        case events.Continued() if not isinstance(page, RegistrationForm):
            return _left(page)
        case events.Back():
            return page, ()
        case _:
            return state, ()


def empty_residence_start() -> ResidenceStart:
    """Cambio residenza from the menu."""
    return ResidenceStart(Sheet(Form.RESIDENCE_START))
