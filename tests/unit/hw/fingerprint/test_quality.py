"""The gate: good pictures pass, and what is advised is right, over fingers that nobody tuned."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from hw.finger_readings import FingerAdvice
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.quality import GOOD_ENOUGH, PictureQuality, judge, measure
from tests.contract.fingerprint.recordings import SAMPLES, captured, sample
from tests.emulated.fingers.impressions import (
    DRY,
    GOOD,
    HEIGHT,
    OFF_CENTRE,
    OLD,
    PARTIAL,
    PRESSED,
    SLIPPED,
    WET,
    WIDTH,
    Impression,
    empty_pane,
    everyday,
    impress,
)
from tests.emulated.fingers.ridges import skins

FINGERS = skins(8, seed=2077)
"""Not those on which the gate was set."""


def judged(kind: Impression) -> list[PictureQuality]:
    pictures = [
        FingerPicture(WIDTH, HEIGHT, 500, bytearray(impress(skin, everyday(900 + at, kind))))
        for at, skin in enumerate(FINGERS)
    ]
    return [judge(each) for each in pictures]


def advice(kind: Impression) -> Counter[FingerAdvice | None]:
    return Counter(each.advice for each in judged(kind))


@pytest.mark.parametrize(
    "kind",
    [
        GOOD,
        OLD,
        replace(GOOD, moisture=0.4),
        replace(GOOD, moisture=-0.4),
        replace(GOOD, pressure=0.4),
        replace(GOOD, pressure=-0.5),
        replace(GOOD, turn=25),
        replace(GOOD, right=25, down=-20),
    ],
)
def test_fingers_as_people_lay_them_pass(kind: Impression) -> None:
    assert advice(kind)[None] == len(FINGERS)


@pytest.mark.parametrize(
    ("kind", "right"),
    [
        (WET, FingerAdvice.DRY_FINGER),
        (replace(WET, pressure=0.6), FingerAdvice.DRY_FINGER),
        (replace(WET, creases=7), FingerAdvice.DRY_FINGER),
        (DRY, FingerAdvice.MOISTEN_FINGER),
        (replace(DRY, pressure=0.6), FingerAdvice.MOISTEN_FINGER),
        (replace(DRY, creases=7), FingerAdvice.MOISTEN_FINGER),
        (PARTIAL, FingerAdvice.PRESS_MORE),
        (replace(PARTIAL, creases=7), FingerAdvice.PRESS_MORE),
        (OFF_CENTRE, FingerAdvice.CENTRE_FINGER),
        (replace(GOOD, right=-160), FingerAdvice.CENTRE_FINGER),
        (SLIPPED, FingerAdvice.HOLD_STILL),
        (replace(PRESSED, pressure=1.3), FingerAdvice.PRESS_LIGHTLY),
    ],
)
def test_the_advice_is_right(kind: Impression, right: FingerAdvice) -> None:
    found = advice(kind)
    wrong = {each for each in found if each not in (right, None)}
    assert found[right] >= 0.75 * len(FINGERS), found
    assert sum(found[each] for each in wrong) <= 1, found


WETNESS = [
    replace(GOOD, moisture=wet, pressure=pressure, coverage=coverage, creases=creases)
    for wet in (0.6, 1.0)
    for pressure, coverage, creases in ((0, 1, 0), (0.7, 1, 0), (-0.5, 0.5, 0), (0, 0.4, 7))
]


@pytest.mark.parametrize("kind", WETNESS)
def test_a_wet_finger_is_never_called_dry(kind: Impression) -> None:
    assert advice(kind)[FingerAdvice.MOISTEN_FINGER] == 0


@pytest.mark.parametrize("kind", [replace(each, moisture=-each.moisture) for each in WETNESS])
def test_a_dry_finger_is_never_called_wet(kind: Impression) -> None:
    found = advice(kind)
    assert found[FingerAdvice.DRY_FINGER] == 0
    assert found[FingerAdvice.PRESS_LIGHTLY] == 0


@pytest.mark.parametrize("name", SAMPLES)
def test_sample_prints_of_nist_pass(name: str) -> None:
    quality = judge(sample(name))
    assert quality.advice is None
    assert quality.score >= 80


@pytest.mark.parametrize("sensor", ["uru4000-4500", "uru4000-msv2"])
def test_a_knuckle_in_dots_is_not_good_and_not_wet(sensor: str) -> None:
    """What was laid on the recorded sensors: pale dots without a ridge that could be followed."""
    assert judge(captured(sensor)).advice is FingerAdvice.MOISTEN_FINGER


@pytest.mark.parametrize("sensor", ["vfs5011", "nb1010", "elanspi"])
def test_good_pictures_of_other_sensors_pass(sensor: str) -> None:
    assert judge(captured(sensor)).advice is None


def test_an_empty_pane_is_no_finger() -> None:
    pane = FingerPicture(WIDTH, HEIGHT, 500, bytearray(empty_pane()))
    assert judge(pane) == PictureQuality(0, FingerAdvice.PRESS_MORE, 0.0, 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 500), (13, 13), (500, 1), (40, 40)])
@pytest.mark.parametrize("grey", [0, 127, 255])
def test_odd_pictures_are_judged_all_the_same(size: tuple[int, int], grey: int) -> None:
    quality = judge(FingerPicture(*size, 500, bytearray([grey]) * (size[0] * size[1])))
    assert not quality.good
    assert 0 <= quality.score < GOOD_ENOUGH


def test_few_minutiae_make_a_picture_worthless() -> None:
    picture = FingerPicture(WIDTH, HEIGHT, 500, bytearray(impress(FINGERS[0])))
    middle = [(190 + each, 140 + 3 * each) for each in range(20)]
    assert judge(picture, middle).good
    assert judge(picture, middle).minutiae == 20
    assert not judge(picture, middle[:4]).good
    rim = [(3, 3)] * 40 + [(5000, 5000)] * 40
    assert judge(picture, rim).minutiae == 0


def test_the_picture_is_not_touched() -> None:
    pixels = bytearray(impress(FINGERS[0]))
    before = bytes(pixels)
    measure(FingerPicture(WIDTH, HEIGHT, 500, pixels))
    assert pixels == before


def test_finer_sensors_give_the_same_verdict() -> None:
    coarse = impress(FINGERS[0])
    rows = [coarse[at : at + WIDTH] for at in range(0, len(coarse), WIDTH)]
    doubled = [bytes(pixel for pixel in row for _ in range(2)) for row in rows]
    fine = bytearray(b"".join(row + row for row in doubled))
    once = judge(FingerPicture(WIDTH, HEIGHT, 500, bytearray(coarse)))
    twice = judge(FingerPicture(2 * WIDTH, 2 * HEIGHT, 1000, fine))
    assert once.good
    assert twice.good
    assert twice.area == pytest.approx(once.area, rel=0.1)
