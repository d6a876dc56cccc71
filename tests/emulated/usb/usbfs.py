"""The device files of an emulated bus: what the kernel's usbfs answers, for devices of ours.

A program that opens such a file under umockdev's preload library is connected to a socket here and
each ioctl of its becomes a message (umockdev's src/libumockdev-preload.c, `remote_emulate`): three
words, and the client's memory may be read and written before the answer.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

_WORDS: Final = struct.Struct("=3Q")
_ASKED, _DONE, _READ, _WRITE = 1, 3, 5, 6
_URB: Final = struct.Struct("=BBxxiIxxxxQiiiiiIQ")
"""struct usbdevfs_urb of linux/usbdevice_fs.h on 64 bits."""
_SUBMIT, _DISCARD, _REAP, _REAP_NOW = 0x8038550A, 0x550B, 0x4008550C, 0x4008550D
_CLAIM, _RELEASE, _RESET, _CAPABILITIES = 0x8004550F, 0x80045510, 0x5514, 0x8004551A
_CLEAR_HALT, _GET_DRIVER, _SPEED = 0x80045515, 0x41045508, 0x551F
_CAPABLE: Final = 0x1F
"""Zero packets, continuation, any size, scattered buffers, and reaping behind a departure."""
_FULL_SPEED: Final = 2
_SETUP: Final = 8


@dataclass(eq=False)
class Urb:
    """One transfer that a program has submitted.

    Attributes:
        endpoint: its address; bit 7 set where the device sends.
        setup: the eight bytes of a control transfer, empty else.
        data: what the program sends.
        size: how much it takes.
    """

    endpoint: int
    setup: bytes
    data: bytes
    size: int
    file: OpenFile
    address: int
    fields: tuple[int, ...]
    done: bool = field(default=False)

    def complete(self, status: int, data: bytes = b"") -> None:
        """Finish it: `status` is 0 or a negative error number; twice is once."""
        self.file.completed(self, status, data[: self.size])


class UsbDevice(Protocol):
    """What is plugged in."""

    def submitted(self, urb: Urb) -> None:
        """A transfer has come; complete it now or later."""
        ...

    def discarded(self, urb: Urb) -> None:
        """A transfer has been withdrawn."""
        ...

    def reset(self) -> None:
        """The port is reset."""
        ...

    def powered(self, *, on: bool) -> None:
        """The port's power is switched."""
        ...


