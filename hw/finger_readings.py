"""Frozen values of fingerprints: which finger, what to do better, what was taken."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Hand(Enum):
    """Whose side, as the person sees it."""

    LEFT = "left"
    RIGHT = "right"


class Finger(Enum):
    """One of five; the order of ISO/IEC 19794-2, table 2, for each hand."""

    THUMB = "thumb"
    INDEX = "index"
    MIDDLE = "middle"
    RING = "ring"
    LITTLE = "little"


@dataclass(frozen=True, slots=True)
class FingerPosition:
    """One finger of a person."""

    hand: Hand
    finger: Finger


class FingerAdvice(Enum):
    """Why a picture is not good enough, as what the person can do about it."""

    PRESS_LIGHTLY = "press-lightly"
    """The ridges run into one another: too much pressure."""
    PRESS_MORE = "press-more"
    """Only a small part of the finger touches."""
    DRY_FINGER = "dry-finger"
    """Wet: dark and smeared."""
    MOISTEN_FINGER = "moisten-finger"
    """Dry: pale, the ridges are broken."""
    CENTRE_FINGER = "centre-finger"
    """The finger lies at an edge."""
    HOLD_STILL = "hold-still"
    """It moved, or was lifted early."""
    SAME_FINGER = "same-finger"
    """This is not the finger of the pictures before."""
    OTHER_FINGER = "other-finger"
    """This finger was taken already; the one that was asked for is wanted."""
    CLEAN_SENSOR = "clean-sensor"
    """Something is on the glass with no finger on it."""


class FingerPhase(Enum):
    """Where a taking stands."""

    PREPARING = "preparing"
    """The sensor is being opened."""
    PLACE = "place"
    """The finger is waited for."""
    TAKING = "taking"
    """It lies on the glass; the picture is being taken and looked at."""
    LIFT = "lift"
    """The picture is taken; the finger may be lifted."""
    RECOVERING = "recovering"
    """The sensor is away or is being mended; the taking goes on when it is back."""


@dataclass(frozen=True, slots=True)
class FingerProgress:
    """A step of a taking.

    Attributes:
        phase: where it stands.
        taken: good pictures so far.
        wanted: good pictures that it takes, three as a rule.
        advice: what was wrong with the last picture, None where it was good or there was none.
    """

    phase: FingerPhase
    taken: int = 0
    wanted: int = 3
    advice: FingerAdvice | None = None


FingerListener: TypeAlias = Callable[[FingerProgress], None]
"""Called on a thread of the sensor's; must return at once and must not raise."""


@dataclass(frozen=True, slots=True, repr=False)
class FingerTemplate:
    """What is kept of a finger: minutiae, never a picture.

    Attributes:
        position: which finger it was said to be.
        data: the template, in `format`.
        format: `libfprint.fp3`: what libfprint serialises (bozorth3 minutiae).
        quality: 0 to 100, of the best picture, by this product's own gate. It is not NFIQ 2 and
            must not be compared with it.
        minutiae: how many were found in the best picture.
        pictures: how many good pictures it was made of.
    """

    position: FingerPosition
    data: bytes
    format: str
    quality: int
    minutiae: int
    pictures: int

    def __repr__(self) -> str:
        return "FingerTemplate(...)"


@dataclass(frozen=True, slots=True)
class FingerComparison:
    """Whether a finger is the one of a template.

    Attributes:
        same: what bozorth3 says.
        milliseconds: how long the comparison itself took.
    """

    same: bool
    milliseconds: float
