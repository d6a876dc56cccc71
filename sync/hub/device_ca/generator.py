"""The generator's thread: makes what was approved, tells the world what has changed (R-004-13).

At once when an administrator has acted, and every five minutes: what failed is tried again, lists
that grow old are renewed. A command of the hub that runs beside it anchors the Register, which is
seen within seconds. Its work on the registry is the writer's, like everybody's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sync.hub.broker import ReloadError
from sync.hub.device_ca import issuing, publishing, register
from sync.hub.device_ca.office import HUB, Office
from sync.hub.device_ca.publishing import Published
from sync.hub.log_events import Event, log
from sync.hub.store import alarms
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire import list_versions
from sync.wire.list_versions import ListVersions

PERIOD_SECONDS: Final = 300.0
AGAIN_SECONDS: Final = 30.0
LOOK_SECONDS: Final = 1.0
"""So often it is looked whether another program wrote to the Register: a command, by hand."""

BROKER: Final = "broker.reload"
"""Alarm: the broker could not be told who is blocked."""
FILES: Final = "stations.files"
"""Alarm: a list could not be written."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a round has done.

    Attributes:
        issued: stations that have their certificate now.
        published: where something was published.
        trouble: alarm that was raised, empty for none.
        silenced: stations that may say nothing, whoever published that, as
            `publishing.silenced`; None: not known.
    """

    issued: tuple[str, ...] = ()
    published: Published | None = None
    trouble: str = ""
    silenced: Mapping[str, int] | None = None


class Generator:
    """Works in a thread of its own."""

    def __init__(
        self,
        office: Office,
        writer: Writer,
        clock: Callable[[], int],
        told: Callable[[Step], None],
        period: float = PERIOD_SECONDS,
        stamps: Callable[[], object] = lambda: None,
    ) -> None:
        """Set it up; `run` works.

        Args:
            office: keys and settings.
            writer: changes the registry.
            clock: milliseconds since 1970.
            told: called in its thread after every round; where it raises `StoreError`, the next
                round comes soon.
            period: seconds between two rounds when nothing happens.
            stamps: is another as soon as a signed list was replaced: then a round comes at once.
        """
        self._stamps = stamps
        self._office = office
        self._writer = writer
        self._clock = clock
        self._told = told
        self._period = period
        self._woken = threading.Event()
        self._stopping = threading.Event()

    def wake(self) -> None:
        """Something has happened. From any thread."""
        self._woken.set()

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()
        self._woken.set()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        while not self._stopping.is_set():
            self._woken.clear()
            seen = self._seen()
            try:
                step = self._writer.call(self.step)
                self._told(step)  # it asks the registry too
                trouble = self.tell_cluster()
                step = replace(step, trouble=step.trouble or trouble)
            except StoreError as error:
                log(Event.GENERATOR_WAITS, error=error.code)
                step = Step(trouble=error.code)
            self._rest(AGAIN_SECONDS if step.trouble else self._period, seen)

    def _seen(self) -> object:
        return register.anchored_at(self._office.settings.keys_dir), self._stamps()

    def _rest(self, seconds: float, seen: object) -> None:
        """Until it is woken, it is time, or the Register's anchor or a list is not the one seen."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._woken.wait(min(left, LOOK_SECONDS)):
                return
            if self._seen() != seen:
                return

    def step(self, store: Store) -> Step:
        """One round, in the writer's thread.

        Raises:
            StoreError: the registry cannot be used.
        """
        office, now = self._office, self._clock()
        issued = tuple(issuing.generate(office, store, now))
        issuing.end_replaced(office, store, now)
        for name in issued:
            log(Event.CERTIFICATE_ISSUED, station=name)
        silenced = publishing.silenced(store)
        try:
            register.anchor(store, office.settings.keys_dir)
            if not publishing.is_due(office, store, now):
                return Step(issued, silenced=silenced)
            published = publishing.publish(office, store, now, tells_cluster=False)
        except OSError as error:  # also a `ReloadError`
            # Files may wait; a screen that is open need not.
            return Step(issued, trouble=_alarm(store, error, now), silenced=silenced)
        log(
            Event.STATIONS_PUBLISHED,
            version=published.version,
            silenced=len(published.silenced),
        )
        return Step(issued, published, silenced=silenced)

    def tell_cluster(self) -> str:
        """Tells RabbitMQ in this thread, which may take minutes; returns an alarm, empty for none.

        Raises:
            StoreError: the registry cannot be used.
        """
        now = self._clock()
        try:
            publishing.tell_cluster(self._office, self._writer.call, now)
        except OSError as error:
            failure = error
            return self._writer.call(lambda store: _alarm(store, failure, now))
        return ""


def _alarm(store: Store, error: OSError, now: int) -> str:
    code = BROKER if isinstance(error, ReloadError) else FILES
    with store.transaction():
        alarms.raise_alarm(store, HUB, code, now)
    log(Event.GENERATOR_WAITS, error=code)
    return code


def hint(office: Office, versions: Mapping[str, int], now: int) -> bytes:
    """The signed hint of which version each list has, to be retained at the broker."""
    return list_versions.sign(ListVersions(now, versions), office.signer)
