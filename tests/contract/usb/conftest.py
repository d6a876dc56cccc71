"""A recorded finger, and an emulated sensor with its driver."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from hw.fingerprint.picture_source import FingerPicture, SourceStep
from hw.fingerprint.uru4000_source import Uru4000Source
from tests.emulated.usb.uru4000 import EmulatedUru4000, as_sent

RECORDING = (
    Path(__file__).parents[3]
    / "build/recordings/usr/share/installed-tests/libfprint-2/uru4000-4500"
)
"""Fetched by requirements/fetch-recordings."""


@pytest.fixture(scope="session")
def recorded_finger() -> bytes:
    """The finger of the recording, as libfprint saw it: 384 x 290, grey."""
    with Image.open(RECORDING / "capture.png") as picture:
        return picture.convert("L").tobytes()


@pytest.fixture
def sensor() -> Iterator[EmulatedUru4000]:
    """A sensor in its port, with nothing on the glass."""
    with EmulatedUru4000() as made:
        yield made


@pytest.fixture
def source(sensor: EmulatedUru4000) -> Iterator[Uru4000Source]:
    """Its driver, not open."""
    made = Uru4000Source(sensor.environment())
    yield made
    made.close()


def soon(seconds: float = 5.0) -> float:
    """A deadline."""
    return time.monotonic() + seconds


def take(source: Uru4000Source) -> bytes:
    """One picture of the finger that lies there."""
    picture = source.picture(lambda _: None, soon())
    assert isinstance(picture, FingerPicture), picture
    pixels = bytes(picture.pixels)
    picture.wipe()
    return pixels


def steps_and_picture(
    source: Uru4000Source, seconds: float
) -> tuple[list[SourceStep], FingerPicture]:
    """What is told while a picture is taken, and the picture."""
    steps: list[SourceStep] = []
    picture = source.picture(steps.append, soon(seconds))
    assert isinstance(picture, FingerPicture), picture
    return steps, picture


def same(pixels: bytes, shown: bytes) -> bool:
    """Whether a picture is what the sensor can give of what lay on it."""
    return pixels == as_sent(shown)
