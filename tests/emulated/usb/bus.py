"""What /sys, /dev and udev show of an emulated bus, and arrivals and departures."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import struct
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from tests.emulated.usb.usbfs import DeviceFile, UsbDevice

PRELOAD: Final = "libumockdev-preload.so.0"
_CONTROLLER: Final = "devices/pci0000:00/0000:00:14.0"
_ROOT_HUB: Final = bytes.fromhex(
    "12010002090001406b1d020013050302010109021900010100e0000904000001090000000705810304000c"
)
_PORTS: Final = 16
_NUMBERS: Final = 128
"""The kernel's numbers of devices stay below, and begin anew."""
_MAGIC: Final = 0xFEEDCAFE
_MURMUR: Final = 0x5BD1E995


@dataclass(frozen=True, slots=True)
class Plugged:
    """A device in its port.

    Attributes:
        name: the kernel's name of the place, `1-10`.
        number: what the bus calls the device this time.
    """

    name: str
    number: int
    descriptors: bytes
    file: DeviceFile

    @property
    def node(self) -> str:
        """Its file, below /."""
        return f"dev/bus/usb/001/{self.number:03d}"


@dataclass(eq=False)
class EmulatedBus:
    """One bus with a root hub of sixteen ports.

    Each process under test should get a view of its own (`environment`): umockdev finds the
    listeners for arrivals by the number of their file descriptor, which two processes may share.
    """

    switches: bool = False
    """Whether its ports can be switched off by their `disable`, as the kernel's can."""
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="usb-")))
    _views: list[Path] = field(default_factory=list)
    _plugged: dict[str, Plugged] = field(default_factory=dict)
    _next: int = 50
    _events: int = 1
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _fitted: dict[int, UsbDevice] = field(default_factory=dict)
    _off: set[int] = field(default_factory=set)
    _closing: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Look after the switches."""
        if self.switches:
            threading.Thread(target=self._mind_switches, name="usb ports", daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def environment(self) -> dict[str, str]:
        """Variables with which one process sees this bus, and nothing else of /sys."""
        return {"LD_PRELOAD": PRELOAD, "UMOCKDEV_DIR": str(self.view())}

    def view(self) -> Path:
        """A folder with `sys` and `dev` as a process sees them; follows every change."""
        with self._lock:
            view = self.folder / str(len(self._views))
            self._views.append(view)
            hub = view / "sys" / _CONTROLLER / "usb1"
            _describe(hub, _ROOT_HUB, 1, "0")
            (hub / "maxchild").write_text("16\n")
            _link(view, hub)
            interface = hub / "1-0:1.0"
            for port in range(1, _PORTS + 1):
                (interface / f"usb1-port{port}").mkdir(parents=True)
                if self.switches:
                    (interface / f"usb1-port{port}/disable").write_text("0\n")
            _link(view, interface)
            (view / "ioctl").mkdir()
            for each in self._plugged.values():
                self._lay_out(view, each)
            return view

    def plug(self, port: int, device: UsbDevice, descriptors: bytes) -> Plugged:
        """Put a device into a port: it gets the next number, and listeners are told."""
        with self._lock:
            self._fitted[port] = device
            name, number = f"1-{port}", self._next
            self._next = max(2, (self._next + 1) % _NUMBERS)
            nodes = self.folder / "nodes"
            nodes.mkdir(exist_ok=True)
            file = DeviceFile(nodes / f"{number}", nodes / f"{number}.door", device)
            plugged = Plugged(name, number, descriptors, file)
            self._plugged[name] = plugged
            for view in self._views:
                self._lay_out(view, plugged)
                self._tell(view, "add", plugged)
            return plugged

    def pull(self, plugged: Plugged) -> None:
        """Take a device out; its file stays with who has it open, and says that it is gone."""
        with self._lock:
            if self._plugged.pop(plugged.name, None) is None:
                return
            plugged.file.depart()
            plugged.file.close()
            for each in (f"{plugged.number}", f"{plugged.number}.door"):
                (self.folder / "nodes" / each).unlink()
            for view in self._views:
                place = view / "sys" / _CONTROLLER / "usb1" / plugged.name
                (view / "sys/bus/usb/devices" / plugged.name).unlink()
                shutil.rmtree(place)
                (view / plugged.node).unlink()
                (view / "ioctl" / plugged.node).unlink()
                self._tell(view, "remove", plugged)

    def close(self) -> None:
        """Pull everything and remove the folder."""
        self._closing.set()
        with self._lock:
            for each in list(self._plugged.values()):
                self.pull(each)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _mind_switches(self) -> None:
        """Do what is written into a port's `disable`."""
        while not self._closing.wait(0.02):
            with self._lock:
                places = [view / "sys" / _CONTROLLER / "usb1/1-0:1.0" for view in self._views]
            for port, device in list(self._fitted.items()):
                switches = [place / f"usb1-port{port}/disable" for place in places]
                off = any(each.exists() and each.read_text()[:1] == "1" for each in switches)
                if off != (port in self._off):
                    self._off ^= {port}
                    device.powered(on=not off)

    def _lay_out(self, view: Path, plugged: Plugged) -> None:
        place = view / "sys" / _CONTROLLER / "usb1" / plugged.name
        _describe(place, plugged.descriptors, plugged.number, plugged.name.partition("-")[2])
        for folder in (view, view / "ioctl"):
            (folder / plugged.node).parent.mkdir(parents=True, exist_ok=True)
        os.link(self.folder / "nodes" / f"{plugged.number}", view / plugged.node)
        os.link(self.folder / "nodes" / f"{plugged.number}.door", view / "ioctl" / plugged.node)
        known = view / "dev/.node"
        known.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (known / plugged.node[4:].replace("/", "_")).symlink_to(f"189:{plugged.number - 1}")
        _link(view, place)

    def _tell(self, view: Path, action: str, plugged: Plugged) -> None:
        """Tell the listeners of one view as udevd does (libudev's monitor protocol)."""
        product = "/".join(
            f"{int.from_bytes(plugged.descriptors[at : at + 2], 'little'):x}" for at in (8, 10, 12)
        )
        properties = {
            "ACTION": action,
            "DEVPATH": f"/{_CONTROLLER}/usb1/{plugged.name}",
            "SUBSYSTEM": "usb",
            "SEQNUM": str(self._events),
            "DEVNAME": f"/{plugged.node}",
            "DEVTYPE": "usb_device",
            "PRODUCT": product,
            "BUSNUM": "001",
            "DEVNUM": f"{plugged.number:03d}",
            "MAJOR": "189",
            "MINOR": str(plugged.number - 1),
        }
        self._events += 1
        body = b"".join(f"{name}={value}\0".encode() for name, value in properties.items())
        head = b"libudev\0" + struct.pack(">I", _MAGIC) + struct.pack("=III", 40, 40, len(body))
        head += struct.pack(">IIII", _murmur(b"usb"), _murmur(b"usb_device"), 0, 0)
        for listener in view.glob("event[0-9]*"):
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
                sender.settimeout(0)
                with contextlib.suppress(OSError):  # it has closed its monitor
                    sender.sendto(head + body, str(listener))


