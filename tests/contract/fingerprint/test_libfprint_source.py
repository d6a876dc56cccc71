"""Sensors of others through libfprint: recordings of real ones, replayed below libusb."""

from __future__ import annotations

import os
import signal
import threading
import time
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint.libfprint_door import INTERPRETER
from hw.fingerprint.libfprint_source import LibfprintSource
from hw.fingerprint.picture_source import FingerPicture, SourceStep
from tests.contract.fingerprint.recordings import captured, replayed
from tests.contract.fingerprint.workers import workers

REPLAY = {"FP_DEVICE_EMULATION": "1", "PATH": "/usr/bin:/bin"}


def recorded(sensor: str) -> LibfprintSource:
    return LibfprintSource(interpreter=(*replayed(sensor), *INTERPRETER), environment=REPLAY)


def soon(seconds: float = 10.0) -> float:
    return time.monotonic() + seconds


@pytest.mark.parametrize("sensor", ["uru4000-4500", "uru4000-msv2", "vfs5011", "aes3500", "elan"])
def test_pictures_are_those_of_libfprint_pixel_for_pixel(sensor: str) -> None:
    source = recorded(sensor)
    steps: list[SourceStep] = []
    assert source.open() is None
    assert source.open() is None
    assert "libfprint" in source.model
    taken = source.picture(steps.append, soon())
    assert isinstance(taken, FingerPicture)
    theirs = captured(sensor)
    assert (taken.width, taken.height) == (theirs.width, theirs.height)
    assert taken.pixels == theirs.pixels
    assert steps[0] is SourceStep.WAITING
    assert steps == sorted(steps, key=list(SourceStep).index)
    assert source.await_lift(soon()) is None
    shown = source.latest()
    assert shown is not None
    assert shown.pixels == bytes(theirs.pixels)
    assert source.latest(shown.number) is None
    source.close()
    assert source.latest() is None
    assert workers() == []


def test_no_sensor_is_a_code_of_its_own() -> None:
    source = LibfprintSource()
    assert code(source.open()) == "fingerprint.absent"
    assert code(source.picture(lambda _: None, soon())) == "fingerprint.removed"
    source.close()


def test_a_sensor_that_compares_in_itself_is_refused() -> None:
    source = recorded("synaptics")
    trouble = source.open()
    assert trouble == DeviceTrouble(
        TroubleKind.REFUSED, "fingerprint.unsupported", (("reason", "synaptics"),)
    )
    source.close()


def test_nothing_that_is_virtual_can_be_opened_as_a_sensor(tmp_path: Path) -> None:
    """Law 8: what pretends to be a sensor is out of reach, whatever the kiosk's environment says."""
    os.environ["FP_VIRTUAL_IMAGE"] = str(tmp_path / "sensor")
    try:
        source = LibfprintSource()
        assert code(source.open()) == "fingerprint.absent"
        source.close()
    finally:
        del os.environ["FP_VIRTUAL_IMAGE"]
    assert list(tmp_path.iterdir()) == []


def test_libraries_that_are_not_there_are_told() -> None:
    for interpreter in (("/nowhere/python3",), ("/bin/false",)):
        source = LibfprintSource(interpreter=interpreter)
        assert code(source.open()) == "fingerprint.library-unusable"
        source.close()


def code(outcome: object) -> str:
    assert isinstance(outcome, DeviceTrouble)
    return outcome.code


class TestWaiting:
    """A sensor on which nobody lays a finger: the recording's first answer never comes."""

    @pytest.fixture
    def waiting(self) -> LibfprintSource:
        source = recorded("uru4000-4500")
        assert source.open() is None
        return source

    def test_crash(self, waiting: LibfprintSource) -> None:
        def told(step: SourceStep) -> None:
            if step is SourceStep.WAITING:
                for each in workers():
                    os.kill(each, signal.SIGSTOP)
                    os.killpg(each, signal.SIGKILL)

        outcome = waiting.picture(told, soon())
        assert code(outcome) == "fingerprint.crashed"
        assert waiting.open() is None  # and it can be opened anew
        waiting.close()
        assert workers() == []

    def test_hang_is_given_up_at_the_deadline(self, waiting: LibfprintSource) -> None:
        stop_workers(waiting)
        began = time.monotonic()
        assert code(waiting.picture(lambda _: None, soon(0.2))) == "fingerprint.no-finger"
        assert time.monotonic() - began < 2
        waiting.close()
        assert workers() == []

    def test_abandoned(self, waiting: LibfprintSource) -> None:
        stop_workers(waiting)
        threading.Timer(0.1, waiting.abandon).start()
        began = time.monotonic()
        assert code(waiting.picture(lambda _: None, soon(30))) == "fingerprint.abandoned"
        assert time.monotonic() - began < 2
        assert code(waiting.picture(lambda _: None, soon(30))) in {
            "fingerprint.abandoned",
            "fingerprint.removed",
        }
        waiting.close()


def stop_workers(source: LibfprintSource) -> None:
    """Make the worker hang: stop every process of its group."""
    assert source._child is not None
    os.killpg(source._child._process.pid, signal.SIGSTOP)
