"""How long a connection may take, and how many an address may hold.

uvicorn waits without end for a request that was begun, and turns everybody away when so many
connections are open: two hundred browsers that say nothing would shut the pages (measured).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, ClassVar, Final

from uvicorn.protocols.http.h11_impl import H11Protocol

from sync.hub.home.pace import network

MOST_CONNECTIONS: Final = 500
"""Of everybody together."""

MOST_OF_AN_ADDRESS: Final = 40
"""Several browsers behind one address, with six connections each. A trusted proxy may hold all."""

REQUEST_SECONDS: Final = 20.0
"""So long a whole request may take, from its first byte; the largest is 16 kB."""

_ANSWER_SECONDS: Final = 300.0
"""And with its answer: a document over a slow line."""

_LOOK_SECONDS: Final = 5.0


class Bounded(H11Protocol):
    """Ends what takes too long. `protocol` makes one for each server."""

    proxy: ClassVar[str] = ""
    request_seconds: ClassVar[float] = REQUEST_SECONDS
    held: ClassVar[Counter[str]] = Counter()

    _address = ""
    _since: float | None = None
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Somebody has come."""
        super().connection_made(transport)
        host = self.client[0] if self.client else ""
        self._address = "" if self.proxy and host == self.proxy else network(host)
        self.held[self._address] += 1
        if self._address and self.held[self._address] > MOST_OF_AN_ADDRESS:
            transport.abort()
            return
        self._since = self.loop.time()
        self._look_later()

    def connection_lost(self, exc: Exception | None) -> None:
        """They have gone, or were sent away."""
        super().connection_lost(exc)
        if self._timer is not None:
            self._timer.cancel()
        self.held[self._address] -= 1
        if not self.held[self._address]:
            del self.held[self._address]

    def data_received(self, data: bytes) -> None:
        """A piece of a request."""
        if self._since is None:
            self._since = self.loop.time()
        super().data_received(data)

    def on_response_complete(self) -> None:
        """The answer is written; until the next request uvicorn counts the time itself."""
        self._since = None
        super().on_response_complete()

    def _look(self) -> None:
        if self._since is not None:
            cycle: Any = self.cycle
            receiving = cycle is None or cycle.response_complete or cycle.more_body
            most = self.request_seconds if receiving else _ANSWER_SECONDS
            if self.loop.time() - self._since >= most:
                self.transport.abort()
                return
        self._look_later()

    def _look_later(self) -> None:
        seconds = min(_LOOK_SECONDS, self.request_seconds / 4)
        self._timer = self.loop.call_later(seconds, self._look)


def protocol(proxy: str, request_seconds: float = REQUEST_SECONDS) -> type[asyncio.Protocol]:
    """The protocol of one server, for uvicorn.

    Args:
        proxy: address of the trusted proxy, empty for none.
        request_seconds: as `REQUEST_SECONDS`.
    """
    own = {"proxy": proxy, "request_seconds": request_seconds, "held": Counter[str]()}
    return type("BoundedHere", (Bounded,), own)
