"""The driver against a sensor that is pulled, plugged and faulty; libfprint judges that sensor."""

from __future__ import annotations

import random
import subprocess
import threading
import time

import pytest

from hw.errors import DeviceTrouble
from hw.fingerprint.picture_source import FingerPicture, SourceStep
from hw.fingerprint.uru4000_source import Uru4000Source
from tests.contract.usb.conftest import same, soon, steps_and_picture, take
from tests.emulated.usb.uru4000 import (
    CHANGING_KEYS,
    HEIGHT,
    WIDTH,
    EmulatedUru4000,
    Fault,
    as_sent,
)

LIBFPRINT = """
import gi, sys
gi.require_version("FPrint", "2.0")
from gi.repository import FPrint
context = FPrint.Context()
device, = context.get_devices()
assert device.get_driver() == "uru4000"
device.open_sync()
taken = []
for _ in range(int(sys.argv[1])):
    image = device.capture_sync(True, None)
    assert (image.get_width(), image.get_height()) == (384, 290)
    taken.append(bytes(image.get_data()))
device.close_sync()
sys.stdout.buffer.write(b"".join(taken))
"""
NOISE = random.Random(4500).randbytes(WIDTH * HEIGHT)


def libfprint_pictures(sensor: EmulatedUru4000, shown: list[bytes]) -> list[bytes]:
    """What libfprint's own driver sees of these fingers, laid on one after the other."""
    with subprocess.Popen(
        ["/usr/bin/python3", "-c", LIBFPRINT, str(len(shown))],
        env=sensor.environment() | {"FP_DEVICE_EMULATION": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as judge:
        try:
            for times, finger in enumerate(shown, 1):
                sensor.put_finger(finger)
                until_mode(sensor, 0x12, times)
                sensor.lift_finger()
                until_mode(sensor, 0x70, times)
            output, complaints = judge.communicate(timeout=10)
        finally:
            judge.kill()
    assert judge.returncode == 0, complaints.decode()
    size = WIDTH * HEIGHT
    return [output[at : at + size] for at in range(0, len(output), size)]


def until_mode(sensor: EmulatedUru4000, mode: int, times: int) -> None:
    """Wait until a driver has set this mode so many times."""
    limit = soon(10)
    while sensor.modes.count(mode) < times and time.monotonic() < limit:
        time.sleep(0.01)


def test_libfprint_takes_the_emulated_sensor_for_a_real_one(
    sensor: EmulatedUru4000, recorded_finger: bytes
) -> None:
    second = recorded_finger[WIDTH:] + bytes([255]) * WIDTH
    pictures = libfprint_pictures(sensor, [recorded_finger, second])
    assert pictures == [as_sent(recorded_finger), as_sent(second)]


def test_libfprint_and_the_driver_agree_where_keys_change() -> None:
    # libfprint stops unscrambling where half a picture looks smooth, so it is shown noise.
    with EmulatedUru4000(blocks=CHANGING_KEYS) as sensor:
        expected = as_sent(NOISE, CHANGING_KEYS)
        assert libfprint_pictures(sensor, [NOISE]) == [expected]
        source = Uru4000Source(sensor.environment())
        assert source.open() is None
        sensor.put_finger(NOISE)
        assert take(source) == expected
        source.close()


def test_fingers_come_and_go(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    assert source.open() is None
    assert source.open() is None  # at once
    for shift in range(3):
        finger = recorded_finger[shift * WIDTH :] + bytes([255]) * (shift * WIDTH)
        sensor.put_finger(finger)
        steps, picture = steps_and_picture(source, 5)
        assert steps == [SourceStep.WAITING, SourceStep.TOUCHED, SourceStep.TAKEN]
        assert same(bytes(picture.pixels), finger)
        assert (frame := source.latest(shift)) is not None
        assert frame.number == shift + 1
        assert source.latest(frame.number) is None
        sensor.lift_finger()
        assert source.await_lift(soon()) is None
    assert sensor.modes[-1] == 0x70  # dark


def test_nobody_comes_and_nobody_goes(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    assert source.open() is None
    trouble = source.picture(lambda _: None, soon(0.2))
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "fingerprint.no-finger"
    sensor.put_finger(recorded_finger)
    assert same(take(source), recorded_finger)
    stays = source.await_lift(soon(0.2))
    assert stays is not None
    assert stays.code == "fingerprint.no-finger"
    sensor.lift_finger()
    assert source.await_lift(soon()) is None


def test_abandon_ends_what_waits_and_holds_until_close(
    source: Uru4000Source,
) -> None:
    assert source.open() is None
    waiting = threading.Event()
    outcomes: list[object] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(source.picture(lambda _: waiting.set(), soon(10)))
    )
    thread.start()
    assert waiting.wait(5)
    begun = time.monotonic()
    source.abandon()
    thread.join(5)
    assert time.monotonic() - begun < 0.5
    for outcome in (outcomes[0], source.open(), source.await_lift(soon())):
        assert isinstance(outcome, DeviceTrouble)
        assert outcome.code == "fingerprint.abandoned"
    source.close()
    assert source.open() is None


def test_closing_while_another_thread_waits_ends_that(
    sensor: EmulatedUru4000, source: Uru4000Source
) -> None:
    assert source.open() is None
    waiting = threading.Event()
    outcomes: list[object] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(source.picture(lambda _: waiting.set(), soon(10)))
    )
    thread.start()
    assert waiting.wait(5)
    source.close()
    thread.join(5)
    assert isinstance(outcomes[0], DeviceTrouble)
    assert outcomes[0].code == "fingerprint.abandoned"
    assert sensor.modes[-1] == 0x70


def test_no_sensor_is_absent_and_one_that_comes_is_found(recorded_finger: bytes) -> None:
    with EmulatedUru4000(plugged=False) as sensor:
        source = Uru4000Source(sensor.environment())
        trouble = source.open()
        assert trouble is not None
        assert trouble.code == "fingerprint.absent"
        sensor.plug()
        assert source.open() is None
        sensor.put_finger(recorded_finger)
        assert same(take(source), recorded_finger)
        source.close()


def test_pulled_while_it_waits_and_back_under_another_number(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    assert source.open() is None
    number = sensor.number
    outcome = source.picture(lambda _: threading.Timer(0.05, sensor.pull).start(), soon(10))
    assert isinstance(outcome, DeviceTrouble)
    assert outcome.code == "fingerprint.removed"
    trouble = source.open()
    assert trouble is not None
    assert trouble.code == "fingerprint.absent"
    sensor.plug()
    assert sensor.number != number
    begun = time.monotonic()
    assert source.open() is None
    assert time.monotonic() - begun < 2
    sensor.put_finger(recorded_finger)
    assert same(take(source), recorded_finger)


@pytest.mark.parametrize(
    ("fault", "codes"),
    [
        (Fault.SILENCE, {"fingerprint.timeout", "fingerprint.removed"}),
        (Fault.NO_PICTURE, {"fingerprint.timeout"}),
        (Fault.SHORT_PICTURE, {"fingerprint.failed"}),
        (Fault.EMPTY_PICTURE, {"fingerprint.failed"}),
        (Fault.WRONG_HEAD, {"fingerprint.failed"}),
        (Fault.STALL, {"fingerprint.failed"}),
        (Fault.PULL_IN_PICTURE, {"fingerprint.removed"}),
    ],
)
def test_a_fault_has_its_code_and_does_not_last(
    sensor: EmulatedUru4000,
    source: Uru4000Source,
    recorded_finger: bytes,
    fault: Fault,
    codes: set[str],
) -> None:
    assert source.open() is None
    sensor.put_finger(recorded_finger)
    sensor.fail(fault)
    begun = time.monotonic()
    outcome = source.picture(lambda _: None, soon(10))
    assert isinstance(outcome, DeviceTrouble), outcome
    assert outcome.code in codes
    assert time.monotonic() - begun < 5
    sensor.pull()
    sensor.plug()
    assert source.open() is None
    assert same(take(source), recorded_finger)


@pytest.mark.parametrize("fault", [Fault.FAILING, Fault.NOISE])
def test_what_the_sensor_gets_over_is_not_noticed(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes, fault: Fault
) -> None:
    assert source.open() is None
    sensor.put_finger(recorded_finger)
    sensor.fail(fault)
    assert same(take(source), recorded_finger)


def test_any_table_of_blocks_gives_a_picture_or_trouble(
    sensor: EmulatedUru4000, source: Uru4000Source, recorded_finger: bytes
) -> None:
    assert source.open() is None
    sensor.put_finger(recorded_finger)
    sensor.fail(Fault.WRONG_FLAGS)
    outcome = source.picture(lambda _: None, soon(10))
    assert isinstance(outcome, FingerPicture | DeviceTrouble)


@pytest.mark.parametrize("fault", [Fault.NO_POWER, Fault.SHORT_REGISTER, Fault.STALL])
def test_a_sensor_that_does_not_start_says_so(
    sensor: EmulatedUru4000, source: Uru4000Source, fault: Fault
) -> None:
    sensor.fail(fault, 3 if fault is Fault.NO_POWER else 1)
    begun = time.monotonic()
    trouble = source.open()
    assert trouble is not None
    assert trouble.code in {"fingerprint.timeout", "fingerprint.failed"}
    assert time.monotonic() - begun < 5
    assert source.open() is None


def test_two_sources_cannot_have_one_sensor_but_two_openings_in_turn_can(
    sensor: EmulatedUru4000, recorded_finger: bytes
) -> None:
    sensor.put_finger(recorded_finger)
    for _ in range(2):
        source = Uru4000Source(sensor.environment())
        assert source.open() is None
        assert same(take(source), recorded_finger)
        source.close()
