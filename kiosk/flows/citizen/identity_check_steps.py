"""The transitions of the identity check; its states are in `identity_check`.

The PIN leaves the state with the effect that carries it. Everything else that was read goes when
the verdict's page is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from kiosk.flows import events, health_card, identity_document
from kiosk.flows.card_data import CardData
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
    IDENTITY_CARD,
    LONGEST_PIN,
    PROVE,
    REGISTER,
    SHORTEST_PIN,
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
    HolderClaim,
    PinTries,
)
from kiosk.flows.effects import (
    AbandonReading,
    AskPinTries,
    Effect,
    ForgetDocument,
    ProveHealthCard,
    ReadCard,
    WatchCard,
)
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.verdicts import of_a_file_alone
from kiosk.flows.welcome import Ended, EndReason, Welcome
from sync.model.errors import Problem

Move = tuple[
    IdentityCheckState | DocumentReadingState | PreregistrationState | Welcome | Ended,
    tuple[Effect, ...],
]

PIN_WRONG: Final = "token.pin-wrong"
PIN_LAST_TRY: Final = "token.pin-last-try"
PIN_BLOCKED: Final = "token.pin-blocked"
TRIES_UNTOLD: Final = "token.tries-untold"

_ABANDONED: Final = ".abandoned"
_WORTH_REPEATING: Final = frozenset(
    {"absent", "removed", "crashed", "timeout", "failed", "several"}
)
"""Second parts of the codes after which the same card may do on this station.

