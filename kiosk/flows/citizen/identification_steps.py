"""The transitions of the identification; its states are in `identification`."""

from __future__ import annotations

from typing import assert_never

from kiosk.flows import events, identifying, papers
from kiosk.flows.citizen.identification import (
    ChooseWay,
    Confirm,
    Done,
    IdentificationState,
    Intro,
    RecordFailed,
    Recording,
)
from kiosk.flows.citizen.identity_check import InsertHealthCard, VerdictPage
from kiosk.flows.effects import (
    Effect,
    ForgetDocument,
    ForgetFingers,
    Print,
    PrintedDocument,
    RecordAct,
    WatchCard,
)
from kiosk.flows.events import Event
from kiosk.flows.office import OfficeInfo, Surroundings
from kiosk.flows.papers import Paper
from kiosk.flows.receipt import ActReceipt
from kiosk.flows.steps.fingerprint import Fingers, Notice, Review
from kiosk.flows.welcome import Ended, EndReason
from sync.model.identification import Identification, SeenKind, Way

Move = tuple[
    IdentificationState | VerdictPage | InsertHealthCard | Notice | Review | Ended,
    tuple[Effect, ...],
]


def step(state: IdentificationState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case Intro():
            return _intro(state, event)
        case ChooseWay():
            return _choose_way(state, event, around.office)
        case Confirm():
            return _confirm(state, event, around)
        case Recording():
            return _recording(state, event, around)
        case RecordFailed():
            return _record_failed(state, event, around)
        case Done():
            return _done(state, event, around)
        case _:
            assert_never(state)


def _intro(state: Intro, event: Event) -> Move:
    match event:
        case events.Continued():
            return ChooseWay(state.candidate), (ForgetDocument(),)
        case events.Back():
            return state.page, ()
        case _:
            return state, ()


def ways(state: ChooseWay, office: OfficeInfo) -> tuple[Way, ...]:
    """The ways on offer; the operator's eyes always.

    A health card whose PIN was typed and proves nothing, for want of a known issuer, gets none.
    """
    seen = state.candidate
    vain = seen.document.kind is SeenKind.HEALTH_CARD and not seen.pin_proven
    found = [Way.OPERATOR] if vain else [Way.CARD_PIN, Way.OPERATOR]
    if office.takes_fingers and not state.fingers.done:
        found.insert(0, Way.FINGERPRINTS)
    return tuple(found)


def _choose_way(state: ChooseWay, event: Event, office: OfficeInfo) -> Move:
    offered = {way.value: way for way in ways(state, office)}
    match event:
        case events.OptionChosen(value) if value in offered:
            way = offered[value]
        case _:
            return state, ()
    match way:
        case Way.FINGERPRINTS:
            return Notice(state.candidate), ()
        case Way.CARD_PIN if not state.candidate.pin_proven:
            return InsertHealthCard(identifying=state.candidate), (WatchCard(),)
        case Way.CARD_PIN | Way.OPERATOR:
            return Confirm(state.candidate, way, state.fingers), ()


def _confirm(state: Confirm, event: Event, around: Surroundings) -> Move:
    match event:
        case events.Continued():
            act = identifying.act_of(state.candidate, state.way, state.fingers)
            return _record(act, around)
        case events.Refused():
            return ChooseWay(state.candidate), (ForgetFingers(),)
        case events.Back() if state.way is Way.FINGERPRINTS:
            return Review(state.candidate, state.fingers), ()
        case events.Back():
            return ChooseWay(state.candidate, state.fingers), ()
        case _:
            return state, ()


def _record(act: Identification, around: Surroundings) -> Move:
    effect = RecordAct(around.session_id, around.operation_id, act)
    return Recording(act), (effect,)


def _recording(state: Recording, event: Event, around: Surroundings) -> Move:
    asked = (around.session_id, around.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == asked:
            return _recorded(state.act, event, around)
        case events.ActNotRecorded(session_id, operation_id, code) if (
            session_id,
            operation_id,
        ) == asked:
            return RecordFailed(state.act, code), ()
        case _:
            return state, ()


def _record_failed(state: RecordFailed, event: Event, around: Surroundings) -> Move:
    """The same act again, or none: it may be durable although nothing says so.

    The store answers a second act under its id with the first one, so that no way leads from here
    to another; `Back` asks whether to leave.
    """
    asked = (around.session_id, around.operation_id)
    match event:
        case events.ActRecorded(session_id, operation_id) if (session_id, operation_id) == asked:
            return _recorded(state.act, event, around)
        case events.Continued():
            return _record(state.act, around)
        case _:
            return state, ()


def _recorded(act: Identification, event: events.ActRecorded, around: Surroundings) -> Move:
    """The receipt; no template goes further than the record."""
    receipt = ActReceipt(
        operation_id=event.operation_id,
        recorded_at=event.recorded_at,
        station=around.office.station,
        office=around.office.name,
        language=around.language,
        act=identifying.without_templates(act),
    )
    done = Done(receipt)
    effects: tuple[Effect, ...] = (ForgetFingers(),)
    if around.office.slip_printer:
        done = Done(receipt, (Paper(PrintedDocument.IDENTIFICATION_SLIP),))
        done, more = _print(done, PrintedDocument.IDENTIFICATION_SLIP, around)
        effects += more
    return done, effects


def _done(state: Done, event: Event, around: Surroundings) -> Move:
    match event:
        case events.PrintAsked(document):
            return _print(state, document, around)
        case events.Continued():
            return Ended(EndReason.FINISHED), ()
        case _:
            return Done(state.receipt, papers.told(state.papers, event, around.session_id)), ()


def _print(
    done: Done, document: PrintedDocument, around: Surroundings
) -> tuple[Done, tuple[Effect, ...]]:
    found = papers.asked(done.papers, document)
    if found is None:
        return done, ()
    printing, again = found
    effect = Print(around.session_id, document, done.receipt, again)
    return Done(done.receipt, printing), (effect,)


def empty_hands(state: ChooseWay) -> bool:
    """Whether neither hand gave a finger, which the page then says."""
    return state.fingers != Fingers()
