"""The transitions of a registration ex-novo up to its confirmation; states in `registering`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from kiosk.flows import events, papers, scanned
from kiosk.flows.card_data import CardData, day_of
from kiosk.flows.clerk import counter_papers, moves, sheet_filling, sheet_steps, sheet_values
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.effects import AbandonLookUp, LookUpPerson
from kiosk.flows.clerk.field_parsing import parse, shown_date
from kiosk.flows.clerk.fields import FieldId, field_of
from kiosk.flows.clerk.managing import FromMenu, Leaving
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.recording import record
from kiosk.flows.clerk.registering import (
    AlreadyStrong,
    AlreadyWeak,
    ConfirmDeletion,
    LookingUp,
    Notice,
    OldCredentials,
    RegisteringState,
    RegistrationConfirm,
    RegistrationForm,
    Start,
)
from kiosk.flows.clerk.sheet import Form, Mark, Sheet
from kiosk.flows.clerk.states import Menu
from kiosk.flows.clerk.wanted import WantedRegistration
from kiosk.flows.effects import ReadCard, WatchCard
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.printed_document import PrintedDocument
from kiosk.flows.question import NO
from sync.model.addresses import ItalianAddress
from sync.model.counter import CounterRegistration, OldAccountDeletion
from sync.model.documents import DocumentKind
from sync.model.errors import Problem
from sync.model.inquiry import PersonFound, StandingKind
from sync.model.preregistration import Community, DataSource

_I = FieldId
_FORMS: Final = (PrintedDocument.DELEGATION_MODULE, PrintedDocument.SUBSTITUTIVE_DECLARATION)


def step(
    state: RegisteringState, event: Event, around: Surroundings
) -> WorkMove:  # one line a page
    """The state after `event`, and what to ask for."""
    match state:
        case Notice():
            return _notice(state, event)
        case Start():
            return _start(state, event, around)
        case LookingUp():
            return _looking_up(state, event, around)
        case AlreadyStrong() | AlreadyWeak():
            return _already(state, event, around)
        case OldCredentials():
            return _old(state, event, around)
        case ConfirmDeletion():
            return _deletion(state, event, around)
        case RegistrationForm():
            return _form(state, event, around)
        case RegistrationConfirm():
            return _confirm(state, event, around)


def begin() -> WorkMove:
    """The first page: nothing is entered before the notice (R-003-47)."""
    return Notice(), ()


def _notice(state: Notice, event: Event) -> WorkMove:
    match event:
        case events.Continued():
            return start_again()
        case events.Refused() | events.Back():
            return Menu(), ()
        case _:
            return state, ()


def start_again() -> WorkMove:
    """An empty start page, with health cards watched for."""
    return Start(Sheet(Form.START)), (WatchCard(),)


# --- whom


def _start(state: Start, event: Event, around: Surroundings) -> WorkMove:  # one line a touch
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=_of_another(state.sheet, field, text), code=None), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.BarcodeTyped(text):
            return _scanned(state, text, around)
        case events.CardInserted():
            return state, (ReadCard(around.session_id),)
        case events.CardRead(session_id, card) if session_id == around.session_id:
            return replace(state, sheet=_with_card(state.sheet, card, around), code=None), ()
        case events.CardReadFailed(session_id, code) if session_id == around.session_id:
            return replace(state, code=code), ()
        case events.Continued():
            return _look_up(state, around)
        case events.Back():
            return Menu(), ()
        case _:
            return state, ()


def _scanned(state: Start, text: str, around: Surroundings) -> WorkMove:
    """A codice fiscale fills its field; a receipt or a case opens its registration."""
    code = None if scanned.case_in(text) else scanned.codice_fiscale_in(text)
    if code is not None:
        return replace(state, sheet=_of_another(state.sheet, _I.CODICE_FISCALE, code)), ()
    return moves.opened_by_code(text, FromMenu(), around) or (state, ())


def _of_another(sheet: Sheet, field: FieldId, text: str) -> Sheet:
    """Another codice fiscale is another person: what a card said goes."""
    changed = sheet_steps.typed(sheet, field, text)
    if field is _I.CODICE_FISCALE and changed != sheet:
        for row, mark in sheet.marks:
            if mark is Mark.CARD:
                changed = changed.with_text(row, "")
        changed = changed.with_text(field, changed.text(field) or text[:16].upper())
    return changed


def _with_card(sheet: Sheet, card: CardData, around: Surroundings) -> Sheet:
    """What the model accepts of a health card; the rest is for the clerk to type."""
    sheet = _of_another(sheet, _I.CODICE_FISCALE, card.codice_fiscale)
    born = day_of(card.birth_date)
    texts = (
        (_I.SURNAME, card.surname),
        (_I.NAME, card.name),
        (_I.BIRTH_DATE, "" if born is None else shown_date(born)),
        (_I.SEX, card.sex if card.sex in {"M", "F"} else ""),
    )
    for field, text in texts:
        filled = sheet.with_text(field, text, Mark.CARD)
        taken = text and not isinstance(parse(filled, field_of(field), around.today), Problem)
        sheet = filled if taken else sheet
    return sheet


def _look_up(state: Start, around: Surroundings) -> WorkMove:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    if sheet.problems:
        return replace(state, sheet=sheet), ()
    comune = "" if sheet.foreign else sheet.text(_I.RESIDENCE_COMUNE)
    asked = LookUpPerson(around.session_id, sheet.text(_I.CODICE_FISCALE), comune)
    return LookingUp(sheet), (asked,)


def _looking_up(state: LookingUp, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case touches.PersonLookedUp(session_id, code) if (session_id, code) == (
            around.session_id,
            state.sheet.text(_I.CODICE_FISCALE),
        ):
            return _found(state.sheet, event, around)
        case events.Refused():
            return _form_of(state.sheet, None, around, unsure=True), (AbandonLookUp(),)
        case events.Back():
            return Start(state.sheet), (AbandonLookUp(), WatchCard())
        case _:
            return state, ()


def _found(sheet: Sheet, told: touches.PersonLookedUp, around: Surroundings) -> WorkMove:
    """The three variants (R-003-44 to 46), or the form (R-003-43)."""
    standing = told.standing
    match None if standing is None else standing.kind:
        case StandingKind.STRONG if standing is not None:
            return AlreadyStrong(sheet, standing.number), ()
        case StandingKind.WEAK if standing is not None:
            return AlreadyWeak(sheet, standing.number), ()
        case StandingKind.OLD_CREDENTIALS:
            offered = moves.offered_papers(around, PrintedDocument.REVOCATION_REQUEST)
            return OldCredentials(sheet, offered), ()
        case _:
            found = told.found if isinstance(told.found, PersonFound) else None
            return _form_of(sheet, found, around, unsure=not told.certain), ()


def _form_of(
    sheet: Sheet, found: PersonFound | None, around: Surroundings, *, unsure: bool
) -> RegistrationForm:
    """The form, prefilled and editable all but the codice fiscale (R-003-43, 64)."""
    sheet = replace(sheet, form=Form.REGISTRATION, problems=(), doubts=())
    sheet = sheet.with_text(_I.COMMUNITY, around.office.community.value)
    sheet = sheet.with_text(_I.DELEGATION, NO)
    sheet = sheet.with_text(_I.DOCUMENT_KIND, DocumentKind.CARTA_IDENTITA.value)
    if found is not None:
        sheet = _prefilled(sheet, found)
    sheet = sheet_steps.with_code_told(sheet, around.today)
    sheet = replace(sheet, locked=frozenset({_I.CODICE_FISCALE}))
    return RegistrationForm(
        sheet,
        register=None if found is None else found.register,
        unsure=unsure,
        papers=moves.offered_papers(around, *_FORMS),
    )


def corrected(act: CounterRegistration, around: Surroundings) -> RegistrationForm:
    """The form with what was refused: all of it may be what is to be corrected."""
    mark = Mark.REFUSED
    sheet = Sheet(Form.REGISTRATION).with_text(_I.COMMUNITY, act.community.value)
    sheet = sheet.with_text(_I.DELEGATION, NO)
    sheet = sheet_filling.with_person(sheet, act.person, mark)
    sheet = sheet_filling.with_residence(sheet, act.residence, mark)
    sheet = sheet_filling.with_domicile(sheet, act.domicile, mark)
    sheet = sheet_filling.with_contacts(sheet, act.contacts, mark)
    sheet = sheet_filling.with_document(sheet, act.document, mark)
    if act.delegation is not None:
        sheet = sheet_filling.with_delegation(sheet, act.delegation, mark)
    sheet = sheet_filling.filled(sheet, ((_I.NOTE, act.note or ""),), mark)
    return RegistrationForm(sheet, papers=moves.offered_papers(around, *_FORMS))


def _prefilled(sheet: Sheet, found: PersonFound) -> Sheet:
    """What a register says; Provincia and Comune stay as the clerk chose them (R-003-64)."""
    sheet = sheet_filling.with_person(sheet, found.person, Mark.REGISTER)
    if found.contacts is not None:
        sheet = sheet_filling.with_contacts(sheet, found.contacts, Mark.REGISTER)
    if found.document is not None:
        sheet = sheet_filling.with_document(sheet, found.document, Mark.REGISTER)
    where = found.residence
    if where is None:
        return sheet
    comune = where.comune if isinstance(where, ItalianAddress) else None
    chosen = None if sheet.foreign else sheet.text(_I.RESIDENCE_COMUNE)
    if comune != chosen:
        doubt = Problem("residence.register-elsewhere", "residence.comune", "R-003-43")
        return replace(sheet, doubts=(*sheet.doubts, (_I.RESIDENCE_COMUNE, doubt)))
    return sheet_filling.with_residence(sheet, where, Mark.REGISTER)


# --- the variants


def _already(state: AlreadyStrong | AlreadyWeak, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case events.Continued() if state.number:
            return moves.open_number(state.number, FromMenu(), around)
        case events.Continued() | events.Back():
            return start_again()
        case _:
            return state, ()


def _old(state: OldCredentials, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case touches.CheckToggled(check):
            archived = (touches.Check.REQUEST_ARCHIVED,)
            return replace(state, checked=moves.toggled(state.checked, check, archived)), ()
        case events.PrintAsked(document):
            content = counter_papers.of_sheet(state.sheet, around)
            printing, effects = counter_papers.asked(state.papers, document, content, around)
            return replace(state, papers=printing), effects
        case events.Continued() if state.checked:
            return ConfirmDeletion(state.sheet), ()
        case events.Back():
            return start_again()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _deletion(state: ConfirmDeletion, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case events.Continued():
            wanted = OldAccountDeletion(
                codice_fiscale=state.sheet.text(_I.CODICE_FISCALE),
                request_archived=True,
                office=_office(around),
            )
            return record(state, wanted, around)
        case events.Back():
            return start_again()
        case _:
            return state, ()


def _office(around: Surroundings) -> str:
    return "" if around.desk is None else around.desk.operator.office


# --- the form


def _form(
    state: RegistrationForm, event: Event, around: Surroundings
) -> WorkMove:  # one line a touch
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=sheet_steps.typed(state.sheet, field, text)), ()
        case touches.FieldLeft(field):
            return replace(state, sheet=sheet_steps.left(state.sheet, field, around.today)), ()
        case events.BarcodeTyped(text):
            return replace(state, sheet=delegate_scanned(state.sheet, text, around)), ()
        case events.PrintAsked(document):
            content = counter_papers.of_sheet(state.sheet, around)
            printing, effects = counter_papers.asked(state.papers, document, content, around)
            return replace(state, papers=printing), effects
        case events.Continued():
            return _to_confirm(state, around), ()
        case events.Back():
            return Leaving(state), ()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def delegate_scanned(sheet: Sheet, text: str, around: Surroundings) -> Sheet:
    """The delegate's health card before the scanner, where a delegate is asked for."""
    code = scanned.codice_fiscale_in(text)
    if code is None:
        return sheet
    filled = sheet_steps.typed(sheet, _I.DELEGATE_CODICE_FISCALE, code)
    return sheet_steps.left(filled, _I.DELEGATE_CODICE_FISCALE, around.today)


