"""The quality gate: whether a picture of a finger will do, and what its owner can do better.

It looks at blocks of a good ridge's width and a half, and asks of each: how dark are its valleys,
how dark its ridges, does it flow in one direction. From that come a few factors between 0 and 1;
their product is the quality, and the worst of them names the advice. This is no NFIQ 2 (ISO/IEC
29794-4), is not calibrated against it, and must not be called so; `QualityGate` is the port behind
which NFIQ 2 can stand.

Darkness is taken against the brightest part of the picture, so that a pane's own grey does not
count, and judged relative to the ridges of the same picture wherever one can: sensors differ. Wet
and dry are never told by darkness alone: the valleys of a wet finger are filled, those of a dry one
are empty.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from hw.finger_readings import FingerAdvice
from hw.fingerprint.picture_source import FingerPicture

Plane: TypeAlias = NDArray[np.float32]

GOOD_ENOUGH: Final = 45
"""Quality from which a picture will do."""
_MM_PER_INCH: Final = 25.4
_BLOCK_MM: Final = 0.61
"""12 pixels at 500 dpi; a ridge and a valley take 0.4 to 0.55 mm together."""
_TOUCHED: Final = 0.12
"""Darkness from which something lies on a block."""
_WET_VALLEY: Final = 0.38
_WET_CONTRAST: Final = 0.40
_CLEAR_CONTRAST: Final = 0.30
_CLEAR_FLOW: Final = 0.40
_NOTHING_MM2: Final = 8.0
_FEWEST_BLOCKS: Final = 3
"""Across and down, below which there is no picture to speak of."""
_BAD: Final = 0.35


@dataclass(frozen=True, slots=True)
class PictureQuality:
    """What the gate says of a picture.

    Attributes:
        score: 0 to 100.
        advice: what the person can do better; None where the picture will do.
        area: square millimetres that touch.
        minutiae: how many were counted, away from the rim; 0 where nobody looked.
    """

    score: int
    advice: FingerAdvice | None
    area: float
    minutiae: int

    @property
    def good(self) -> bool:
        """Whether the picture will do."""
        return self.advice is None


class QualityGate(Protocol):
    """Judges a picture: `judge` here, or NFIQ 2 with advice of its own."""

    def __call__(
        self, picture: FingerPicture, spots: Sequence[tuple[int, int]] | None = None
    ) -> PictureQuality:
        """The quality of a picture, which is not changed.

        Args:
            picture: ridges dark.
            spots: its minutiae, in its pixels; None where they have not been looked for.
        """
        ...


@dataclass(frozen=True, slots=True)
class PictureMeasures:
    """What is measured of a picture; means over the blocks that touch wholly.

    Attributes:
        area: mm2 that touch wholly.
        pane: mm2 of the whole picture.
        valley, ridge: darkness (0 the empty pane, 1 black) of the lightest and darkest eighth.
        duty: where between them the median lies; 0.5 where ridges are as wide as valleys.
        flow: how much the gradients of a block agree on a direction, 0 to 1.
        clear: share of blocks with ridges that can be followed.
        flooded: share of blocks whose valleys are filled.
        drift: how much contrast hangs on the direction of the ridges: a movement wipes out the
            ridges across it and spares those along it.
        off_centre: distance of the finger from the middle, as a part of half the pane; 0 where it
            lies on no rim.
        counted: minutiae on the blocks that touch wholly.
    """

    area: float
    pane: float
    valley: float
    ridge: float
    duty: float
    flow: float
    clear: float
    flooded: float
    drift: float
    off_centre: float
    counted: int


def judge(picture: FingerPicture, spots: Sequence[tuple[int, int]] | None = None) -> PictureQuality:
    """See `QualityGate`. Takes about 5 ms for a U.are.U 4500's picture."""
    found = measure(picture, spots or ())
    factors = _factors(found, counted=spots is not None)
    score = 100.0
    for value, _ in factors:
        score *= value
    advice = _reason(factors) if score < GOOD_ENOUGH else None
    return PictureQuality(round(score), advice, found.area, found.counted)


