"""The way to a thermal printer: a TCP port, a USB printer's device file, or a serial line."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import glob
import os
import select
import socket
import stat
import struct
import termios
import time
import tty
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self
from urllib.parse import parse_qs

from hw.printer.appsocket import AppSocketAddress

_SPEEDS: Final = {
    speed: getattr(termios, f"B{speed}") for speed in (9600, 19200, 38400, 57600, 115200)
}
_PIECE: Final = 4096
_ACKNOWLEDGEMENT_PAUSE: Final = 0.02
_DEVICES: Final = "/dev/"


class FlowControl(Enum):
    """How a printer on a serial line says that its buffer is full."""

    RTS_CTS = "rtscts"
    XON_XOFF = "xonxoff"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class DeviceFileAddress:
    """Where a printer without a network is.

    Attributes:
        pattern: the device's path; `*` and `?` stand for what another plug changes, as in
            `/dev/usb/lp*`. The first that exists is taken.
        speed: bits a second of a serial line; means nothing to a USB printer.
        flow: of a serial line.
    """

    pattern: str
    speed: int = 38400
    flow: FlowControl = FlowControl.RTS_CTS


ThermalAddress = AppSocketAddress | DeviceFileAddress


def parse_address(address: str) -> ThermalAddress:
    """From `tcp://host[:port][?waiteof=false]`, `/dev/usb/lp*` or `/dev/ttyUSB0[?speed=,flow=]`.

    A serial line's options are `speed` (9600 to 115200, 38400 without it) and `flow` (`rtscts`,
    `xonxoff` or `none`).

    Raises:
        ValueError: another form. Addresses are the installer's; a wrong one must be seen.
    """
    if not address.startswith("/"):
        return AppSocketAddress.parse(address)
    # A path may hold `?`, which stands for one character; options follow the last one.
    path, _, query = address.partition("?") if "=" in address else (address, "", "")
    if not path.startswith(_DEVICES) or ".." in path:
        raise ValueError("a printer's device file lies below /dev")
    options = parse_qs(query, strict_parsing=bool(query))
    speed = int(options.pop("speed", ["38400"])[0])
    flow = FlowControl(options.pop("flow", [FlowControl.RTS_CTS.value])[0])
    if options or speed not in _SPEEDS:
        raise ValueError("a serial printer's address knows speed=9600 to 115200 and flow")
    return DeviceFileAddress(path, speed, flow)


class Link:
    """An open way to a printer. Not thread-safe, but for `wake`.

    Every wait ends with its deadline (monotonic seconds) at the latest, or when `wake` is called.
    A broken way is an `OSError` of `read` and `write`.
    """

    def __init__(self, descriptor: int, held: socket.socket | None = None) -> None:
        self._descriptor = descriptor
        self._socket = held
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)

    @classmethod
    def open(cls, address: ThermalAddress, connect_seconds: float) -> Self:
        """Open the way to a printer.

        Raises:
            OSError: nobody answers there, or the device is away or somebody else's.
        """
        if isinstance(address, AppSocketAddress):
            link = socket.create_connection((address.host, address.port), connect_seconds)
            link.setblocking(False)  # noqa: FBT003 - the library's own signature
            return cls(link.fileno(), link)
        return cls(_open_device(address))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._socket is not None:
            self._socket.close()
        else:
            os.close(self._descriptor)
        wake, self._wake = self._wake, -1
        os.close(wake)

    def wake(self) -> None:
        """End the wait that runs, and every later one, at once. Any thread, while it is open."""
        os.eventfd_write(self._wake, 1)

    def write(self, data: bytes) -> int:
        """Hand over what fits without waiting; how many bytes that were."""
        try:
            return os.write(self._descriptor, data[:_PIECE])
        except BlockingIOError:
            return 0

    def read(self) -> bytes | None:
        """What came; None where the other side ended the connection, empty where nothing came."""
        try:
            got = os.read(self._descriptor, _PIECE)
        except BlockingIOError:
            return b""
        except OSError as error:
            # usblp's answer for a printer that can only listen.
            if error.errno == errno.EINVAL and self._socket is None:
                return b""
            raise
        # Only a connection ends with an empty piece; a USB printer may have nothing to say.
        return got if got or self._socket is None else None

    def wait(self, deadline: float, *, to_write: bool) -> bool:
        """Wait until there is something to read, or room to write; False where `wake` ended it.

        Raises:
            OSError: the device was pulled.
        """
        poll = select.poll()
        poll.register(self._descriptor, select.POLLIN | (select.POLLOUT if to_write else 0))
        poll.register(self._wake, select.POLLIN)
        left = max(0.0, deadline - time.monotonic())
        ready = dict(poll.poll(left * 1000))
        gone = select.POLLHUP | select.POLLERR | select.POLLNVAL
        if self._socket is None and ready.get(self._descriptor, 0) & gone:
            raise OSError(errno.ENODEV, "the device is gone")
        return self._wake not in ready

    def rest(self) -> None:
        """Undo `wake`: later waits are waits again."""
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)

    def drain(self, deadline: float) -> bool:
        """Wait until the printer's side has every byte, as far as this way can tell.

        False where it does not take them in time.
        """
        while _pending(self._descriptor):
            if time.monotonic() > deadline:
                return False
            time.sleep(_ACKNOWLEDGEMENT_PAUSE)
        return True


def _open_device(address: DeviceFileAddress) -> int:
    paths = sorted(glob.glob(address.pattern))  # noqa: PTH207 - Path.glob knows no absolute pattern
    path = paths[0] if paths else address.pattern
    descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    if not stat.S_ISCHR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.ENODEV, "not a device")
    if os.isatty(descriptor):
        try:
            _set_line(descriptor, address)
        except termios.error as error:
            os.close(descriptor)
            raise OSError(errno.EIO, "not a serial line") from error
    return descriptor


def _set_line(descriptor: int, address: DeviceFileAddress) -> None:
    """Eight bits, no parity, one stop bit, nothing changed on the way; what waits is thrown away."""
    tty.setraw(descriptor, termios.TCSANOW)
    mode = termios.tcgetattr(descriptor)
    mode[0] &= ~(termios.IXON | termios.IXOFF | termios.IXANY)
    mode[2] &= ~(termios.CRTSCTS | termios.PARENB | termios.CSTOPB | termios.HUPCL)
    mode[2] |= termios.CLOCAL | termios.CREAD
    if address.flow is FlowControl.RTS_CTS:
        mode[2] |= termios.CRTSCTS
    elif address.flow is FlowControl.XON_XOFF:
        mode[0] |= termios.IXON
    mode[4] = mode[5] = _SPEEDS[address.speed]
    termios.tcsetattr(descriptor, termios.TCSANOW, mode)
    termios.tcflush(descriptor, termios.TCIOFLUSH)


def _pending(descriptor: int) -> int:
    """Bytes that are not handed over yet (TIOCOUTQ); 0 where the device cannot tell."""
    try:
        answer = fcntl.ioctl(descriptor, termios.TIOCOUTQ, struct.pack("i", 0))
    except OSError:
        return 0
    count: int = struct.unpack("i", answer)[0]
    return count
