"""The station's clocks, none of which is believed too much, and identifiers made from them."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Final
from uuid import UUID

from sync.wire.envelope import ClockQuality, ClockReading

# A clock outside these years is wrong: this program is younger, and no release serves so long.
EARLIEST_MS: Final = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
LATEST_MS: Final = int(datetime(2036, 1, 1, tzinfo=UTC).timestamp() * 1000)

_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_TIMEX_BYTES: Final = 512  # struct timex, 208 on 64-bit Linux, with room
_TIME_ERROR: Final = 5  # adjtimex(2): the clock is not synchronised


_LIBC: Final = ctypes.CDLL(None)


def _kernel_says_synchronised() -> bool:
    """Whether something keeps the kernel's clock right, whichever daemon does it."""
    # modes is 0 at the start of the zeroed struct: it only reads.
    state: int = _LIBC.adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    return 0 <= state < _TIME_ERROR


@cache
def _boot_id() -> bytes:
    with suppress(OSError, ValueError):
        return UUID(_BOOT_ID.read_text().strip()).bytes
    return bytes(16)


@dataclass(frozen=True, slots=True)
class StationClock:
    """Reads the clocks.

    Attributes:
        wall: nanoseconds since 1970, UTC.
        monotonic: nanoseconds that never go back while the machine is up; while it sleeps they
            go on.
        synchronised: whether the wall clock is kept right from outside.
        boot_id: names this boot.
    """

    wall: Callable[[], int] = time.time_ns
    monotonic: Callable[[], int] = lambda: time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    synchronised: Callable[[], bool] = _kernel_says_synchronised
    boot_id: Callable[[], bytes] = _boot_id

    def now_ms(self) -> int:
        """Milliseconds since 1970 as the wall clock has it, never below 0."""
        return max(0, self.wall() // 1_000_000)

    def quality(self) -> ClockQuality:
        """How far the wall clock may be believed."""
        if not EARLIEST_MS <= self.now_ms() < LATEST_MS:
            return ClockQuality.IMPOSSIBLE
        if self.synchronised():
            return ClockQuality.SYNCHRONISED
        return ClockQuality.UNSYNCHRONISED

    def reading(self) -> ClockReading:
        """All of them at once, for an envelope."""
        return ClockReading(self.now_ms(), max(0, self.monotonic()), self.boot_id(), self.quality())


def uuid7(now_ms: int, random: bytes | None = None) -> UUID:
    """A UUID of version 7 (RFC 9562 5.7): 48 bits of time, 74 of chance.

    Args:
        now_ms: milliseconds since 1970.
        random: 10 bytes; new ones where not given.
    """
    chance = int.from_bytes(random if random is not None else os.urandom(10))
    value = (now_ms & (1 << 48) - 1) << 80
    value |= 0x7 << 76 | (chance >> 62 & 0xFFF) << 64
    value |= 0b10 << 62 | chance & (1 << 62) - 1
    return UUID(int=value)


def moment(ms: int) -> datetime:
    """Milliseconds since 1970 as a moment in UTC."""
    return datetime.fromtimestamp(ms / 1000, UTC)
