"""The driver against the recording of a real U.are.U 4500: each byte sent, each pixel received."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hw.errors import DeviceTrouble
from hw.fingerprint.picture_source import SourceStep
from hw.fingerprint.uru4000_source import Uru4000Source
from tests.contract.usb.conftest import RECORDING, soon, steps_and_picture

SEED = 0x51EA2124
"""The host's half of the key in the recording."""


@pytest.fixture
def recording() -> Iterator[dict[str, str]]:
    """It is replayed: variables for the process that shall see it."""
    with replayed() as environment:
        yield environment


@contextmanager
def replayed() -> Iterator[dict[str, str]]:
    """Replay the recording, once."""
    place = (RECORDING / "device").read_text().splitlines()[0].removeprefix("P: ")
    command = ["umockdev-run", "-d", str(RECORDING / "device")]
    command += ["-p", f"/sys{place}={RECORDING / 'capture.pcapng'}"]
    command += ["--", "sh", "-c", "echo $UMOCKDEV_DIR; echo $LD_PRELOAD; exec cat"]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as replay:
        assert replay.stdout is not None
        folder, preload = (replay.stdout.readline().decode().strip() for _ in range(2))
        try:
            yield {"UMOCKDEV_DIR": folder, "LD_PRELOAD": preload}
            replay.communicate(timeout=10)
        finally:
            replay.kill()


def test_the_picture_is_the_one_that_libfprint_saw(
    recording: dict[str, str], recorded_finger: bytes
) -> None:
    source = Uru4000Source(recording, seed=SEED)
    assert source.open() is None
    assert source.model == "DigitalPersona U.are.U 4500 (05ba:000a)"
    steps, picture = steps_and_picture(source, 10)
    assert steps == [SourceStep.WAITING, SourceStep.TOUCHED, SourceStep.TAKEN]
    assert (picture.width, picture.height) == (384, 290)
    assert bytes(picture.pixels) == recorded_finger
    frame = source.latest()
    assert frame is not None
    assert frame.pixels == recorded_finger
    assert source.await_lift(soon()) is None
    source.close()
    assert source.latest() is None
    picture.wipe()
    assert not any(picture.pixels)


def test_one_byte_sent_that_differs_stops_the_replay(recording: dict[str, str]) -> None:
    source = Uru4000Source(recording, seed=SEED ^ 1)
    assert source.open() is None
    begun = time.monotonic()
    trouble = source.picture(lambda _: None, soon(10))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code in {"fingerprint.timeout", "fingerprint.removed"}
    assert time.monotonic() - begun < 5
    source.close()
