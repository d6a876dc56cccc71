"""A worker of a hub: takes messages of stations beside others, decides, answers questions.

It has no pages, sends no letters, signs no lists and looks after nothing: that is done by a hub
that serves. It may be killed at any instruction: what it had not committed was not acknowledged and
is sent again to another.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Final

from sync.hub import setup, writer
from sync.hub.app import VERSION
from sync.hub.intake import Intake
from sync.hub.leading import CLAIM
from sync.hub.log_events import Event, log, where
from sync.hub.settings import HubSettings
from sync.hub.setup import HubKeys
from sync.hub.store import opening
from sync.hub.store.database import StoreError

OUTDATED: Final = 3
"""Exit code: a newer program has changed the registry. Started anew, this one may be the newer."""

DRAIN_SECONDS: Final = 20.0
_AGAIN_SECONDS: Final = 2.0
_PASSING: Final = ("store.older", "store.missing", "store.unreachable", "store.failed")


class Worker:
    """Works until it is stopped."""

    def __init__(self, settings: HubSettings, keys: HubKeys) -> None:
        """Set it up; `run` works."""
        self._settings = settings
        self._keys = keys
        self._ending = threading.Event()
        self._code = 0

    def stop(self) -> None:
        """Lets `run` finish what it has in hand. From any thread, and from a signal."""
        self._ending.set()

    def run(self) -> int:
        """Works until SIGTERM, SIGINT or `stop`.

        Returns:
            The exit code: 0, 1 where a defect ended a part of it, 3 where it is outdated.

        Raises:
            StoreError: the registry cannot be used, or a file of SQLite is another process's.
            SettingsError: the settings of the population registers cannot be used.
            OSError: what it has read of the keys cannot be kept beside them.
        """
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop())
        if not self._wait():
            return self._code
        setup.tell_in_use(self._settings, self._keys)
        intake = Intake(self._settings, self._keys, migrates=False, outdated=self._outdated)
        log(Event.WORKING, version=VERSION, worker=self._settings.at_broker)
        writing = self._start("writer", intake.write)
        if not self._settings.registry.url and not intake.writer.submit(
            lambda store: store.claim(CLAIM)
        ).result(DRAIN_SECONDS):
            self._ending.set()
            intake.writer.stop()
            writing.join()
            intake.link.stop()
            intake.link.run()
            raise StoreError("store.in-use", "a file has one process; for more, use a server")
        linking = self._start("link", intake.link.run)
        self._start("admission", intake.admitting.run)
        self._ending.wait()
        log(Event.STOPPING)
        answered = intake.leave(writing, linking, DRAIN_SECONDS)
        log(Event.WORKER_LEFT, answered=int(answered))
        return self._code

    def _wait(self) -> bool:
        """Until the registry can be used: the hub brings it up to date. False where it is over."""
        told = ""
        while not self._ending.is_set():
            try:
                opening.open_store(self._settings, migrate=False).close()
            except StoreError as error:
                if error.code == "store.newer":
                    self._outdated()
                    return False
                if error.code not in _PASSING:
                    raise
                if error.code != told:
                    told = error.code
                    log(Event.WORKER_WAITS, error=told)
                self._ending.wait(_AGAIN_SECONDS)
            else:
                return True
        return False

    def _outdated(self) -> None:
        if self._code == 0:
            self._code = OUTDATED
            log(Event.OUTDATED)
        self._ending.set()

    def _start(self, name: str, work: Callable[[], None]) -> threading.Thread:
        """A thread whose death ends the worker."""

        def guarded() -> None:
            try:
                work()
            except Exception as error:  # noqa: BLE001  reported, and the process ends
                log(Event.THREAD_DIED, thread=name, error=type(error).__name__, where=where(error))
                self._code = self._code or 1
                self._ending.set()

        return writer.start(name, guarded)
