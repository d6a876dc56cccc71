"""What is plugged into the USB bus, and who comes and goes.

udev tells of arrivals and departures at once; behind it stands a slow look at sysfs, as messages
are lost where a queue overflows, and some systems have no udevd.
"""

from __future__ import annotations

import contextlib
import select
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final, TypeAlias

import pyudev

SYSFS: Final = Path("/sys")
_LOOK_SECONDS: Final = 2.0
_LONGEST_ATTRIBUTE: Final = 256
_MOST_DEVICES: Final = 256


@dataclass(frozen=True, slots=True)
class UsbDevice:
    """A device on the bus. Serial numbers and names that its maker wrote into it are not read.

    Attributes:
        path: the kernel's name of its place, `1-10.2`: the same port is the same place.
        number: what the bus calls it this time; another one after each arrival.
        bus: number of the bus.
        vendor, product: USB numbers.
        speed: Mbit/s as the kernel writes it (`12`, `480`); empty where it does not.
    """

    path: str
    number: int
    bus: int
    vendor: int
    product: int
    speed: str

    @property
    def node(self) -> str:
        """Its file for programs in user space."""
        return f"/dev/bus/usb/{self.bus:03d}/{self.number:03d}"

    @property
    def ids(self) -> str:
        """Vendor and product as every list writes them."""
        return f"{self.vendor:04x}:{self.product:04x}"


class Movement(Enum):
    """What happened to a device."""

    ARRIVED = "arrived"
    DEPARTED = "departed"


BusListener: TypeAlias = Callable[[Movement, UsbDevice], None]
"""Called on the watching thread; must return at once and must not raise."""


def devices(sysfs: Path = SYSFS) -> tuple[UsbDevice, ...]:
    """All devices that are plugged in now, hubs included, in the order of their places."""
    found: list[UsbDevice] = []
    with contextlib.suppress(OSError):
        for place in sorted((sysfs / "bus/usb/devices").iterdir())[:_MOST_DEVICES]:
            device = _device_at(place)
            if device is not None:
                found.append(device)
    return tuple(found)


def find(vendor: int, product: int, sysfs: Path = SYSFS) -> UsbDevice | None:
    """The first device with these numbers; None where there is none."""
    for device in devices(sysfs):
        if (device.vendor, device.product) == (vendor, product):
            return device
    return None


def with_interface(interface_class: int, sysfs: Path = SYSFS) -> tuple[UsbDevice, ...]:
    """The devices with an interface of that class (USB-IF, Defined Class Codes)."""
    wanted = f"{interface_class:02x}"
    places = sysfs / "bus/usb/devices"
    return tuple(
        device
        for device in devices(sysfs)
        if any(_class_of(place) == wanted for place in places.glob(f"{device.path}:*"))
    )


class BusWatch:
    """Tells who comes and goes until `close`."""

    def __init__(self, listener: BusListener, sysfs: Path, look_seconds: float) -> None:
        """Use `watch`."""
        self._listener, self._sysfs, self._look_seconds = listener, sysfs, look_seconds
        self._known: Mapping[str, UsbDevice] = {each.path: each for each in devices(sysfs)}
        self._closing = threading.Event()
        self._monitor: Any = None
        if sysfs == SYSFS:
            with contextlib.suppress(OSError, ImportError):
                self._monitor = pyudev.Monitor.from_netlink(pyudev.Context())
                self._monitor.filter_by("usb", "usb_device")
                self._monitor.start()
        self._thread = threading.Thread(target=self._watch, name="usb", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Tell nothing more. Safe to call twice, and not from the listener."""
        self._closing.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._closing.is_set():
            self._await_word()
            self._look()

    def _await_word(self) -> None:
        """Wait until udev has a word, or it is time for a look of our own."""
        left = self._look_seconds
        while left > 0 and not self._closing.is_set():
            step = min(left, 0.1)
            left -= step
            if self._monitor is None:
                self._closing.wait(step)
                continue
            readable, _, _ = select.select([self._monitor.fileno()], [], [], step)
            if readable:
                # What happened is read from sysfs, where nothing is lost and nothing is forged.
                try:
                    while self._monitor.poll(0) is not None:
                        pass
                except OSError:
                    self._monitor = None  # from now on our own looks must do
                return

    def _look(self) -> None:
        """Compare what is there with what was; a new number is another arrival."""
        now = {each.path: each for each in devices(self._sysfs)}
        for path, before in self._known.items():
            if now.get(path) != before and not self._closing.is_set():
                self._listener(Movement.DEPARTED, before)
        for path, device in now.items():
            if self._known.get(path) != device and not self._closing.is_set():
                self._listener(Movement.ARRIVED, device)
        self._known = now


def watch(
    listener: BusListener, *, sysfs: Path = SYSFS, look_seconds: float = _LOOK_SECONDS
) -> BusWatch:
    """Tell `listener` of arrivals and departures from now on, on a thread.

    Args:
        listener: gets each; what is plugged in already is not told (`devices`).
        sysfs: another place than /sys is looked at every `look_seconds` only, without udev.
        look_seconds: how often to look without a word of udev's.
    """
    return BusWatch(listener, sysfs, look_seconds)


def _device_at(place: Path) -> UsbDevice | None:
    """The device at a place of sysfs; None for interfaces, and for what goes while we look."""
    if ":" in place.name:
        return None
    try:
        vendor, product = (int(_read(place, name), 16) for name in ("idVendor", "idProduct"))
        bus, number = (int(_read(place, name)) for name in ("busnum", "devnum"))
    except (OSError, ValueError):
        return None
    try:
        speed = _read(place, "speed")
    except OSError:
        speed = ""
    return UsbDevice(place.name, number, bus, vendor, product, speed)


def _class_of(interface: Path) -> str:
    """Two hexadecimal digits; empty where the interface goes while we look."""
    try:
        return _read(interface, "bInterfaceClass")
    except OSError:
        return ""


def _read(place: Path, name: str) -> str:
    with (place / name).open(encoding="ascii", errors="replace") as attribute:
        return attribute.read(_LONGEST_ATTRIBUTE).strip()
