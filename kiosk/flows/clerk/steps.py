"""The transitions of a counter's pages; their states are in `states`."""

from __future__ import annotations

from kiosk.flows.clerk.states import ClerkState
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings

Move = tuple[ClerkState, tuple[Effect, ...]]


def step(state: ClerkState, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    del event, around
    return state, ()
