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


@dataclass(frozen=True, slots=True, order=True)
class HybridTime:
    """A moment.

    Attributes:
        ms: milliseconds since 1970, UTC, of the highest clock seen so far.
        counter: 0 to `MOST_COUNTER`, of the moments within one `ms`.
    """

    ms: int
    counter: int = 0
