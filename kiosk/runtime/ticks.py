"""Tells the flows that time passes, by a clock that nobody can set."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import date

from kiosk.flows import events
from kiosk.flows.events import Event


class Ticks:
    """Posts `TimePassed` about once a second.

    Args:
        post: takes the events.
        today: the civil date of the station.
        monotonic: seconds; whole seconds of it are counted, none twice and none lost.
    """

    def __init__(
        self,
        post: Callable[[Event], None],
        today: Callable[[], date],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._post = post
        self._today = today
        self._monotonic = monotonic
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ticks", daemon=True)

    def start(self) -> None:
        """Begin to count."""
        self._thread.start()

    def stop(self) -> None:
        """Count no more."""
        self._ended.set()
        self._thread.join(2)

    def _run(self) -> None:
        counted = self._monotonic()
        while not self._ended.wait(1.0 - (self._monotonic() - counted) % 1.0):
            seconds = int(self._monotonic() - counted)
            if seconds:
                counted += seconds
                self._post(events.TimePassed(seconds, self._today()))
