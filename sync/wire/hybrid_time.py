"""A hybrid logical time: as near to the clock as can be, and never going back.

Kulkarni et al., "Logical Physical Clocks" (OPODIS 2014): milliseconds of the highest clock that was
seen, and a counter that tells apart what happened within one of them. Two moments of one station
compare as they happened, whatever its clock did in between; a moment after the station heard the
hub is later than what the hub had said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

MOST_COUNTER: Final = 0xFFFF
_COUNTER_BITS: Final = 16


@dataclass(frozen=True, slots=True, order=True)
class HybridTime:
    """A moment.

    Attributes:
        ms: milliseconds since 1970, UTC, of the highest clock seen so far.
        counter: 0 to `MOST_COUNTER`, of the moments within one `ms`.
    """

    ms: int
    counter: int = 0

    def __str__(self) -> str:
        """For logs: milliseconds, and the counter where there is one."""
        return f"{self.ms}+{self.counter}" if self.counter else str(self.ms)


START: Final = HybridTime(0)
"""Before every moment of a station."""


def after(last: HybridTime, physical: int) -> HybridTime:
    """The next moment: later than `last`, and at `physical` where that is later still.

    Args:
        last: the newest moment that this clock gave.
        physical: milliseconds since 1970 of the highest clock that is believed now, whosever it is;
            0 or less where none is.

    Raises:
        ValueError: `last` is out of range.
    """
    if last.ms < 0 or not 0 <= last.counter <= MOST_COUNTER:
        raise ValueError("a hybrid time out of range")
    if physical > last.ms:
        return HybridTime(physical)
    if last.counter < MOST_COUNTER:
        return HybridTime(last.ms, last.counter + 1)
    return HybridTime(last.ms + 1)


def to_number(time: HybridTime) -> int:
    """Both in one number that sorts as the moments do: 16 bits of it are the counter."""
    return time.ms << _COUNTER_BITS | time.counter


def from_number(number: int) -> HybridTime:
    """What `to_number` made."""
    return HybridTime(number >> _COUNTER_BITS, number & MOST_COUNTER)
