"""The child process with the driver of the U.are.U 4500: `python -m hw.fingerprint.uru4000_worker`.

The one door to pyusb: what may crash or hang in libusb does so here. It finds one
sensor, starts it, serves until told to finish, and ends with any trouble; a new child finds the
sensor again, whatever number the bus has given it meanwhile. The first argument is a fixed half of
the key for the replay of a recording; without it each half is random.
"""

from __future__ import annotations

import errno
import functools
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeAlias

import usb.core
import usb.util

from hw.child.frames import Broken, Buffer, wipe
from hw.child.serving import Request, Serving
from hw.fingerprint.uru4000 import (
    BULK_IN,
    DPI,
    HEIGHT,
    INTERRUPT_IN,
    INTERRUPT_SIZE,
    MODELS,
    REQUEST,
    VENDOR,
    WIDTH,
    Register,
    SensorFault,
    Uru4000,
)
from hw.fingerprint.uru4000_wire import (
    LIFTED,
    LONGEST_REQUEST,
    READY,
    STOPPED,
    TAKEN,
    TOUCHED,
    TROUBLE,
    WAITING,
    Verb,
)

_CONTROL_MILLISECONDS: Final = 1000
_GONE_SECONDS: Final = 0.5
_IN, _OUT = 0xC0, 0x40
_CODES: Final = {
    errno.ENODEV: "fingerprint.removed",
    errno.ENOENT: "fingerprint.removed",
    errno.ESHUTDOWN: "fingerprint.removed",
    errno.EACCES: "fingerprint.denied",
    errno.EPERM: "fingerprint.denied",
    errno.EBUSY: "fingerprint.busy",
    errno.ETIMEDOUT: "fingerprint.timeout",
}

Happening: TypeAlias = bytes | usb.core.USBError | None
"""An interrupt, the end of the interrupts, or (None) a request that has come."""


class Stopped(Exception):  # noqa: N818 - it is what the parent wants
    """The parent wants the request under way to end."""


