"""Where pictures of fingers come from: one Protocol for our own driver and for libfprint's."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Protocol

from hw.child.frames import wipe
from hw.errors import DeviceTrouble
from hw.pictures import Frame, PixelFormat

_LARGEST_SIDE: Final = 2000
_LEAST_DPI, _MOST_DPI = 100, 2000
_MOST_INCHES: Final = 4


class SourceStep(Enum):
    """Where a picture stands."""

    WAITING = "waiting"
    """The sensor looks for a finger."""
    TOUCHED = "touched"
    """A finger lies on it; the picture is being taken."""
    TAKEN = "taken"
    """The picture is whole; the finger may be lifted."""


@dataclass(slots=True, repr=False, eq=False)
class FingerPicture:
    """One picture of a finger, in memory only. The representation shows no pixel.

    Attributes:
        width, height: in pixels; never zero.
        dpi: pixels an inch, both ways.
        pixels: one byte each, row by row from the top; ridges dark, the finger upright as seen
            from above. Zeroes after `wipe`.
    """

    width: int
    height: int
    dpi: int
    pixels: bytearray

    def __post_init__(self) -> None:
        """Raise `ValueError` where the pixels do not fill the picture."""
        if self.width < 1 or self.height < 1 or len(self.pixels) != self.width * self.height:
            raise ValueError("a picture is as many pixels as width times height")

    def wipe(self) -> None:
        """Overwrite it with zeroes. Whoever got the picture does this."""
        wipe(self.pixels)

    def __repr__(self) -> str:
        return f"FingerPicture({self.width}x{self.height}, {self.dpi} dpi)"


class ShownPicture:
    """The last picture of a source, for the preview: one buffer, wiped when it is forgotten.

    `latest` may be called from any thread; it gives the buffer itself, so that no other copy stays.
    """

    def __init__(self) -> None:
        """Nothing is shown."""
        self._frame: Frame | None = None
        self._pixels = bytearray()
        self._number = 0

    def keep(self, picture: FingerPicture) -> None:
        """Show a copy of `picture`, whose own pixels are its taker's to wipe."""
        self.forget()
        self._number += 1
        self._pixels = bytearray(picture.pixels)
        self._frame = Frame(
            picture.width,
            picture.height,
            PixelFormat.GREY,
            self._pixels,
            self._number,
            time.monotonic(),
        )

    def forget(self) -> None:
        """Show nothing, and wipe what was shown."""
        self._frame = None
        wipe(self._pixels)

    def latest(self, after: int = -1) -> Frame | None:
        """The picture, where its number is above `after`."""
        frame = self._frame
        return frame if frame is not None and frame.number > after else None


def is_plausible(width: int, height: int, dpi: int) -> bool:
    """Whether a sensor may give such a picture: of no more than four inches either way.

    A driver that was taken over may tell any size; one of hundreds of inches would swell to
    gigabytes where it is made as fine as a matcher takes it.
    """
    fits = 0 < width <= _LARGEST_SIDE and 0 < height <= _LARGEST_SIDE
    in_range = _LEAST_DPI <= dpi <= _MOST_DPI
    return fits and in_range and max(width, height) <= _MOST_INCHES * dpi


class PictureSource(Protocol):
    """A sensor that gives pictures. One thread calls; `abandon` and `latest` any thread.

    Expected trouble is returned, with one of these codes:

    * `fingerprint.absent`: no such sensor is plugged in.
    * `fingerprint.removed`: it was pulled. `open` again, once it is back.
    * `fingerprint.no-finger`: the deadline is over and no finger came (or went).
    * `fingerprint.timeout`: it does not answer.
    * `fingerprint.failed`: it answers what it must not, or says itself that it failed.
    * `fingerprint.denied`: the kiosk may not use it (rights of the device's file).
    * `fingerprint.busy`: another program has it.
    * `fingerprint.crashed`: the child process with the driver ended.
    * `fingerprint.abandoned`: `abandon` was called.

    After all but `no-finger` and `abandoned` the source is closed; `open` starts anew.
    """

    @property
    def model(self) -> str:
        """Maker and model, with the USB numbers where it has some; never a serial number."""
        ...

    def open(self) -> DeviceTrouble | None:
        """Find the sensor and make it ready; at once where it is. Takes a few seconds at most."""
        ...

    def picture(
        self, told: Callable[[SourceStep], None], deadline: float
    ) -> FingerPicture | DeviceTrouble:
        """Wait for a finger and take its picture.

        Args:
            told: gets each step, on this thread; must return at once.
            deadline: monotonic seconds until which a finger is waited for.

        Returns:
            The picture, which the caller wipes, or trouble.
        """
        ...

    def await_lift(self, deadline: float) -> DeviceTrouble | None:
        """Wait until no finger is on the glass; None at once where none is."""
        ...

    def latest(self, after: int = -1) -> Frame | None:
        """The newest picture for a preview, where its number is above `after`; at once.

        Sensors without live pictures give the last one taken until `close` or the next finger.
        """
        ...

    def abandon(self) -> None:
        """Make what another thread waits for return `fingerprint.abandoned` now.

        Later calls too, until `close`.
        """
        ...

    def close(self) -> None:
        """Let the sensor go, dark, every picture here forgotten. Safe to call twice.

        Ends what `abandon` began.
        """
        ...
