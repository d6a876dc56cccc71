"""Whatever a worker answers that was taken over: trouble, no exception, no waiting."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from hw.child.frames import frame
from hw.errors import DeviceTrouble
from hw.finger_readings import Finger, FingerPosition, Hand
from hw.fingerprint.libfprint import LibfprintMatcher
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.picture_source import FingerPicture
from tests.emulated.fingers.impressions import HEIGHT, WIDTH, empty_pane

WORKER = """\
import os, sys
os.write(1, bytes.fromhex({greeting!r}))
while os.read(0, 1 << 20):
    os.write(1, bytes.fromhex({answer!r}))
"""
ANSWERS = {
    "nothing": frame(()),
    "an empty field": frame((b"",)),
    "done, no more": frame((b"done",)),
    "a code of nobody's": frame((b"fingerprint.owned", b"x")),
    "a word with an escape": frame((b"fingerprint.failed", b"\x1b[31m")),
    "sizes that do not fit": frame((b"done", b"\xff\xff\xff\xff", b"\x01\xf4", b"abc")),
    "a picture of no size": frame((b"done", bytes(4), b"\x01\xf4", b"")),
    "short sizes": frame((b"done", b"\0", b"", b"")),
    "half a minutia": frame((b"done", b"FP3", b"\0\0\0", b"\1")),
    "too many minutiae": frame((b"done", b"FP3", bytes(8000), b"\1")),
    "too many verdicts": frame((b"done", b"FP3", bytes(4), b"\1" * 9)),
    "a frame of two gigabytes": b"\x7f\xff\xff\xff",
    "fields over the end": b"\0\0\0\x05\0\0\0\x09x",
    "steps without end": frame((b"step", b"touched")) * 50,
}
RIGHT = FingerPosition(Hand.RIGHT, Finger.INDEX)


def hostile(tmp_path: Path, answer: bytes, greeting: bytes) -> tuple[str, ...]:
    script = tmp_path / "worker.py"
    script.write_text(WORKER.format(greeting=greeting.hex(), answer=answer.hex()))
    return (sys.executable, str(script))


@pytest.mark.parametrize("name", ANSWERS)
def test_a_matcher_that_lies(tmp_path: Path, name: str) -> None:
    command = hostile(tmp_path, bytes(ANSWERS[name]), bytes(frame((b"done",))))
    matcher = LibfprintMatcher(interpreter=command, seconds=2)
    picture = FingerPicture(WIDTH, HEIGHT, 500, bytearray(empty_pane()))
    outcome = matcher.read(picture, (b"FP3", b"FP3"))
    assert isinstance(outcome, DeviceTrouble), outcome
    assert outcome.code in {"fingerprint.matcher-failed", "fingerprint.failed"}
    assert "\x1b" not in repr(outcome.details)
    joined = matcher.join((b"FP3",), RIGHT)
    assert isinstance(joined, (bytes, DeviceTrouble))
    matcher.forget()


@pytest.mark.parametrize("name", ANSWERS)
def test_a_sensor_that_lies(tmp_path: Path, name: str) -> None:
    opened = bytes(frame((b"done", b"driver\x1b", b"name\n" * 30)))
    command = hostile(tmp_path, bytes(ANSWERS[name]), bytes(frame((b"done",))) + opened)
    source = LibfprintSource(interpreter=command, open_seconds=2)
    assert source.open() is None
    assert source.model.isprintable()
    outcome = source.picture(lambda _: None, time.monotonic() + 0.5)
    assert isinstance(outcome, DeviceTrouble), outcome
    assert source.latest() is None
    source.close()


@pytest.mark.parametrize("name", [each for each in ANSWERS if each != "done, no more"])
def test_a_greeting_that_lies(tmp_path: Path, name: str) -> None:
    command = hostile(tmp_path, b"", bytes(ANSWERS[name]))
    matcher = LibfprintMatcher(interpreter=command)
    assert isinstance(matcher.begin(), DeviceTrouble)
    matcher.forget()
