"""The transitions of the identity check; its states are in `identity_check`.

The PIN leaves the state with the effect that carries it. Everything else that was read goes when
the verdict's page is left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from kiosk.flows import events, health_card, identifying, identity_document
from kiosk.flows.candidate import Candidate
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen import identification
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
from sync.model.identification import Way

Move = tuple[
    IdentityCheckState
    | DocumentReadingState
    | PreregistrationState
    | identification.IdentificationState
    | Welcome
    | Ended,
    tuple[Effect, ...],
]

PIN_WRONG: Final = "token.pin-wrong"
PIN_LAST_TRY: Final = "token.pin-last-try"
PIN_BLOCKED: Final = "token.pin-blocked"
TRIES_UNTOLD: Final = "token.tries-untold"
OTHER_PERSON: Final = "token.other-person"
NOT_ENOUGH: Final = "token.not-enough"
"""The card signed, and what it proves does not do to identify its holder."""

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


def _asking_tries(state: AskingTries, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PinTriesTold(session_id, tries) if session_id == around.session_id:
            code = _no_more_tries(tries)
            if code is not None:
                return PinRefused(state.file, code, identifying=state.identifying), ()
            return TypePin(state.file, tries, identifying=state.identifying), ()
        case events.HealthCardProofFailed(session_id, code) if session_id == around.session_id:
            return _proof_failed(state, code), ()
        case events.CardRemoved():
            return InsertHealthCard(identifying=state.identifying), (AbandonReading(),)
        case events.Back():
            return _before_pin(state), (AbandonReading(),)
        case _:
            return state, ()


def _before_pin(
    state: AskingTries | TypePin | ProvingPin | PinRefused,
) -> VerdictPage | identification.ChooseWay:
    """The page from which the PIN was asked for."""
    if state.identifying is None:
        return VerdictPage(state.file)
    return identification.ChooseWay(state.identifying)


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
    again = code.partition(".")[2] in _WORTH_REPEATING
    return PinRefused(state.file, code, again, state.identifying)


def _type_pin(state: TypePin, event: Event, around: Surroundings) -> Move:
    match event:
        case events.TextChanged(text):
            return _pin_typed(state, text), ()
        case events.TextDone() | events.Continued():
            return _prove(state, around)
        case events.CardRemoved():
            return InsertHealthCard(identifying=state.identifying), ()
        case events.Refused() if state.identifying is not None:
            return _before_pin(state), ()
        case events.Back():
            return _before_pin(state), ()
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
    effect = ProveHealthCard(around.session_id, pin, claim)
    return ProvingPin(state.file, state.identifying), (effect,)


def _person(card: CardData) -> HolderClaim | None:
    """Who the data file says it is: nobody else's card gets the PIN."""
    if card.codice_fiscale:
        return HolderClaim(codice_fiscale=card.codice_fiscale)
    return HolderClaim(surname=card.surname, name=card.name) if card.surname or card.name else None


def _proving_pin(state: ProvingPin, event: Event, around: Surroundings) -> Move:
    match event:
        case events.HealthCardProven(session_id, proof) if session_id == around.session_id:
            return _proven(state, ProvenHealthCard(state.file, proof)), ()
        case events.HealthCardProofFailed(session_id, code, tries) if (
            session_id == around.session_id
        ):
            return _not_proven(state, code, tries), ()
        case events.CardRemoved():
            return InsertHealthCard(identifying=state.identifying), (AbandonReading(),)
        case events.Back():
            return _before_pin(state), (AbandonReading(),)
        case _:
            return state, ()


def _proven(
    state: ProvingPin, proven: ProvenHealthCard
) -> VerdictPage | identification.Confirm | PinRefused:
    """The verdict of a check; of who is being identified, the confirmation.

    A card that signed and is refuted all the same shows its verdict.
    """
    if state.identifying is None or VerdictPage(proven).headline is Headline.WRONG:
        return VerdictPage(proven)
    candidate = identifying.with_pin(state.identifying, proven)
    if candidate is None:
        return PinRefused(state.file, NOT_ENOUGH, identifying=state.identifying)
    return identification.Confirm(candidate, Way.CARD_PIN)


def _not_proven(state: ProvingPin, code: str, tries: PinTries | None) -> IdentityCheckState:
    """Another PIN only where the card tells that it is not the last try."""
    if code != PIN_WRONG:
        return _proof_failed(state, code)
    ended = TRIES_UNTOLD if tries is None else _no_more_tries(tries)
    if tries is not None and ended is None:
        return TypePin(state.file, tries, wrong=True, identifying=state.identifying)
    # That the PIN was wrong is what counts, unless the card says something graver.
    if ended is None or ended == TRIES_UNTOLD:
        ended = PIN_WRONG
    return PinRefused(state.file, ended, identifying=state.identifying)


def _pin_refused(state: PinRefused, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Refused() if state.may_retry:
            return AskingTries(state.file, state.identifying), (AskPinTries(around.session_id),)
        case events.CardRemoved() if state.identifying is not None:
            return InsertHealthCard(identifying=state.identifying), ()
        case events.Continued() | events.Back():
            return _before_pin(state), ()
        case _:
            return state, ()
