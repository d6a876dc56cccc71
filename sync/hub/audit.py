"""Every signature, one by one, after the fact.

Ingest checks the last signature of a batch, which vouches for every hash before it. Here each
envelope's own is checked too, when there is nothing better to do: one that fails says that a
station's key and its journal disagree, which a person must know. Its thread makes the rounds of
`sync.hub.upkeep` too.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from sync.hub import upkeep
from sync.hub.log_events import Event, log
from sync.hub.store import alarms, chains
from sync.hub.store.chains import Station
from sync.hub.store.database import Store, StoreError
from sync.hub.writer import Writer
from sync.wire import envelope
from sync.wire.signer import VerifyingKey

OWN_SIGNATURE = "envelope.own-signature"

_AT_ONCE = 50
_QUIET_SECONDS = 1.0
_AWAY_SECONDS = 10.0  # a registry that is away comes back, or somebody brings it back
_PAUSE_SECONDS = 0.05


class Audit:
    """Checks what ingest took on the word of a later signature."""

    def __init__(
        self, open_reader: Callable[[], Store], writer: Writer, clock: Callable[[], int]
    ) -> None:
        self._open_reader = open_reader
        self._writer = writer
        self._clock = clock
        self._stopping = threading.Event()
        self._looked_at: float | None = None

    def stop(self) -> None:
        """Ends `run`."""
        self._stopping.set()

    def run(self) -> None:
        """The thread's work, until `stop`: never while something is being written."""
        reader = self._open_reader()
        try:
            while not self._stopping.wait(_PAUSE_SECONDS):
                self._look_around()
                try:
                    is_busy = self._writer.idle_for() >= _QUIET_SECONDS and self.step(reader)
                except StoreError as error:
                    log(Event.UPKEEP_WAITS, error=error.code)
                    self._stopping.wait(_AWAY_SECONDS)
                    continue
                if not is_busy:
                    self._stopping.wait(_QUIET_SECONDS)
        finally:
            reader.close()

    def step(self, reader: Store) -> bool:
        """Checks the next few envelopes of one station. Returns whether there were any."""
        for station in chains.stations(reader):
            if station.checked_seq < station.head_seq:
                self._check(reader, station)
                return True
        return False

    def _look_around(self) -> None:
        """A round of upkeep where it is time; one that fails comes again with the next."""
        seconds = time.monotonic()
        if self._looked_at is not None and seconds - self._looked_at < upkeep.PERIOD_SECONDS:
            return
        self._looked_at = seconds
        try:
            is_old = self._writer.call(lambda store: upkeep.look(store, self._clock()))
        except StoreError as error:
            log(Event.UPKEEP_WAITS, error=error.code)
            return
        if is_old:
            log(Event.ALARM, station=upkeep.HUB, code=upkeep.BACKUP_OLD)

    def _check(self, reader: Store, station: Station) -> None:
        last = min(station.checked_seq + _AT_ONCE, station.head_seq)
        key = VerifyingKey.from_spki(station.spki)
        wrong = [
            seq
            for seq, data in chains.envelopes(reader, station.name, station.checked_seq + 1, last)
            if data is not None and not envelope.verify(envelope.parse(data), key)
        ]

        def note(store: Store) -> None:
            with store.transaction(of=station.name):
                chains.checked(store, station.name, last)
                for seq in wrong:
                    alarms.raise_alarm(store, station.name, OWN_SIGNATURE, self._clock(), seq=seq)

        self._writer.call(note)
        for seq in wrong:
            log(Event.ALARM, station=station.name, code=OWN_SIGNATURE, seq=seq)
        if last == station.head_seq:
            log(Event.SIGNATURES_CHECKED, station=station.name, up_to=last)
