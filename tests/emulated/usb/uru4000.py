"""A U.are.U 4500 below libusb: any picture, pulled and plugged at any moment, with faults.

Written from the recording of a real one and judged by libfprint's own driver
(tests/contract/usb). It shares no code with the driver under test.
"""

from __future__ import annotations

import errno
import heapq
import itertools
import random
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Final, Self

from tests.emulated.usb.bus import EmulatedBus, Plugged
from tests.emulated.usb.uru4000_picture import (
    CHANGING_KEYS,
    HEIGHT,
    KEYS,
    RECORDED,
    WIDTH,
    Blocks,
    as_sent,
    scrambled,
)
from tests.emulated.usb.usbfs import Urb

__all__ = ["CHANGING_KEYS", "HEIGHT", "WIDTH", "EmulatedUru4000", "Fault", "as_sent"]

DESCRIPTORS: Final = bytes.fromhex(
    "1201000200000040BA050A000301010203010902200001010080640904000002FFFFFF000705810340000807058202400000"
)
_INTERRUPT, _BULK = 0x81, 0x82
_STATUS, _INDEX, _KEY, _MODE, _INFO = 0x07, 0x33, 0x34, 0x4E, 0xF0
_AWAIT_FINGER, _AWAIT_LIFT, _CAPTURE = 0x10, 0x12, 0x20
_POWERED, _FINGER_ON, _FINGER_OFF, _FAILING = 0x56AA, 0x0101, 0x0200, 0x0800
_SENT_LINES: Final = 289
_IDENTITY: Final = bytes.fromhex("1a0a1a0a01150000002000108b211130")
_TELLS_SECONDS: Final = 0.02
_PICTURE_SECONDS: Final = 0.06


class Fault(Enum):
    """What it does wrong, once for each time it was asked to."""

    SILENCE = auto()
    """From now on it answers nothing, until it is pulled or reset."""
    NO_POWER = auto()
    """It never says that it has power."""
    FAILING = auto()
    """Instead of the finger it tells that the next picture will fail."""
    NO_PICTURE = auto()
    SHORT_PICTURE = auto()
    EMPTY_PICTURE = auto()
    WRONG_HEAD = auto()
    WRONG_FLAGS = auto()
    """The table of blocks is noise."""
    STALL = auto()
    """The next register is refused."""
    NOISE = auto()
    """Interrupts that mean nothing come before the right one."""
    SHORT_REGISTER = auto()
    """The next register that is read has no byte."""
    PULL_IN_PICTURE = auto()
    """It is pulled while the picture is on its way."""


@dataclass(frozen=True, slots=True, order=True)
class _Due:
    at: float
    order: int
    action: Callable[[], None]


