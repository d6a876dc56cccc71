"""When an entry was recorded, by what can be trusted of its clocks (R-003-55, R-003-61).

A station's wall clock may stand at 1970, at the last shutdown, a year ahead or behind, and may jump.
What it cannot do within one boot is to change how much time lies between two entries: that says the
clock that only goes forward. So the entries of one boot share one unknown, and each of them bounds
all the others:

- none was recorded after it came, so none of its boot later than that and the time between;
- one that was recorded while the clock was kept right sets the clock right for the whole boot;
- the hybrid time is not before what the hub had said to the station (`sync.edge.hybrid_clock`).

An entry never counts as done before the one that stands before it in its chain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from sync.wire.envelope import ClockQuality, Header

TIGHT_MS: Final = 60 * 60 * 1000
"""Bounds as near to each other as this tell the time, whatever the wall clock says."""
_NANOSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Tie:
    """What entries of one boot have told of it; times in milliseconds since 1970.

    Attributes:
        boot_id: of the boot.
        latest: when the machine was started at the latest, by what came.
        right: when it was started, by an entry recorded while the clock was kept right; or None.
    """

    boot_id: bytes
    latest: int
    right: int | None = None

    def joined(self, other: Tie) -> Tie:
        """Both together, of the same boot; of two right clocks the later one told counts."""
        right = self.right if other.right is None else other.right
        return Tie(self.boot_id, min(self.latest, other.latest), right)


@dataclass(frozen=True, slots=True)
class Judged:
    """When an entry was recorded; milliseconds since 1970.

    Attributes:
        counts_at: when it counts as done; None where its clocks say nothing.
        latest: it was recorded no later than this.
    """

    counts_at: int | None
    latest: int


def judge(
    entries: Sequence[tuple[int, Header, int]], before: Tie | None, not_before: Mapping[int, int]
) -> tuple[dict[int, Judged], Tie | None]:
    """When each of some entries of one station was recorded.

    Args:
        entries: place, header and arrival by the hub's clock, in order of place.
        before: of the boot of the newest entry that was judged before these.
        not_before: by place, when what stands before it counts as done, where that is not among
            `entries`.

    Returns:
        By place; and what is known of the boot of the last entry, for the next time.
    """
    ties = {} if before is None else {before.boot_id: before}
    for _, header, arrived_at in entries:
        tie = _tie(header, arrived_at)
        if tie is not None:
            known = ties.get(tie.boot_id)
            ties[tie.boot_id] = tie if known is None else known.joined(tie)
    judged: dict[int, Judged] = {}
    done = 0
    for seq, header, arrived_at in entries:
        done = max(done, not_before.get(seq, 0))
        found = _judged(header, arrived_at, ties.get(header.clock.boot_id), done)
        judged[seq] = found
        done = max(done, found.counts_at or 0)
    last = ties.get(entries[-1][1].clock.boot_id) if entries else before
    return judged, last if last is not None else before


def _since_start(header: Header) -> int:
    return header.clock.monotonic // _NANOSECONDS


def _tie(header: Header, arrived_at: int) -> Tie | None:
    """What one entry tells of its boot; none of a machine that does not name its boots."""
    clock = header.clock
    if not any(clock.boot_id):
        return None
    passed = _since_start(header)
    is_right = clock.quality is ClockQuality.SYNCHRONISED and clock.wall <= arrived_at + TIGHT_MS
    return Tie(clock.boot_id, arrived_at - passed, clock.wall - passed if is_right else None)


def _judged(header: Header, arrived_at: int, tie: Tie | None, not_before: int) -> Judged:
    latest = arrived_at
    if tie is not None:
        latest = min(latest, tie.latest + _since_start(header))
    latest = max(latest, not_before)  # clocks of two machines never agree to the millisecond
    said = _said(header, tie, latest)
    return Judged(None if said is None else max(not_before, min(said, latest)), latest)


def _said(header: Header, tie: Tie | None, latest: int) -> int | None:
    """What the clocks say that are believed, before it is bounded."""
    clock, hybrid = header.clock, header.hybrid
    if clock.quality is ClockQuality.SYNCHRONISED:
        return clock.wall
    if tie is not None and tie.right is not None:
        return tie.right + _since_start(header)
    if clock.quality is ClockQuality.UNSYNCHRONISED:
        # Where the two differ the station itself did not believe its wall clock.
        return clock.wall if hybrid is None else hybrid.ms
    if hybrid is not None and latest - TIGHT_MS <= hybrid.ms <= latest:
        return hybrid.ms
    return None
