"""Minutiae and their comparison, as a Protocol: what a taking needs of libfprint, or of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hw.errors import DeviceTrouble
from hw.finger_readings import FingerPosition
from hw.fingerprint.picture_source import FingerPicture


@dataclass(frozen=True, slots=True, repr=False)
class PrintReading:
    """What is found in a picture. The representation shows nothing of it.

    Attributes:
        data: the print, to be joined to a template or compared with; empty where the picture has
            no minutiae at all.
        spots: column and row of each minutia, in pixels of the picture.
        same: for each template that it was held against, whether it is the same finger.
    """

    data: bytes
    spots: tuple[tuple[int, int], ...]
    same: tuple[bool, ...]

    def __repr__(self) -> str:
        return f"PrintReading({len(self.spots)} minutiae)"


class FingerMatcher(Protocol):
    """Finds and compares minutiae. One thread calls; `abandon` any thread.

    Expected trouble: `fingerprint.library-unusable` (it is not installed as it must be),
    `fingerprint.matcher-failed` (it crashed or hung, and again when asked anew),
    `fingerprint.template-unreadable`, `fingerprint.abandoned`.
    """

    def begin(self) -> DeviceTrouble | None:
        """Start it; at once where it runs."""
        ...

    def read(
        self, picture: FingerPicture, against: Sequence[bytes] = ()
    ) -> PrintReading | DeviceTrouble:
        """Find the minutiae of a picture and hold them against prints or templates."""
        ...

    def join(self, prints: Sequence[bytes], position: FingerPosition) -> bytes | DeviceTrouble:
        """One template of several prints."""
        ...

    def split(self, template: bytes) -> tuple[bytes, ...] | DeviceTrouble:
        """The prints that a template was joined of."""
        ...

    def forget(self) -> None:
        """Let nothing stay in its memory. Safe to call twice. Ends what `abandon` began."""
        ...

    def abandon(self) -> None:
        """Make what another thread waits for return `fingerprint.abandoned` now; until `forget`."""
        ...
