"""A printer on TCP port 9100 that keeps what it got, fails as told, and reads ESC/POS back."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from dataclasses import dataclass, field
from enum import Enum
from types import TracebackType
from typing import Self

_JOIN_SECONDS = 5.0
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_ACCEPT_POLL_SECONDS = 0.05
_CRAWL_BYTES = 256


class PrinterFault(Enum):
    """What goes wrong with each job."""

    NONE = "takes the job and closes the connection"
    KEEPS_OPEN = "takes the job and never closes"
    BREAKS = "resets the connection after `after` bytes"
    STALLS = "takes `after` bytes and reads no more"
    CRAWLS = "takes a few bytes now and then"
    CHATS_ON = "takes the job, then sends a status byte now and then and never closes"


@dataclass
class _Behaviour:
    fault: PrinterFault = PrinterFault.NONE
    after: int = 0
    chatter: bytes = b""


class EmulatedPrinter:
    """The printer; a context manager. `switch_off` and `switch_on` at will.

    Attributes:
        jobs: what each connection delivered, in order, complete or not.
    """

    def __init__(self) -> None:
        self.jobs: list[bytes] = []
        self._behaviour = _Behaviour()
        self._port = 0
        self._server: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._off = threading.Event()
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

    @property
    def address(self) -> str:
        """The address for the settings, `tcp://127.0.0.1:port`. Stays the same over switching."""
        return f"tcp://127.0.0.1:{self._port}"

    def fail(self, fault: PrinterFault, *, after: int = 0) -> None:
        """From the next job on, fail so; `PrinterFault.NONE` mends."""
        self._behaviour = _Behaviour(fault, after)

    def chat(self, status: bytes) -> None:
        """From the next job on, send bytes back that nobody asked for."""
        self._behaviour = _Behaviour(chatter=status)

    def switch_on(self) -> None:
        """Listen."""
        if self._server is not None:
            return
        self._off.clear()
        # A small window, so that a printer that stops reading is felt after few bytes.
        self._server = socket.socket()
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self._server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._server.bind(("127.0.0.1", self._port))
        self._server.listen()
        self._server.settimeout(_ACCEPT_POLL_SECONDS)
        self._port = self._server.getsockname()[1]
        self._thread = threading.Thread(
            target=self._run, args=(self._server,), name="printer", daemon=True
        )
        self._thread.start()

    def switch_off(self) -> None:
        """Refuse connections."""
        self._off.set()
        if self._thread is not None:
            self._thread.join(_JOIN_SECONDS)
        if self._server is not None:
            self._server.close()
        self._server = self._thread = None

    def _run(self, server: socket.socket) -> None:
        while not self._off.is_set():
            try:
                link, _ = server.accept()
            except TimeoutError:
                continue
            except OSError:
                return
            with link:
                link.settimeout(_ACCEPT_POLL_SECONDS)
                self.jobs.append(self._take(link, self._behaviour))

    def _take(self, link: socket.socket, behaviour: _Behaviour) -> bytes:
        job = b""
        limited = behaviour.fault in {PrinterFault.BREAKS, PrinterFault.STALLS}
        crawls = behaviour.fault is PrinterFault.CRAWLS
        while not self._off.is_set():
            if limited and len(job) >= behaviour.after:
                break
            most = behaviour.after - len(job) if limited else _CRAWL_BYTES if crawls else 4096
            try:
                part = link.recv(most)
            except TimeoutError:
                continue
            if not part:
                break
            job += part
            if behaviour.chatter:
                link.sendall(behaviour.chatter)
            if crawls:
                self._off.wait(_ACCEPT_POLL_SECONDS)
        if behaviour.fault is PrinterFault.BREAKS:
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        if behaviour.fault in {PrinterFault.KEEPS_OPEN, PrinterFault.STALLS}:
            self._off.wait()
        if behaviour.fault is PrinterFault.CHATS_ON:
            self._chat_on(link)
        return job

    def _chat_on(self, link: socket.socket) -> None:
        """Send status until the other side is gone."""
        with contextlib.suppress(OSError):
            while not self._off.wait(_ACCEPT_POLL_SECONDS):
                link.sendall(b"\x14")


@dataclass
class Slip:
    """What a person sees on the paper of one ESC/POS job.

    Attributes:
        text: the printed text, lines ended by newline.
        qr_codes: content of each native QR code, in order.
        barcodes: content of each native bar code, in order.
        pictures: width in dots and height in dots of each raster picture.
        cuts: how often the paper was cut.
        unknown: control sequences that this reader does not know; empty in a good job.
    """

    text: str = ""
    qr_codes: list[str] = field(default_factory=list)
    barcodes: list[str] = field(default_factory=list)
    pictures: list[tuple[int, int]] = field(default_factory=list)
    cuts: int = 0
    unknown: list[bytes] = field(default_factory=list)


_CODE_PAGES = {
    0: "cp437",
    2: "cp850",
    3: "cp860",
    4: "cp863",
    5: "cp865",
    13: "cp857",
    14: "cp737",
    15: "iso8859_7",
    16: "cp1252",
    17: "cp866",
    18: "cp852",
    19: "cp858",
    39: "iso8859_2",
    40: "iso8859_15",
}
"""ESC t n of Epson's printers."""
_ESC_WITH_ONE = frozenset(b"aEG!-MRrVJ{3 U")
_GS_WITH_ONE = frozenset(b"!BHhwfba")


