"""Impressions: how one skin looks on a sensor, each time otherwise.

A finger lies a little turned and shifted, its skin is stretched, it is pressed too hard or hardly,
wet or dry, covers a part only, or moves. What is dark is ridge, as sensors' drivers deliver it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tests.emulated.fingers.ridges import SIDE, Plane, Skin

WIDTH: Final = 384
HEIGHT: Final = 290
"""A U.are.U 4500's pane: 384 by 290 pixels at about 512 dpi."""
_GLASS: Final = 243.0
"""Grey of the empty pane."""
_INK: Final = 80.0
"""Grey of a ridge that touches well."""


@dataclass(frozen=True, slots=True)
class Impression:
    """How a finger lies.

    Attributes:
        seed: of everything that is not said here: pores, grain, how the skin is stretched.
        turn: degrees, clockwise.
        right, down: shift of the finger on the pane, in pixels.
        stretch: most that a point of the skin is out of its place, in pixels; 2 is common.
        pressure: 0 as it should be, 1 far too hard, -1 hardly.
        moisture: 0 as it should be, 1 dripping, -1 parched.
        coverage: part of the usual area that touches.
        slip: pixels by which it moves while the picture is taken.
        creases: how many white lines cross it, as they do on old hands.
    """

    seed: int = 0
    turn: float = 0.0
    right: float = 0.0
    down: float = 0.0
    stretch: float = 1.5
    pressure: float = 0.0
    moisture: float = 0.0
    coverage: float = 1.0
    slip: float = 0.0
    creases: int = 0


GOOD: Final = Impression()
WET: Final = replace(GOOD, moisture=0.9)
DRY: Final = replace(GOOD, moisture=-0.9)
PRESSED: Final = replace(GOOD, pressure=0.9)
PARTIAL: Final = replace(GOOD, coverage=0.3, pressure=-0.3)
OFF_CENTRE: Final = replace(GOOD, right=150, down=20)
SLIPPED: Final = replace(GOOD, slip=22)
OLD: Final = replace(GOOD, creases=7, moisture=-0.35)
"""A finger of somebody of 75: creased, rather dry."""


def everyday(seed: int, kind: Impression = GOOD) -> Impression:
    """An impression of that kind as people really lay their finger: turned, shifted, stretched."""
    dice = np.random.default_rng(seed)
    return replace(
        kind,
        seed=seed,
        turn=kind.turn + float(dice.normal(0, 5)),
        right=kind.right + float(dice.normal(0, 10)),
        down=kind.down + float(dice.normal(0, 10)),
        stretch=float(dice.uniform(0.5, 2.5)),
        pressure=kind.pressure + float(dice.uniform(-0.12, 0.12)),
        moisture=kind.moisture + float(dice.uniform(-0.1, 0.1)),
    )


def impress(
    skin: Skin, impression: Impression = GOOD, width: int = WIDTH, height: int = HEIGHT
) -> bytes:
    """The picture that a sensor of that size gives: grey, row by row, ridges dark."""
    dice = np.random.default_rng((skin.seed, impression.seed))
    relief = _laid(skin.relief(), impression, width, height, dice)
    if impression.slip:
        relief = _slipped(relief, impression.slip, dice)
    touch = _touch(impression, width, height, dice)
    ink = _inked(relief, impression, dice) * touch * _creased(skin, impression, touch.shape)
    return _grey((_GLASS - _INK + 25 * impression.moisture) * ink, dice)


