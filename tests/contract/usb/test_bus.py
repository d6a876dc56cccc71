"""The bus as sysfs and udev show it, and what can be done to a port."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hw.errors import DeviceTrouble
from hw.fingerprint.uru4000_source import Uru4000Source
from hw.usb.bus import Movement, UsbDevice, devices, find, watch
from hw.usb.mending import power_cycle, reset
from tests.contract.usb.conftest import same, soon, take
from tests.emulated.usb.bus import EmulatedBus
from tests.emulated.usb.uru4000 import EmulatedUru4000

WATCHER = """
import sys
from hw.usb.bus import watch
made = watch(lambda *told: print(told[0].value, told[1].node, flush=True), look_seconds=60)
print("watching", flush=True)
sys.stdin.read()
made.close()
"""
RESETTER = "from hw.usb.mending import reset; print(reset('1-10'), reset('1-11'))"


CYCLE = """
import sys
from pathlib import Path
from hw.usb.mending import power_cycle
power_cycle("1-10.2.3", sysfs=Path(sys.argv[1]), off_seconds=1)
"""


def until(happened: Callable[[], bool], seconds: float = 3.0) -> bool:
    """Whether it happens within that time."""
    limit = soon(seconds)
    while not happened() and time.monotonic() < limit:
        time.sleep(0.01)
    return happened()


@pytest.fixture
def sysfs(sensor: EmulatedUru4000) -> Path:
    return sensor.bus.view() / "sys"


def test_a_device_is_known_by_place_number_and_ids(sensor: EmulatedUru4000, sysfs: Path) -> None:
    found, hub = devices(sysfs)
    assert (hub.path, hub.ids) == ("usb1", "1d6b:0002")
    assert found == UsbDevice("1-10", sensor.number or 0, 1, 0x05BA, 0x000A, "12")
    assert found.node == f"/dev/bus/usb/001/{sensor.number:03d}"
    assert find(0x05BA, 0x000A, sysfs) == found
    sensor.pull()
    assert find(0x05BA, 0x000A, sysfs) is None


def test_without_sysfs_nothing_is_plugged_in(tmp_path: Path) -> None:
    assert devices(tmp_path) == ()


def test_attributes_that_make_no_sense_hide_one_device_only(
    sensor: EmulatedUru4000, sysfs: Path
) -> None:
    (sysfs / "bus/usb/devices/usb1/idVendor").write_bytes(b"\xff" * 5000)
    assert [each.path for each in devices(sysfs)] == ["1-10"]
    del sensor


def test_departures_and_arrivals_are_seen_without_udev(
    sensor: EmulatedUru4000, sysfs: Path
) -> None:
    told: list[tuple[Movement, int]] = []
    first = sensor.number
    made = watch(lambda what, who: told.append((what, who.number)), sysfs=sysfs, look_seconds=0.05)
    sensor.pull()
    assert until(lambda: told == [(Movement.DEPARTED, first)])
    sensor.plug()
    assert until(lambda: told[1:] == [(Movement.ARRIVED, sensor.number)])
    made.close()
    made.close()


def test_pulled_and_plugged_between_two_looks_is_another_arrival(
    sensor: EmulatedUru4000, sysfs: Path
) -> None:
    told: list[Movement] = []
    made = watch(lambda what, _: told.append(what), sysfs=sysfs, look_seconds=0.5)
    sensor.pull()
    sensor.plug()
    assert until(lambda: told == [Movement.DEPARTED, Movement.ARRIVED])
    made.close()


@pytest.fixture
def watching(sensor: EmulatedUru4000) -> Iterator[subprocess.Popen[str]]:
    """A process that writes a line for each movement of which udev tells."""
    with subprocess.Popen(
        [sys.executable, "-c", WATCHER],
        env=sensor.environment(),
        cwd=Path(__file__).parents[3],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "watching\n"
        yield process
        process.communicate(timeout=10)


def test_udev_tells_at_once(sensor: EmulatedUru4000, watching: subprocess.Popen[str]) -> None:
    assert watching.stdout is not None
    first = f"/dev/bus/usb/001/{sensor.number:03d}\n"
    begun = time.monotonic()
    sensor.pull()
    assert watching.stdout.readline() == "departed " + first
    sensor.plug()
    assert watching.stdout.readline() == f"arrived /dev/bus/usb/001/{sensor.number:03d}\n"
    assert time.monotonic() - begun < 2


def test_a_reset_starts_a_silent_sensor_anew(
    sensor: EmulatedUru4000, recorded_finger: bytes
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", RESETTER],
        env=sensor.environment(),
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert done.stdout.startswith("None DeviceTrouble(")
    assert "usb.absent" in done.stdout
    assert sensor.resets == 1
    source = Uru4000Source(sensor.environment())
    assert source.open() is None
    sensor.put_finger(recorded_finger)
    assert same(take(source), recorded_finger)
    source.close()


def test_a_port_that_can_be_switched_gives_the_device_another_number(
    recorded_finger: bytes,
) -> None:
    with EmulatedBus(switches=True) as bus, EmulatedUru4000(bus) as sensor:
        sysfs = bus.view() / "sys"
        source = Uru4000Source(sensor.environment())
        number = sensor.number
        assert power_cycle("1-10", sysfs=sysfs, off_seconds=0.2) is None
        assert until(lambda: sensor.number not in {None, number})
        assert source.open() is None
        sensor.put_finger(recorded_finger)
        assert same(take(source), recorded_finger)
        source.close()


def test_a_port_without_a_switch_is_owned_up_to(sensor: EmulatedUru4000, sysfs: Path) -> None:
    trouble = power_cycle("1-10", sysfs=sysfs, off_seconds=0)
    assert isinstance(trouble, DeviceTrouble)
    assert trouble.code == "usb.no-power-switch"
    assert (sysfs / "bus/usb/devices/1-10/authorized").read_text() == "1\n"
    sensor.pull()
    trouble = power_cycle("1-10", sysfs=sysfs, off_seconds=0)
    assert trouble is not None
    assert trouble.code == "usb.absent"
    trouble = reset("1-10", sysfs=sysfs)
    assert trouble is not None
    assert trouble.code == "usb.absent"


def test_ports_of_hubs_behind_hubs_are_found(tmp_path: Path) -> None:
    switch = tmp_path / "bus/usb/devices/1-10.2:1.0/1-10.2-port3/disable"
    switch.parent.mkdir(parents=True)
    switch.write_text("0\n")
    cycle = threading.Thread(target=power_cycle, args=("1-10.2.3",), kwargs={"sysfs": tmp_path})
    cycle.start()
    assert until(lambda: switch.read_text() == "1\n")
    cycle.join(10)
    assert switch.read_text() == "0\n"


def test_a_port_gets_its_power_back_though_the_program_is_killed(tmp_path: Path) -> None:
    switch = tmp_path / "bus/usb/devices/1-10.2:1.0/1-10.2-port3/disable"
    switch.parent.mkdir(parents=True)
    switch.write_text("0\n")
    asking = subprocess.Popen(
        [
            sys.executable,
            "-c",
            CYCLE,
            str(tmp_path),
        ]
    )
    assert until(lambda: switch.read_text() == "1\n", 10)
    asking.kill()
    asking.wait(5)
    assert until(lambda: switch.read_text() == "0\n", 10)
