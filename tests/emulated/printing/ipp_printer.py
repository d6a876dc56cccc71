"""A small IPP printer of our own, for what ippeveprinter cannot play.

It stands still, loses jobs, is swapped for another, answers late, never or in rubbish, breaks a
document off at any byte. Its messages are written and read here, not by the product's codec;
ipptool, which is CUPS', judges it in tests/contract/printing.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

_GROUPS = {"operation": 1, "job": 2, "printer": 4}
_INTEGERS = {0x21, 0x23}


class Manner(Enum):
    """How it answers."""

    WELL = "as the standard says"
    NEVER = "takes the request and says nothing"
    HANGS_UP = "takes the request and closes"
    RUBBISH = "in bytes that mean nothing"
    FORBIDS = "with HTTP 401"
    DRIPS = "one byte now and then"


class Fate(Enum):
    """What becomes of a job once its document is there."""

    PRINTED = "completed, successfully"
    SAYS_NO_MORE = "completed, with no word how"
    WITH_ERRORS = "completed, with errors"
    CANCELLED = "cancelled at the printer"
    ABORTED = "given up by the printer"
    STAYS = "stays as `job_state` says"


_ENDS = {
    Fate.PRINTED: (9, "job-completed-successfully"),
    Fate.SAYS_NO_MORE: (9, "none"),
    Fate.WITH_ERRORS: (9, "job-completed-with-errors"),
    Fate.CANCELLED: (7, "job-canceled-at-device"),
    Fate.ABORTED: (8, "aborted-by-system"),
}


class Cancelling(Enum):
    """What Cancel-Job does."""

    WORKS = "the job is gone at once"
    REFUSED = "not possible"
    IGNORED = "accepted, and printed on"
    TOO_LATE = "refused: it was printed just now"


@dataclass
class Job:
    """A job as this printer sees it."""

    number: int
    name: str
    state: int = 4
    reasons: str = "job-incoming"
    sheets: int = 0
    document: bytes = b""


@dataclass
class _Request:
    operation: int
    attributes: dict[str, Any] = field(default_factory=dict)
    document: bytes = b""


class EmulatedIppPrinter:
    """The printer; a context manager. Its attributes may be changed at any moment.

    Attributes:
        state: printer-state. `reasons`: printer-state-reasons.
        jobs: by number. `papers`: documents that came out.
        mute_operations: operations that are done but never answered.
        fails_behind: operations that are done and then answered with this status.
        device_uri: where it hands its jobs on to, as a spooler says.
        path: of its URL. `counted`: job-impressions-completed of every job; None for none.
        breaks_after: document bytes after which it resets the connection; None for none.
    """

    def __init__(self) -> None:
        self.state, self.reasons = 3, ["none"]
        self.accepting = True
        self.uuid = "urn:uuid:00000000-0000-4000-8000-000000000001"
        self.ready = ["iso_a4_210x297mm"]
        self.formats = ["application/pdf", "application/octet-stream"]
        self.operations = [0x02, 0x05, 0x06, 0x08, 0x09, 0x0A, 0x0B]
        self.manner, self.fate, self.cancelling = Manner.WELL, Fate.PRINTED, Cancelling.WORKS
        self.job_state = 5
        self.refuses: dict[int, int] = {}
        self.mute_operations: set[int] = set()
        self.fails_behind: dict[int, int] = {}
        self.device_uri, self.path = "", "/ipp/print"
        self.counted: int | None = None
        self.breaks_after: int | None = None
        self.jobs: dict[int, Job] = {}
        self.papers: list[bytes] = []
        self.asked: list[int] = []
        self._off = threading.Event()
        self.port = 0
        self._server = self._listening()
        self.port = self._server.server_address[1]
        self._thread = self._serving()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.go_away()

    def go_away(self) -> None:
        """Pull its cable: it answers nobody any more, nor who asked already. Its jobs stay."""
        self._off.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join(5)
        self._server.server_close()

    def come_back(self) -> None:
        """Put the cable in again, at the same address."""
        if self._thread.is_alive():
            return
        self._off = threading.Event()
        self._server = self._listening()
        self._thread = self._serving()
        self._thread.start()

    def _listening(self) -> _Server:
        handler = type("Handler", (_Handler,), {"printer": self, "off": self._off})
        return _Server(("127.0.0.1", self.port), handler)

    def _serving(self) -> threading.Thread:
        return threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="ipp-printer", daemon=True
        )

    @property
    def uri(self) -> str:
        """`ipp://127.0.0.1:port/ipp/print`."""
        return f"ipp://127.0.0.1:{self.port}{self.path}"

    def swap(self) -> None:
        """Another device takes its place and address: it has jobs of its own, numbered alike."""
        self.uuid = "urn:uuid:00000000-0000-4000-8000-000000000002"
        self.jobs = {number: Job(number, "another", 9, _ENDS[Fate.PRINTED][1]) for number in (1, 2)}

    def restart(self) -> None:
        """Switched off and on: it remembers no job."""
        self.jobs = {}

    def finish(self, fate: Fate = Fate.PRINTED) -> None:
        """Have every job that is under way end so."""
        for job in self.jobs.values():
            if job.state < 7:
                self._end(job, fate)

    def wait_off(self, seconds: float | None = None) -> bool:
        """Sleep until the printer is switched off."""
        return self._off.wait(seconds)

    def answer(self, request: _Request) -> bytes:
        """Do what is asked, and say so."""
        self.asked.append(request.operation)
        refusal = self.refuses.get(request.operation)
        if refusal is not None:
            return _message(refusal, [])
        done = self._do(request)
        failure = self.fails_behind.get(request.operation)
        return done if failure is None else _message(failure, [])

    def _do(self, request: _Request) -> bytes:
        match request.operation:
            case 0x0B:
                return _message(0, [("printer", self._attributes())])
            case 0x02 | 0x05:
                job = Job(len(self.jobs) + 1, request.attributes.get("job-name", ""))
                self.jobs[job.number] = job
                if request.operation == 0x02:
                    self._take(job, request.document)
                return _message(0, [("job", self._described(job))])
            case 0x0A:
                ended = request.attributes.get("which-jobs") == "completed"
                found = [job for job in self.jobs.values() if (job.state >= 7) == ended]
                return _message(0, [("job", self._described(job)) for job in found])
            case _:
                return self._about_a_job(request)

    def _about_a_job(self, request: _Request) -> bytes:
        job = self.jobs.get(request.attributes.get("job-id", 0))
        if job is None:
            return _message(0x0406, [])
        if request.operation == 0x06:
            self._take(job, request.document)
        if request.operation == 0x08:
            return _message(self._cancel(job), [])
        return _message(0, [("job", self._described(job))])

    def _take(self, job: Job, document: bytes) -> None:
        job.document, job.state, job.reasons = document, self.job_state, "job-printing"
        if self.fate is not Fate.STAYS:
            self._end(job, self.fate)

    def _end(self, job: Job, fate: Fate) -> None:
        job.state, job.reasons = _ENDS[fate]
        if fate in {Fate.PRINTED, Fate.SAYS_NO_MORE}:
            job.sheets = 1
            self.papers.append(job.document)

    def _cancel(self, job: Job) -> int:
        if job.state >= 7:
            return 0x0404
        match self.cancelling:
            case Cancelling.WORKS:
                job.state, job.reasons = 7, "job-canceled-by-user"
                return 0
            case Cancelling.TOO_LATE:
                self._end(job, Fate.PRINTED)
                return 0x0404
            case Cancelling.REFUSED:
                return 0x0404
            case Cancelling.IGNORED:
                return 0

    def _attributes(self) -> list[tuple[int, str, list[Any]]]:
        return [
            (0x23, "printer-state", [self.state]),
            (0x44, "printer-state-reasons", self.reasons),
            (0x22, "printer-is-accepting-jobs", [self.accepting]),
            (0x45, "printer-uuid", [self.uuid]),
            (0x41, "printer-make-and-model", ["Emulated Laser"]),
            (0x45, "printer-uri-supported", [self.uri]),
            (0x44, "uri-security-supported", ["none"]),
            (0x44, "uri-authentication-supported", ["none"]),
            (0x42, "printer-name", ["emulated"]),
            (0x44, "ipp-versions-supported", ["1.1", "2.0"]),
            (0x23, "operations-supported", self.operations),
            (0x47, "charset-configured", ["utf-8"]),
            (0x47, "charset-supported", ["utf-8"]),
            (0x48, "natural-language-configured", ["en"]),
            (0x48, "generated-natural-language-supported", ["en"]),
            (0x49, "document-format-default", [self.formats[0]]),
            (0x49, "document-format-supported", self.formats),
            (0x21, "queued-job-count", [sum(job.state < 7 for job in self.jobs.values())]),
            (0x44, "pdl-override-supported", ["not-attempted"]),
            (0x21, "printer-up-time", [int(time.monotonic()) + 1]),
            (0x44, "compression-supported", ["none"]),
            (0x44, "media-supported", ["iso_a4_210x297mm", "iso_a5_148x210mm"]),
            (0x44, "media-ready", self.ready),
            (0x44, "sides-supported", ["one-sided"]),
            *([(0x45, "device-uri", [self.device_uri])] if self.device_uri else []),
        ]

    def _described(self, job: Job) -> list[tuple[int, str, list[Any]]]:
        counted = [] if self.counted is None else [self.counted]
        return [
            (0x21, "job-id", [job.number]),
            (0x45, "job-uri", [f"ipp://localhost/jobs/{job.number}"]),
            (0x42, "job-name", [job.name]),
            (0x23, "job-state", [job.state]),
            (0x44, "job-state-reasons", [job.reasons]),
            (0x21, "job-media-sheets-completed", [job.sheets]),
            *[(0x21, "job-impressions-completed", [count]) for count in counted],
        ]


def _message(status: int, groups: list[tuple[str, list[tuple[int, str, list[Any]]]]]) -> bytes:
    """An answer (RFC 8010 3.1)."""
    data = struct.pack(">BBHI", 2, 0, status, 1) + b"\x01"
    data += _attribute(0x47, "attributes-charset", ["utf-8"])
    data += _attribute(0x48, "attributes-natural-language", ["en"])
    for group, attributes in groups:
        data += bytes([_GROUPS[group]])
        data += b"".join(_attribute(*each) for each in attributes)
    return data + b"\x03"


def _attribute(tag: int, name: str, values: list[Any]) -> bytes:
    data = b""
    for index, value in enumerate(values):
        key = b"" if index else name.encode()
        if tag in _INTEGERS:
            content = struct.pack(">i", value)
        else:
            content = bytes([value]) if tag == 0x22 else str(value).encode()
        data += struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(content)) + content
    return data


def _understood(body: bytes) -> _Request:
    request = _Request(struct.unpack_from(">H", body, 2)[0])
    at, name = 8, ""
    while body[at] != 3:
        tag = body[at]
        at += 1
        if tag < 0x10:
            continue
        fields = []
        for _ in range(2):
            (length,) = struct.unpack_from(">H", body, at)
            fields.append(body[at + 2 : at + 2 + length])
            at += 2 + length
        name = fields[0].decode() or name
        value = int.from_bytes(fields[1], "big") if tag in _INTEGERS else fields[1].decode()
        request.attributes.setdefault(name, value)
    request.document = body[at + 1 :]
    return request


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


class _Handler(BaseHTTPRequestHandler):
    """One request on one connection."""

    printer: EmulatedIppPrinter
    off: threading.Event
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.close_connection = True
        with contextlib.suppress(OSError, ValueError):
            body = b"".join(self._body())
            if body:
                self._reply(body)

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while length := int(self.rfile.readline(), 16):
                yield self.rfile.read(length)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers["Content-Length"])
        limit = self.printer.breaks_after
        if limit is not None and left > limit + 1000:
            self.rfile.read(limit)
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        yield self.rfile.read(left)

    def _reply(self, body: bytes) -> None:
        printer = self.printer
        if self.off.is_set():
            return
        if printer.manner is Manner.NEVER:
            printer.wait_off()
        if printer.manner in {Manner.NEVER, Manner.HANGS_UP}:
            return
        request = _understood(body)
        answer = printer.answer(request)
        # The request's own version and number (RFC 8011 4.1.1, 4.1.8).
        answer = body[:2] + answer[2:4] + body[4:8] + answer[8:]
        if request.operation in printer.mute_operations:
            printer.wait_off()
            return
        if self.off.is_set():
            return
        if printer.manner is Manner.RUBBISH:
            answer = bytes(range(256)) * 3
        self.send_response(401 if printer.manner is Manner.FORBIDS else 200)
        self.send_header("Content-Type", "application/ipp")
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Connection", "close")
        self.end_headers()
        step = 1 if printer.manner is Manner.DRIPS else len(answer)
        for start in range(0, len(answer), step):
            self.wfile.write(answer[start : start + step])
            if step == 1 and printer.wait_off(0.05):
                return

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            super().handle()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def log_message(self, *_: object) -> None:
        """Silence."""
