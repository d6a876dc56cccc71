"""A person in front of the kiosk, from the first touch to the wipe: the transition of a session."""

from __future__ import annotations

from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.state import Activity, IdleState, Overlay, Session, begin, screen_name

__all__ = ["Activity", "IdleState", "Overlay", "Session", "begin", "screen_name", "step"]


def step(session: Session, event: Event) -> tuple[Session, tuple[Effect, ...]]:
    """The session after `event`, and what to ask for. Never raises, whatever the order of events."""
    del event
    return session, ()
