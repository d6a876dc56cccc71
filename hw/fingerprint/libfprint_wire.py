"""The words between `libfprint` and its worker: what stands in the fields of their frames.

Standard library only: the worker runs on the system's interpreter. The first field of a request is
a `Verb`, the first of an answer `DONE`, `STEP` (more follows) or a failure code, behind which one
field may stand that says more.
"""

from __future__ import annotations

import struct
from enum import Enum
from typing import Final

DONE: Final = b"done"
STEP: Final = b"step"
TOUCHED: Final = b"touched"
"""Behind `STEP`: a finger lies on the sensor."""
TAKEN: Final = b"taken"
"""Behind `STEP`: the picture is taken; it comes when the finger is lifted."""
UNREADABLE: Final = b"unreadable"
"""No minutiae in the picture: an answer like others, not a failure."""
SIZE: Final = struct.Struct(">HH")
"""Width and height of a picture; x and y of a minutia."""
LARGEST_SIDE: Final = 2000
LARGEST_TEMPLATE: Final = 0x10000
MOST_MINUTIAE: Final = 1000
"""libfprint keeps 200 of them in a template, and finds a few hundred in noise."""
FP3: Final = "(issbymsmsia{sv}v)"
"""What stands behind `FP3` in libfprint's serialised prints, as a GVariant: kind, driver, device,
stored on it, finger, user, description, day, more, minutiae."""
NBIS_PRINTS: Final = "(a(aiaiai))"
"""The minutiae: of each picture the columns, the rows from below, the directions."""


class Duty(Enum):
    """What a worker is started for."""

    MATCHER = "matcher"
    """Finds and compares minutiae in pictures that it is given. Sees no USB device."""
    SENSOR = "sensor"
    """Takes pictures from a sensor. Sees no virtual one."""


class Verb(Enum):
    """What a worker can be asked. Its fields stand behind each."""

    READ = b"read"
    """Size and pixels of a picture, templates. Answer: `UNREADABLE`; or the print, a `SIZE` for
    each minutia in one field, and a byte for each template: 1 where it is the same finger."""
    JOIN = b"join"
    """Finger (one byte of `FpFinger`), prints. Answer: a template of them all."""
    SPLIT = b"split"
    """A template. Answer: each of the prints that it was joined of."""
    OPEN = b"open"
    """Nothing. Answer: driver, name."""
    PICTURE = b"picture"
    """Nothing. Answers: `STEP`s; then size, dots an inch (two bytes), pixels."""
    ABANDON = b"abandon"
    """Nothing; ends a picture that is waited for, which answers `fingerprint.abandoned`."""
    CLOSE = b"close"
    """Nothing. Answer: nothing."""
