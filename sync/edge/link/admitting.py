"""When a station that has come back may send what it has: not all stations at the same moment.

A return is a new connection, or a hub that answers again after it was away. What the hub retained at
the broker says how long the window is (`sync.wire.admission`); where that is missing or too old by
the hub's own clock, the station chooses by how long it heard nothing. The place in the window is
drawn once for each return, so a window that the hub makes shorter lets the station go earlier, and
one that it makes longer holds it for longer. Once let in, a station stays in until it is away again.

Moments are seconds of a monotonic clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sync.model.urgency import Urgency
from sync.wire import admission
from sync.wire.admission import Admission

STEADY_SECONDS: Final = 60.0
"""Whoever heard the hub so short a time ago has not been away."""


class Gate:
    """Lets one station's entries go, now or later."""

    def __init__(self, draw: Callable[[], float], hub_time: int = 0) -> None:
        """A gate that is open.

        Args:
            draw: gives a number by chance from 0 up to 1.
            hub_time: the newest time of the hub's that the station knows, milliseconds since 1970;
                0 for none.
        """
        self._draw = draw
        self._hub_time = hub_time
        self._heard_at: float | None = None
        self._admission: Admission | None = None
        self._returned_at: float | None = None
        self._place = 0.0
        self._away = 0.0
        self._is_first_word = False

    @property
    def is_open(self) -> bool:
        """Whether entries go without asking when."""
        return self._returned_at is None

    def knows(self, hub_time: int) -> None:
        """The station's store knows of this time of the hub's."""
        self._hub_time = max(self._hub_time, hub_time)

    def came_back(self, now: float) -> None:
        """The station is back, or the hub."""
        if self._heard_at is not None and now - self._heard_at < STEADY_SECONDS:
            return
        self._returned_at = now
        self._place = self._draw()
        self._away = 0.0
        self._is_first_word = True

    def answered(self, now: float, hub_time: int) -> None:
        """A hub that is believed said something at `hub_time`, milliseconds since 1970 by its clock."""
        if self._is_first_word:
            self._is_first_word = False
            if self._hub_time:
                self._away = max(0.0, (hub_time - self._hub_time) / 1000)
        if hub_time >= self._hub_time or self._heard_at is None:
            self._heard_at = now
        self._hub_time = max(self._hub_time, hub_time)

    def told(self, said: Admission) -> None:
        """A hub that is believed retained this at the broker."""
        if self._admission is None or said.at >= self._admission.at:
            self._admission = said

    def opens_at(self, now: float, urgency: Urgency, waiting: int) -> float | None:
        """When entries may go; None for at once.

        Args:
            now: the time.
            urgency: the most urgent class of what waits.
            waiting: how many entries wait.
        """
        if self._returned_at is None:
            return None
        said, begins = self._admission, self._returned_at
        if said is not None and said.until > self._hub_time:
            window = said.window(urgency)
            if self._heard_at is not None:
                begins = min(begins, self._heard_at - (self._hub_time - said.since) / 1000)
        else:
            window = admission.own_window(urgency, self._away)
        moment = begins + admission.wait(window, waiting, self._place)
        if moment <= now and not self._is_first_word:
            self._returned_at = None
            return None
        return moment
