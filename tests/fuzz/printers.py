"""What printers answer: IPP over HTTP, ESC/POS over any line; and where an installer says they are."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from typing import Final

from hw.errors import DeviceTrouble
from hw.paper import Certainty, Delivered, PrinterStatus
from hw.printer.appsocket import AppSocketAddress
from hw.printer.escpos_status import (
    Answer as Told,
)
from hw.printer.escpos_status import (
    AnswerReader,
    AutomaticStatus,
    PrinterText,
    RealTime,
    RealTimeStatus,
    conditions_pushed,
    conditions_told,
)
from hw.printer.ipp_address import parse_cups, parse_ipp
from hw.printer.ipp_conditions import report
from hw.printer.ipp_job import JobWatch, Turn, Waiting, job_report
from hw.printer.ipp_message import Answer, Operation, Tag, Value, decode, encode
from hw.printer.ipp_transport import Endpoint, Lifeline, Loss, Patience, exchange
from hw.printer.thermal import ThermalPrinter
from hw.printer.thermal_link import parse_address
from hw.printer.thermal_talk import ThermalTimes
from tests.fuzz.material import parts, script

_A4: Final = "iso_a4_210x297mm"
_NAME: Final = "Pratica"
_LONGEST_SECONDS: Final = 4.5
"""Much more than any of the times below, since a machine may be busy."""


# --- IPP


def ipp_answers(data: bytes) -> None:
    """An answer, and all that is made of it."""
    answer = decode(data)
    if answer is None:
        return
    for attributes in (*answer.jobs, answer.printer):
        _written(attributes)
    _judged(answer)


def _judged(answer: Answer) -> None:
    """The answer's jobs as one job, looked at again and again."""
    printer = report(answer.printer, _A4)
    _ = (printer.identity, printer.status)
    if not printer.model.isprintable() or not printer.error_policy.isprintable():
        raise AssertionError("a name that cannot be shown")
    watch = JobWatch(Waiting(), _NAME, "urn:uuid:1", 0.0)
    for count, attributes in enumerate(answer.jobs[:8]):
        job = job_report(attributes)
        judgement = watch.look(job, printer, 20.0 * count)
        successful = "job-completed-successfully" in job.reasons or (
            "job-completed-with-warnings" in job.reasons
        )
        if judgement.certainty is Certainty.PRINTED and not (job.state == 9 and successful):
            raise AssertionError("printed, though nobody says so")
        if (judgement.turn is Turn.WITHDRAW) and not judgement.code:
            raise AssertionError("withdrawn without a reason")
    watch.silence(500.0)


def _written(attributes: Mapping[str, Sequence[Value]]) -> None:
    """What was read comes back where our own writer can write it."""
    kept: dict[str, list[Value]] = {}
    written: list[tuple[str, Tag, Sequence[Value]]] = []
    for name, values in attributes.items():
        numbers = all(isinstance(each, int) for each in values)
        texts = all(isinstance(each, str) and len(each.encode()) < 0x10000 for each in values)
        if name.isascii() and values and (numbers or texts):
            kept[name] = list(values)
            written.append((name, Tag.INTEGER if numbers else Tag.TEXT, values))
    data = encode(Operation.GET_JOBS, 1, [(Tag.OPERATION, []), (Tag.JOB, written)])
    if decode(data) != Answer(Operation.GET_JOBS, (kept,)):
        raise AssertionError("what was read cannot be written")


def _ipp(state: int, *reasons: str, media: str = _A4) -> bytes:
    return encode(
        Operation.PRINT_JOB,
        1,
        [
            (Tag.OPERATION, [("attributes-charset", Tag.CHARSET, ["utf-8"])]),
            (
                Tag.JOB,
                [
                    ("job-id", Tag.INTEGER, [7]),
                    ("job-name", Tag.NAME, [_NAME]),
                    ("job-state", Tag.ENUM, [state]),
                    ("job-state-reasons", Tag.KEYWORD, reasons),
                ],
            ),
            (
                Tag.PRINTER,
                [
                    ("printer-state", Tag.ENUM, [5 if reasons else 3]),
                    ("printer-state-reasons", Tag.KEYWORD, ["media-needed-error", *reasons]),
                    ("media-ready", Tag.KEYWORD, [media]),
                    ("printer-uuid", Tag.URI, ["urn:uuid:1"]),
                    ("printer-is-accepting-jobs", Tag.BOOLEAN, [1]),
                ],
            ),
        ],
    ).replace(b"\0\2", b"\0\0", 1)