def _to_confirm(
    state: RegistrationForm, around: Surroundings
) -> RegistrationForm | RegistrationConfirm:
    sheet = sheet_steps.confirmed(state.sheet, around.today)
    form = replace(state, sheet=sheet, confirmed=True)
    if sheet.problems:
        return form
    wanted = _wanted(form, around)
    return RegistrationConfirm(
        form,
        wanted,
        checks=moves.checks_of(wanted.document, wanted.delegation),
        doubts=tuple(problem for _, problem in sheet.doubts),
    )


def _wanted(form: RegistrationForm, around: Surroundings) -> WantedRegistration:
    sheet, today = form.sheet, around.today
    return WantedRegistration(
        community=Community(sheet.text(_I.COMMUNITY)),
        language=around.language,
        privacy_notice=around.office.privacy_notice,
        source=_source(sheet),
        register="" if form.register is None else form.register.value,
        person=sheet_values.person(sheet, today),
        residence=sheet_values.residence(sheet),
        domicile=sheet_values.domicile(sheet),
        contacts=sheet_values.contacts_of(sheet),
        document=sheet_values.document(sheet, today),
        delegation=sheet_values.delegation(sheet, today),
        note=sheet_values.note(sheet),
        identified=True,
    )


def _source(sheet: Sheet) -> DataSource:
    """From a card as long as its names stand unchanged."""
    unchanged = sheet.mark(_I.SURNAME) is Mark.CARD and sheet.mark(_I.NAME) is Mark.CARD
    return DataSource.HEALTH_CARD if unchanged else DataSource.TYPED


def _confirm(state: RegistrationConfirm, event: Event, around: Surroundings) -> WorkMove:
    match event:
        case touches.CheckToggled(check):
            return replace(state, checked=moves.toggled(state.checked, check, state.checks)), ()
        case events.Continued() if state.checked >= set(state.checks):
            return record(state, state.wanted, around)
        case events.Back():
            return state.form, ()
        case _:
            return state, ()
