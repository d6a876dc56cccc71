"""How long to wait before trying again: longer each time, never too long, never in step.

Five minutes at most, however often it failed: systems without such a cap were seen to wait nine
hours at the fifteenth try. The draw keeps stations that failed together from coming back together.
"""

from __future__ import annotations

from typing import Final

LONGEST_SECONDS: Final = 300.0
FIRST_SECONDS: Final = 1.0

_DOUBLINGS: Final = 30  # more would only overflow


def delay(failures: int, draw: float, *, longest: float = LONGEST_SECONDS) -> float:
    """Seconds to wait after so many failures in a row.

    Args:
        failures: 1 after the first; 0 waits not at all.
        draw: by chance, from 0 up to 1; between half the wait and all of it is taken.
        longest: the cap.
    """
    if failures <= 0:
        return 0.0
    full = min(longest, FIRST_SECONDS * 2.0 ** min(failures - 1, _DOUBLINGS))
    return full * (0.5 + draw / 2)
