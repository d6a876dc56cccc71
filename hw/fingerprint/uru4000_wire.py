"""The words between `Uru4000Source` and its child, as frames of byte fields (`hw.child.frames`).

The child finds and starts the sensor by itself and greets with `READY` or a failure code. Requests
carry a number; what is told of them carries it, too, so that a late `STOP` stops nothing else.
"""

from __future__ import annotations

from enum import Enum
from typing import Final

LONGEST_REQUEST: Final = 64
LONGEST_ANSWER: Final = 0x40000


class Verb(Enum):
    """What the child can be asked. The request's number stands behind each."""

    PICTURE = b"picture"
    """Told: `WAITING`, `TOUCHED`. Answer: `TAKEN`, width, height, dots an inch, pixels."""
    LIFT = b"lift"
    """Answer: `LIFTED`."""
    STOP = b"stop"
    """End that request: `STOPPED` is its answer, unless another one is under way already."""
    FINISH = b"finish"
    """Go dark and end, without an answer."""


READY: Final = b"ready"
"""The greeting. Behind it: the product's USB number, two bytes, big endian."""
WAITING: Final = b"waiting"
TOUCHED: Final = b"touched"
TAKEN: Final = b"taken"
LIFTED: Final = b"lifted"
STOPPED: Final = b"stopped"
TROUBLE: Final = b"trouble"
"""Instead of an answer or the greeting. Behind it: failure code, technical reason. The child ends."""
