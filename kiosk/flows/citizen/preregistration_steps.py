"""The transitions of the preregistration; its states are in `preregistration`.

Whatever event does not mean anything in a state changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.flows import events, papers
from kiosk.flows import form as forms
from kiosk.flows.answers import QuestionId
from kiosk.flows.citizen.asking import ask, go_on, last_asked, step_asking
from kiosk.flows.citizen.document_reading import Prefilling, TypeCan
from kiosk.flows.citizen.identity_check import IDENTITY_CARD
from kiosk.flows.citizen.preregistration import (
    AlreadyMember,
    Asking,
    AskMembership,
    CardFailed,
    CheckEmail,
    Done,
    Form,
    InsertCard,
    Origin,
    PreregistrationState,
    Privacy,
    ReadingCard,
    RecordFailed,
    Recording,
    Review,
    Summary,
)
from kiosk.flows.effects import (
    AbandonReading,
    Effect,
    Print,
    PrintedDocument,
    ReadCard,
    Record,
    WatchCard,
)
from kiosk.flows.events import Event
from kiosk.flows.health_card import fill, without_card
from kiosk.flows.office import OfficeInfo, Surroundings
from kiosk.flows.papers import Paper
from kiosk.flows.question import NO, YES
from kiosk.flows.receipt import Receipt
from kiosk.flows.scanned import codice_fiscale_in
from kiosk.flows.steps import scanning_steps
from kiosk.flows.steps.scanning import SCAN, ForForm, ScanningCode
from kiosk.flows.welcome import Ended, EndReason, Welcome
from sync.model.delegation import DelegationKind

Move = tuple[PreregistrationState | TypeCan | ScanningCode | Welcome | Ended, tuple[Effect, ...]]


def step(state: PreregistrationState, event: Event, around: Surroundings) -> Move:  # noqa: C901, PLR0911, PLR0912  # one line for each state of the flow
    """The state after `event`, and what to ask for."""
    match state:
        case AskMembership():
            return _ask_membership(state, event)
        case AlreadyMember():
            return _already_member(state, event)
        case Privacy():
            return _privacy(state, event)
        case InsertCard():
            return _insert_card(state, event, around)
        case ReadingCard():
            return _reading_card(state, event, around)
        case CardFailed():
            return _card_failed(state, event, around)
        case Review():
            return _review(state, event, around)
        case Asking():
            return _asking(state, event, around)
        case CheckEmail():
            return _check_email(state, event, around), ()
        case Summary():
            return _summary(state, event, around)
        case Recording():
            return _recording(state, event, around)
        case RecordFailed():
            return _record_failed(state, event, around)
        case Done():
            return _done(state, event, around)
        case _:
            assert_never(state)


def _ask_membership(state: AskMembership, event: Event) -> Move:
    match event:
        case events.OptionChosen(value) if value == YES:
            return AlreadyMember(state.form), ()
        case events.OptionChosen(value) if value == NO:
            return Privacy(state.form), ()
        case events.Back():
            return Welcome(), ()
        case _:
            return state, ()


def _already_member(state: AlreadyMember, event: Event) -> Move:
    match event:
        case events.Continued():
            return Ended(EndReason.FINISHED), ()
        case events.Back():
            return AskMembership(state.form), ()
        case _:
            return state, ()


def _privacy(state: Privacy, event: Event) -> Move:
    match event:
        case events.Continued():
            if state.form.read_before:  # by the identity check: no card is asked for again
                return Review(replace(state.form, read_before=False)), (WatchCard(),)
            return InsertCard(state.form), (WatchCard(),)
        case events.Refused():
            return Ended(EndReason.STOPPED), ()
        case events.Back():
            return AskMembership(state.form), ()
        case _:
            return state, ()


def _insert_card(state: InsertCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardInserted():
            return ReadingCard(state.form), (ReadCard(around.session_id),)
        case events.CardRemoved():
            return replace(state, failure=None), ()
        case events.ReaderFailed(code):
            return replace(state, failure=code), ()
        case events.Continued():
            return state, (WatchCard(),)
        case events.Refused():
            return go_on(without_card(state.form), Origin.IN_ORDER, around), ()
        case events.OptionChosen(value) if _takes_document(value, around):
            return TypeCan(Prefilling(state.form)), ()
        case events.BarcodeTyped(text):
            return _code_typed(state, text, around), ()
        case events.Back():
            return Privacy(state.form), ()
        case _:
            return state, ()


def _code_typed(state: InsertCard, text: str, around: Surroundings) -> PreregistrationState:
    """Who scans the card in the place of inserting it has answered the first question."""
    if codice_fiscale_in(text) is None:
        return state
    form = without_card(state.form)
    return scanning_steps.typed(form, QuestionId.CODICE_FISCALE, Origin.IN_ORDER, text, around)


def _reading_card(state: ReadingCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardRead(session_id, card) if session_id == around.session_id:
            return Review(fill(state.form, card, around.today)), ()
        case events.CardReadFailed(session_id, code) if session_id == around.session_id:
            return CardFailed(state.form, code), ()
        case events.ReaderFailed(code):
            return CardFailed(state.form, code), (AbandonReading(),)
        case events.Back():
            return InsertCard(state.form), (AbandonReading(),)
        case _:
            return state, ()


def _card_failed(state: CardFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardInserted():
            return ReadingCard(state.form), (ReadCard(around.session_id),)
        case events.Continued():
            # Watching anew tells of a card that is still in the reader, which is then read.
            return InsertCard(state.form), (WatchCard(),)
        case events.Refused():
            return go_on(without_card(state.form), Origin.IN_ORDER, around), ()
        case events.OptionChosen(value) if _takes_document(value, around):
            return TypeCan(Prefilling(state.form)), ()
        case events.Back():
            return InsertCard(state.form), ()
        case _:
            return state, ()


def _takes_document(value: str, around: Surroundings) -> bool:
    """Whether the touch asks for the identity card instead, and it can be read here."""
    return value == IDENTITY_CARD and around.office.reads_documents


def _review(state: Review, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            shown = forms.to_check(state.form) | forms.differences(state.form)
            form = forms.accept_doubts(state.form, shown)
            return go_on(form, Origin.IN_ORDER, around), ()
        case events.EditAsked(question):
            return ask(state.form, question, around, Origin.REVIEW) or state, ()
        case events.Back():
            return InsertCard(state.form), ()
        case _:
            return state, ()


def _asking(state: Asking, event: Event, around: Surroundings) -> Move:
    """A question; a codice fiscale can be scanned as well."""
    if scanning_steps.can_scan(state.question):
        errand = ForForm(state.form, state.question, state.origin)
        match event:
            case events.OptionChosen(value) if value == SCAN and around.office.scans_codes:
                return scanning_steps.begin(errand, around)
            case events.BarcodeTyped(text):
                form, question = state.form, state.question
                return scanning_steps.typed(form, question, state.origin, text, around), ()
            case _:
                pass
    return step_asking(state, event, around), ()


def _check_email(state: CheckEmail, event: Event, around: Surroundings) -> PreregistrationState:
    match event:
        case events.Continued():
            return go_on(state.form, state.origin, around)
        case events.Refused() | events.Back():
            return ask(state.form, QuestionId.EMAIL, around, state.origin) or state
        case _:
            return state


def _summary(state: Summary, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            return _send(state, around)
        case events.EditAsked(question):
            return ask(state.form, question, around, Origin.SUMMARY) or state, ()
        case events.Back():
            return last_asked(state.form, around), ()
        case _:
            return state, ()


def _send(state: Summary, around: Surroundings) -> Move:
    """Record, or open the first row that keeps the form from being sent."""
    left = forms.missing(state.form.answers)
    if left:
        return ask(state.form, left[0], around, Origin.SUMMARY) or state, ()
    for question, problem in forms.problems(state.form, around).items():
        page = None if question is None else ask(state.form, question, around, Origin.SUMMARY)
        return (state if page is None else replace(page, problem=problem)), ()
    if forms.unseen_doubts(state.form, around) and not state.warned:
        return replace(state, warned=True), ()
    return record(state.form, around)


def record(form: Form, around: Surroundings) -> Move:
    """Ask for the record of a complete form; a form that is not complete goes to its summary."""
    operation = forms.build(form, around)
    if operation is None:
        return Summary(form), ()
    return Recording(form), (Record(around.operation_id, operation),)


def _recording(state: Recording, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Recorded(receipt) if receipt.operation_id == around.operation_id:
            return _show_receipt(state.form, receipt, around)
        case events.RecordFailed(operation_id, code) if operation_id == around.operation_id:
            return RecordFailed(state.form, code), ()
        case _:
            return state, ()


def _record_failed(state: RecordFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Recorded(receipt) if receipt.operation_id == around.operation_id:
            return _show_receipt(state.form, receipt, around)
        case events.Continued():
            return record(state.form, around)
        case events.Back():
            return Summary(state.form), ()
        case _:
            return state, ()


def _show_receipt(form: Form, receipt: Receipt, around: Surroundings) -> Move:
    """The receipt, and what is printed without being asked.

    A receipt that comes again after a crash was printed then, or is printed on request.
    """
    done = Done(form, receipt, papers_of(receipt, around.office))
    effects: tuple[Effect, ...] = ()
    if not receipt.again:
        for document in _printed_at_once(done):
            done, more = _print(done, document, around)
            effects += more
    return done, effects


def papers_of(receipt: Receipt, office: OfficeInfo) -> tuple[Paper, ...]:
    """The papers that the station can print for a receipt (R-003-35, R-003-79)."""
    documents = [PrintedDocument.RECEIPT_SLIP] if office.slip_printer else []
    if office.page_printer:
        match receipt.preregistration.delegation:
            case None:
                pass
            case delegation if delegation.kind is DelegationKind.MODULO_DELEGA:
                documents.append(PrintedDocument.DELEGATION_MODULE)
            case _:
                documents.append(PrintedDocument.SUBSTITUTIVE_DECLARATION)
        documents += [PrintedDocument.RECEIPT_PAGE, PrintedDocument.SUMMARY]
    return tuple(Paper(document) for document in documents)


def _printed_at_once(done: Done) -> tuple[PrintedDocument, ...]:
    """The receipt on one printer, and the module to sign where somebody else goes."""
    offered = [paper.document for paper in done.papers]
    receipts = (PrintedDocument.RECEIPT_SLIP, PrintedDocument.RECEIPT_PAGE)
    first = [document for document in receipts if document in offered][:1]
    modules = (PrintedDocument.DELEGATION_MODULE, PrintedDocument.SUBSTITUTIVE_DECLARATION)
    return (*first, *(document for document in modules if document in offered))


def _done(state: Done, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PrintAsked(document):
            return _print(state, document, around)
        case events.Continued():
            return Ended(EndReason.FINISHED), ()
        case _:
            told = papers.told(state.papers, event, around.session_id)
            return replace(state, papers=told), ()


def _print(
    done: Done, document: PrintedDocument, around: Surroundings
) -> tuple[Done, tuple[Effect, ...]]:
    """One request at a time for each paper."""
    found = papers.asked(done.papers, document)
    if found is None:
        return done, ()
    printing, again = found
    effect = Print(around.session_id, document, done.receipt, again)
    return replace(done, papers=printing), (effect,)
