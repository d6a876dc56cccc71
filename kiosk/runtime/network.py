"""Tells the flows how the link stands, so that the header can reassure."""

from __future__ import annotations

import threading
from collections.abc import Callable

from kiosk import log_events
from kiosk.flows import events
from kiosk.flows.events import Event
from kiosk.flows.office import Network
from sync.edge.wakeup import WakeUp

_LOOK_SECONDS = 1.0


class NetworkWatch:
    """Looks at the link's own notes whenever it rings, and now and then anyway.

    Args:
        look: reads how the link stands; called on this watch's thread.
        wake_up: the window's end of the bell.
        post: takes `NetworkChanged`.
        rung: told when the link rang, before the look.
    """

    def __init__(
        self,
        look: Callable[[], Network],
        wake_up: WakeUp,
        post: Callable[[Event], None],
        rung: Callable[[], None] = lambda: None,
    ) -> None:
        self._look = look
        self._wake_up = wake_up
        self._post = post
        self._rung = rung
        self._known: Network | None = None
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="network", daemon=True)

    def start(self) -> None:
        """Begin to tell."""
        self._thread.start()

    def stop(self) -> None:
        """Tell no more."""
        self._ended.set()
        self._thread.join(2 * _LOOK_SECONDS)

    def _run(self) -> None:
        while not self._ended.is_set():
            self._tell(self._look())
            if self._wake_up.wait(_LOOK_SECONDS):
                self._rung()

    def _tell(self, now: Network) -> None:
        if now is not self._known:
            self._known = now
            log_events.write(log_events.NETWORK_CHANGED, network=now.value)
            self._post(events.NetworkChanged(now))
