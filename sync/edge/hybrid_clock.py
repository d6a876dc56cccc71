"""The station's hybrid logical clock: which of its clocks is believed at a record, and how far.

The station's own clock may stand at 1970, at the last shutdown, a year ahead or behind, and may
jump. What the hub said is believed; from there on the clock that only goes forward counts, as long
as the machine is not restarted. A wall clock that nobody keeps right is believed no further than a
station may be without a hub: one that is wrong by a year neither pulls the hybrid time back nor
carries it away for good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sync.wire import hybrid_time
from sync.wire.envelope import ClockQuality, ClockReading
from sync.wire.hybrid_time import HybridTime

LONGEST_WITHOUT_HUB_MS: Final = 90 * 24 * 60 * 60 * 1000
LONGEST_DRIFT_MS: Final = 60 * 60 * 1000
"""How far a clock that is kept right may be ahead of the hub's time and the time since."""

_NANOSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Heard:
    """The newest hub time that was believed, and what the station's clocks said then.

    Attributes:
        hub_time: milliseconds since 1970 by the hub's clock; 0 for never.
        boot_id: of the boot in which it came.
        monotonic: nanoseconds, within that boot.
    """

    hub_time: int = 0
    boot_id: bytes = b""
    monotonic: int = 0

    def now(self, reading: ClockReading) -> int | None:
        """The hub's time at `reading`, none where the machine was restarted since."""
        if not self.hub_time or reading.boot_id != self.boot_id or not any(self.boot_id):
            return None
        passed = reading.monotonic - self.monotonic
        return None if passed < 0 else self.hub_time + passed // _NANOSECONDS


NEVER: Final = Heard()


def believed(reading: ClockReading, heard: Heard) -> int:
    """Milliseconds since 1970 of the highest clock that is believed at `reading`; 0 for none."""
    anchored = heard.now(reading)
    if anchored is not None:
        is_near = reading.quality is ClockQuality.SYNCHRONISED and (
            reading.wall <= anchored + LONGEST_DRIFT_MS
        )
        return max(anchored, reading.wall) if is_near else anchored
    if reading.quality is ClockQuality.IMPOSSIBLE:
        return heard.hub_time
    is_far = heard.hub_time and reading.wall > heard.hub_time + LONGEST_WITHOUT_HUB_MS
    if is_far and reading.quality is not ClockQuality.SYNCHRONISED:
        return heard.hub_time
    return max(reading.wall, heard.hub_time)


def tick(reading: ClockReading, last: HybridTime, heard: Heard) -> HybridTime:
    """The hybrid time of an operation that is recorded now.

    Args:
        reading: the station's clocks.
        last: of the operation before it in the journal; `hybrid_time.START` for none.
        heard: the newest hub time.

    Returns:
        Later than `last` and not before what the hub said, whatever the clocks say.
    """
    return hybrid_time.after(last, believed(reading, heard))
