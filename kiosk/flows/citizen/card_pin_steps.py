"""The PIN of a health card: its tries, the digits, the proof; for a check or an identification.

The PIN leaves the state with the effect that carries it. The states are in `identity_check`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from kiosk.flows import events, identifying
from kiosk.flows.card_data import CardData
from kiosk.flows.citizen import identification
from kiosk.flows.citizen.identity_check import (
    LONGEST_PIN,
    SHORTEST_PIN,
    AskingTries,
    IdentityCheckState,
    InsertHealthCard,
    PinRefused,
    ProvenHealthCard,
    ProvingPin,
    TypePin,
    VerdictPage,
)
from kiosk.flows.document_check import Headline, HolderClaim, PinTries
from kiosk.flows.effects import AbandonReading, AskPinTries, Effect, ProveHealthCard
from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from sync.model.errors import Problem
from sync.model.identification import Way

PinState = AskingTries | TypePin | ProvingPin | PinRefused

Move = tuple[
    IdentityCheckState | identification.ChooseWay | identification.Confirm, tuple[Effect, ...]
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


def step(state: PinState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
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
            return _proven(state, ProvenHealthCard(state.file, proof), around), ()
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
    state: ProvingPin, proven: ProvenHealthCard, around: Surroundings
) -> VerdictPage | identification.Confirm | PinRefused:
    """The verdict of a check; of who is being identified, the confirmation.

    A card that signed and is refuted all the same shows its verdict.
    """
    if state.identifying is None or VerdictPage(proven).headline is Headline.WRONG:
        return VerdictPage(proven)
    candidate = identifying.with_pin(state.identifying, proven, around.today)
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
