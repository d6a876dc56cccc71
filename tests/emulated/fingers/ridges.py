"""Ridges that grow: the skin of a finger that belongs to nobody.

The way of SFinGe (Cappelli, Maio, Maltoni: "Synthetic Fingerprint-Image Generation", ICPR 2000): an
orientation field from loops and deltas (Sherlock, Monro: "A Model for Interpreting Fingerprint
Topology", 1993), then filters along it, applied again and again to noise, until ridges stand.
Endings and bifurcations come by themselves. All of it follows from a seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]
"""A grid of numbers, row by row from the fingertip down."""

SIDE: Final = 512
"""Pixels of a grown skin's side, at 500 dpi: 26 mm, more than any sensor sees at once."""
_DIRECTIONS: Final = 16
_ROUNDS: Final = 3
_KERNEL: Final = 33


class Pattern(Enum):
    """The classes of Henry. Most people have loops."""

    ARCH = "arch"
    LEFT_LOOP = "left-loop"
    RIGHT_LOOP = "right-loop"
    WHORL = "whorl"


@dataclass(frozen=True, slots=True)
class Skin:
    """A finger's skin.

    Attributes:
        seed: what it grew from; the same seed grows the same skin.
        pattern: its class.
    """

    seed: int
    pattern: Pattern

    def relief(self) -> Plane:
        """Heights of `SIDE` by `SIDE`: 1 on the ridges, -1 in the valleys."""
        return _grown(self.seed, self.pattern)


def skins(count: int, seed: int = 1) -> list[Skin]:
    """Different fingers, of all patterns in about the shares in which people have them."""
    dice = np.random.default_rng(seed)
    patterns = list(Pattern)
    return [
        Skin(seed * 10_000 + each, patterns[int(dice.choice(4, p=(0.08, 0.34, 0.30, 0.28)))])
        for each in range(count)
    ]


def _orientation(pattern: Pattern, dice: np.random.Generator) -> Plane:
    """The direction of the ridges at each point, in radians, clockwise as rows run downwards."""
    rows, columns = np.mgrid[0:SIDE, 0:SIDE].astype(np.float32)
    middle = SIDE / 2
    across, down = columns - middle, rows - middle

    def jitter(most: float) -> float:
        return float(dice.uniform(-most, most))

    waves = dice.uniform(0, 2 * np.pi, 6)
    lengths = dice.uniform(55, 110, 6)
    sway = 0.11 * sum(  # nobody's ridges follow a formula
        np.sin(across / lengths[each] + waves[each])
        * np.cos(down / lengths[each + 3] + waves[each + 3])
        for each in range(3)
    )

    if pattern is Pattern.ARCH:
        height = 0.9 + jitter(0.25)
        swell = np.exp(-(((down - 20) / 130) ** 2)) * np.exp(-((across / 190) ** 2))
        slope = height * swell * np.sin(across / (85 + jitter(10)))
        return np.asarray(np.arctan(slope) + sway, np.float32)
    if pattern is Pattern.WHORL:
        gap, reach = 58 + jitter(26), 125 + jitter(25)
        loops = [(jitter(6), -gap / 2), (jitter(6), gap / 2)]
        deltas = [(-105 + jitter(25), reach + jitter(20)), (105 + jitter(25), reach)]
    else:
        side = 1 if pattern is Pattern.LEFT_LOOP else -1
        loops = [(jitter(14), -15 + jitter(18))]
        deltas = [(side * (85 + jitter(30)), 125 + jitter(35))]
    turned = np.zeros((SIDE, SIDE), np.float32)
    for x, y in loops:
        turned += np.arctan2(down - y, across - x)
    for x, y in deltas:
        turned -= np.arctan2(down - y, across - x)
    return np.asarray(turned / 2 + sway, np.float32)


def _filter(direction: float, period: float) -> Plane:
    """A Gabor filter along a direction, without its mean."""
    half = _KERNEL // 2
    rows, columns = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    across = -columns * np.sin(direction) + rows * np.cos(direction)
    shape = np.exp(-(rows**2 + columns**2) / (2 * (period * 0.55) ** 2))
    kernel = shape * np.cos(2 * np.pi * across / period)
    kernel -= kernel.mean()
    return np.asarray(kernel / np.abs(kernel).sum(), np.float32)


@lru_cache(maxsize=64)
def _grown(seed: int, pattern: Pattern) -> Plane:
    dice = np.random.default_rng(seed)
    field = np.mod(_orientation(pattern, dice), np.pi)
    period = float(dice.uniform(8.2, 9.8))
    nearest = np.round(field / np.pi * _DIRECTIONS).astype(int) % _DIRECTIONS
    spectra = []
    for each in range(_DIRECTIONS):
        padded = np.zeros((SIDE, SIDE), np.float32)
        padded[:_KERNEL, :_KERNEL] = _filter(each * np.pi / _DIRECTIONS, period)
        padded = np.roll(padded, (-(_KERNEL // 2), -(_KERNEL // 2)), (0, 1))
        spectra.append(np.fft.rfft2(padded))
    skin = dice.normal(0, 0.3, (SIDE, SIDE)).astype(np.float32)
    for _ in range(_ROUNDS):
        whole = np.fft.rfft2(skin)
        fresh = np.zeros_like(skin)
        for each, spectrum in enumerate(spectra):
            here = nearest == each
            fresh[here] = np.fft.irfft2(whole * spectrum, (SIDE, SIDE))[here]
        skin = np.tanh(fresh * (3 / max(1e-6, float(np.abs(fresh).mean()))) * 0.5)
    skin.setflags(write=False)
    return np.asarray(skin, np.float32)
