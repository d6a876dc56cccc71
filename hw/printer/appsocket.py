"""Printing over AppSocket: the bytes go to TCP port 9100 and the connection's end ends the job.

Thermal printers take ESC/POS this way, office printers PDF or PWG raster. The protocol says
nothing of paper or ink; what can be told apart is told apart. Nothing is kept on disk.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import termios
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, urlsplit

from hw.errors import DeviceTrouble, TroubleKind
from hw.paper import Certainty, Delivered, PrinterStatus

PORT: Final = 9100
_PIECE: Final = 4096
_ACKNOWLEDGEMENT_PAUSE: Final = 0.02


@dataclass(frozen=True, slots=True)
class AppSocketAddress:
    """Where a printer listens.

    Attributes:
        host: name or number.
        port: TCP port.
        waits_for_end: whether the printer closes the connection when it has taken the job, which
            nearly all do. `?waiteof=false` in the address says no, as in CUPS.
    """

    host: str
    port: int = PORT
    waits_for_end: bool = True

    @classmethod
    def parse(cls, address: str) -> AppSocketAddress:
        """From `tcp://host[:port][?waiteof=false]`.

        Raises:
            ValueError: another form. Addresses are the installer's; a wrong one must be seen.
        """
        parts = urlsplit(address)
        if parts.scheme != "tcp" or not parts.hostname or parts.path not in {"", "/"}:
            raise ValueError("a printer's address is tcp://host[:port][?waiteof=false]")
        options = parse_qs(parts.query, strict_parsing=bool(parts.query))
        answers = options.pop("waiteof", ["true"])
        if options or answers not in (["true"], ["false"]):
            raise ValueError("a printer's address knows one option, waiteof=true or false")
        return cls(parts.hostname, parts.port or PORT, answers == ["true"])


class AppSocketPrinter:
    """Implements `Printer` for one address."""

    def __init__(
        self,
        address: AppSocketAddress,
        *,
        connect_seconds: float = 3.0,
        stall_seconds: float = 10.0,
        end_seconds: float = 30.0,
        job_seconds: float = 120.0,
    ) -> None:
        """Make a printer that is given up when it takes too long.

        Args:
            address: where it listens.
            connect_seconds: for connecting.
            stall_seconds: for each piece that it takes, and between two signs of life.
            end_seconds: from the job's last byte until it closes the connection, or has all.
            job_seconds: for the whole job once connected, however lively it is meanwhile.
        """
        self._address = address
        self._connect_seconds = connect_seconds
        self._stall_seconds = stall_seconds
        self._end_seconds = end_seconds
        self._job_seconds = job_seconds
        self._abandoning = threading.Lock()
        self._link: socket.socket | None = None
        self._abandoned = False

    def status(self) -> PrinterStatus | DeviceTrouble:
        """Nothing: the protocol knows no question."""
        return PrinterStatus(tells=False)

    def abandon(self) -> None:
        """Break the connection of a job under way: what the printer has of it, it may print."""
        with self._abandoning:
            if self._link is not None:
                self._abandoned = True
                with contextlib.suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)

    def deliver(
        self,
        data: bytes,
        *,
        secret: bool = False,  # noqa: ARG002 - nothing is kept of any job
        identity: str = "",
    ) -> Delivered | DeviceTrouble:
        """Hand over one job. Who prints it cannot be known: one for a certain device is not sent.

        Returns:
            What was delivered, or trouble: `printer.unreachable` (nothing was printed),
            `printer.interrupted` (the printer broke the connection: a part may be printed),
            `printer.stalled` (it takes no more, as without paper, or does not come to an end in
            time: a part may be printed), `printer.abandoned` (a part may be printed); for a certain
            device `printer.swapped` (nothing was sent).
        """
        if identity:
            return DeviceTrouble(TroubleKind.ABSENT, "printer.swapped", (("sent", "no"),))
        where = (self._address.host, self._address.port)
        try:
            link = socket.create_connection(where, timeout=self._connect_seconds)
        except OSError as error:
            return _trouble(TroubleKind.ABSENT, "printer.unreachable", error)
        with link, self._under_way(link):
            try:
                return self._deliver(link, data, time.monotonic() + self._job_seconds)
            except TimeoutError as error:
                return _trouble(TroubleKind.REFUSED, "printer.stalled", error)
            except OSError as error:
                if self._abandoned:
                    return DeviceTrouble(TroubleKind.REFUSED, "printer.abandoned")
                return _trouble(TroubleKind.REMOVED, "printer.interrupted", error)

    @contextlib.contextmanager
    def _under_way(self, link: socket.socket) -> Iterator[None]:
        """Let `abandon` reach this job's connection."""
        with self._abandoning:
            self._link, self._abandoned = link, False
        try:
            yield
        finally:
            with self._abandoning:
                self._link = None

    def _deliver(self, link: socket.socket, data: bytes, deadline: float) -> Delivered:
        for start in range(0, len(data), _PIECE):
            # Piece by piece, so that the patience begins anew with each that the printer takes.
            link.settimeout(self._patience(deadline))
            link.sendall(data[start : start + _PIECE])
        link.shutdown(socket.SHUT_WR)
        deadline = min(deadline, time.monotonic() + self._end_seconds)
        if not self._address.waits_for_end:
            self._await_acknowledgement(link, deadline)
            return Delivered(len(data), Certainty.TAKEN)
        self._await_end(link, deadline)
        return Delivered(len(data), Certainty.TAKEN)

    def _patience(self, deadline: float) -> float:
        """Seconds for the next step.

        Raises:
            TimeoutError: the deadline is past.
        """
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("not done in time")
        return min(left, self._stall_seconds)

    def _await_end(self, link: socket.socket, deadline: float) -> None:
        """Wait until the printer closes. Some send status bytes first, which nobody asked for."""
        status = b"anything"
        while status:
            link.settimeout(self._patience(deadline))
            status = link.recv(_PIECE)

    def _await_acknowledgement(self, link: socket.socket, deadline: float) -> None:
        """Wait until the printer's end of the connection has every byte.

        Raises:
            TimeoutError: it does not take them in time.
            OSError: it broke the connection.
        """
        deadline = min(deadline, time.monotonic() + self._stall_seconds)
        while _unacknowledged(link):
            failure = link.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise OSError(failure, "connection broken")
            if time.monotonic() > deadline:
                raise TimeoutError("not acknowledged")
            time.sleep(_ACKNOWLEDGEMENT_PAUSE)


def _unacknowledged(link: socket.socket) -> int:
    """Bytes that went into the connection and did not arrive yet (SIOCOUTQ, tcp(7))."""
    answer = fcntl.ioctl(link.fileno(), termios.TIOCOUTQ, struct.pack("i", 0))
    count: int = struct.unpack("i", answer)[0]
    return count


def _trouble(kind: TroubleKind, code: str, error: OSError) -> DeviceTrouble:
    reason = error.strerror or type(error).__name__
    return DeviceTrouble(kind, code, (("reason", reason),))
