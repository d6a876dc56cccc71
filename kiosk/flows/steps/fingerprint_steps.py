"""The transitions of taking two fingers; their states are in `fingerprint`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, assert_never

from hw.device_health import DeviceHealth, DeviceKind, DeviceState
from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from kiosk.flows import events, identifying
from kiosk.flows.candidate import Candidate
from kiosk.flows.citizen.identification import ChooseWay, Confirm
from kiosk.flows.effects import (
    AbandonFinger,
    CompareFinger,
    Effect,
    ForgetFingers,
    StopWatchingDevices,
    TakeFinger,
    WatchDevices,
)
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.steps.fingerprint import (
    COMPARE,
    HANDS,
    NO_FINGER,
    OTHER_FINGER,
    RETAKE,
    ChooseExcuse,
    ChooseFinger,
    ComparingFinger,
    ExcusedHand,
    FingerFailed,
    FingerprintState,
    Fingers,
    Notice,
    Review,
    TakingFinger,
    hand_of,
)
from sync.model.identification import Excuse, Way

Move = tuple[FingerprintState | ChooseWay | Confirm, tuple[Effect, ...]]

UNUSABLE: Final = "fingerprint.template-unusable"
"""A template that the record cannot hold."""

_ABANDONED: Final = "fingerprint.abandoned"
_FINGERS: Final = {finger.value: finger for finger in Finger}
_EXCUSES: Final = {excuse.value: excuse for excuse in Excuse}


def step(state: FingerprintState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    if isinstance(event, events.Refused):
        return _other_way(state)
    match state:
        case Notice():
            return _notice(state, event)
        case ChooseFinger():
            return _choose_finger(state, event, around)
        case ChooseExcuse():
            return _choose_excuse(state, event)
        case TakingFinger():
            return _taking(state, event, around)
        case ComparingFinger():
            return _comparing(state, event, around)
        case FingerFailed():
            return _failed(state, event, around)
        case Review():
            return _review(state, event, around)
        case _:
            assert_never(state)


def _other_way(state: FingerprintState) -> Move:
    """No finger after all: what was taken is forgotten."""
    match state:
        case Notice():
            return ChooseWay(state.errand), ()
        case TakingFinger() | ComparingFinger():
            return ChooseWay(state.errand), (AbandonFinger(), ForgetFingers())
        case FingerFailed():
            return ChooseWay(state.errand), (StopWatchingDevices(), ForgetFingers())
        case _:
            return ChooseWay(state.errand), (ForgetFingers(),)


def _notice(state: Notice, event: Event) -> Move:
    match event:
        case events.Continued():
            fingers = Fingers()
            return _next(state.errand, fingers)
        case events.Back():
            return ChooseWay(state.errand), ()
        case _:
            return state, ()


def _next(errand: Candidate, fingers: Fingers) -> Move:
    """The hand that is still to be asked for; with both, the review or another way."""
    if fingers.missing is not None:
        return ChooseFinger(errand, fingers, fingers.missing), ()
    if fingers.templates:
        return Review(errand, fingers), ()
    return ChooseWay(errand, fingers), (ForgetFingers(),)


# --- which finger, or why none


def _choose_finger(state: ChooseFinger, event: Event, around: Surroundings) -> Move:
    match event:
        case events.OptionChosen(value) if value in _FINGERS:
            position = FingerPosition(state.hand, _FINGERS[value])
            return _take(state.errand, state.fingers, position, around)
        case events.OptionChosen(value) if value == NO_FINGER:
            return ChooseExcuse(state.errand, state.fingers, state.hand), ()
        case events.Back():
            return _before(state.errand, state.fingers), ()
        case _:
            return state, ()


def _before(errand: Candidate, fingers: Fingers) -> FingerprintState:
    """The page before a hand: the review it is taken again from, the other hand, the notice."""
    if fingers.missing is None:
        return Review(errand, fingers)
    if not fingers.done:
        return Notice(errand)
    hand = hand_of(fingers.done[-1])
    return ChooseFinger(errand, fingers.without(hand), hand)


def _choose_excuse(state: ChooseExcuse, event: Event) -> Move:
    match event:
        case events.OptionChosen(value) if value in _EXCUSES:
            excused = ExcusedHand(state.hand, _EXCUSES[value], state.finger)
            return _next(state.errand, state.fingers.having(excused))
        case events.Back():
            return ChooseFinger(state.errand, state.fingers, state.hand), ()
        case _:
            return state, ()


# --- at the sensor


def _take(
    errand: Candidate, fingers: Fingers, position: FingerPosition, around: Surroundings
) -> Move:
    unlike = tuple(one for one in fingers.templates if one.position.hand is not position.hand)
    effect = TakeFinger(around.session_id, position, unlike)
    return TakingFinger(errand, fingers, position), (effect,)


def _taking(state: TakingFinger, event: Event, around: Surroundings) -> Move:
    hand, finger = state.position.hand, state.position.finger
    match event:
        case events.FingerProgressed(session_id, progress) if session_id == around.session_id:
            return replace(state, progress=progress), ()
        case events.FingerTaken(session_id, template) if session_id == around.session_id:
            return _taken(state, template)
        case events.FingerFailed(session_id, code) if session_id == around.session_id:
            return _not_taken(state, state.position, code, None)
        case events.OptionChosen(value) if value == OTHER_FINGER:
            return ChooseFinger(state.errand, state.fingers, hand), (AbandonFinger(),)
        case events.OptionChosen(value) if value == NO_FINGER:
            return ChooseExcuse(state.errand, state.fingers, hand, finger), (AbandonFinger(),)
        case events.Back():
            return ChooseFinger(state.errand, state.fingers, hand), (AbandonFinger(),)
        case _:
            return state, ()


def _taken(state: TakingFinger, template: FingerTemplate) -> Move:
    """The finger that was asked for; that of a taking that was left says nothing."""
    if template.position != state.position:
        return state, ()
    if not identifying.usable(template, state.fingers):
        return _not_taken(state, state.position, UNUSABLE, None)
    return _next(state.errand, state.fingers.having(template))


def _not_taken(
    state: TakingFinger | ComparingFinger,
    position: FingerPosition,
    code: str,
    comparing: FingerTemplate | None,
) -> Move:
    if code == _ABANDONED:
        return state, ()
    same = state.same if isinstance(state, ComparingFinger) else None
    failed = FingerFailed(
        state.errand, state.fingers, position, code, comparing=comparing, same=same
    )
    return failed, (WatchDevices(),)


def _comparing(state: ComparingFinger, event: Event, around: Surroundings) -> Move:
    match event:
        case events.FingerProgressed(session_id, progress) if session_id == around.session_id:
            return replace(state, progress=progress), ()
        case events.FingerCompared(session_id, comparison) if session_id == around.session_id:
            return Review(state.errand, state.fingers, comparison.same), ()
        case events.FingerFailed(session_id, code) if session_id == around.session_id:
            return _not_taken(state, state.template.position, code, state.template)
        case events.Back():
            return Review(state.errand, state.fingers, state.same), (AbandonFinger(),)
        case _:
            return state, ()


def _failed(state: FingerFailed, event: Event, around: Surroundings) -> Move:
    hand, finger = state.position.hand, state.position.finger
    match event:
        case events.Continued():
            return _again(state, around)
        case events.DeviceTold(health) if health.kind is DeviceKind.FINGERPRINT:
            if is_back(health, away=state.away):
                return _again(state, around)
            return replace(state, away=state.away or not serves(health)), ()
        case events.OptionChosen(value) if value == OTHER_FINGER and state.comparing is None:
            return ChooseFinger(state.errand, state.fingers, hand), (StopWatchingDevices(),)
        case events.OptionChosen(value) if value == NO_FINGER and state.comparing is None:
            excuse = ChooseExcuse(state.errand, state.fingers, hand, finger)
            return excuse, (StopWatchingDevices(),)
        case events.Back():
            return _before_failure(state, hand), (StopWatchingDevices(),)
        case _:
            return state, ()


def serves(health: DeviceHealth) -> bool:
    """Whether a device can be used, if only in part."""
    return health.state in {DeviceState.WORKING, DeviceState.DEGRADED}


def is_back(health: DeviceHealth, *, away: bool) -> bool:
    """Whether a device that was told to be away serves again.

    One that was never told to be away may be there and fail all the same: then only a touch tries
    again, and nothing goes round in a circle.
    """
    return away and serves(health)


def _again(state: FingerFailed, around: Surroundings) -> Move:
    """The same finger once more."""
    if state.comparing is not None:
        review = Review(state.errand, state.fingers, state.same)
        return _compare(review, state.comparing, around, watched=True)
    move, effects = _take(state.errand, state.fingers, state.position, around)
    return move, (StopWatchingDevices(), *effects)


def _before_failure(state: FingerFailed, hand: Hand) -> FingerprintState:
    if state.comparing is not None:
        return Review(state.errand, state.fingers, state.same)
    return ChooseFinger(state.errand, state.fingers, hand)


# --- the review


def _review(state: Review, event: Event, around: Surroundings) -> Move:
    retakes = {f"{RETAKE}{hand.value}": hand for hand in hands_to_retake(state)}
    match event:
        case events.Continued() if state.same is not False:
            return Confirm(state.errand, Way.FINGERPRINTS, state.fingers), ()
        case events.OptionChosen(value) if value == COMPARE:
            return _compare(state, state.fingers.templates[0], around)
        case events.OptionChosen(value) if value in retakes:
            return _retake(state, retakes[value]), ()
        case events.Back() if state.same is False:
            return _retake(state, tried(state)), ()
        case events.Back():
            last = hand_of(state.fingers.done[-1])
            return ChooseFinger(state.errand, state.fingers.without(last), last), ()
        case _:
            return state, ()


def tried(review: Review) -> Hand:
    """The hand whose finger a trial compares: the first of which there is a template."""
    return review.fingers.templates[0].position.hand


def hands_to_retake(review: Review) -> tuple[Hand, ...]:
    """Which hands may be taken again: after a trial that failed, the one that was tried."""
    return (tried(review),) if review.same is False else HANDS


def _retake(state: Review, hand: Hand) -> ChooseFinger:
    """A finger that did not match is forgotten, so that no way leads back to it."""
    fingers = state.fingers.without(hand) if state.same is False else state.fingers
    return ChooseFinger(state.errand, fingers, hand)


def _compare(
    review: Review, template: FingerTemplate, around: Surroundings, *, watched: bool = False
) -> Move:
    effects: tuple[Effect, ...] = (CompareFinger(around.session_id, template),)
    if watched:
        effects = (StopWatchingDevices(), *effects)
    return ComparingFinger(review.errand, review.fingers, template, same=review.same), effects
