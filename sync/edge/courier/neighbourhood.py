"""The other stations of a place, as the link uses them: in the broker's place, or on their behalf."""

from __future__ import annotations

from collections.abc import Callable

from sync.edge.courier.discovery import Discovery
from sync.edge.courier.neighbour import NeighbourPipe
from sync.edge.courier.passing_on import PassingOn
from sync.edge.station import StationProfile

PATIENCE: int = 2
"""So often in a row the broker must be missed before a neighbour is asked; then by turns."""


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
        self._discovery: Discovery | None = None
        self.passing_on = PassingOn(profile, password, ring)

    def start(self) -> None:
        """Begins to listen and to look, as far as the settings say so."""
        port = self.passing_on.start()
        if self._profile.neighbours.discover:
            discovery = Discovery(port)
            self._discovery = discovery if discovery.start() else None

    def stop(self) -> None:
        """Ends."""
        self.passing_on.stop()
        if self._discovery is not None:
            self._discovery.stop()

    def pipe(self, failures: int) -> NeighbourPipe | None:
        """A neighbour to try in the broker's place, or None where it is the broker's turn.

        Args:
            failures: how often in a row no connection held.
        """
        if failures < PATIENCE or failures % 2:
            return None
        found = () if self._discovery is None else self._discovery.found()
        addresses = tuple(dict.fromkeys((*self._profile.neighbours.known, *found)))
        if not addresses:
            return None
        self._turn += 1
        address = addresses[self._turn % len(addresses)]
        return NeighbourPipe(self._profile, address, self._password)
