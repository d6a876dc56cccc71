"""The transitions of the identity check; its states are in `identity_check`.

What was read goes when the verdict's page is left. The PIN is in `card_pin_steps`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import assert_never

from kiosk.flows import events, health_card, identifying, identity_document
from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen import card_pin_steps, identification
from kiosk.flows.citizen.card_pin_steps import OTHER_PERSON
from kiosk.flows.citizen.document_reading import (
    Checking,
    DocumentReadingState,
    Prefilling,
    TypeCan,
)
from kiosk.flows.citizen.document_reading_steps import leave, prefilled, without_document
from kiosk.flows.citizen.identity_check import (
    CLERK,
    HEALTH_CARD,
    IDENTIFY,
    IDENTITY_CARD,
    PROVE,
    REGISTER,
    AskingTries,
    ChooseCard,
    ClerkPage,
    HealthCardFailed,
    HealthCardFile,
    IdentityCheckState,
    InsertHealthCard,
    Intro,
    PinRefused,
    ProvenHealthCard,
    ProvingPin,
    ReadingHealthCard,
    TypePin,
    VerdictPage,
)
from kiosk.flows.citizen.preregistration import AskMembership, Form, PreregistrationState
from kiosk.flows.document_check import (
    DocumentReading,
    Headline,
)
from kiosk.flows.effects import (
    AbandonReading,
    AskPinTries,
    Effect,
    ForgetDocument,
    ReadCard,
    WatchCard,
)
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.verdicts import of_a_file_alone
from kiosk.flows.welcome import Ended, EndReason, Welcome

Move = tuple[
    IdentityCheckState
    | DocumentReadingState
    | PreregistrationState
    | identification.IdentificationState
    | Welcome
    | Ended,
    tuple[Effect, ...],
]


def step(state: IdentityCheckState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case Intro():
            return _intro(state, event)
        case ChooseCard():
            return _choose_card(state, event, around)
        case InsertHealthCard():
            return _insert_health_card(state, event, around)
        case ReadingHealthCard():
            return _reading_health_card(state, event, around)
        case HealthCardFailed():
            return _health_card_failed(state, event, around)
        case VerdictPage():
            return _verdict(state, event, around)
        case ClerkPage():
            leaves = isinstance(event, events.Back | events.Continued)
            return (state.page if leaves else state), ()
        case AskingTries() | TypePin() | ProvingPin() | PinRefused():
            return card_pin_steps.step(state, event, around)
        case _:
            assert_never(state)


def _intro(state: Intro, event: Event) -> Move:
    match event:
        case events.Continued():
            return ChooseCard(), ()
        case events.Back():
            return Welcome(), ()
        case _:
            return state, ()


def _choose_card(state: ChooseCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.OptionChosen(value) if value == HEALTH_CARD:
            return InsertHealthCard(), (WatchCard(),)
        case events.OptionChosen(value) if value == IDENTITY_CARD:
            return (TypeCan() if around.office.reads_documents else state), ()
        case events.Back():
            return Intro(), ()
        case _:
            return state, ()


# --- the health card


def _insert_health_card(state: InsertHealthCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardInserted():
            return ReadingHealthCard(state.identifying), (ReadCard(around.session_id),)
        case events.CardRemoved():
            return replace(state, failure=None), ()
        case events.ReaderFailed(code):
            return replace(state, failure=code), ()
        case events.Continued():
            return state, (WatchCard(),)
        case events.Refused() if state.identifying is not None:
            return _elsewhere(state.identifying), ()
        case events.Back():
            return _elsewhere(state.identifying), ()
        case _:
            return state, ()


def _reading_health_card(state: ReadingHealthCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardRead(session_id, card, verdict) if session_id == around.session_id:
            verdict = verdict or of_a_file_alone(card, around.today)
            return _file_read(HealthCardFile(card, verdict), state.identifying, around)
        case events.CardReadFailed(session_id, code) if session_id == around.session_id:
            return HealthCardFailed(code, state.identifying), ()
        case events.ReaderFailed(code):
            return HealthCardFailed(code, state.identifying), (AbandonReading(),)
        case events.Back():
            return InsertHealthCard(identifying=state.identifying), (AbandonReading(),)
        case _:
            return state, ()


def _health_card_failed(state: HealthCardFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardInserted():
            return ReadingHealthCard(state.identifying), (ReadCard(around.session_id),)
        case events.Continued():
            # Watching anew tells of a card that is still in the reader, which is then read.
            return InsertHealthCard(identifying=state.identifying), (WatchCard(),)
        case events.Refused() | events.Back():
            return _elsewhere(state.identifying), ()
        case _:
            return state, ()


def _elsewhere(candidate: Candidate | None) -> ChooseCard | identification.ChooseWay:
    """Away from the health card: to another card, or to another way to be identified."""
    return ChooseCard() if candidate is None else identification.ChooseWay(candidate)


def _file_read(file: HealthCardFile, candidate: Candidate | None, around: Surroundings) -> Move:
    """The verdict of a check; of who is being identified, the PIN is next."""
    if candidate is None:
        return VerdictPage(file), ()
    if file.card.codice_fiscale != candidate.codice_fiscale:
        return PinRefused(file, OTHER_PERSON, identifying=candidate), ()
    return AskingTries(file, candidate), (AskPinTries(around.session_id),)


# --- the verdict


def _verdict(state: VerdictPage, event: Event, around: Surroundings) -> Move:  # noqa: PLR0911  # one line for each button of the page
    examined, errand = state.examined, state.errand
    match errand, event:
        case _, events.OptionChosen(value) if value == CLERK:
            return ClerkPage(state), ()
        case _, events.OptionChosen(value) if value == PROVE and can_prove(state):
            return _ask_tries(state, around)
        case Checking(), events.OptionChosen(value) if value == IDENTIFY:
            return _identify(state, around), ()
        case Checking(), events.OptionChosen(value) if value == REGISTER and can_register(state):
            form = replace(_form_of(state, around), read_before=True)
            return AskMembership(form), (ForgetDocument(),)
        case Checking(), events.Continued():
            return Ended(EndReason.FINISHED), (ForgetDocument(),)
        case Checking(), events.Back():
            return ChooseCard(), (ForgetDocument(),)
        case Prefilling(), events.Continued() if can_register(state):
            if isinstance(examined, DocumentReading):
                return prefilled(errand, examined, around)
            return state, ()
        case Prefilling(), events.Refused():
            return without_document(errand, around)
        case Prefilling(), events.Back():
            return leave(errand)
        case _:
            return state, ()


def _identify(state: VerdictPage, around: Surroundings) -> VerdictPage | identification.Intro:
    candidate = can_identify(state, around)
    return state if candidate is None else identification.Intro(state, candidate)


def can_identify(page: VerdictPage, around: Surroundings) -> Candidate | None:
    """Who may confirm to be the holder; None where the office or the document does not allow it."""
    if not around.office.identifies or page.headline is Headline.WRONG:
        return None
    return identifying.candidate_of(page.examined, around.today)


def can_register(page: VerdictPage) -> bool:
    """Whether the data may fill a form: nothing speaks against the document itself."""
    return page.headline is not Headline.WRONG


def can_prove(page: VerdictPage) -> bool:
    """Whether the PIN can prove more: of a health card of which only the file was read."""
    return isinstance(page.examined, HealthCardFile)


def _form_of(page: VerdictPage, around: Surroundings) -> Form:
    """A form with what was read; nothing else of it goes on."""
    examined = page.examined
    match examined:
        case DocumentReading():
            return identity_document.fill(
                Form(), examined.holder, expired=examined.verdict.expired, today=around.today
            )
        case HealthCardFile(card):
            return health_card.fill(Form(), card, around.today)
        case ProvenHealthCard(file):
            return health_card.fill(Form(), file.card, around.today)


# --- the proof with the PIN


def _ask_tries(state: VerdictPage, around: Surroundings) -> Move:
    if not isinstance(state.examined, HealthCardFile):
        return state, ()
    return AskingTries(state.examined), (AskPinTries(around.session_id),)