def _describe(place: Path, descriptors: bytes, number: int, port: str) -> None:
    """Write the attributes of one device."""
    place.mkdir(parents=True)
    vendor, product, release = (
        int.from_bytes(descriptors[at : at + 2], "little") for at in (8, 10, 12)
    )
    attributes = {
        "idVendor": f"{vendor:04x}",
        "idProduct": f"{product:04x}",
        "bcdDevice": f"{release:04x}",
        "bDeviceClass": f"{descriptors[4]:02x}",
        "bConfigurationValue": "1",
        "bNumConfigurations": "1",
        "bNumInterfaces": " 1",
        "busnum": "1",
        "devnum": str(number),
        "devpath": port,
        "speed": "12",
        "authorized": "1",
        "maxchild": "0",
        "version": " 2.00",
    }
    for name, value in attributes.items():
        (place / name).write_text(value + "\n")
    (place / "descriptors").write_bytes(descriptors)
    (place / "uevent").write_text(
        f"MAJOR=189\nMINOR={number - 1}\nDEVNAME=bus/usb/001/{number:03d}\nDEVTYPE=usb_device\n"
        f"DRIVER=usb\nPRODUCT={vendor:x}/{product:x}/{release:x}\nBUSNUM=001\nDEVNUM={number:03d}\n"
    )


def _link(view: Path, place: Path) -> None:
    """Show it under the bus."""
    bus = view / "sys/bus/usb"
    (bus / "devices").mkdir(parents=True, exist_ok=True)
    (place / "subsystem").symlink_to(os.path.relpath(bus, place))
    (bus / "devices" / place.name).symlink_to(os.path.relpath(place, bus / "devices"))


def _murmur(text: bytes) -> int:
    """MurmurHash2, seed 0: the kernel's filters of udev's listeners compare it."""
    mask = 0xFFFFFFFF
    value = len(text)
    while len(text) >= 4:
        word = int.from_bytes(text[:4], "little") * _MURMUR & mask
        word = (word ^ word >> 24) * _MURMUR & mask
        value = (value * _MURMUR & mask) ^ word
        text = text[4:]
    if text:
        value = (value ^ int.from_bytes(text, "little")) * _MURMUR & mask
    value = (value ^ value >> 13) * _MURMUR & mask
    return value ^ value >> 15
