"""Sensors that send anything, and pictures and templates of anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

import numpy as np

from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, FingerTemplate, Hand
from hw.fingerprint.libfprint import LibfprintMatcher, _at_matcher_dpi
from hw.fingerprint.libfprint_wire import LARGEST_SIDE, LARGEST_TEMPLATE
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.quality import judge
from hw.fingerprint.template import TEMPLATE_FORMAT, is_template
from hw.fingerprint.uru4000 import (
    HEIGHT,
    LONGEST_PICTURE,
    WIDTH,
    Register,
    SensorFault,
    Signal,
    Uru4000,
    keystream,
)
from tests.emulated.fingers.impressions import impress
from tests.emulated.fingers.ridges import skins
from tests.fuzz.material import parts, script

_CODES: Final = {"fingerprint.failed", "fingerprint.timeout"}
_DPI: Final = 500
_RIGHT: Final = FingerPosition(Hand.RIGHT, Finger.INDEX)
_LEAST_DPI, _MOST_DPI = 100, 2000


class Gone(Exception):  # noqa: N818 - as the sensor
    """The input has come to its end, as a sensor does that is pulled."""


class Sensor:
    """A sensor that reads off an input: picture, interrupts, registers."""

    def __init__(self, data: bytes) -> None:
        given = [*parts(data, 400), b"", b""]
        self._picture, told = given[:2]
        self._interrupts = [told[at : at + 2] for at in range(0, len(told), 2)]
        self._registers = given[2:-2]

    def read(self, register: Register, size: int) -> bytes:
        """The next of the registers' answers."""
        del register
        if not self._registers:
            raise Gone
        return self._registers.pop(0)[:size]

    def write(self, register: Register, data: bytes) -> None:
        """Heard and forgotten."""
        del register, data

    def interrupt(self, seconds: float | None) -> bytes | None:
        """The next interrupt."""
        if self._interrupts:
            return self._interrupts.pop(0)
        if seconds is None:
            raise Gone
        return None

    def forget_interrupts(self) -> None:
        """They are all still to come."""

    def begin_bulk(self, size: int) -> Callable[[float], bytearray]:
        """The picture; where it is cut off at an odd place, more of its last byte comes."""
        sent = self._picture
        if len(sent) % 2 and len(sent) > 1:
            sent = sent.ljust(size, sent[-1:])
        return lambda _: bytearray(sent[:size])

    def pause(self, seconds: float) -> None:
        """At once."""
        del seconds


def sensors(data: bytes) -> None:
    """A whole turn: switched on, a finger, its picture, the finger lifted."""
    sensor = Uru4000(Sensor(data), lambda: 0x51EA2124)
    try:
        sensor.prepare()
        sensor.await_finger()
        picture = sensor.capture()
        if len(picture) != WIDTH * HEIGHT:
            raise AssertionError("a picture of another size")
        sensor.await_lift()
    except Gone:
        return
    except SensorFault as fault:
        if fault.code not in _CODES:
            raise AssertionError("a fault of no name") from fault


def sensors_seeds() -> Iterable[bytes]:
    signals = (Signal.POWERED, Signal.FINGER_ON, Signal.FINGER_OFF)
    told = b"".join(each.to_bytes(2, "big") for each in signals)
    start = (b"\x80", b"\x00", bytes(16))
    for table in (
        ((0, 255), (0, 35)),
        ((2, 255), (2, 35)),
        ((2, 100), (1, 2), (0x82, 90), (4, 50), (0, 48)),
        ((0x83, 40), (6, 250)),
    ):
        head = bytearray(64)
        head[0:6] = bytes.fromhex("104080012201")
        for place, (flags, lines) in enumerate(table):
            head[16 + 2 * place : 18 + 2 * place] = bytes([flags, lines])
        stream = bytes(keystream(7, 3 * WIDTH + 1)[0])
        picture = bytes(head) + stream
        assert len(picture) % 2
        assert len(picture) < LONGEST_PICTURE
        yield script((picture, told, *start, *(bytes([each] * 4) for each in range(5))))


def pictures(data: bytes) -> None:
    """The gate's judgement on any picture of a source, and what is made of it for the matcher."""
    width, height, dpi = (int.from_bytes(data[at : at + 2], "big") for at in (0, 2, 4))
    dpi = _LEAST_DPI + dpi % (_MOST_DPI - _LEAST_DPI + 1)
    most = min(600, LARGEST_SIDE * dpi // _DPI)
    width, height = 1 + width % most, 1 + height % most
    tile = data[8:] or b"\0"
    pixels = bytearray((tile * (width * height // len(tile) + 1))[: width * height])
    picture = FingerPicture(width, height, dpi, pixels)
    spots = [
        (data[at] * width // 256, data[at + 1] * height // 256) for at in range(0, len(data) - 1, 2)
    ]
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        for counted in (None, spots[: data[6] if len(data) > 6 else 0]):
            quality = judge(picture, counted)
            if not 0 <= quality.score <= 100 or quality.area < 0:
                raise AssertionError("no quality")
        scaled, scale = _at_matcher_dpi(picture)
    if max(scaled.width, scaled.height) > LARGEST_SIDE * 1.1 or scale <= 0:
        raise AssertionError("larger than the matcher takes")
    if bytes(picture.pixels) != bytes(pixels):
        raise AssertionError("the picture was changed")


def pictures_seeds() -> Iterable[bytes]:
    across = np.arange(200)
    ridges = (127 + 100 * np.sin(across / 1.4)[None, :] * np.ones((3, 1))).astype(np.uint8)
    for dpi in (400, 100, 0):
        yield (199).to_bytes(2, "big") * 2 + dpi.to_bytes(2, "big") + b"\x20\0" + ridges.tobytes()
    yield (399).to_bytes(2, "big") * 2 + (400).to_bytes(2, "big") + b"\0\0\xff"
    yield (399).to_bytes(2, "big") * 2 + (400).to_bytes(2, "big") + b"\x09\0" + bytes(range(256))


@cache
def _matcher() -> LibfprintMatcher:
    return LibfprintMatcher()


def templates(data: bytes) -> None:
    """A template that is taken for one of ours, in the true library behind the true door."""
    template = FingerTemplate(_RIGHT, data, TEMPLATE_FORMAT, quality=50, minutiae=20, pictures=2)
    if not is_template(template):
        return
    matcher = _matcher()
    prints = matcher.split(data)
    if isinstance(prints, DeviceTrouble):
        _unreadable(prints)
        return
    if not prints:
        return
    joined = matcher.join(prints, _RIGHT)
    if isinstance(joined, DeviceTrouble):
        _unreadable(joined)
    elif len(joined) <= LARGEST_TEMPLATE and matcher.split(joined) != prints:
        raise AssertionError("what was split cannot be joined")


def _unreadable(trouble: DeviceTrouble) -> None:
    if trouble.code != "fingerprint.template-unreadable":
        raise AssertionError(f"the library was lost: {trouble}")


def templates_seeds() -> Iterable[bytes]:
    picture = FingerPicture(WIDTH, HEIGHT, _DPI, bytearray(impress(skins(1)[0])))
    found = _matcher().read(picture)
    if isinstance(found, DeviceTrouble):
        raise TypeError(str(found))
    joined = _matcher().join((found.data, found.data), _RIGHT)
    _matcher().forget()
    yield found.data
    if isinstance(joined, bytes):
        yield joined
    yield b"FP3"