class UsbWire:
    """One sensor through libusb. Implements `hw.fingerprint.uru4000.Wire`."""

    def __init__(self, device: Any, happenings: SimpleQueue[Happening]) -> None:
        """Take the sensor for us and listen to its interrupts from now on."""
        self._device = device
        self._happenings = happenings
        usb.util.claim_interface(device, 0)
        threading.Thread(target=self._listen, name="interrupts", daemon=True).start()
        self.stopping: Callable[[], bool] = lambda: False
        """Whether a request that has come ends the one under way."""

    def read(self, register: Register, size: int) -> bytes:
        """Ask for a register."""
        given = self._device.ctrl_transfer(_IN, REQUEST, register, 0, size, _CONTROL_MILLISECONDS)
        return bytes(given)

    def write(self, register: Register, data: bytes) -> None:
        """Set a register."""
        self._device.ctrl_transfer(_OUT, REQUEST, register, 0, data, _CONTROL_MILLISECONDS)

    def interrupt(self, seconds: float | None) -> bytes | None:
        """The next interrupt.

        Raises:
            Stopped: the parent wants an end.
            USBError: the sensor is gone, or its interrupts have failed.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        while True:
            left = None if deadline is None else max(0.0, deadline - time.monotonic())
            try:
                happened = self._happenings.get(timeout=left)
            except Empty:
                return None
            if isinstance(happened, bytes):
                return happened
            if happened is not None:
                raise happened
            if self.stopping():
                raise Stopped

    def forget_interrupts(self) -> None:
        """Drop those that have come so far, but not their end."""
        kept: list[Happening] = []
        while True:
            try:
                happened = self._happenings.get_nowait()
            except Empty:
                break
            if not isinstance(happened, bytes):
                kept.append(happened)
        for each in kept:
            self._happenings.put(each)

    def begin_bulk(self, size: int) -> Callable[[float], bytearray]:
        """Let the sensor send; on a thread, as pyusb waits in each call."""
        outcome: SimpleQueue[bytearray | usb.core.USBError] = SimpleQueue()

        def receive() -> None:
            buffer = usb.util.create_buffer(size)
            try:
                count = self._device.read(BULK_IN, buffer, 2 * _CONTROL_MILLISECONDS)
                outcome.put(bytearray(memoryview(buffer)[:count]))
                memoryview(buffer)[:] = usb.util.create_buffer(size)
            except usb.core.USBError as error:
                outcome.put(error)

        threading.Thread(target=receive, name="picture", daemon=True).start()

        def result(seconds: float) -> bytearray:
            try:
                got = outcome.get(timeout=seconds + 0.5)
            except Empty:
                raise SensorFault("fingerprint.timeout", "picture") from None
            if isinstance(got, usb.core.USBError):
                raise got
            return got

        return result

    def pause(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)

    def is_there(self) -> bool:
        """Whether the sensor still answers, for the word behind an error that says little."""
        end = time.monotonic() + _GONE_SECONDS
        while time.monotonic() < end:
            try:
                self.read(Register.STATUS, 1)
            except usb.core.USBError as error:
                if _CODES.get(error.errno) == "fingerprint.removed":
                    return False
            else:
                return True
            time.sleep(0.05)
        return False

    def _listen(self) -> None:
        """Keep one interrupt transfer pending until the sensor is gone."""
        while True:
            try:
                data = self._device.read(INTERRUPT_IN, INTERRUPT_SIZE, 0)
            except usb.core.USBError as error:
                self._happenings.put(error)
                return
            self._happenings.put(bytes(data))


class Worker:
    """Serves one sensor to the parent."""

    def __init__(self, serving: Serving, sensor: Uru4000, wire: UsbWire) -> None:
        self._serving, self._sensor, self._wire = serving, sensor, wire
        self._number = b""
        self._waiting: list[Request] = []
        wire.stopping = self._is_stopped

    def serve(self) -> None:
        """Serve until told to finish."""
        while True:
            request = self._waiting.pop(0) if self._waiting else self._serving.take()
            if request is None:
                continue
            verb, self._number = _parts(request)
            match verb:
                case Verb.PICTURE:
                    self._unless_stopped(self._picture)
                case Verb.LIFT:
                    self._unless_stopped(self._lift)
                case Verb.STOP:
                    pass  # of a request that was answered before
                case Verb.FINISH:
                    self._sensor.rest()
                    return

    def _picture(self) -> None:
        self._tell(WAITING)
        self._sensor.await_finger()
        self._tell(TOUCHED)
        pixels = self._sensor.capture()
        shape = (each.to_bytes(2, "big") for each in (WIDTH, HEIGHT, DPI))
        self._tell(TAKEN, *shape, pixels)
        wipe(pixels)

    def _lift(self) -> None:
        self._sensor.await_lift()
        self._tell(LIFTED)

    def _unless_stopped(self, serve: Callable[[], None]) -> None:
        try:
            serve()
        except Stopped:
            self._sensor.rest()
            self._tell(STOPPED)

    def _tell(self, word: bytes, *fields: Buffer) -> None:
        self._serving.send([word, self._number, *fields])

    def _is_stopped(self) -> bool:
        """Look at what has come while a finger is waited for. Later requests wait."""
        stopped = False
        while (request := self._serving.take(0)) is not None:
            verb, number = _parts(request)
            if verb is Verb.STOP and number == self._number:
                stopped = True
            elif verb is not Verb.STOP:
                self._waiting.append(request)
                stopped = stopped or verb is Verb.FINISH
        return stopped


def _parts(request: Request) -> tuple[Verb, bytes]:
    """The verb and the number of a request.

    Raises:
        Broken: none of ours.
    """
    try:
        verb, number = request.fields
        return Verb(bytes(verb)), bytes(number)
    except ValueError:
        raise Broken("request") from None


def code_of(error: usb.core.USBError) -> str:
    """The failure code that an error of libusb means by itself."""
    return _CODES.get(error.errno, "fingerprint.failed")


def _find() -> Any:
    """The first sensor of a model that we know, by its place on the bus.

    Raises:
        SensorFault: none is plugged in, or there is no libusb.
    """
    try:
        found = usb.core.find(
            find_all=True,
            custom_match=lambda each: each.idVendor == VENDOR and each.idProduct in MODELS,
        )
        devices = sorted(found, key=lambda each: (each.bus, each.port_numbers or ()))
    except usb.core.NoBackendError:
        raise SensorFault("fingerprint.failed", "libusb") from None
    if not devices:
        raise SensorFault("fingerprint.absent", "")
    return devices[0]


def run(serving: Serving, happenings: SimpleQueue[Happening], seed: Callable[[], int]) -> None:
    """Find a sensor, start it, serve it; tell the parent what went wrong, where anything did."""
    wire: UsbWire | None = None
    try:
        device = _find()
        wire = UsbWire(device, happenings)
        sensor = Uru4000(wire, seed)
        sensor.prepare()
        serving.send([READY, device.idProduct.to_bytes(2, "big")])
        Worker(serving, sensor, wire).serve()
    except SensorFault as fault:
        serving.send([TROUBLE, fault.code.encode(), fault.reason.encode()])
    except usb.core.USBError as error:
        code = code_of(error)
        if code in {"fingerprint.failed", "fingerprint.timeout"} and wire and not wire.is_there():
            code = "fingerprint.removed"
        reason = errno.errorcode.get(error.errno or 0, "unknown")
        serving.send([TROUBLE, code.encode(), reason.encode()])
    except Stopped:
        pass


def main(arguments: list[str]) -> None:
    """Serve, then end at once: a transfer that is still pending ends with the process."""
    happenings: SimpleQueue[Happening] = SimpleQueue()
    serving = Serving.begin(lambda: happenings.put(None), longest=LONGEST_REQUEST)
    fixed = int(arguments[0], 16) if arguments else None
    seed = functools.partial(secrets.randbits, 32) if fixed is None else lambda: fixed
    run(serving, happenings, seed)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