def _reason(factors: Sequence[tuple[float, FingerAdvice]]) -> FingerAdvice:
    """The first factor that is bad, as it hides what stands behind it; else the worst."""
    for value, advice in factors:
        if value < _BAD:
            return advice
    return min(factors, key=lambda each: each[0])[1]


def _ramp(value: float, none: float, full: float) -> float:
    """0 at `none` and beyond, 1 at `full` and beyond, straight between."""
    return min(1.0, max(0.0, (value - none) / (full - none)))


def _factors(found: PictureMeasures, *, counted: bool) -> list[tuple[float, FingerAdvice]]:
    """The factors of the quality, what hides others first."""
    enough = max(1.0, min(75.0, 0.5 * found.pane))
    pale = found.ridge < 0.36 and found.valley < 0.2 and found.flow < 0.5
    unclear = FingerAdvice.MOISTEN_FINGER if pale else FingerAdvice.HOLD_STILL
    factors = [
        (_ramp(found.area, 0.2 * _NOTHING_MM2, _NOTHING_MM2), FingerAdvice.PRESS_MORE),
        (_ramp(found.flooded, 0.60, 0.30), FingerAdvice.DRY_FINGER),
        (_dampness(found), FingerAdvice.MOISTEN_FINGER),
        (_ramp(found.off_centre, 0.70, 0.40), FingerAdvice.CENTRE_FINGER),
        (_ramp(found.area, 0.4 * enough, enough), FingerAdvice.PRESS_MORE),
        (_ramp(found.drift, 0.45, 0.25), FingerAdvice.HOLD_STILL),
        (_ramp(found.duty, 0.68, 0.56), FingerAdvice.PRESS_LIGHTLY),
        (_ramp(found.clear, 0.15, 0.60), unclear),
    ]
    if counted:
        few = FingerAdvice.PRESS_MORE if found.area < enough else FingerAdvice.HOLD_STILL
        factors.append((_ramp(found.counted, 6, 16), few))
    return factors


def _dampness(found: PictureMeasures) -> float:
    """1 where the finger is not dry. Dry: pale, in dots without a direction, empty valleys."""
    pale = _ramp(found.ridge, 0.22, 0.38)
    dotted = _ramp(found.flow, 0.36, 0.60)
    thin = _ramp(found.duty, 0.10, 0.26)
    return max(pale, dotted) * max(thin, 0.5) if found.valley < _WET_VALLEY else 1.0


def measure(picture: FingerPicture, spots: Sequence[tuple[int, int]] = ()) -> PictureMeasures:
    """Measure a picture; an empty pane gives zeroes."""
    side = max(4, round(_BLOCK_MM * picture.dpi / _MM_PER_INCH))
    rows, columns = picture.height // side, picture.width // side
    square = (side * _MM_PER_INCH / picture.dpi) ** 2
    pane = rows * columns * square
    if rows < _FEWEST_BLOCKS or columns < _FEWEST_BLOCKS:
        return _nothing(pane)
    plane = _darkness(picture)
    dark = plane[: rows * side, : columns * side]
    blocks = dark.reshape(rows, side, columns, side).swapaxes(1, 2).reshape(rows, columns, -1)
    low, middle, high = np.percentile(blocks, (12, 50, 88), axis=2, overwrite_input=True)
    flow, direction = _flow(dark, rows, columns, side)
    for each in (plane, blocks):
        each.fill(0)
    whole = _inner(high > _TOUCHED)
    count = int(whole.sum())
    if not count:
        return _nothing(pane)
    contrast = high - low
    clear = whole & (contrast > _CLEAR_CONTRAST * high) & (flow > _CLEAR_FLOW)
    flooded = whole & (low > _WET_VALLEY) & (contrast < _WET_CONTRAST * high)
    relative = contrast[whole] / np.maximum(high[whole], 1e-3)
    turned = (relative - relative.mean()) * np.exp(2j * direction[whole])
    counted = sum(
        1
        for x, y in spots
        if y // side < rows and x // side < columns and whole[y // side, x // side]
    )
    return PictureMeasures(
        area=count * square,
        pane=pane,
        valley=float(low[whole].mean()),
        ridge=float(high[whole].mean()),
        duty=float(((middle - low)[whole] / np.maximum(contrast[whole], 1e-3)).mean()),
        flow=float(flow[whole].mean()),
        clear=float(clear.sum() / count),
        flooded=float(flooded.sum() / count),
        drift=float(abs(turned.mean()) / max(float(relative.std()), 0.08)),
        off_centre=_off_centre(whole),
        counted=counted,
    )


