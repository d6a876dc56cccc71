"""The one thread that writes to the registry: SQLite wants one writer, and so does good order."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from sync.hub.store.database import Store

T = TypeVar("T")

# A station that sends its journal leaves some milliseconds between two messages: what can wait
# must not get into that gap and slow it down.
_QUIET_SECONDS = 0.03
_LONGEST_WAIT_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class _Job(Generic[T]):
    work: Callable[[Store], T]
    future: Future[T]
    is_look: bool = False

    def run(self, store: Store) -> None:
        if not self.future.set_running_or_notify_cancel():
            return
        try:
            result = self.work(store)
        except BaseException as error:  # noqa: BLE001  whoever waits for the result gets it
            self.future.set_exception(error)
        else:
            self.future.set_result(result)


class Writer:
    """Runs work on the registry, one piece after the other, in the order in which it was given.

    Work that can wait is done when there is a moment's quiet, and a little of it now and then when
    there never is.
    """

    def __init__(
        self,
        open_store: Callable[[], Store],
        at_leisure: Callable[[Store], float | None] = lambda _store: None,
    ) -> None:
        """Set the writer up; `run` works.

        Args:
            open_store: opens the registry, in the writer's own thread.
            at_leisure: does a piece of what can wait. Returns after how many seconds there may be
                more, or None where there is none until something else was written.
        """
        self._open_store = open_store
        self._at_leisure = at_leisure
        self._jobs: queue.SimpleQueue[_Job[Any] | None] = queue.SimpleQueue()
        self._worked_at = 0.0

    def submit(self, work: Callable[[Store], T]) -> Future[T]:
        """Queues `work`; what it returns or raises is in the future."""
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future))
        return future

    def call(self, work: Callable[[Store], T]) -> T:
        """Queues `work` and waits for what it returns or raises."""
        return self.submit(work).result()

    def look(self, work: Callable[[Store], T]) -> T:
        """As `call`, for what is done every second and is no work: `idle_for` goes on counting."""
        future: Future[T] = Future()
        self._jobs.put(_Job(work, future, is_look=True))
        return future.result()

    def idle_for(self) -> float:
        """Seconds since there was last something to write."""
        if not self._jobs.empty():
            return 0.0
        return time.monotonic() - self._worked_at

    def stop(self) -> None:
        """Ends `run` when everything that was queued before is done."""
        self._jobs.put(None)

    def run(self) -> None:
        """The thread's work, until `stop`.

        Raises:
            StoreError: the registry cannot be opened.
        """
        store = self._open_store()
        try:
            self._work(store)
        finally:
            store.close()

    def _work(self, store: Store) -> None:
        pause: float | None = 0.0
        busy_since: float | None = None
        while True:
            try:
                job = self._jobs.get(timeout=pause)
            except queue.Empty:
                pause, busy_since = self._at_leisure(store), None
                if pause is None or pause <= 0:
                    self._worked_at = time.monotonic()
                continue
            if job is None:
                return
            job.run(store)
            now = time.monotonic()
            if not job.is_look:
                self._worked_at = now
            busy_since = now if busy_since is None else busy_since
            pause = _QUIET_SECONDS
            if now - busy_since > _LONGEST_WAIT_SECONDS:
                self._at_leisure(store)
                busy_since = None


def start(name: str, work: Callable[[], None]) -> threading.Thread:
    """Runs `work` in a thread that does not keep the process alive."""
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread
