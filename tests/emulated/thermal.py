"""A thermal printer with status: ESC/POS over TCP, as the controller of a real one does it.

Written from Epson's "ESC/POS Command Reference" and from nothing of the product. Bytes go into a
receive buffer; real-time commands are answered as they arrive, everything else when the print
engine gets to it. Paper is counted in millimetres, so that it ends, the cover opens and the power
fails at the same point of a slip each time. What a person finds is in `slips` (cut off) and `torn`
(what hangs out of it).
"""

from __future__ import annotations

import contextlib
import os
import pty
import select
import socket
import struct
import threading
import time
import tty
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Flag, auto
from types import TracebackType
from typing import Self

from tests.emulated.escpos_commands import Command, Commands, Kind

_JOIN_SECONDS = 5.0
_POLL_SECONDS = 0.02
_BUFFER = 65_536
_WINDOW = 4096
_DOTS_PER_MM = 8
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


class Knows(Flag):
    """What a make of printer knows of status."""

    REAL_TIME = auto()
    AUTOMATIC = auto()
    SENSOR = auto()
    PROCESS_ID = auto()
    INFORMATION = auto()
    CLEARING = auto()

    ALL = REAL_TIME | AUTOMATIC | SENSOR | PROCESS_ID | INFORMATION | CLEARING
    CHEAP = REAL_TIME | AUTOMATIC | SENSOR
    """A copy of a copy, without a name and without the newer commands."""
    NOTHING = 0


@dataclass
class _State:
    paper_mm: float = 80_000.0
    cover_open: bool = False
    cutter_stuck: bool = False
    hot: bool = False
    feeding: bool = False

    @property
    def stopped(self) -> bool:
        return (
            self.paper_mm <= 0 or self.cover_open or self.cutter_stuck or self.hot or self.feeding
        )


