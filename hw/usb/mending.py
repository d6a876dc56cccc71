"""What can be done to a USB device from here: reset it, and take its power for a moment."""

from __future__ import annotations

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.usb.bus import SYSFS, devices

_RESET: Final = 0x5514
"""USBDEVFS_RESET of linux/usbdevice_fs.h: `_IO('U', 20)`."""
_OFF_SECONDS: Final = 1.0
"""Long enough for a sensor's own supply to run empty."""
_PACKAGES: Final = Path(__file__).parents[2]
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "usb.absent")
_NO_SWITCH: Final = DeviceTrouble(TroubleKind.REFUSED, "usb.no-power-switch")


def reset(path: str, *, sysfs: Path = SYSFS) -> DeviceTrouble | None:
    """Reset the device at a place: it starts anew, mostly under its old number.

    Who has it open must open it again.

    Args:
        path: the kernel's name of the place (`hw.usb.bus.UsbDevice.path`).
        sysfs: where the kernel shows its devices.

    Returns:
        None, or `usb.absent`, `usb.denied`, `usb.failed`.
    """
    device = next((each for each in devices(sysfs) if each.path == path), None)
    if device is None:
        return _ABSENT
    try:
        descriptor = os.open(device.node, os.O_WRONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        try:
            fcntl.ioctl(descriptor, _RESET, 0)
        finally:
            os.close(descriptor)
    except OSError as error:
        return _trouble(error)
    return None


def power_cycle(
    path: str,
    *,
    sysfs: Path = SYSFS,
    off_seconds: float = _OFF_SECONDS,
) -> DeviceTrouble | None:
    """Take the power from the port at a place for a moment, and give it back.

    The kernel does it (`disable` of the port, Linux 6.0 and newer); whether the current really
    stops is up to the hub: without a switch for each port the device only starts anew. Where the
    kernel cannot do even that, the device is deauthorised and authorised, which unbinds and binds
    it, and the caller is told so.

    Args:
        path: the kernel's name of the place (`hw.usb.bus.UsbDevice.path`).
        sysfs: where the kernel shows its devices.
        off_seconds: how long without power.

    Returns:
        None where the port was off and is on; `usb.no-power-switch` where it was only authorised
        anew; or `usb.absent` (no such port or device), `usb.denied`, `usb.failed`.
    """
    switch = _port(path, sysfs) / "disable"
    if switch.exists():
        return _toggle(switch, "1", "0", off_seconds)
    place = sysfs / "bus/usb/devices" / path / "authorized"
    if not place.exists():
        return _ABSENT
    trouble = _toggle(place, "0", "1", off_seconds)
    return _NO_SWITCH if trouble is None else trouble


def _port(path: str, sysfs: Path) -> Path:
    """Where the kernel shows the port of a place: `1-10` is port 10 of `usb1`, of hub `1-0`."""
    bus, _, ports = path.partition("-")
    above, _, port = ports.rpartition(".")
    hub = f"{bus}-{above}" if above else f"{bus}-0"
    name = f"{bus}-{above}-port{port}" if above else f"usb{bus}-port{ports}"
    return sysfs / "bus/usb/devices" / f"{hub}:1.0" / name


def _toggle(switch: Path, off: str, on: str, seconds: float) -> DeviceTrouble | None:
    """Write `off`, wait, write `on`: by a process that does so even if this one is killed."""
    command = [sys.executable, "-m", "hw.usb.switching", str(switch), off, on, str(seconds)]
    try:
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            command,
            check=False,
            cwd=_PACKAGES,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError as error:
        return _trouble(error)
    return _trouble(OSError(done.returncode, "")) if done.returncode else None


def _trouble(error: OSError) -> DeviceTrouble:
    """What an error of the kernel means."""
    details = (("reason", errno.errorcode.get(error.errno or 0, "unknown")),)
    if error.errno in {errno.ENODEV, errno.ENOENT, errno.ENXIO}:
        return DeviceTrouble(TroubleKind.ABSENT, "usb.absent", details)
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return DeviceTrouble(TroubleKind.REFUSED, "usb.denied", details)
    return DeviceTrouble(TroubleKind.PROTOCOL, "usb.failed", details)
