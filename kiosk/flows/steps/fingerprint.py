"""Two fingers, one of each hand (R-001-2), with another way on every page (EN 301 549, 5.3).

    Notice -> ChooseFinger -> TakingFinger -> (the other hand) -> Review -> (the errand's next page)
    ChooseFinger | TakingFinger | FingerFailed -> ChooseExcuse -> (the other hand)
    Review -> ComparingFinger -> Review

Templates live in these states alone, without `repr`; no draft is kept in any of them. On every page
`Refused` takes another way, and what was taken is forgotten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hw.finger_readings import (
    Finger,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
    Hand,
)
from kiosk.flows.candidate import Candidate
from sync.model.identification import Excuse

PREPARING = FingerProgress(FingerPhase.PREPARING)
"""Before the first step of a taking is told."""
PREPARING_ONE = FingerProgress(FingerPhase.PREPARING, wanted=1)
"""The same where one picture does."""

HANDS = (Hand.RIGHT, Hand.LEFT)
"""In the order in which they are asked for."""

NO_FINGER = "no-finger"
"""`OptionChosen` of "I cannot use this hand", on `ChooseFinger`, `TakingFinger`, `FingerFailed`."""
OTHER_FINGER = "other-finger"
"""`OptionChosen` of "another finger", on `TakingFinger` and `FingerFailed`."""
COMPARE = "compare"
"""`OptionChosen` of "try it", on `Review`."""
RETAKE = "retake-"
"""`OptionChosen` of "take again", on `Review`, followed by the hand: `retake-left`."""


@dataclass(frozen=True, slots=True)
class ExcusedHand:
    """A hand of which no finger can be taken; `finger` is the one that was asked for."""

    hand: Hand
    excuse: Excuse
    finger: Finger = Finger.INDEX


@dataclass(frozen=True, slots=True, repr=False)
class Fingers:
    """What became of each hand so far, in the order of `HANDS`."""

    done: tuple[FingerTemplate | ExcusedHand, ...] = ()

    def __repr__(self) -> str:
        return f"Fingers({len(self.done)})"

    def of(self, hand: Hand) -> FingerTemplate | ExcusedHand | None:
        """What became of a hand."""
        return next((one for one in self.done if hand_of(one) is hand), None)

    @property
    def templates(self) -> tuple[FingerTemplate, ...]:
        """The fingers that were taken."""
        return tuple(one for one in self.done if isinstance(one, FingerTemplate))

    @property
    def missing(self) -> Hand | None:
        """The first hand of which nothing is known yet."""
        return next((hand for hand in HANDS if self.of(hand) is None), None)

    def having(self, result: FingerTemplate | ExcusedHand) -> Fingers:
        """The same with what became of one hand; what was known of that hand is gone."""
        known = {hand: self.of(hand) for hand in HANDS}
        known[hand_of(result)] = result
        return Fingers(tuple(one for one in known.values() if one is not None))

    def without(self, hand: Hand) -> Fingers:
        """The same without a hand, to take it again."""
        return Fingers(tuple(one for one in self.done if hand_of(one) is not hand))


def hand_of(result: FingerTemplate | ExcusedHand) -> Hand:
    """Of which hand something is known."""
    return result.hand if isinstance(result, ExcusedHand) else result.position.hand


@dataclass(frozen=True, slots=True)
class Notice:
    """What happens with fingers, before the first one (GDPR art. 9): `Continued`, `Refused`."""

    errand: Candidate


@dataclass(frozen=True, slots=True)
class ChooseFinger:
    """Which finger of this hand: `OptionChosen` of a `Finger`'s value, `NO_FINGER`, `Refused`."""

    errand: Candidate
    fingers: Fingers
    hand: Hand


@dataclass(frozen=True, slots=True)
class ChooseExcuse:
    """Why no finger of this hand: `OptionChosen` of an `Excuse`'s value, `Refused`."""

    errand: Candidate
    fingers: Fingers
    hand: Hand
    finger: Finger = Finger.INDEX


@dataclass(frozen=True, slots=True)
class TakingFinger:
    """The finger is waited for and taken; the page follows `progress`.

    Phase RECOVERING says that the sensor is away; the taking goes on by itself when it is back.
    `OptionChosen(OTHER_FINGER | NO_FINGER)`, `Refused`, `Back`.
    """

    errand: Candidate
    fingers: Fingers
    position: FingerPosition
    progress: FingerProgress = PREPARING


@dataclass(frozen=True, slots=True)
class ComparingFinger:
    """The finger is waited for once more and compared with its template; `Refused`, `Back`.

    `same` is what the trial before said: who leaves this one is where she was.
    """

    errand: Candidate
    fingers: Fingers
    template: FingerTemplate = field(repr=False)
    progress: FingerProgress = PREPARING_ONE
    same: bool | None = None


@dataclass(frozen=True, slots=True)
class FingerFailed:
    """No finger could be taken; `Continued` tries again.

    `OptionChosen(OTHER_FINGER | NO_FINGER)`, `Refused`, `Back`.

    Attributes:
        errand: on whose behalf.
        fingers: what was taken before.
        position: which finger was asked for.
        code: failure code.
        away: the sensor was told to be away while this page stood; when it is back, the taking
            goes on by itself.
        comparing: what the finger was to be compared with; None where it was to be taken.
        same: what the comparison before said; None before.
    """

    errand: Candidate
    fingers: Fingers
    position: FingerPosition
    code: str
    away: bool = False
    comparing: FingerTemplate | None = field(default=None, repr=False)
    same: bool | None = None


@dataclass(frozen=True, slots=True)
class Review:
    """What was taken of each hand: `Continued`, `OptionChosen(COMPARE)`, `RETAKE` and a hand.

    A finger that was tried and did not match goes nowhere: it is tried again, its hand is taken
    again, or another way is taken.

    Attributes:
        errand: on whose behalf.
        fingers: one of each hand, at least one of them a template.
        same: whether the finger that was tried is the one that was taken; None before.
    """

    errand: Candidate
    fingers: Fingers
    same: bool | None = None


FingerprintState = (
    Notice | ChooseFinger | ChooseExcuse | TakingFinger | ComparingFinger | FingerFailed | Review
)