class EmulatedUru4000:
    """One sensor and the bus it hangs on. A context manager; plugged in from the start.

    Methods may be called from any thread; what they cause happens on the sensor's own.
    """

    def __init__(
        self,
        bus: EmulatedBus | None = None,
        *,
        port: int = 10,
        plugged: bool = True,
        blocks: Blocks = RECORDED,
    ) -> None:
        self.bus = bus or EmulatedBus()
        self._own_bus = bus is None
        self._port = port
        self._blocks = blocks
        self._work: list[_Due] = []
        self._order = itertools.count()
        self._wake = threading.Condition()
        self._running = True
        self._place: Plugged | None = None
        self._faults: deque[Fault] = deque()
        self._finger: bytes | None = None
        self._pull_after: int | None = None
        self._transfers = 0
        self.resets = 0
        """How often its port was reset."""
        self.taken = 0
        """Pictures that were sent."""
        self._epoch = 0
        self._power_up()
        self._thread = threading.Thread(target=self._run, name="uru4000", daemon=True)
        self._thread.start()
        if plugged:
            self.plug()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def number(self) -> int | None:
        """What the bus calls it; None while it is pulled."""
        return self._place.number if self._place else None

    def environment(self) -> dict[str, str]:
        """Variables for one process that shall see it; ask anew for each process."""
        return self.bus.environment()

    def put_finger(self, picture: bytes) -> None:
        """Lay a finger on the glass: 384 x 290 grey pixels, ridges dark, upright.

        Not quite all of it comes back: see `as_sent`.
        """
        if len(picture) != WIDTH * HEIGHT:
            raise ValueError("a picture has 384 x 290 pixels")
        self._soon(lambda: self._finger_changed(picture))

    def lift_finger(self) -> None:
        """Take the finger off."""
        self._soon(lambda: self._finger_changed(None))

    def pull(self) -> None:
        """Pull the plug; at once, on the caller's thread."""
        place, self._place = self._place, None
        if place is not None:
            self.bus.pull(place)

    def plug(self) -> None:
        """Put it in again: the same port, another number, powered anew."""
        if self._place is None:
            self._soon(self._power_up)
            self._transfers = 0
            self._place = self.bus.plug(self._port, self, DESCRIPTORS)

    def fail(self, fault: Fault, times: int = 1) -> None:
        """Do that wrong at the next occasion, so many times."""
        self._faults.extend([fault] * times)
        if fault is Fault.SILENCE:
            self._faults.clear()
            self._soon(lambda: setattr(self, "_silent", True))

    def pull_after(self, transfers: int | None) -> None:
        """Let it be pulled by itself at the transfer of that number, counted from now.

        Returns when all that came before has been dealt with, a pull included.
        """
        settled = threading.Event()

        def count() -> None:
            self._transfers = 0
            self._pull_after = transfers
            settled.set()

        self._soon(count)
        settled.wait(5)

    def close(self) -> None:
        """Pull it and end its thread; ends the bus, too, where that is its own."""
        self.pull()
        with self._wake:
            self._running = False
            self._wake.notify()
        self._thread.join(5)
        if self._own_bus:
            self.bus.close()

    def submitted(self, urb: Urb) -> None:
        """A transfer has come."""
        self._soon(lambda: self._transfer(urb))

    def discarded(self, urb: Urb) -> None:
        """A transfer has been withdrawn."""
        self._soon(lambda: self._withdraw(urb))

    def reset(self) -> None:
        """The port is reset: powered anew."""
        self.resets += 1
        self._soon(self._power_up)

    def powered(self, *, on: bool) -> None:
        """The port's power is switched: as pulled and plugged."""
        if on:
            self.plug()
        else:
            self.pull()

    # From here on everything runs on the sensor's own thread.

    def _soon(self, action: Callable[[], None], seconds: float = 0.0) -> None:
        with self._wake:
            heapq.heappush(self._work, _Due(time.monotonic() + seconds, next(self._order), action))
            self._wake.notify()

    def _run(self) -> None:
        while True:
            with self._wake:
                while self._running and (not self._work or self._work[0].at > time.monotonic()):
                    left = self._work[0].at - time.monotonic() if self._work else None
                    self._wake.wait(left)
                if not self._running:
                    return
                due = heapq.heappop(self._work)
            due.action()

    def _power_up(self) -> None:
        self._status = 0x01
        self._mode = 0
        self._epoch += 1
        self._silent = False
        self._seed = 0
        self._number = 0
        self._listening: deque[Urb] = deque()
        self._taking: deque[Urb] = deque()
        self._untold: deque[bytes] = deque()
        self._sending: bytes | None = None
        self.modes: list[int] = []
        """Modes that were set since it was plugged in or reset."""

    def _fault(self, fault: Fault) -> bool:
        """Whether that is to go wrong now."""
        if self._faults and self._faults[0] is fault:
            self._faults.popleft()
            return True
        return False

    def _transfer(self, urb: Urb) -> None:
        self._transfers += 1
        if self._pull_after is not None and self._transfers >= self._pull_after:
            self._pull_after = None
            self.pull()
        if self._silent or self._place is None:
            return
        if urb.setup:
            self._control(urb)
        elif urb.endpoint == _INTERRUPT:
            self._listening.append(urb)
            self._flush()
        elif urb.endpoint == _BULK:
            self._taking.append(urb)
            self._flush()
        else:
            urb.complete(-errno.EPIPE)

    def _withdraw(self, urb: Urb) -> None:
        for queue in (self._listening, self._taking):
            if urb in queue:
                queue.remove(urb)

    def _control(self, urb: Urb) -> None:
        request, register = urb.setup[1], int.from_bytes(urb.setup[2:4], "little")
        if request != 4 or self._fault(Fault.STALL):
            urb.complete(-errno.EPIPE)
            return
        if urb.setup[0] & 0x80:
            answer = self._read(register)
            if self._fault(Fault.SHORT_REGISTER):
                answer = b""
            urb.complete(0, answer)
        else:
            self._write(register, urb.data)
            urb.complete(0)

    def _read(self, register: int) -> bytes:
        key = KEYS[self._number % len(KEYS)] ^ self._seed
        return {
            _STATUS: bytes([self._status]),
            _INFO: _IDENTITY,
            _KEY: key.to_bytes(4, "little"),
        }.get(register, b"\0")

    def _write(self, register: int, data: bytes) -> None:
        if register == _STATUS:
            powered = not self._status & 0x80
            self._status = data[0] | 0x01
            if not powered and not data[0] & 0x80 and not self._fault(Fault.NO_POWER):
                self._tell(_POWERED)
        elif register == _INDEX:
            self._number = data[0]
            self._seed = int.from_bytes(data[1:5], "little")
        elif register == _MODE:
            self._mode = data[0]
            self.modes.append(data[0])
            self._untold.clear()
            if self._mode == _CAPTURE:
                epoch = self._epoch
                self._soon(lambda: self._take(epoch), _PICTURE_SECONDS)
            else:
                self._look()

    def _finger_changed(self, picture: bytes | None) -> None:
        self._finger = picture
        self._look()

    def _look(self) -> None:
        """Tell of the finger where that is what the mode waits for."""
        waits = {_AWAIT_FINGER: self._finger is not None, _AWAIT_LIFT: self._finger is None}
        if not waits.get(self._mode, False) or self._silent:
            return
        if self._fault(Fault.NOISE):
            for signal in (0x0000, 0xFFFF, _POWERED):
                self._tell(signal)
        told = _FINGER_ON if self._mode == _AWAIT_FINGER else _FINGER_OFF
        if self._fault(Fault.FAILING):
            told = _FAILING
        mode, epoch = self._mode, self._epoch
        self._soon(lambda: self._tell_of(told, mode, epoch), _TELLS_SECONDS)

    def _tell_of(self, signal: int, mode: int, epoch: int) -> None:
        if self._mode == mode and self._epoch == epoch:
            self._mode = 0  # it tells once
            self._tell(signal)

    def _tell(self, signal: int) -> None:
        self._untold.append(signal.to_bytes(2, "big").ljust(64, b"\0"))
        self._flush()

    def _take(self, epoch: int) -> None:
        if epoch != self._epoch or self._mode != _CAPTURE or self._place is None:
            return
        if self._fault(Fault.NO_PICTURE):
            return
        if self._fault(Fault.PULL_IN_PICTURE):
            self.pull()
            return
        self._sending = self._picture()
        self.taken += 1
        self._flush()

    def _picture(self) -> bytes:
        shown = self._finger or bytes([255]) * (WIDTH * HEIGHT)
        head = bytearray(64)
        head[0:4] = bytes.fromhex("10408001")
        head[4:6] = _SENT_LINES.to_bytes(2, "little")
        head[6] = 0
        for place, (flags, lines) in enumerate(self._blocks):
            head[16 + 2 * place : 18 + 2 * place] = bytes([flags, lines])
        sent = bytes(head) + scrambled(shown, self._blocks)
        if self._fault(Fault.SHORT_PICTURE):
            return sent[: len(sent) // 2]
        if self._fault(Fault.EMPTY_PICTURE):
            return b""
        if self._fault(Fault.WRONG_HEAD):
            return sent[:4] + b"\xff\xff" + sent[6:]
        if self._fault(Fault.WRONG_FLAGS):
            return sent[:16] + random.Random(7).randbytes(30) + sent[46:]
        return sent

    def _flush(self) -> None:
        """Give what there is to who waits for it."""
        while self._listening and self._untold and not self._silent:
            self._listening.popleft().complete(0, self._untold.popleft())
        if self._taking and self._sending is not None and not self._silent:
            sent, self._sending = self._sending, None
            self._taking.popleft().complete(0, sent)
