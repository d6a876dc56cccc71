"""What would help a person whose card keeps losing contact, from how it was lost.

A contactless card lives from the reader's field. Where it falls off at once, the field does not
reach it; where it falls off as soon as it must compute, it gets too little; where it falls off now
and then, it is moved.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from hw.document_readings import Coaching, ReadingStage

_SHORT_CONTACT: Final = 0.4
"""Seconds. A card that is held falls off later than this."""
_SAME_SPOT: Final = 3
"""So many losses without any advance between them mean that its place is wrong."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss of contact.

    Attributes:
        stage: how far the reading was.
        seconds: that the contact had lasted.
        advanced: bytes of files that this contact had brought.
    """

    stage: ReadingStage
    seconds: float
    advanced: int


@dataclass(slots=True)
class Losses:
    """The losses of one reading, in their order."""

    all: list[Loss] = field(default_factory=list)

    def add(self, loss: Loss) -> None:
        """Count one more."""
        self.all.append(loss)

    @property
    def barren(self) -> int:
        """How many of the last losses came without any advance."""
        count = 0
        for loss in reversed(self.all):
            if loss.advanced:
                break
            count += 1
        return count

    def advice(self) -> Coaching | None:
        """What would help most; None without a loss.

        | the last losses                                  | advice               |
        |--------------------------------------------------|----------------------|
        | three or more without advance, again and again   | turn it over, then take it out |
        | at once, before any answer was worth anything    | take it out of the wallet |
        | while the chip computed (opening)                | lay it flat          |
        | while files came                                 | hold it still; from the third on, lay it flat |
        """
        if not self.all:
            return None
        last = self.all[-1]
        if self.barren >= _SAME_SPOT:
            # The two last means take turns, since only one of them is right.
            odd = (self.barren - _SAME_SPOT) % 2
            return Coaching.TAKE_OUT_OF_WALLET if odd else Coaching.TURN_OVER
        if last.stage is ReadingStage.WAITING and last.seconds < _SHORT_CONTACT:
            return Coaching.TAKE_OUT_OF_WALLET
        if last.stage in {ReadingStage.WAITING, ReadingStage.OPENING}:
            return Coaching.LAY_FLAT
        return Coaching.HOLD_STILL if len(self.all) < _SAME_SPOT else Coaching.LAY_FLAT