class DeviceFile:
    """One device's file: a FIFO that is writable while something can be reaped, and its socket."""

    def __init__(self, node: Path, door: Path, device: UsbDevice) -> None:
        """Make both; `node` is what a program opens, `door` where the preload library connects."""
        self.device = device
        self.lock = threading.RLock()
        self.gone = False
        self._files: list[OpenFile] = []
        os.mkfifo(node)
        self._fifo = os.open(node, os.O_RDWR | os.O_NONBLOCK)
        fcntl.fcntl(self._fifo, fcntl.F_SETPIPE_SZ, 4096)
        self._full = False
        self.show()
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(str(door))
        self._listener.listen(16)
        threading.Thread(target=self._accept, name="usbfs", daemon=True).start()

    def show(self) -> None:
        """Make the file writable or not, as the kernel's poll would say."""
        with self.lock:
            full = not any(each.reapable for each in self._files) and not self.gone
            if full and not self._full:
                os.write(self._fifo, b"-")
            elif self._full and not full:
                os.read(self._fifo, 1)
            self._full = full

    def depart(self) -> None:
        """The device is pulled: what is pending fails, and nothing is taken any more."""
        with self.lock:
            self.gone = True
            for each in self._files:
                each.fail_all(-errno.ESHUTDOWN)
            self.show()

    def close(self) -> None:
        """Let no one connect any more; who is connected stays."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def left(self, file: OpenFile) -> None:
        """A program has closed its file."""
        with self.lock:
            self._files.remove(file)
            self.show()
            if self.gone and not self._files and self._fifo >= 0:
                os.close(self._fifo)
                self._fifo = -1

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            file = OpenFile(self, connection)
            with self.lock:
                self._files.append(file)
            threading.Thread(target=file.serve, name="usbfs file", daemon=True).start()


class OpenFile:
    """A program's open file, until it closes it."""

    def __init__(self, of: DeviceFile, connection: socket.socket) -> None:
        self._of = of
        self._connection = connection
        self._pending: list[Urb] = []
        self._finished: list[tuple[Urb, int, bytes]] = []
        self._ready = threading.Condition(of.lock)

    @property
    def reapable(self) -> bool:
        """Whether a transfer is finished and not fetched yet."""
        return bool(self._finished)

    def serve(self) -> None:
        """Answer until the program closes the file or ends."""
        try:
            while True:
                kind, request, argument = _WORDS.unpack(self._receive(_WORDS.size))
                if kind != _ASKED:
                    return
                result = self._answer(request, argument)
                done = (0, 0) if result == 0 else (-1, -result) if result < 0 else (result, 0)
                self._connection.sendall(_WORDS.pack(_DONE, done[0] & (2**64 - 1), done[1]))
        except (OSError, EOFError):
            pass
        finally:
            with self._of.lock:
                for urb in self._pending:
                    urb.done = True
                    self._of.device.discarded(urb)
                self._finished.clear()
                self._of.left(self)
            self._connection.close()

    def completed(self, urb: Urb, status: int, data: bytes) -> None:
        """A transfer is finished."""
        with self._of.lock:
            if urb.done:
                return
            urb.done = True
            self._pending.remove(urb)
            self._finished.append((urb, status, data))
            self._ready.notify_all()
            self._of.show()

    def fail_all(self, status: int) -> None:
        """Finish all that is pending with an error."""
        for urb in list(self._pending):
            urb.complete(status)

    def _answer(self, request: int, argument: int) -> int:
        """Do what is asked; a negative error number, or a result."""
        if self._of.gone and request not in {_REAP, _REAP_NOW, _DISCARD, _RELEASE}:
            return -errno.ENODEV
        answers: dict[int, Callable[[int], int]] = {
            _SUBMIT: self._submit,
            _DISCARD: self._discard,
            _REAP: lambda to: self._reap(to, wait=True),
            _REAP_NOW: lambda to: self._reap(to, wait=False),
            _CAPABILITIES: lambda to: self._put(to, struct.pack("=I", _CAPABLE)),
            _RESET: self._reset,
            _SPEED: lambda _: _FULL_SPEED,
            _GET_DRIVER: lambda _: -errno.ENODATA,
            _CLAIM: lambda _: 0,
            _RELEASE: lambda _: 0,
            _CLEAR_HALT: lambda _: 0,
        }
        answer = answers.get(request & 0xFFFFFFFF)
        return -errno.ENOTTY if answer is None else answer(argument)

    def _submit(self, address: int) -> int:
        fields = _URB.unpack(self._get(address, _URB.size))
        kind, endpoint, buffer, length = fields[0], fields[1], fields[4], fields[5]
        control = kind == 2
        setup = self._get(buffer, _SETUP) if control else b""
        inward = bool((setup[0] if control else endpoint) & 0x80)
        skip = _SETUP if control else 0
        size = length - skip
        data = b"" if inward or not size else self._get(buffer + skip, size)
        urb = Urb(endpoint, setup, data, size, self, address, fields)
        with self._of.lock:
            if self._of.gone:
                return -errno.ENODEV
            self._pending.append(urb)
            self._of.device.submitted(urb)
        return 0

    def _discard(self, address: int) -> int:
        with self._of.lock:
            for urb in self._pending:
                if urb.address == address:
                    self._of.device.discarded(urb)
                    urb.complete(-errno.ENOENT)
                    return 0
        return -errno.EINVAL

    def _reap(self, to: int, *, wait: bool) -> int:
        with self._of.lock:
            if wait:
                self._ready.wait_for(lambda: self._finished or self._of.gone, timeout=60)
            if not self._finished:
                return -errno.ENODEV if self._of.gone else -errno.EAGAIN
            urb, status, data = self._finished.pop(0)
            self._of.show()
        kind, endpoint, _, flags, buffer, length, _, *rest = urb.fields
        inward = bool((urb.setup[0] if urb.setup else endpoint) & 0x80)
        count = len(data) if inward else urb.size if status == 0 else 0
        if inward and data:
            self._put(buffer + len(urb.setup), data)
        self._put(
            urb.address,
            _URB.pack(kind, endpoint, status, flags, buffer, length, count, *rest),
        )
        return self._put(to, struct.pack("=Q", urb.address))

    def _reset(self, _: int) -> int:
        with self._of.lock:
            self.fail_all(-errno.ENOENT)
            self._of.device.reset()
        return 0

    def _get(self, address: int, size: int) -> bytes:
        """Read the program's memory."""
        self._connection.sendall(_WORDS.pack(_READ, address, size))
        return self._receive(size)

    def _put(self, address: int, data: bytes) -> int:
        """Write the program's memory."""
        self._connection.sendall(_WORDS.pack(_WRITE, address, len(data)) + data)
        return 0

    def _receive(self, size: int) -> bytes:
        taken = bytearray()
        while len(taken) < size:
            part = self._connection.recv(size - len(taken))
            if not part:
                raise EOFError
            taken += part
        return bytes(taken)
