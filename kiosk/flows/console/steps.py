"""The transitions of the console's pages; which of them, and what is done to all."""

from __future__ import annotations

from kiosk.flows import events
from kiosk.flows.console import events as touches
from kiosk.flows.console import outcome_steps, station_steps, user_steps
from kiosk.flows.console.effects import AbandonInquiry
from kiosk.flows.console.outcomes import OutcomeState, SentList
from kiosk.flows.console.recording import ConsoleMove
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.console.stations import StationList, StationState
from kiosk.flows.console.users import UserList
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings


def step(state: ConsoleState, event: Event, around: Surroundings) -> ConsoleMove:
    """The page after `event`, None for the menu; and what to ask for."""
    match state, event:
        case ((StationList() | UserList()), touches.SentChosen()):
            return SentList(state), ()
        case StationList(), events.Back():
            return None, (AbandonInquiry(),)
        case _:
            return _of_area(state, event, around)


def _of_area(state: ConsoleState, event: Event, around: Surroundings) -> ConsoleMove:
    if isinstance(state, OutcomeState):
        return outcome_steps.step(state, event, around)
    if isinstance(state, StationState):
        return station_steps.step(state, event, around)
    return user_steps.step(state, event, around)


def waited(state: ConsoleState, seconds: int, around: Surroundings) -> ConsoleMove:
    """What time changes on a page: codes are hidden, a page that waits asks."""
    if isinstance(state, OutcomeState):
        return state, ()
    if isinstance(state, StationState):
        return station_steps.waited(state, seconds, around)
    return user_steps.waited(state, seconds, around)