class _SlipReader:
    """Walks over the bytes of a job, as the printer's controller does."""

    def __init__(self, job: bytes) -> None:
        self._job = job
        self._at = 0
        self._code_page = "cp437"
        self._stored_qr = ""
        self.slip = Slip()

    def read(self) -> Slip:
        while self._at < len(self._job):
            byte = self._take(1)
            if byte == b"\x1b":
                self._escape()
            elif byte == b"\x1d":
                self._group()
            elif byte == b"\n":
                self.slip.text += "\n"
            elif byte == b"\r":
                continue
            elif byte < b" ":
                self.slip.unknown.append(byte)
            else:
                self.slip.text += byte.decode(self._code_page)
        return self.slip

    def _take(self, count: int) -> bytes:
        part = self._job[self._at : self._at + count]
        self._at += count
        return part

    def _number(self, count: int = 2) -> int:
        return int.from_bytes(self._take(count), "little")

    def _escape(self) -> None:
        name = self._take(1)
        if name == b"@":
            self._code_page = "cp437"
        elif name == b"2":
            return
        elif name == b"t":
            page = self._number(1)
            if page in _CODE_PAGES:
                self._code_page = _CODE_PAGES[page]
            else:
                self.slip.unknown.append(b"\x1bt" + bytes([page]))
        elif name == b"d":
            self.slip.text += "\n" * self._number(1)
        elif name == b"*":
            density, columns = self._number(1), self._number()
            self._take(columns * (3 if density in {32, 33} else 1))
        elif name == b"$":
            self._take(2)
        elif name == b"p":
            self._take(3)
        elif name and name[0] in _ESC_WITH_ONE:
            self._take(1)
        else:
            self.slip.unknown.append(b"\x1b" + name)

    def _group(self) -> None:
        name = self._take(1)
        if name == b"V":
            if self._number(1) >= 65:
                self._take(1)
            self.slip.cuts += 1
        elif name == b"(":
            self._function(self._take(1), self._take(self._number()))
        elif name == b"8":
            self._function(self._take(1), self._take(self._number(4)))
        elif name in {b"L", b"W"}:
            self._take(2)
        elif name == b"v":
            self._take(2)
            width, height = self._number(), self._number()
            self._take(width * height)
            self.slip.pictures.append((width * 8, height))
        elif name == b"k":
            self._barcode()
        elif name and name[0] in _GS_WITH_ONE:
            self._take(1)
        else:
            self.slip.unknown.append(b"\x1d" + name)

    def _function(self, name: bytes, body: bytes) -> None:
        """GS ( name: two-dimensional codes are `k`, with cn 49 for QR; pictures are `L`."""
        match name, body[:2]:
            case b"k", b"1P":
                self._stored_qr = body[3:].decode("utf-8", "replace")
            case b"k", b"1Q":
                self.slip.qr_codes.append(self._stored_qr)
            case b"L", b"0p":
                size = int.from_bytes(body[6:8], "little"), int.from_bytes(body[8:10], "little")
                self.slip.pictures.append(size)
            case (b"L", b"02") | (b"k", b"1A" | b"1C" | b"1E"):
                pass
            case _:
                self.slip.unknown.append(b"\x1d(" + name)

    def _barcode(self) -> None:
        kind = self._number(1)
        if kind >= 65:
            content = self._take(self._number(1))
        else:
            end = self._job.index(b"\x00", self._at)
            content = self._take(end - self._at)
            self._take(1)
        self.slip.barcodes.append(content.decode("ascii", "replace"))


def read_slip(job: bytes) -> Slip:
    """What an ESC/POS job prints."""
    return _SlipReader(job).read()
