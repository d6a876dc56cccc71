"""Asks the window something all the time: whether its thread ever keeps somebody waiting."""

from __future__ import annotations

import threading
import time
from types import TracebackType
from typing import Final, Self

from tests.workbench.person import Person

LONGEST_WAIT: Final = 2.0
"""Seconds within which the window's thread answers, whatever the devices do."""
_EVERY: Final = 0.1


class Pinger:
    """A context manager; asks which screen is drawn every 100 ms, or as soon as it was answered.

    Attributes:
        longest: seconds of the answer that took longest; other questions to the probe and other
            processes of the machine are in it, so the window's own share is smaller.
        asked: how many answers there were.
        unanswered: what went wrong with a question, oldest first.
    """

    def __init__(self, person: Person) -> None:
        self._person = person
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._run, name="pinger", daemon=True)
        self.longest = 0.0
        self.asked = 0
        self.unanswered: list[str] = []

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._over.set()
        self._thread.join(30)

    def _run(self) -> None:
        while not self._over.is_set():
            began = time.monotonic()
            try:
                self._person.screen()
                self.asked += 1
            except (OSError, ValueError) as fault:
                if not self._over.is_set():
                    self.unanswered.append(type(fault).__name__)
            took = time.monotonic() - began
            self.longest = max(self.longest, took)
            self._over.wait(max(0.0, _EVERY - took))
