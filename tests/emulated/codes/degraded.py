"""The degraded set: 204 pictures of 1280 by 720 with one code each, the same ones every time.

102 Code 39 with codici fiscali (module 1.4 to 2.1 pixels) and 102 QR codes (2.5 to 6 pixels), in
seventeen conditions, six of each kind in each: turned, tilted, out of focus, moved, in low light,
with noise, under a glare, and mixes of these.
"""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from hw.pictures import Frame, PixelFormat, Symbology
from tests.emulated.codes import drawing

WIDTH, HEIGHT = 1280, 720
EACH: Final = 6
"""Pictures of each kind in each condition."""

_FINE: Final = 8  # pixels of a module before it is brought to its size
_OVER: Final = 2  # the scene is drawn at twice its size


@dataclass(frozen=True, slots=True)
class Condition:
    """How a code is seen.

    Attributes:
        turned: degrees in its plane.
        tilted: how much smaller its far edge is, 0 to 0.5.
        blur: sigma of the defocus, in pixels.
        motion: length of the smear, in pixels.
        light: 1 is full daylight.
        noise: sigma of the sensor's noise, in grey levels.
        glare: whether a lamp is mirrored in it.
    """

    name: str
    turned: float = 0.0
    tilted: float = 0.0
    blur: float = 0.0
    motion: int = 0
    light: float = 1.0
    noise: float = 2.0
    glare: bool = False


CONDITIONS: Final = (
    Condition("clean"),
    Condition("turned-8", turned=8),
    Condition("turned-15", turned=15),
    Condition("turned-30", turned=30),
    Condition("turned-90", turned=90),
    Condition("tilted-15", tilted=0.15),
    Condition("tilted-30", tilted=0.3),
    Condition("blur-0.8", blur=0.8),
    Condition("blur-1.2", blur=1.2),
    Condition("blur-1.6", blur=1.6),
    Condition("motion-4", motion=4),
    Condition("motion-7", motion=7),
    Condition("light-0.25", light=0.25, noise=4),
    Condition("light-0.12", light=0.12, noise=4),
    Condition("noise-18", noise=18),
    Condition("glare", glare=True),
    Condition("mixed", turned=10, tilted=0.1, blur=0.7, light=0.5, noise=6),
)


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture of the set.

    Attributes:
        condition: name of how it is seen.
        symbology: of the code.
        text: what the code says.
        frame: the picture, grey.
    """

    condition: str
    symbology: Symbology
    text: str
    frame: Frame


def degraded_set(counts: Collection[int] = range(EACH)) -> Iterator[Picture]:
    """The set, or a part of it: of each kind and condition the pictures with these counts.

    The higher the count, 0 to 5, the wider the modules.
    """
    for place, condition in enumerate(CONDITIONS):
        for symbology in (Symbology.CODE_39, Symbology.QR):
            for count in counts:
                seed = (place * 2 + (symbology is Symbology.QR)) * EACH + count
                yield _picture(condition, symbology, count, seed)


def _picture(condition: Condition, symbology: Symbology, count: int, seed: int) -> Picture:
    dice = random.Random(seed)
    share = count / (EACH - 1)
    if symbology is Symbology.CODE_39:
        text = drawing.codice_fiscale(dice)
        code = drawing.code_39(text, narrow=_FINE, tall=50)
        module = 1.4 + 0.7 * share
    else:
        alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
        text = "SPT1:" + "".join(dice.choice(alphabet) for _ in range(60))
        code = drawing.qr(text, module=_FINE)
        module = 2.5 + 3.5 * share
    frame = seen(code, module, condition, seed=seed)
    return Picture(condition.name, symbology, text, frame)


def seen(
    code: Image.Image, module: float, condition: Condition, *, seed: int = 0, number: int = 0
) -> Frame:
    """A picture of `code`, drawn at 8 pixels a module, on a card before the camera."""
    rng = np.random.default_rng(seed)
    scene = _placed(code, module * _OVER, condition, rng)
    if condition.blur:
        scene = scene.filter(ImageFilter.GaussianBlur(condition.blur * _OVER))
    values = np.asarray(scene.reduce(_OVER), dtype=np.float32)
    if condition.motion:
        values = _smeared(values, condition.motion)
    if condition.glare:
        values = _mirrored_lamp(values, rng)
    dimmed = values * condition.light + rng.normal(0, condition.noise, values.shape)
    pixels = np.clip(dimmed, 0, 255).astype(np.uint8).tobytes()
    return Frame(WIDTH, HEIGHT, PixelFormat.GREY, pixels, number, 0.0)


def _placed(
    code: Image.Image, module: float, condition: Condition, rng: np.random.Generator
) -> Image.Image:
    """The code on a light card on a dark table, at twice the picture's size."""
    size = WIDTH * _OVER, HEIGHT * _OVER
    scale = module / _FINE
    small = code.resize(
        (round(code.width * scale), round(code.height * scale)), Image.Resampling.BOX
    )
    card = Image.new("L", (small.width + 160, small.height + 240), 235)
    card.paste(small.point([round(30 + value * 205 / 255) for value in range(256)]), (80, 120))
    middle = size[0] / 2 + rng.uniform(-60, 60), size[1] / 2 + rng.uniform(-60, 60)
    angle = np.radians(condition.turned)
    # Where the card's corners come to lie; its right edge is the far one.
    near, far = card.height / 2, card.height / 2 * (1 - condition.tilted)
    reach = card.width / 2 * (1 - condition.tilted / 2)
    corners = [(-reach, -near), (reach, -far), (reach, far), (-reach, near)]
    turned = [
        (
            middle[0] + x * np.cos(angle) - y * np.sin(angle),
            middle[1] + x * np.sin(angle) + y * np.cos(angle),
        )
        for x, y in corners
    ]
    source = [(0, 0), (card.width, 0), (card.width, card.height), (0, card.height)]
    return card.transform(
        size,
        Image.Transform.PERSPECTIVE,
        _perspective(turned, source),
        Image.Resampling.BICUBIC,
        fillcolor=70,
    )


def _perspective(seen_at: list[tuple[float, float]], source: list[tuple[int, int]]) -> list[float]:
    """The eight coefficients that lead from the picture back to the card."""
    rows, values = [], []
    for (x, y), (u, v) in zip(seen_at, source, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return [float(value) for value in np.linalg.solve(np.array(rows), np.array(values))]


def _smeared(values: NDArray[np.float32], length: int) -> NDArray[np.float32]:
    """Moved along the rows while the shutter was open."""
    total = np.zeros_like(values)
    for shift in range(length):
        total += np.roll(values, shift - length // 2, axis=1)
    return (total / length).astype(np.float32)


def _mirrored_lamp(values: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """A bright round spot over a part of the code."""
    rows, columns = np.mgrid[0:HEIGHT, 0:WIDTH]
    x, y = WIDTH / 2 + rng.uniform(-120, 120), HEIGHT / 2 + rng.uniform(-40, 40)
    spot = np.exp(-(((columns - x) / 70) ** 2 + ((rows - y) / 45) ** 2))
    lit: NDArray[np.float32] = (values + 210 * spot).astype(np.float32)
    return lit