def ipp_answers_seeds() -> Iterable[bytes]:
    yield _ipp(9, "job-completed-successfully")
    yield _ipp(6, "printer-stopped", "cover-open-warning")
    yield _ipp(3, media="na_letter_8.5x11in")
    yield _ipp(3, media=f"custom_{9 * 10**400}x1mm")
    yield _ipp(3)[:-1] + b"\x34\0\1a\0\0\x4a\0\0\0\1b\x21\0\0\0\4\0\0\0\1\x37\0\0\0\0\x03"
    yield _ipp(3)[:-1] + b"\x36\0\1n\0\x08\0\2it\0\2ab\x03"


class _Web:
    """A server that takes one request and answers what it is told; for each connection anew."""

    def __init__(self) -> None:
        self.says = b""
        self._door = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port: int = self._door.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            link, _ = self._door.accept()
            with contextlib.suppress(OSError), link:
                link.settimeout(1)
                link.recv(0x10000)
                link.sendall(self.says)


@cache
def _web() -> _Web:
    return _Web()


def ipp_exchanges(data: bytes) -> None:
    """All that a printer sends back over HTTP."""
    web = _web()
    web.says = data
    began = time.monotonic()
    where = Endpoint("127.0.0.1", web.port, "/ipp/print")
    answer = exchange(where, _ipp(3), b"", Patience(1.0, 0.5, 1.0), Lifeline())
    if time.monotonic() - began > _LONGEST_SECONDS:
        raise AssertionError("listened for too long")
    if isinstance(answer, Loss):
        if not answer.reason.isprintable() or len(answer.reason) > 80:
            raise AssertionError("a reason that cannot be shown")
        return
    _judged(answer)


def ipp_exchanges_seeds() -> Iterable[bytes]:
    body = _ipp(9, "job-completed-successfully")
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\n"
    yield head + b"Content-Length: %d\r\n\r\n" % len(body) + body
    yield head + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    yield b"HTTP/1.1 100 Continue\r\n\r\n" + head + b"Connection: close\r\n\r\n" + body
    yield b"HTTP/1.0 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"


_PARSERS: Final[Sequence[Callable[[str], object]]] = (
    *(parse_ipp, parse_cups, parse_address, AppSocketAddress.parse),
)


def addresses(data: bytes) -> None:
    """What an installer may have typed: an address, or a ValueError."""
    text = data.decode("utf-8", "replace")
    for parse in _PARSERS:
        try:
            found = parse(text)
        except ValueError:
            continue
        if not isinstance(found, Endpoint):
            continue
        if not found.path.isascii() or not 0 < found.port < 0x10000:
            raise AssertionError("no address")
        try:
            again = parse_ipp(found.uri)
        except ValueError as error:
            raise AssertionError("an address that is none") from error
        if again != replace(found, certificate_sha256=""):
            raise AssertionError("another address")


def addresses_seeds() -> Iterable[bytes]:
    return (
        *(b"ipp://printer.local", b"ipps://[::1]:8631/ipp/print?sha256=" + b"0f" * 32),
        *(b"cups://queue@localhost:631", b"cups://Ufficio%201", b"tcp://127.0.0.1:9100"),
        *(b"tcp://printer?waiteof=false", b"/dev/usb/lp*", b"/dev/ttyUSB0?speed=9600&flow=none"),
    )


# --- ESC/POS

_MARK: Final = b"AAAA"
_TIMES: Final = ThermalTimes(
    connect=0.5,
    answer=0.02,
    stall=0.05,
    job=0.3,
    end=0.06,
    ask_every=0.01,
    settle=0.005,
    mute=0.0,
    between=0.0,
)
_SLIP: Final = b"\x1b@Prova\n\x1dV\0"
_MOST_KEPT: Final = 80


