"""The engine: one transition at a time, everything else off its thread.

Events come from anywhere (touches from the window's thread, devices, timers, finished effects) into
one queue. The engine's thread takes them one by one, asks the flow for the next session, keeps the
unfinished form, shows the session and hands the effects to their performers. A fault in a flow ends
the session and wipes it: a kiosk in a hallway must not stand still with somebody's data on it.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Protocol

from kiosk import log_events
from kiosk.flows import drafts
from kiosk.flows.effects import Effect, EndSession
from kiosk.flows.events import Event, TimePassed
from kiosk.flows.session import Session, screen_name, step
from kiosk.runtime.drafts import DraftStore

_STOP = None


class Performer(Protocol):
    """Carries out what a flow asks for, without ever holding the engine's thread."""

    def perform(self, effect: Effect, session: Session) -> None:
        """Start the effect; its result comes back as an event."""
        ...


class Engine:
    """Runs the flows of one station.

    Args:
        fresh: makes the session that stands when nobody is at the kiosk; gets the last session,
            to take over what outlives a person (office, network), or None at the start.
        show: puts a session on the screen; returns at once.
        keep: where the unfinished form is kept.
        audit: told of every transition that leads to another page or asks for something: what
            happened, the page before and the page after.
    """

    def __init__(
        self,
        *,
        fresh: Callable[[Session | None], Session],
        show: Callable[[Session], None],
        keep: DraftStore,
        audit: Callable[[str, str, str], None] = lambda _happened, _before, _after: None,
    ) -> None:
        self._fresh = fresh
        self._show = show
        self._keep = keep
        self._audit = audit
        self._performer: Performer | None = None
        self._session = fresh(None)
        self._kept: dict[str, object] | None = None
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="engine", daemon=True)

    @property
    def session(self) -> Session:
        """The session as it stands; a frozen value."""
        return self._session

    def post(self, event: Event) -> None:
        """Tell the engine what happened. Callable from every thread; never blocks."""
        self._events.put(event)

    def start(self, performer: Performer) -> None:
        """Show the first screen and begin to take events."""
        self._performer = performer
        self._show(self._session)
        self._thread.start()

    def stop(self) -> None:
        """Finish the events that are waiting, then stop. What is kept of a form stays kept."""
        self._events.put(_STOP)
        if self._thread.is_alive():
            self._thread.join(5)

    def _run(self) -> None:
        while (event := self._events.get()) is not _STOP:
            try:
                self._take(event)
            except Exception as fault:  # noqa: BLE001  # any fault in a flow must wipe the session
                log_events.write(log_events.FLOW_BROKEN, kind=type(fault).__name__)
                self._try_wipe()

    def _take(self, event: Event) -> None:
        before = self._session
        after, effects = step(before, event)
        self._session = after
        if (
            not isinstance(event, TimePassed)
            or effects
            or screen_name(before) != screen_name(after)
        ):
            log_events.write(
                log_events.TRANSITION,
                happened=type(event).__name__,
                before=screen_name(before),
                after=screen_name(after),
                effects=len(effects),
            )
            # Letters typed into a page lead nowhere and ask for nothing: they leave no line.
            if effects or screen_name(before) != screen_name(after):
                self._audit(type(event).__name__, screen_name(before), screen_name(after))
        self._keep_form(after)
        # A touch is answered even where it changes nothing: the screen waits for the answer.
        if after != before or not isinstance(event, TimePassed):
            self._show(after)
        for effect in effects:
            if isinstance(effect, EndSession):
                self._keep.drop()
                self._kept = None
            self._perform(effect, after)

    def _perform(self, effect: Effect, session: Session) -> None:
        if self._performer is not None:
            self._performer.perform(effect, session)

    def _keep_form(self, session: Session) -> None:
        form = drafts.draft_of(session)
        if form == self._kept:
            return
        if form is None:
            self._keep.drop()
        elif self._keep.available and not self._keep.save(form):
            log_events.write(log_events.DRAFT_UNAVAILABLE)
        self._kept = form

    def _try_wipe(self) -> None:
        """Wipe, and live on whatever comes of it: a kiosk without this thread stands for ever."""
        try:
            self._wipe()
        except Exception as fault:  # noqa: BLE001  # nothing is left to do but to go on
            log_events.write(log_events.FLOW_BROKEN, kind=type(fault).__name__)

    def _wipe(self) -> None:
        broken = self._session
        self._session = self._fresh(broken)
        self._keep.drop()
        self._kept = None
        self._show(self._session)
        self._perform(EndSession(broken.id), self._session)
