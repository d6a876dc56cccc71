"""How long nobody can sign in at this station after failed tries: growing, and kept on the disk.

A card counts its own wrong PINs. The station counts every failed try beside, so that stolen cards,
daily passwords and PINs cannot be tried one after the other. Time is what the machine counts since
its start: setting the clock ends no wait, and after a restart the whole wait begins again.
"""

from __future__ import annotations

import json
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

FREE_TRIES: Final = 3
"""So many failed tries in a row cost nothing: people mistype."""
FIRST_SECONDS: Final = 30
"""The first wait; each further failure doubles it."""
LONGEST_SECONDS: Final = 900
"""No wait is longer: whoever keeps others out by it must stand there."""

_LARGEST_FILE: Final = 1024
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")


def seconds_since_boot() -> float:
    """Of this machine, time asleep counted."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def this_boot() -> str:
    """Names the time since the last start of the machine; empty where the system does not say."""
    try:
        return _BOOT_ID.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""


class HoldOff:
    """The wait of one station.

    Args:
        path: where it is kept; what cannot be read there counts as the longest wait.
        clock: seconds since the machine was started.
        boot: names that start.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Callable[[], float] = seconds_since_boot,
        boot: Callable[[], str] = this_boot,
    ) -> None:
        self._path = path
        self._clock = clock
        self._boot = boot()
        self._lock = threading.Lock()
        self._failures, self._began = self._load()

    def waiting(self) -> int:
        """Seconds for which nobody can sign in; 0 where anybody may try."""
        with self._lock:
            return self._waiting()

    def failed(self) -> int:
        """A try has failed; tells the seconds to wait from now."""
        with self._lock:
            self._failures += 1
            self._began = self._clock()
            self._keep()
            return self._waiting()

    def succeeded(self) -> None:
        """Somebody has signed in: the count begins anew."""
        with self._lock:
            if self._failures:
                self._failures, self._began = 0, 0.0
                self._keep()

    def _waiting(self) -> int:
        passed = max(0.0, self._clock() - self._began)
        left = _wait_of(self._failures) - passed
        return max(0, -int(-left // 1))

    def _load(self) -> tuple[int, float]:
        try:
            with self._path.open("rb") as stream:
                data = stream.read(_LARGEST_FILE)
        except FileNotFoundError:
            return 0, 0.0
        except OSError:
            return _MOST_FAILURES, self._clock()
        try:
            kept = json.loads(data)
            failures, began, boot = int(kept["failures"]), float(kept["began"]), str(kept["boot"])
        except (ValueError, KeyError, TypeError, RecursionError):
            return _MOST_FAILURES, self._clock()
        failures = min(max(failures, 0), _MOST_FAILURES)
        now = self._clock()
        # Another start: how long the machine was off, no clock of ours can tell.
        same = bool(self._boot) and boot == self._boot and 0 <= began <= now
        return failures, began if same else now

    def _keep(self) -> None:
        """Best effort: a disk that is full does not keep anybody from work."""
        kept = {"failures": self._failures, "began": self._began, "boot": self._boot}
        fresh = self._path.with_name(self._path.name + ".new")
        try:
            with fresh.open("w", encoding="ascii") as stream:
                json.dump(kept, stream)
                stream.flush()
                os.fsync(stream.fileno())
            fresh.replace(self._path)
        except OSError:
            return


def _wait_of(failures: int) -> int:
    if failures < FREE_TRIES:
        return 0
    doubled: int = FIRST_SECONDS << min(failures - FREE_TRIES, 16)
    return min(LONGEST_SECONDS, doubled)


_MOST_FAILURES: Final = FREE_TRIES + 16
