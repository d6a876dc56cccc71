"""Gathering pictures of one finger: which of them belong together, and when there are enough.

Pure; what was compared with what comes in with each picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hw.finger_readings import FingerAdvice
from hw.fingerprint.matcher import PrintReading
from hw.fingerprint.quality import PictureQuality

_LENIENT_AFTER: Final = 5
"""Bad pictures after which a finger is taken for one that gives no better ones."""
_LENIENT_SCORE: Final = 15
_LENIENT_MINUTIAE: Final = 12
_MOST_BAD: Final = 15
"""Bad pictures after which nobody should have to go on."""
_MOST_STRANGERS: Final = 3


@dataclass(frozen=True, slots=True, repr=False)
class Gathered:
    """A picture that was kept, as its print. The representation shows nothing of it."""

    data: bytes
    quality: PictureQuality

    def __repr__(self) -> str:
        return "Gathered(...)"


def agree(same: Sequence[bool]) -> bool:
    """Whether a finger is the one of a template, from how each of its prints compares.

    bozorth3 lets some other fingers through, and seldom the same one twice; so most of the prints
    must agree.
    """
    return 2 * sum(same) > len(same)


class Gathering:
    """The pictures of one finger so far."""

    def __init__(
        self, wanted: int, unlike: Sequence[Sequence[bytes]] = (), *, lenient: bool = False
    ) -> None:
        """Start with none.

        Args:
            wanted: good pictures that it takes.
            unlike: the prints of each finger that it must not be.
            lenient: look closely at pictures of little quality from the first one on.
        """
        self._lenient = lenient
        self._wanted = wanted
        self._unlike = [tuple(each) for each in unlike]
        self._kept: list[Gathered] = []
        self._strangers: list[Gathered] = []
        """Good pictures that were like none of the kept ones: perhaps the first was the odd one."""
        self._bad = 0

    @property
    def taken(self) -> int:
        """Good pictures so far."""
        return len(self._kept)

    @property
    def complete(self) -> bool:
        """Whether these are enough."""
        return len(self._kept) >= self._wanted

    @property
    def hopeless(self) -> bool:
        """Whether so many pictures were bad that this finger should be left in peace."""
        return self._bad >= _MOST_BAD

    @property
    def kept(self) -> tuple[Gathered, ...]:
        """What was kept."""
        return tuple(self._kept)

    @property
    def best(self) -> Gathered:
        """The best picture; there must be one."""
        return max(self._kept, key=lambda each: (each.quality.score, each.quality.minutiae))

    def against(self) -> tuple[bytes, ...]:
        """What the next picture is to be compared with: `add` wants the answers in this order."""
        kept = [each.data for each in (*self._kept, *self._strangers)]
        return (*kept, *(each for finger in self._unlike for each in finger))

    def refuse(self) -> None:
        """Count a picture that was not even looked at closely."""
        self._bad += 1

    def will_do(self, quality: PictureQuality) -> bool:
        """Whether a picture of that quality is to be looked at closely.

        Worn fingers give no good picture, ever. What matches the finger's other pictures is worth
        something all the same, so that the bar is lowered behind some bad ones.
        """
        lenient = self._lenient or self._bad >= _LENIENT_AFTER
        return quality.good or (lenient and quality.score >= _LENIENT_SCORE)

    def add(self, reading: PrintReading, quality: PictureQuality) -> FingerAdvice | None:
        """Take a picture in, or say what is wrong with it.

        Args:
            reading: its print, compared with `against()`.
            quality: with its minutiae counted.
        """
        enough = quality.good or quality.minutiae >= _LENIENT_MINUTIAE
        if not reading.data or not self.will_do(quality) or not enough:
            self._bad += 1
            return quality.advice or FingerAdvice.HOLD_STILL
        kept, strangers = len(self._kept), len(self._strangers)
        like_kept = reading.same[:kept]
        like_strangers = reading.same[kept : kept + strangers]
        if self._is_other(reading.same[kept + strangers :]):
            self._bad += 1
            return FingerAdvice.OTHER_FINGER
        fresh = Gathered(reading.data, quality)
        if not kept or any(like_kept):
            self._kept.append(fresh)
            return None
        if any(like_strangers) and kept == 1:
            # Two agree against the first: that was another finger, or a bad picture.
            friend = like_strangers.index(True)
            self._kept = [self._strangers.pop(friend), fresh]
            return None
        self._strangers = [*self._strangers, fresh][-_MOST_STRANGERS:]
        self._bad += 1
        return FingerAdvice.SAME_FINGER

    def _is_other(self, same: Sequence[bool]) -> bool:
        """Whether it is one of the fingers that it must not be."""
        at = 0
        for finger in self._unlike:
            if finger and agree(same[at : at + len(finger)]):
                return True
            at += len(finger)
        return False
