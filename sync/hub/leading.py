"""What must run once in a hub, however many of its processes run: letters, lists, upkeep.

One process at a time has the claim to it, as a lock of its connection to the registry. Whoever has
not waits, and takes over within seconds when the other has ended. Whoever loses it ends: a process
that was held up and wakes must not go on beside its successor.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final

from sync.hub.log_events import Event, log
from sync.hub.store.database import StoreError
from sync.hub.writer import Writer

CLAIM: Final = "duties"
PERIOD_SECONDS: Final = 1.0


class LostError(Exception):
    """Another process has what this one did."""


class Leading:
    """Claims the duties, in a thread of its own."""

    def __init__(
        self,
        writer: Writer,
        begin: Callable[[], None],
        round_: Callable[[], None],
        *,
        may_wait: bool,
    ) -> None:
        """Set it up; `run` claims.

        Args:
            writer: its connection to the registry holds the claim.
            begin: called once, when this process has it.
            round_: called every second from then on.
            may_wait: whether other processes may share the registry; else there is one, or none.
        """
        self._writer = writer
        self._begin = begin
        self._round = round_
        self._may_wait = may_wait
        self._stopping = threading.Event()
        self.has_begun = False

    def stop(self) -> None:
        """Ends `run`. From any thread."""
        self._stopping.set()

    def run(self) -> None:
        """The thread's work, until `stop`.

        Raises:
            LostError: another process has the claim, and this one had it, or may not wait for it.
        """
        while not self._stopping.is_set():
            try:
                has = self._writer.look(lambda store: store.claim(CLAIM))
            except StoreError:
                has = None  # the registry is away, and so it is for everybody
            if has:
                if not self.has_begun:
                    self.has_begun = True
                    log(Event.LEADING)
                    self._begin()
                if not self._may_wait:
                    self._stopping.wait()
                    return
                self._round()
            elif has is False and (self.has_begun or not self._may_wait):
                raise LostError
            self._stopping.wait(PERIOD_SECONDS)
