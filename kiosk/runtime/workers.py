"""Threads for what takes time: one a kind of work, so that a slow printer delays no record."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from kiosk import log_events

FAULT = "kiosk.fault"
"""Failure code of a fault in the program itself."""


class Worker:
    """One thread that does tasks one after another.

    A fault in a task is logged and answered by the task's own `failed`; the thread goes on.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._dropping = False
        self._tasks: queue.SimpleQueue[tuple[Callable[[], None], Callable[[], None]] | None]
        self._tasks = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def do(self, task: Callable[[], None], failed: Callable[[], None] = lambda: None) -> None:
        """Queue `task`; `failed` is called in its stead when it breaks."""
        self._tasks.put((task, failed))

    def stop(self, seconds: float = 5.0) -> None:
        """Finish what is queued, then end; gives up waiting after `seconds`."""
        self.finish()
        self.wait(seconds)

    def finish(self, *, dropping: bool = False) -> None:
        """End behind what is queued, or, `dropping` that, behind what runs. Returns at once."""
        self._dropping = dropping
        self._tasks.put(None)

    def wait(self, seconds: float) -> bool:
        """Whether it has ended, within that time."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while (work := self._tasks.get()) is not None:
            task, failed = work
            try:
                if not self._dropping:
                    task()
            except Exception as fault:  # noqa: BLE001  # the fault of one task must not end the others
                log_events.write(
                    log_events.EFFECT_BROKEN, worker=self._name, kind=type(fault).__name__
                )
                failed()
            # What a task holds (digits that a person typed) must not wait here for the next one.
            del work, task, failed
