"""The end of a station that reaches no hub: a neighbour in the place of the broker.

It looks to the link like any other connection; questions of the window, parts and health do not go
this way. It ends after a while by itself, so that the own way is tried again.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import Final

from sync.edge.courier import acquaintance
from sync.edge.courier.frames import BrokenError, Frames, Kind
from sync.edge.link.pipe import Arrived, Down, Event, Taken, Up
from sync.edge.station import StationProfile
from sync.wire import topics

CONNECT_SECONDS: Final = 3.0
LASTS_SECONDS: Final = 120.0
"""So long before the broker is tried again."""
AWAY: Final = "link.no-network"


class NeighbourPipe:
    """A connection to a neighbour; as `sync.edge.link.pipe.Pipe`.

    Attributes:
        carries_all: False: operations alone go this way.
    """

    carries_all = False

    def __init__(
        self,
        profile: StationProfile,
        address: tuple[str, int],
        password: bytes,
        *,
        lasts: float = LASTS_SECONDS,
        told: Callable[[bool], object] = lambda _is_station: None,
    ) -> None:
        """Set it up.

        Args:
            profile: this station.
            address: of the neighbour.
            password: opens the file of this station's TLS key.
            lasts: seconds before it ends by itself.
            told: told by `open` whether a station of this hub is there.
        """
        self._told = told
        self._profile = profile
        self._address = address
        self._password = password
        self._until = time.monotonic() + lasts
        self._frames: Frames | None = None
        self._events: list[Event] = []
        self._on_its_way: list[int] = []
        self._mid = 0

    def open(self) -> Down | None:
        """Connects, waiting some seconds at most, and judges who is there."""
        down = self._connect()
        self._told(down is None)
        return down

    def _connect(self) -> Down | None:
        plain: socket.socket | None = None
        try:
            plain = socket.create_connection(self._address, CONNECT_SECONDS)
            tls = acquaintance.context(self._profile, self._password, listens=False)
            channel = tls.wrap_socket(plain)
        except (OSError, ValueError):
            if plain is not None:
                plain.close()
            return Down(AWAY)
        self._frames = Frames(channel)
        if not acquaintance.judged(self._profile, channel.getpeercert(binary_form=True)):
            self.close()
            return Down(AWAY)
        channel.settimeout(0)
        self._events.append(Up())
        return None

    @property
    def channel(self) -> socket.socket | None:
        """The socket to wait for; None when the connection is over."""
        return None if self._frames is None else self._frames.channel

    @property
    def wants_to_write(self) -> bool:
        """Whether `serve` should also be called when the socket can be written."""
        return self._frames is not None and self._frames.wants_to_write

    @property
    def holds_data(self) -> bool:
        """Whether there is something that waiting for the socket would not show."""
        frames = self._frames
        return bool(self._events) or (frames is not None and frames.channel.pending() > 0)

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, expiry: int = 0) -> int:
        """Gives the neighbour an operation to pass on; anything else goes nowhere."""
        del retain, expiry
        self._mid += 1
        if self._frames is None or topic != topics.operations(self._profile.name):
            self._events.append(Taken(self._mid, somebody_listens=False, is_refused=False))
        else:
            self._frames.say(Kind.MESSAGE, payload)
            self._on_its_way.append(self._mid)
        return self._mid

    def serve(self, *, is_readable: bool) -> Iterable[Event]:
        """Reads and writes; what happened."""
        events, self._events = self._events, []
        frames = self._frames
        if frames is None or time.monotonic() > self._until:
            return [*events, Down(AWAY)]
        try:
            frames.flush()
            for kind, content in frames.hear() if is_readable else ():
                if kind is Kind.ANSWER:
                    events.append(Arrived(content))
                elif kind is Kind.TAKEN and self._on_its_way:
                    mid = self._on_its_way.pop(0)
                    events.append(Taken(mid, somebody_listens=content == b"\1", is_refused=False))
        except BrokenError:
            events.append(Down("link.lost"))
        return events

    def close(self) -> None:
        """Ends the connection."""
        if self._frames is not None:
            self._frames.close()
        self._frames = None