def empty_pane(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The pane with no finger."""
    return _grey(np.zeros((height, width), np.float32), np.random.default_rng(seed))


def stained_pane(seed: int = 0, width: int = WIDTH, height: int = HEIGHT) -> bytes:
    """The pane with grease on it and no finger: blots, the same each time but for the grain."""
    blots = _clouds(np.random.default_rng(4711), (height, width), 18.0)
    ink = np.clip(blots - 0.4, 0, 1) * 0.9
    return _grey((_GLASS - _INK) * ink, np.random.default_rng(seed))


def _grey(darkening: Plane, dice: np.random.Generator) -> bytes:
    """What the sensor tells of a pane that is darkened so, with its noise."""
    grey = _GLASS - darkening + dice.normal(0, 3.5, darkening.shape)
    return bytes(np.clip(grey, 0, 255).astype(np.uint8))


def _laid(
    relief: Plane, laid: Impression, width: int, height: int, dice: np.random.Generator
) -> Plane:
    """The skin as it lies on the pane: turned, shifted and stretched."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    across, down = columns - width / 2 - laid.right, rows - height / 2 - laid.down
    angle = np.deg2rad(laid.turn)
    x = across * np.cos(angle) + down * np.sin(angle)
    y = -across * np.sin(angle) + down * np.cos(angle)
    waves = dice.uniform(0, 2 * np.pi, 4)
    x, y = (
        x + laid.stretch * np.sin(y / 70 + waves[0]) * np.cos(x / 90 + waves[1]),
        y + laid.stretch * np.sin(x / 80 + waves[2]) * np.cos(y / 75 + waves[3]),
    )
    return _sampled(relief, x + SIDE / 2, y + SIDE / 2)


def _sampled(plane: Plane, x: Plane, y: Plane) -> Plane:
    """Values between the points of a plane, bilinear; at its edges the plane goes on around."""
    left, top = np.floor(x).astype(int), np.floor(y).astype(int)
    right_part, lower_part = x - left, y - top

    def at(column: NDArray[np.int_], row: NDArray[np.int_]) -> Plane:
        return plane[row % SIDE, column % SIDE]

    upper = at(left, top) * (1 - right_part) + at(left + 1, top) * right_part
    lower = at(left, top + 1) * (1 - right_part) + at(left + 1, top + 1) * right_part
    return np.asarray(upper * (1 - lower_part) + lower * lower_part, np.float32)


def _slipped(relief: Plane, pixels: float, dice: np.random.Generator) -> Plane:
    """What a pane sees of a finger that moves on while it looks."""
    angle = dice.uniform(0.6, 2.5)
    steps = np.linspace(0, pixels, 9)
    shots = [
        np.roll(relief, (round(s * np.sin(angle)), round(s * np.cos(angle))), (0, 1)) for s in steps
    ]
    return np.asarray(np.mean(shots, axis=0), np.float32)


def _touch(laid: Impression, width: int, height: int, dice: np.random.Generator) -> Plane:
    """How well each point touches: 1 in the middle of the fingertip, 0 beside it."""
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    scale = np.sqrt(max(laid.coverage, 0.01)) * (1 + 0.12 * laid.pressure)
    x = (columns - width / 2 - laid.right) / (115 * scale)
    y = (rows - height / 2 - laid.down) / (140 * scale)
    ragged = 0.06 * _clouds(dice, (height, width), 7.0)
    distance = np.sqrt(x * x + y * y) + ragged
    return np.asarray(1 / (1 + np.exp((distance - 1) * 18)), np.float32)


def _creased(skin: Skin, laid: Impression, shape: tuple[int, ...]) -> Plane:
    """0 in the creases of the skin, which lie where they lie, 1 elsewhere."""
    dice = np.random.default_rng((skin.seed, 75))
    height, width = shape
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    left = np.ones((height, width), np.float32)
    angle = np.deg2rad(laid.turn)
    for _ in range(laid.creases):
        lean = angle + dice.normal(0, 0.5)
        x = columns - width / 2 - laid.right - dice.normal(0, 50)
        y = rows - height / 2 - laid.down - dice.normal(0, 70)
        across = -x * np.sin(lean) + y * np.cos(lean)
        along = x * np.cos(lean) + y * np.sin(lean)
        width_here = 1.6 * np.exp(-((along / dice.uniform(25, 70)) ** 2)) + 1e-3
        left *= 1 - np.exp(-((across / width_here) ** 2))
    return left


def _inked(relief: Plane, laid: Impression, dice: np.random.Generator) -> Plane:
    """From heights to how dark: thick or thin ridges, pores, cracks of dry skin, films of water."""
    wet, dry = max(laid.moisture, 0.0), max(-laid.moisture, 0.0)
    lift = 0.75 * laid.pressure + 0.55 * wet - 0.35 * dry
    ink = 1 / (1 + np.exp(-(relief + lift - 0.05) * 4))
    grain = dice.normal(0, 1, relief.shape).astype(np.float32)
    pores = _soft(grain, 1.0)
    ink *= 1 - 0.35 * max(0.0, 1 - laid.pressure) * (pores / pores.std() > 1.9)  # pressed shut
    if dry:
        cracks = _soft(dice.normal(0, 1, relief.shape).astype(np.float32), 1.1)
        cracks /= cracks.std()
        ink *= 1 / (1 + np.exp(-(cracks - (3.2 * dry - 2.6)) * 5))
        ink *= 1 - 0.25 * dry
    if wet:
        film = _clouds(dice, relief.shape, 11.0)
        smeared = _soft(ink, 1 + 3.0 * wet)
        share = np.clip(wet * (0.85 + 0.35 * film), 0, 1)
        ink = ink * (1 - share) + share * np.clip(smeared * (1 + 0.55 * wet), 0, 1)
    return np.asarray(ink, np.float32)


def _clouds(dice: np.random.Generator, shape: tuple[int, ...], size: float) -> Plane:
    """Soft random blots of about that size in pixels, mean 0 and deviation 1."""
    soft = _soft(dice.normal(0, 1, shape).astype(np.float32), size)
    return np.asarray((soft - soft.mean()) / soft.std(), np.float32)


def _soft(plane: Plane, sigma: float) -> Plane:
    """A Gaussian blur."""
    down = np.fft.fftfreq(plane.shape[0])[:, None]
    across = np.fft.rfftfreq(plane.shape[1])[None, :]
    gauss = np.exp(-2 * (np.pi * sigma) ** 2 * (down**2 + across**2))
    return np.asarray(np.fft.irfft2(np.fft.rfft2(plane) * gauss, plane.shape), np.float32)
