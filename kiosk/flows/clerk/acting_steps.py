"""The transitions of what is done to a registration, up to its confirmation; states in `managing`."""

from __future__ import annotations

from dataclasses import replace

from kiosk.flows import events, papers
from kiosk.flows.clerk import beginning, counter_papers, moves, sheet_steps, sheet_values
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.events import CaseAction
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import (
    BookingConfirm,
    BookingDelegation,
    ChooseOperation,
    CodeConfirm,
    EditConfirm,
    EditForm,
    MissingData,
)
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.recording import record
from kiosk.flows.clerk.registering_steps import delegate_scanned
from kiosk.flows.clerk.sheet import Form, Sheet
from kiosk.flows.clerk.wanted import WantedBooking, WantedCode
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.question import NO
from sync.model import form_rules, registration_parts
from sync.model.counter import PartChange, PartValue, RecordEdit, Subject
from sync.model.credential import basis_of
from sync.model.delegation import Delegation
from sync.model.errors import Problem
from sync.model.registration import Part, Registration

_I = FieldId
_FORMS = (PrintedDocument.DELEGATION_MODULE, PrintedDocument.SUBSTITUTIVE_DECLARATION)


def subject_of(registration: Registration) -> Subject:
    """Whose registration an act is about."""
    return Subject(registration.person.codice_fiscale, registration.number)


def office_of(around: Surroundings) -> str:
    """For whom the operator acts."""
    return "" if around.desk is None else around.desk.operator.office


# --- Modifica


def missing_data(state: MissingData, event: Event) -> WorkMove:
    """What is missing leads to Modifica, and from there to Prenota (R-003-20)."""
    match event:
        case events.Continued():
            sheet = beginning.edit_sheet(state.opened.case.registration)
            return EditForm(state.opened, sheet, then_book=True), ()
        case events.Back():
            return moves.to_detail(state.opened)
        case _:
            return state, ()


def edit_form(state: EditForm, event: Event, around: Surroundings) -> WorkMove:
    """The form of Modifica after `event`."""
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.Continued():
            return _edited(state, around), ()
        case _:
            return state, ()


def is_changed(state: EditForm) -> bool:
    """Whether anything was typed."""
    as_it_was = beginning.edit_sheet(state.opened.case.registration)
    return set(as_it_was.texts) != set(state.sheet.texts)


def _edited(state: EditForm, around: Surroundings) -> EditForm | EditConfirm:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    form = replace(state, sheet=sheet, confirmed=True)
    if sheet.problems:
        return form
    changes = _changes(form, around)
    if not changes:
        problem = Problem("edit.nothing", rule="R-003-32")
        return replace(form, sheet=replace(sheet, problems=((_I.SURNAME, problem),)))
    return EditConfirm(form, changes)


def _changes(form: EditForm, around: Surroundings) -> tuple[PartChange, ...]:
    """The parts that are other than the registry has them."""
    sheet, today = form.sheet, around.today
    registration = form.opened.case.registration
    wanted: dict[Part, PartValue] = {
        Part.PERSON: sheet_values.person(sheet, today),
        Part.RESIDENCE: sheet_values.residence(sheet),
        Part.DOMICILE: sheet_values.domicile(sheet),
        Part.CONTACTS: sheet_values.contacts_of(sheet),
        Part.DOCUMENT: sheet_values.document(sheet, today),
        Part.NOTE: sheet_values.note(sheet),
    }
    return tuple(
        PartChange(part, registration_parts.digest(old), new)
        for part, new in wanted.items()
        if (old := registration_parts.value(registration, part)) != new
    )


def edit_confirm(state: EditConfirm, event: Event, around: Surroundings) -> WorkMove:
    """Old and new, before it is recorded."""
    match event:
        case events.Continued():
            registration = state.form.opened.case.registration
            wanted = RecordEdit(subject_of(registration), state.changes, office_of(around))
            return record(state, wanted, around)
        case events.Back():
            return state.form, ()
        case _:
            return state, ()


# --- Prenota


def choose_operation(state: ChooseOperation, event: Event, around: Surroundings) -> WorkMove:
    """Only what state and strength allow may be chosen (R-003-21)."""
    match event:
        case touches.OperationChosen(kind) if kind in state.kinds:
            of = state.opened.case.registration.person.codice_fiscale
            sheet = Sheet(Form.BOOKING_DELEGATION).with_text(_I.DELEGATION, NO)
            sheet = sheet.with_text(_I.CODICE_FISCALE, of)
            offered = moves.offered_papers(around, *_FORMS)
            return BookingDelegation(state.opened, kind, sheet, offered), ()
        case events.Back():
            return moves.to_detail(state.opened)
        case _:
            return state, ()


def booking_delegation(state: BookingDelegation, event: Event, around: Surroundings) -> WorkMove:
    """Delegation yes or no, and its form (R-003-23)."""
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.BarcodeTyped(text):
            return replace(state, sheet=delegate_scanned(state.sheet, text, around)), ()
        case events.PrintAsked(document):
            person = state.opened.case.registration.person
            content = CounterContent(around.language, around.today, person=person)
            printing, effects = counter_papers.asked(state.papers, document, content, around)
            return replace(state, papers=printing), effects
        case events.Continued():
            return _delegated(state, around), ()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _delegated(
    state: BookingDelegation, around: Surroundings
) -> BookingDelegation | BookingConfirm:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    form = replace(state, sheet=sheet, confirmed=True)
    if sheet.problems:
        return form
    registration = state.opened.case.registration
    delegation = sheet_values.delegation(sheet, around.today)
    problem = not_represented(registration, delegation, around)
    if problem is not None:
        return replace(form, sheet=replace(sheet, problems=((_I.DELEGATION_KIND, problem),)))
    checks = moves.checks_of(registration.document, delegation)
    return BookingConfirm(form, delegation, checks)


def not_represented(
    registration: Registration, delegation: Delegation | None, around: Surroundings
) -> Problem | None:
    """Why the person may not be represented so: the declaration is for adults (R-003-69)."""
    if delegation is None:
        return None
    person, today = registration.person, around.today
    return next(form_rules.represented_problems(person, delegation, today), None)


def booking_confirm(state: BookingConfirm, event: Event, around: Surroundings) -> WorkMove:
    """What will be booked, before it is recorded."""
    match event:
        case touches.CheckToggled(check):
            return replace(state, checked=moves.toggled(state.checked, check, state.checks)), ()
        case events.Continued() if state.checked >= set(state.checks):
            registration = state.form.opened.case.registration
            wanted = WantedBooking(
                registration=registration,
                kind=state.form.kind,
                basis=basis_of(registration.credential),
                delegation=state.delegation,
                identified=True,
            )
            return record(state, wanted, around)
        case events.Back():
            return state.form, ()
        case _:
            return state, ()


# --- Rigenera codice


def code_confirm(state: CodeConfirm, event: Event, around: Surroundings) -> WorkMove:
    """A new activation code; the PIN stays (R-003-56)."""
    match event:
        case touches.CheckToggled(check):
            return replace(state, checked=moves.toggled(state.checked, check, state.checks)), ()
        case touches.CaseActionChosen(CaseAction.EDIT):
            return beginning.begin(state.opened, CaseAction.EDIT, around)
        case events.Continued() if state.checked >= set(state.checks):
            registration = state.opened.case.registration
            basis = basis_of(registration.credential)
            return record(state, WantedCode(registration, basis, identified=True), around)
        case events.Back():
            return moves.to_detail(state.opened)
        case _:
            return state, ()
