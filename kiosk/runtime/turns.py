"""Requests to a device that a person may walk away from, and the answers that then nobody wants.

A request that was abandoned never begins, ends as soon as its device can, and posts nothing any
more: its answer would be taken for that of the next one.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk.flows.events import Event

_INSIST_SECONDS = 0.05


class Turn:
    """One request, from the moment it was asked for; told apart from all others by identity."""

    __slots__ = ("over",)

    def __init__(self) -> None:
        self.over = False


class Turns:
    """The requests to one device.

    Args:
        post: takes the events; callable from every thread, never blocks.
        abandon: makes what the device does for another thread end now; returns at once.
        name: of the thread that insists, for who looks at a running kiosk.
    """

    def __init__(
        self, post: Callable[[Event], None], abandon: Callable[[], None], name: str
    ) -> None:
        self._post = post
        self._abandon = abandon
        self._changed = threading.Condition()
        self._waiting: set[Turn] = set()
        self._running: Turn | None = None
        self._stopped = False
        threading.Thread(target=self._insist, name=name, daemon=True).start()

    def expect(self) -> Turn:
        """A request was made; `abandon` ends it from now on, even before it begins."""
        turn = Turn()
        with self._changed:
            turn.over = self._stopped
            self._waiting.add(turn)
        return turn

    def take(self, turn: Turn, work: Callable[[], None]) -> None:
        """Do `work`, unless it was abandoned in the queue. Blocks as long as the work does."""
        with self._changed:
            self._waiting.discard(turn)
            if turn.over:
                return
            self._running = turn
        try:
            work()
        finally:
            with self._changed:
                self._running = None

    def tell(self, turn: Turn, event: Event) -> None:
        """Post an answer, unless nobody waits for it any more."""
        with self._changed:
            if not turn.over:
                self._post(event)

    def abandon(self) -> None:
        """Let what runs end now, and what is only queued never begin.

        When this returns, nothing that was asked for before is answered any more.
        """
        with self._changed:
            for turn in (*self._waiting, *((self._running,) if self._running else ())):
                turn.over = True
            self._waiting.clear()
            self._abandon()
            self._changed.notify_all()

    def stop(self) -> None:
        """Abandon everything, for good."""
        self.abandon()
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _insist(self) -> None:
        """Abandon again and again: the first time may have come just before the device began."""
        with self._changed:
            while not self._stopped:
                if self._running is not None and self._running.over:
                    self._abandon()
                    self._changed.wait(_INSIST_SECONDS)
                else:
                    self._changed.wait()