def slip_answers(data: bytes) -> None:
    """Bytes as they come, whole and in pieces: the same answers, and little kept."""
    whole, pieces = AnswerReader(), AnswerReader()
    told = whole.feed(data)
    piece = 1 + (data[0] % 7 if data else 0)
    again: list[Told] = []
    for start in range(0, len(data), piece):
        again += pieces.feed(data[start : start + piece])
        if len(pieces._begun) > _MOST_KEPT:
            raise AssertionError("keeps too much")
    if told != again:
        raise AssertionError("pieces say something else")
    statuses = [each for each in told if isinstance(each, RealTimeStatus)]
    conditions_told(dict(zip(RealTime, statuses, strict=False)))
    for each in told:
        if isinstance(each, AutomaticStatus):
            conditions_pushed(each)
        if isinstance(each, PrinterText) and not (each.text.isascii() and each.text.isprintable()):
            raise AssertionError("a text that cannot be shown")


def slip_answers_seeds() -> Iterable[bytes]:
    return (
        b"\x12\x12\x12\x12",
        b"\x14\0\0\x0f\x5fEPSON\0\x5fTM-T20III\0\x37\x22AAAA\0\0\x37\x25\0",
        b"\x13\x11\x14\x20\x0c\x0c",
    )


class _Line:
    """A printer that answers each piece it gets with the next of the input's."""

    def __init__(self) -> None:
        self._door = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._door.settimeout(10)
        self.port: int = self._door.getsockname()[1]
        self.says: list[bytes] = []
        self.hangs_up = False
        self._turn = threading.Lock()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            with contextlib.suppress(OSError):
                link, _ = self._door.accept()
                threading.Thread(target=self._answer, args=(link,), daemon=True).start()

    def _answer(self, link: socket.socket) -> None:
        with contextlib.suppress(OSError), link:
            link.settimeout(2)
            while link.recv(0x1000):
                with self._turn:
                    answer = self.says.pop(0) if self.says else None
                if answer:
                    link.sendall(answer)
                elif answer is None and self.hangs_up:
                    return


@cache
def _line() -> _Line:
    return _Line()


def slip_conversations(data: bytes) -> None:
    """A whole job, and how the printer stands then."""
    line = _line()
    line.hangs_up = bool(data[:1] and data[0] & 1)
    line.says = parts(data[1:])
    printer = ThermalPrinter(AppSocketAddress("127.0.0.1", line.port), times=_TIMES, mark=_mark)
    began = time.monotonic()
    outcome, status = printer.deliver(_SLIP), printer.status()
    if time.monotonic() - began > _LONGEST_SECONDS:
        raise AssertionError("waited for too long")
    if isinstance(outcome, Delivered):
        sensed = any(byte & 0b1001_0011 == 0 for byte in data[1:])
        if outcome.certainty is Certainty.PRINTED and not (_MARK in data or sensed):
            raise AssertionError("printed, though nobody says so")
    for trouble in (outcome, status):
        if isinstance(trouble, DeviceTrouble) and not trouble.code.startswith("printer."):
            raise AssertionError("trouble of no name")
    if isinstance(status, PrinterStatus) and not status.model.isprintable():
        raise AssertionError("a name that cannot be shown")


def _mark() -> bytes:
    return _MARK


def slip_conversations_seeds() -> Iterable[bytes]:
    well = (b"\x12", b"\x12", b"\x12", b"\x12", b"\x5fEPSON\0", b"\x5fTM-T20III\0", b"\x5f1\0")
    yield b"\0" + script((*well, b"\x14\0\0\0\x37\x22AAAA\0\0"))
    yield b"\0" + script((*well[:4], b"\x5fACME\0", b"\x5fX\0", b"\x5f1\0", b"\0", *well[:4]))
    yield b"\1" + script((*well, b"\x34\0\0\0", b"\x37\x25\0"))
    yield b"\0" + script((b"\x1a", b"\x32", b"\x12", b"\x72"))
    yield b"\1"
