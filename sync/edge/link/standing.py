"""What the link hears of the station itself: blocked, revoked, turned away, or well again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from sync.edge.log_events import Event, log
from sync.edge.standing import StandingBook, StationStanding, standing_of
from sync.wire.receipt import Acknowledgement


class Notice:
    """Keeps in the station's book what hub and broker say of it.

    Args:
        folder: of the store.
        station: the station's name.
    """

    def __init__(self, folder: Path, station: str) -> None:
        self._station = station
        self._book = StandingBook(folder, station)

    @property
    def code(self) -> str:
        """Code of the standing; empty where it is good."""
        return self._book.current().code

    def heard(self, answer: Acknowledgement) -> bool:
        """A believed acknowledgement came; True where the station stands otherwise than before."""
        if answer.station != self._station:
            return False
        return self._told(lambda: self._book.hear(standing_of(answer.trouble), answer.hub_time))

    def turned_away(self) -> bool:
        """The broker refused our certificate as revoked; True as in `heard`."""
        return self._told(self._book.turned_away)

    def _told(self, tell: Callable[[], bool]) -> bool:
        before = self._book.current()
        try:
            tell()
        except OSError:
            log(Event.STORE, code="store.unavailable")
        now: StationStanding = self._book.current()
        if now is before:
            return False
        log(Event.STANDING, standing=now.value)
        return True
