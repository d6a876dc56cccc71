"""How this station itself is, gathered for the hub (`sync.wire.health`)."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sync.edge import window_notes
from sync.edge.clock import StationClock
from sync.edge.space import FLOOR_BYTES
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model.errors import Problem
from sync.wire import device_certificate, health, list_versions
from sync.wire.envelope import ClockQuality
from sync.wire.health import Health
from sync.wire.receipt import Refused

PERIOD_SECONDS: Final = 300.0
SOONEST_SECONDS: Final = 30.0
"""What has changed is told no more often than this."""
SPACE_LOW: Final = "store.space-low"
"""A tenth of the file system or less is free, or less than four times the floor."""
CLOCK_WRONG: Final = "clock.impossible"

_MB: Final = 1 << 20
_UNKNOWN_SOFTWARE: Final = "0"
_SOFTWARE: Final = re.compile(r"[0-9A-Za-z.+-]{1,32}")


class Pulse:
    """When to say how the station is, and what.

    Args:
        station: the station.
        store: its store; the caller's own connection.
        clock: the station's clock.
        worn: how much of the life of the storage is used up, in per cent; None where unknown.
        codes: failure codes of what is wrong with the storage or the clock.
        monotonic: seconds since the machine was started.
    """

    def __init__(
        self,
        station: StationProfile,
        store: Store,
        clock: StationClock,
        *,
        worn: Callable[[], int | None] = lambda: None,
        codes: Callable[[], tuple[str, ...]] = lambda: (),
        monotonic: Callable[[], float] = lambda: time.clock_gettime(time.CLOCK_BOOTTIME),
    ) -> None:
        self._station = station
        self._store = store
        self._clock = clock
        self._worn = worn
        self._codes = codes
        self._monotonic = monotonic
        self._look_at = float("-inf")
        self._told_at: float | None = None
        self._told: tuple[str, ...] = ()
        self._ends: tuple[int, int] = (-1, 0)

    def connected(self) -> None:
        """A new connection: whoever listens there is told at once."""
        self._look_at = float("-inf")
        self._told_at = None

    def due(self, now: float) -> bytes | None:
        """The report where one is due; None otherwise.

        Args:
            now: seconds of any clock that only goes forward.
        """
        if now < self._look_at:
            return None
        self._look_at = now + SOONEST_SECONDS
        is_time = self._told_at is None or now - self._told_at >= PERIOD_SECONDS
        if not is_time and self._wrong() == self._told:
            return None
        report = self.report()
        if report is None:
            return None
        self._told_at = now
        self._told = report.codes
        return health.encode(report)

    def report(self) -> Health | None:
        """How the station is now; None while its store does not answer."""
        head, standing = self._store.head(), self._store.standing()
        verdicts = self._store.verdicts()
        if (
            isinstance(head, StoreTrouble)
            or isinstance(standing, StoreTrouble)
            or isinstance(verdicts, StoreTrouble)
        ):
            return None
        free, size = self._space()
        software = window_notes.read(self._store.folder).software
        return Health(
            made_at=self._clock.now_ms(),
            up_seconds=max(0, int(self._monotonic())),
            software=software if _SOFTWARE.fullmatch(software) else _UNKNOWN_SOFTWARE,
            clock=self._clock.quality(),
            head=head.seq,
            accepted=standing.watermark,
            decided=standing.decided,
            oldest_seconds=self._oldest(standing.watermark, head.seq),
            to_decide=sum(isinstance(one, Refused) for one in verdicts.values()),
            free_mb=free // _MB,
            size_mb=size // _MB,
            worn_percent=self._worn(),
            certificate_ends=self._certificate_ends(),
            lists=self._lists(),
            codes=self._wrong(),
        )

    def _wrong(self) -> tuple[str, ...]:
        """Everything that is wrong now, by code."""
        found = [*window_notes.read(self._store.folder).codes, *self._codes()]
        free, size = self._space()
        if free < max(size // 10, 4 * FLOOR_BYTES):
            found.append(SPACE_LOW)
        if self._clock.quality() is ClockQuality.IMPOSSIBLE:
            found.append(CLOCK_WRONG)
        return window_notes.known(found)

    def _oldest(self, watermark: int, head: int) -> int:
        """For how many seconds the oldest entry that the hub does not hold has waited."""
        if watermark >= head:
            return 0
        oldest = self._store.entries(watermark + 1, most=1)
        if isinstance(oldest, StoreTrouble) or not oldest:
            return 0
        return max(0, self._clock.now_ms() - oldest[0].recorded_at) // 1000

    def _space(self) -> tuple[int, int]:
        """Bytes free and in all on the store's file system; zeros where it does not answer."""
        try:
            found = os.statvfs(self._store.folder)
        except OSError:
            return 0, 0
        return found.f_bavail * found.f_frsize, found.f_blocks * found.f_frsize

    def _lists(self) -> tuple[tuple[str, int], ...]:
        held = {}
        for name in list_versions.NAMES:
            trusted = name == list_versions.TRUST
            version = self._store.trust_version() if trusted else self._store.lists.version(name)
            if isinstance(version, int) and version > 0:
                held[name] = version
        return tuple(held.items())

    def _certificate_ends(self) -> int:
        """When the TLS certificate ends; the file is read again only where it was replaced."""
        path = self._station.tls_certificate
        with suppress(OSError):
            stamp = path.stat().st_mtime_ns
            if stamp != self._ends[0]:
                found = device_certificate.read(path.read_bytes())
                ends = 0 if isinstance(found, Problem) else int(found.ends.timestamp() * 1000)
                self._ends = (stamp, max(0, ends))
            return self._ends[1]
        return 0