class EmulatedThermalPrinter:
    """The printer; a context manager. Take its paper, open its cover, cut its power at will.

    Args:
        knows: which commands of status it knows.
        model: `GS I 67`.
        serial: `GS I 68`; another printer in its place has another.
        on_line: whether it hangs on a serial line (a pty) instead of the network.
        mm_per_second: how fast it prints; 0 for as fast as it can.
        buffer: bytes that it holds before it takes no more.

    Attributes:
        jobs: commands and text of each slip or torn part, status commands left out, oldest first.
        slips: those that were cut off.
        swallowed: bytes that arrived in all.
    """

    def __init__(
        self,
        knows: Knows = Knows.ALL,
        *,
        maker: str = "EPSON",
        model: str = "TM-T88VI",
        serial: str = "X3CF000001",
        on_line: bool = False,
        mm_per_second: float = 0.0,
        buffer: int = _BUFFER,
    ) -> None:
        self.slips: list[bytes] = []
        self.swallowed = 0
        self._knows, self._texts = knows, {66: maker, 67: model, 68: serial}
        self._on_line, self._speed, self._most = on_line, mm_per_second, buffer
        self._state = _State()
        self._traps: list[tuple[float, str]] = []
        self._lock = threading.RLock()
        self._off = threading.Event()
        self._port = 0
        self._link: int | None = None
        self._threads: list[threading.Thread] = []
        self._server: socket.socket | None = None
        self._line_path = ""
        self._forget()
        self.printed_mm = 0.0
        self.switch_on()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.switch_off()

    # --- hands

    @property
    def address(self) -> str:
        """For the settings: `tcp://127.0.0.1:port`, the same over switching; or the line's path."""
        return self._line_path if self._on_line else f"tcp://127.0.0.1:{self._port}"

    @property
    def jobs(self) -> list[bytes]:
        """What came out, the part that still hangs out included."""
        with self._lock:
            return [*self.slips, *([bytes(self._torn)] if self._torn else [])]

    @property
    def torn(self) -> bytes:
        """What hangs out and is not cut."""
        return bytes(self._torn)

    @property
    def waiting(self) -> int:
        """Bytes that arrived and are not printed."""
        return len(self._buffer)

    def load_paper(self, mm: float = 80_000.0) -> None:
        """Put a roll in; what hung out is torn off."""
        with self._changing():
            self._state.paper_mm = mm
            self._torn.clear()

    def open_cover(self) -> None:
        with self._changing():
            self._state.cover_open = True

    def close_cover(self) -> None:
        with self._changing():
            self._state.cover_open = False

    def jam_cutter(self) -> None:
        """From now on the cutter sticks when it cuts."""
        self._traps.append((0.0, "cutter"))

    def free_cutter(self) -> None:
        with self._changing():
            self._traps = [trap for trap in self._traps if trap[1] != "cutter"]
            self._state.cutter_stuck = False

    def heat(self, *, hot: bool) -> None:
        """Make the head too hot, or let it cool."""
        with self._changing():
            self._state.hot = hot

    def hold_feed(self, *, held: bool) -> None:
        """Hold the feed button down."""
        with self._changing():
            self._state.feeding = held

    def print_at(self, mm_per_second: float) -> None:
        """Print as fast as that from now on; 0 for as fast as it can."""
        self._speed = mm_per_second

    def after(self, mm: float, what: str) -> None:
        """When so much more paper is printed: `cover`, `power`, `cable` or `heat`."""
        self._traps.append((self.printed_mm + mm, what))

    def switch_on(self) -> None:
        if self._threads:
            return
        self._off.clear()
        run = self._serve_line if self._on_line else self._serve_network
        if self._on_line:
            controller, device = pty.openpty()
            tty.setraw(device)
            self._line_path = os.ttyname(device)
            os.close(device)
            self._link = controller
        else:
            self._server = socket.socket()
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _WINDOW)
            self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._server.bind(("127.0.0.1", self._port))
            self._server.listen(4)
            self._server.settimeout(_POLL_SECONDS)
            self._port = self._server.getsockname()[1]
        for target, name in ((run, "thermal line"), (self._print, "thermal engine")):
            thread = threading.Thread(target=target, name=name, daemon=True)
            thread.start()
            self._threads.append(thread)

    def switch_off(self) -> None:
        """Cut the power: the buffer is lost, what is printed hangs out."""
        self._off.set()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(_JOIN_SECONDS)
        if self._server is not None:
            self._server.close()
        if self._on_line and self._link is not None:
            os.close(self._link)
        self._threads, self._server, self._link = [], None, None
        self._forget(torn=False)

    # --- the line

    def _serve_network(self) -> None:
        """One connection at a time, as these printers do."""
        server = self._server
        while server is not None and not self._off.is_set():
            try:
                link, _ = server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with link:
                with self._lock:
                    self._link = link.fileno()
                    if self._automatic:
                        self._send(self._automatic_bytes())
                self._take_all(link.fileno())
                with self._lock:
                    self._link = None
                if self._off.is_set():
                    link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)

    def _serve_line(self) -> None:
        if self._link is not None:
            self._take_all(self._link)

    def _take_all(self, descriptor: int) -> None:
        """Take bytes while there is room for them."""
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        while not self._off.is_set():
            if len(self._buffer) >= self._most:
                self._off.wait(_POLL_SECONDS)
                continue
            if not poll.poll(int(_POLL_SECONDS * 1000)):
                continue
            try:
                data = os.read(descriptor, 1024)
            except OSError:
                if not self._on_line:
                    return
                # Nobody has the line open.
                self._off.wait(_POLL_SECONDS)
                continue
            if not data:
                return
            with self._lock:
                self._receive(data)

    def _receive(self, data: bytes) -> None:
        """Into the buffer; a real-time command is done on the way, wherever it stands."""
        self.swallowed += len(data)
        for byte in data:
            self._buffer.append(byte)
            tail = bytes(self._buffer[-10:])
            if tail[-3:-1] == b"\x10\x04":
                self._real_time(tail[-1])
            elif tail == b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08":
                if Knows.CLEARING in self._knows:
                    self._clear()
                    self._send(b"\x37\x25\x00")
            elif tail[-3:] == b"\x10\x05\x02" and self._state.cutter_stuck:
                self._clear()

    def _clear(self) -> None:
        self._buffer.clear()
        self._commands = Commands()
        self._state.cutter_stuck = False

    def _send(self, answer: bytes) -> None:
        if self._link is not None:
            with contextlib.suppress(OSError):
                os.write(self._link, answer)

    # --- status

    def _real_time(self, which: int) -> None:
        state = self._state
        if Knows.REAL_TIME not in self._knows or which not in {1, 2, 3, 4}:
            return
        out, low = state.paper_mm <= 0, state.paper_mm < 3000
        error = state.cutter_stuck or state.hot
        bits = {
            1: 0x08 * state.stopped,
            2: 0x04 * state.cover_open | 0x08 * state.feeding | 0x20 * out | 0x40 * error,
            3: 0x08 * state.cutter_stuck | 0x40 * state.hot,
            4: 0x0C * low | 0x60 * out,
        }[which]
        self._send(bytes([0x12 | bits]))

    def _automatic_bytes(self) -> bytes:
        state = self._state
        out, low = state.paper_mm <= 0, state.paper_mm < 3000
        first = 0x10 | 0x08 * state.stopped | 0x20 * state.cover_open | 0x40 * state.feeding
        second = 0x08 * state.cutter_stuck | 0x40 * state.hot
        return bytes([first, second, 0x03 * low | 0x0C * out, 0x0F])

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        with self._lock:
            before = self._automatic_bytes()
            yield
            if self._automatic and self._automatic_bytes() != before:
                self._send(self._automatic_bytes())

    # --- the print engine

    def _forget(self, *, torn: bool = True) -> None:
        self._buffer = bytearray()
        self._commands = Commands()
        self._automatic = False
        if torn:
            self._torn = bytearray()

    def _print(self) -> None:
        while not self._off.is_set():
            with self._lock:
                command = None if self._state.stopped else self._commands.next(self._buffer)
            if command is None:
                self._off.wait(_POLL_SECONDS / 4)
                continue
            self._perform(command)

    def _perform(self, command: Command) -> None:
        mm = command.dots / _DOTS_PER_MM
        if self._speed and mm:
            self._off.wait(mm / self._speed)
        if self._off.is_set():
            return
        with self._changing():
            self._state.paper_mm -= mm
            self.printed_mm += mm
            self._spring_traps(command)
            if command.kind is Kind.PRINT:
                self._torn += command.data
            elif command.kind is Kind.CUT and not self._state.cutter_stuck:
                self.slips.append(bytes(self._torn + command.data))
                self._torn.clear()
        self._answer(command)

    def _spring_traps(self, command: Command) -> None:
        for trap in list(self._traps):
            at, what = trap
            if what == "cutter":
                self._state.cutter_stuck = self._state.cutter_stuck or command.kind is Kind.CUT
            elif self.printed_mm >= at:
                self._traps.remove(trap)
                if what == "cover":
                    self._state.cover_open = True
                elif what == "heat":
                    self._state.hot = True
                else:
                    self._off.set()

    def _answer(self, command: Command) -> None:
        with self._lock:
            if command.kind is Kind.AUTOMATIC and Knows.AUTOMATIC in self._knows:
                self._automatic = bool(command.data[-1])
                if self._automatic:
                    self._send(self._automatic_bytes())
            elif command.kind is Kind.SENSOR and Knows.SENSOR in self._knows:
                low = self._state.paper_mm < 3000
                self._send(bytes([0x03 * low | 0x0C * (self._state.paper_mm <= 0)]))
            elif command.kind is Kind.INFORMATION and Knows.INFORMATION in self._knows:
                text = self._texts.get(command.data[-1], "")
                self._send(b"\x5f" + text.encode("ascii") + b"\x00")
            elif command.kind is Kind.PROCESS_ID and Knows.PROCESS_ID in self._knows:
                self._send(b"\x37\x22" + command.data[-4:] + b"\x00")


def wait_for_slips(printer: EmulatedThermalPrinter, count: int, seconds: float = 5.0) -> None:
    """Wait until so many slips were cut off, or until that takes too long."""
    deadline = time.monotonic() + seconds
    while len(printer.slips) < count and time.monotonic() < deadline:
        time.sleep(_POLL_SECONDS)