The PIN may have been presented, and a try spent, before one of them came. To repeat begins with
asking the card for its tries, so what was spent is seen before the first digit.
"""


def step(state: IdentityCheckState, event: Event, around: Surroundings) -> Move:  # noqa: PLR0911  # one line for each state of the flow
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
        case AskingTries():
            return _asking_tries(state, event, around)
        case TypePin():
            return _type_pin(state, event, around)
        case ProvingPin():
            return _proving_pin(state, event, around)
        case PinRefused():
            return _pin_refused(state, event, around)
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
            return ReadingHealthCard(), (ReadCard(around.session_id),)
        case events.CardRemoved():
            return InsertHealthCard(), ()
        case events.ReaderFailed(code):
            return InsertHealthCard(code), ()
        case events.Continued():
            return state, (WatchCard(),)
        case events.Back():
            return ChooseCard(), ()
        case _:
            return state, ()


def _reading_health_card(state: ReadingHealthCard, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardRead(session_id, card, verdict) if session_id == around.session_id:
            verdict = verdict or of_a_file_alone(card, around.today)
            return VerdictPage(HealthCardFile(card, verdict)), ()
        case events.CardReadFailed(session_id, code) if session_id == around.session_id:
            return HealthCardFailed(code), ()
        case events.ReaderFailed(code):
            return HealthCardFailed(code), (AbandonReading(),)
        case events.Back():
            return InsertHealthCard(), (AbandonReading(),)
        case _:
            return state, ()


def _health_card_failed(state: HealthCardFailed, event: Event, around: Surroundings) -> Move:
    match event:
        case events.CardInserted():
            return ReadingHealthCard(), (ReadCard(around.session_id),)
        case events.Continued():
            # Watching anew tells of a card that is still in the reader, which is then read.
            return InsertHealthCard(), (WatchCard(),)
        case events.Refused() | events.Back():
            return ChooseCard(), ()
        case _:
            return state, ()


# --- the verdict


def _verdict(state: VerdictPage, event: Event, around: Surroundings) -> Move:
    examined, errand = state.examined, state.errand
    match errand, event:
        case _, events.OptionChosen(value) if value == CLERK:
            return ClerkPage(state), ()
        case _, events.OptionChosen(value) if value == PROVE and can_prove(state):
            return _ask_tries(state, around)
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


def _asking_tries(state: AskingTries, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PinTriesTold(session_id, tries) if session_id == around.session_id:
            code = _no_more_tries(tries)
            return (PinRefused(state.file, code) if code else TypePin(state.file, tries)), ()
        case events.HealthCardProofFailed(session_id, code) if session_id == around.session_id:
            return _proof_failed(state, code), ()
        case events.CardRemoved():
            return InsertHealthCard(), (AbandonReading(),)
        case events.Back():
            return VerdictPage(state.file), (AbandonReading(),)
        case _:
            return state, ()


def _no_more_tries(tries: PinTries) -> str | None:
    """Why the PIN is not asked for: it is blocked, or its last try might be spent."""
    if tries.blocked or tries.left == 0:
        return PIN_BLOCKED
    if tries.last or tries.left == 1:
        return PIN_LAST_TRY
    return TRIES_UNTOLD if tries.left is None else None


def _proof_failed(
    state: AskingTries | ProvingPin, code: str
) -> AskingTries | ProvingPin | PinRefused:
    if code.endswith(_ABANDONED):
        return state
    return PinRefused(state.file, code, may_retry=code.partition(".")[2] in _WORTH_REPEATING)


def _type_pin(state: TypePin, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text):
            return _pin_typed(state, text), ()
        case events.TextDone() | events.Continued():
            return _prove(state, around)
        case events.CardRemoved():
            return InsertHealthCard(), ()
        case events.Back():
            return VerdictPage(state.file), ()
        case _:
            return state, ()


def _pin_typed(state: TypePin, text: str) -> TypePin:
    if text and not (text.isascii() and text.isdigit()):
        return replace(state, problem=Problem("pin.characters"))
    if len(text) > LONGEST_PIN:
        return replace(state, problem=_PIN_LENGTH)
    return replace(state, entry=TextEntry(text), problem=None)


_PIN_LENGTH: Final = Problem(
    "pin.length", details=(("fewest", str(SHORTEST_PIN)), ("longest", str(LONGEST_PIN)))
)


def _prove(state: TypePin, around: Surroundings) -> Move:
    """Send the PIN to the card; what is too short costs no try."""
    pin = state.entry.text
    if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
        return replace(state, problem=_PIN_LENGTH if pin else Problem("pin.empty")), ()
    claim = _person(state.file.card)
    return ProvingPin(state.file), (ProveHealthCard(around.session_id, pin, claim),)


def _person(card: CardData) -> HolderClaim | None:
    """Who the data file says it is: nobody else's card gets the PIN."""
    if card.codice_fiscale:
        return HolderClaim(codice_fiscale=card.codice_fiscale)
    return HolderClaim(surname=card.surname, name=card.name) if card.surname or card.name else None


def _proving_pin(state: ProvingPin, event: Event, around: Surroundings) -> Move:
    match event:
        case events.HealthCardProven(session_id, proof) if session_id == around.session_id:
            return VerdictPage(ProvenHealthCard(state.file, proof)), ()
        case events.HealthCardProofFailed(session_id, code, tries) if (
            session_id == around.session_id
        ):
            return _not_proven(state, code, tries), ()
        case events.CardRemoved():
            return InsertHealthCard(), (AbandonReading(),)
        case events.Back():
            return VerdictPage(state.file), (AbandonReading(),)
        case _:
            return state, ()


def _not_proven(state: ProvingPin, code: str, tries: PinTries | None) -> IdentityCheckState:
    """Another PIN only where the card tells that it is not the last try."""
    if code != PIN_WRONG:
        return _proof_failed(state, code)
    ended = TRIES_UNTOLD if tries is None else _no_more_tries(tries)
    if tries is not None and ended is None:
        return TypePin(state.file, tries, wrong=True)
    # That the PIN was wrong is what counts, unless the card says something graver.
    if ended is None or ended == TRIES_UNTOLD:
        ended = PIN_WRONG
    return PinRefused(state.file, ended)


def _pin_refused(state: PinRefused, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Refused() if state.may_retry:
            return AskingTries(state.file), (AskPinTries(around.session_id),)
        case events.Continued() | events.Back():
            return VerdictPage(state.file), ()
        case _:
            return state, ()
