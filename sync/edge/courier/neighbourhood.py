"""The other stations of a place, as the link uses them: in the broker's place, or on their behalf."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from sync.edge.courier.discovery import Discovery
from sync.edge.courier.neighbour import NeighbourPipe
from sync.edge.courier.passing_on import PassingOn
from sync.edge.log_events import Event, log
from sync.edge.station import StationProfile

PATIENCE: Final = 2
"""So often in a row the broker must be missed before a neighbour is asked; then by turns."""
LOOKS_SECONDS: Final = 600.0
"""So long names count that somebody shows on the network; then all are looked for anew."""

_AGAIN_SECONDS: Final = 30.0
_STOP_SECONDS: Final = 5.0


class Neighbourhood:
    """Both ends of one station.

    Attributes:
        passing_on: what neighbours gave.

    Args:
        profile: the station.
        password: opens its TLS key's file.
        ring: wakes the link.
    """

    def __init__(
        self, profile: StationProfile, password: bytes, ring: Callable[[], object]
    ) -> None:
        self._profile = profile
        self._password = password
        self._turn = 0
        self._is_founds_turn = False
        self._discovery: Discovery | None = None
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None
        self.passing_on = PassingOn(profile, password, ring)

    def start(self) -> None:
        """Begins to listen and to look, as far as the settings say so."""
        port = self.passing_on.start()
        if port is None and self._profile.neighbours.listen is not None:
            log(Event.NOT_LISTENING)
        if self._profile.neighbours.discover:
            self._thread = threading.Thread(
                target=self._discover, args=(port,), name="discovery", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._ended.set()
        self.passing_on.stop()
        if self._thread is not None:
            self._thread.join(_STOP_SECONDS)

    def _discover(self, port: int | None) -> None:
        """Until `stop`, anew from time to time; where there is no network yet it begins later."""
        while not self._ended.is_set():
            discovery = Discovery(port)
            if discovery.start():
                self._discovery = discovery
                self._ended.wait(LOOKS_SECONDS)
                discovery.stop()
            else:
                self._ended.wait(_AGAIN_SECONDS)

    def pipe(self, failures: int) -> NeighbourPipe | None:
        """A neighbour to try in the broker's place, or None where it is the broker's turn.

        Args:
            failures: how often in a row no connection held.
        """
        if failures < PATIENCE or failures % 2:
            return None
        known, discovery = self._profile.neighbours.known, self._discovery
        found = () if discovery is None else discovery.found()
        found = tuple(one for one in found if one not in known)
        # Anybody can show themselves: whom the settings name has every other turn at least.
        self._is_founds_turn = bool(found) and (self._is_founds_turn is False or not known)
        if self._is_founds_turn and discovery is not None:
            address = found[0]
            return NeighbourPipe(
                self._profile,
                address,
                self._password,
                told=lambda is_station: discovery.told(address, is_station=is_station),
            )
        if not known:
            return None
        self._turn += 1
        return NeighbourPipe(self._profile, known[self._turn % len(known)], self._password)
