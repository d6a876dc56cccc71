"""Tells the flows how the station stands, and keeps a blocked one from recording (R-004-16, 18)."""

from __future__ import annotations

from collections.abc import Callable

from kiosk import log_events
from kiosk.flows.events import Event
from kiosk.flows.out_of_service import StationStanding, StationStandingTold
from sync.edge.standing import StandingBook


class StandingWatch:
    """Looks at what link and lists have heard; `look` is cheap and called about every second.

    Args:
        book: what they have heard.
        post: takes `StationStandingTold`.
    """

    def __init__(self, book: StandingBook, post: Callable[[Event], None]) -> None:
        self._book = book
        self._post = post
        self._known = StationStanding.GOOD

    def now(self) -> StationStanding:
        """How it stands, for the first page."""
        return StationStanding(self._book.current().value)

    def look(self) -> bool:
        """Post where it stands otherwise than was told; whether it does."""
        found = self.now()
        if found is self._known:
            return False
        self._known = found
        log_events.write(log_events.STANDING, code=found.value)
        self._post(StationStandingTold(found))
        return True

    def refusal(self) -> str:
        """Why nothing may be recorded now: a code of `sync.edge.standing`; empty for no reason."""
        return self._book.current().code