def _nothing(pane: float) -> PictureMeasures:
    return PictureMeasures(
        area=0,
        pane=pane,
        valley=0,
        ridge=0,
        duty=0,
        flow=0,
        clear=0,
        flooded=0,
        drift=0,
        off_centre=0,
        counted=0,
    )


def _darkness(picture: FingerPicture) -> Plane:
    """Darkness of each pixel against the pane, a little smoothed."""
    grey = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
    sorted_ = grey.copy()
    pane = max(1.0, float(np.percentile(sorted_, 97, overwrite_input=True)))
    # In place, as numpy wipes nothing of what it takes for an expression's parts.
    dark = grey.astype(np.float32)
    np.subtract(np.float32(pane), dark, out=dark)
    dark /= np.float32(pane)
    np.clip(dark, 0, 1, out=dark)
    padded = np.pad(dark, 1, mode="edge")
    down = 2 * padded[1:-1]
    down += padded[:-2]
    down += padded[2:]
    down /= 4
    made = 2 * down[:, 1:-1]
    made += down[:, :-2]
    made += down[:, 2:]
    made /= 4
    sorted_.fill(0)
    for each in (dark, padded, down):
        each.fill(0)
    return np.asarray(made, np.float32)


def _inner(touched: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Blocks that touch with all four neighbours; the picture's rim counts as touching."""
    around = np.pad(touched, 1, constant_values=True)
    return touched & around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:]


def _flow(dark: Plane, rows: int, columns: int, side: int) -> tuple[Plane, Plane]:
    """How well each block's gradients agree (0 to 1), and their direction in radians."""
    down, across = _slope(dark), _slope(dark.T).T
    product = np.empty_like(dark)

    def mean(one: Plane, other: Plane) -> Plane:
        np.multiply(one, other, out=product)
        blocks = product.reshape(rows, side, columns, side).mean((1, 3))
        return np.asarray(blocks, np.float32)

    xx, yy, xy = mean(across, across), mean(down, down), mean(across, down)
    strength = np.hypot(xx - yy, 2 * xy) / (xx + yy + 1e-6)
    direction = np.arctan2(2 * xy, xx - yy) / 2
    for each in (down, across, product):
        each.fill(0)
    return np.asarray(strength, np.float32), np.asarray(direction, np.float32)


def _slope(plane: Plane) -> Plane:
    """How it rises from row to row; as `numpy.gradient`, without what that leaves behind."""
    made = np.empty_like(plane)
    np.subtract(plane[2:], plane[:-2], out=made[1:-1])
    made[1:-1] *= 0.5
    np.subtract(plane[1], plane[0], out=made[0])
    np.subtract(plane[-1], plane[-2], out=made[-1])
    return made


def _off_centre(whole: NDArray[np.bool_]) -> float:
    """How far the finger lies from the middle, where a rim of the pane cuts it off."""
    rows, columns = np.nonzero(whole)
    height, width = whole.shape
    x = 2 * float(columns.mean() + 0.5) / width - 1
    y = 2 * float(rows.mean() + 0.5) / height - 1
    cut_x = whole[:, -1].any() if x > 0 else whole[:, 0].any()
    cut_y = whole[-1].any() if y > 0 else whole[0].any()
    return max(abs(x) if cut_x else 0.0, abs(y) if cut_y else 0.0)
