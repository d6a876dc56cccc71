"""The transitions after a confirmation in the console; states in `outcomes`."""

from __future__ import annotations

from kiosk.flows import events
from kiosk.flows.console import acts, station_steps, user_steps
from kiosk.flows.console import events as touches
from kiosk.flows.console.effects import RecordConsoleAct
from kiosk.flows.console.outcomes import (
    Behind,
    Confirmed,
    NotRecorded,
    OutcomeState,
    Recording,
    Sent,
    SentList,
)
from kiosk.flows.console.recording import ConsoleMove
from kiosk.flows.console.stations import (
    CancelConfirm,
    RegisterConfirm,
    StationList,
    StationPage,
)
from kiosk.flows.console.users import (
    ActionConfirm,
    ChangeConfirm,
    DailyConfirm,
    DailyShown,
    InsertConfirm,
    UserTask,
)
from kiosk.flows.console.wanted import WantedActivation
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings

SHOWN_SECONDS = 120
"""So long the first half of a daily password stands on the screen."""


def step(state: OutcomeState, event: Event, around: Surroundings) -> ConsoleMove:
    """The state after `event`, and what to ask for."""
    match state:
        case Recording() | NotRecorded():
            return _recording(state, event, around)
        case Sent(behind) if isinstance(event, events.Continued | events.Back):
            return asked(behind, around)
        case SentList(behind) if isinstance(event, events.Continued | events.Back):
            return asked(behind, around)
        case _:
            return state, ()


def asked(behind: Behind, around: Surroundings) -> ConsoleMove:
    """The page behind an act, as it is now."""
    if isinstance(behind, StationList | StationPage):
        return station_steps.asked(behind, around)
    return user_steps.asked(behind, around)


def _recording(state: Recording | NotRecorded, event: Event, around: Surroundings) -> ConsoleMove:
    """A late answer counts on the page that was told of a failure as well."""
    mine = (around.session_id, state.operation_id)
    match event:
        case touches.ConsoleActRecorded(session_id, operation_id, _, first_half) if (
            session_id,
            operation_id,
        ) == mine:
            if isinstance(state.page, DailyConfirm) and first_half:
                return DailyShown(state.page.page, first_half, SHOWN_SECONDS), ()
            behind = behind_of(state.page)
            return Sent(behind, state.operation_id, acts.name_of(state.wanted)), ()
        case touches.ConsoleActNotRecorded(session_id, operation_id, _, code) if (
            session_id,
            operation_id,
        ) == mine:
            return NotRecorded(state.page, state.wanted, state.operation_id, code), ()
        case events.Continued() if isinstance(state, NotRecorded):
            if isinstance(state.wanted, WantedActivation):
                return state.page, ()
            again = RecordConsoleAct(around.session_id, state.operation_id, state.wanted)
            return Recording(state.page, state.wanted, state.operation_id), (again,)
        case events.Back() if isinstance(state, NotRecorded):
            return state.page, ()
        case _:
            return state, ()


def behind_of(page: Confirmed) -> Behind:
    """Where an act leads: to what it was done to, or to the list where that is gone or not there yet."""
    match page:
        case RegisterConfirm(form):
            return form.behind
        case CancelConfirm(change):
            return change.page
        case InsertConfirm(insertion):
            return insertion.behind
        case ChangeConfirm(changed):
            return changed.page
        case ActionConfirm(user, UserTask.DELETE):
            return user.behind
        case _:
            return page.page
