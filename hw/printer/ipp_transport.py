"""One exchange with an IPP printer over HTTP (RFC 8010 4), bounded in time and in size.

Each exchange has a connection of its own: a connection kept open that breaks between two requests
would leave open whether the second one arrived. HTTP itself is h11's; no byte touches a disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import hmac
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

import h11

from hw.printer.ipp_message import Answer, decode

_PIECE: Final = 16384
_LARGEST_ANSWER: Final = 1 << 20


class LossStage(Enum):
    """How far an exchange came before it was lost."""

    CONNECTING = "connecting"
    UNTRUSTED = "untrusted"
    """Connected, but the printer's certificate is not the one that was expected."""
    SENDING = "sending"
    """A part of the request was sent, or all of it was and the printer broke the connection."""
    ANSWERING = "answering"
    """The whole request was sent; no answer, or none of this protocol, came back."""


@dataclass(frozen=True, slots=True)
class Loss:
    """An exchange without an answer.

    Attributes:
        stage: how far it came.
        reason: for the log; nothing of the job.
    """

    stage: LossStage
    reason: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a printer answers.

    Attributes:
        host: name or number.
        port: TCP port.
        path: of its URL, beginning with a slash.
        tls: whether to speak TLS from the first byte.
        certificate_sha256: expected SHA-256 of its certificate (DER), 64 hexadecimal digits; empty
            to judge it by the certification authorities of this machine.
    """

    host: str
    port: int
    path: str
    tls: bool = False
    certificate_sha256: str = ""

    @property
    def uri(self) -> str:
        """Address as the protocol's attribute `printer-uri` takes it."""
        return f"{'ipps' if self.tls else 'ipp'}://{self.authority}{self.path}"

    @property
    def authority(self) -> str:
        """Host and port as URLs take them (RFC 3986 3.2)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether it is this very machine, by its number or by the name `localhost`."""
        return self.host in {"localhost", "::1"} or self.host.startswith("127.")


class Lifeline:
    """Lets another thread break the exchange under way, and all that follow."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._link: socket.socket | None = None
        self._cut = threading.Event()

    @property
    def cut_off(self) -> bool:
        """Whether `cut` was called."""
        return self._cut.is_set()

    def cut(self) -> None:
        """Break what is under way. Any thread."""
        with self._lock:
            self._cut.set()
            if self._link is not None:
                with contextlib.suppress(OSError):
                    self._link.shutdown(socket.SHUT_RDWR)

    def wait(self, seconds: float) -> bool:
        """Sleep; True at once where `cut` was, or is, called."""
        return self._cut.wait(max(seconds, 0.0))

    @contextlib.contextmanager
    def holding(self, link: socket.socket) -> Iterator[None]:
        """Let `cut` reach this connection.

        Raises:
            ConnectionAbortedError: it is cut already.
        """
        with self._lock:
            if self._cut.is_set():
                raise ConnectionAbortedError("cut off")
            self._link = link
        try:
            yield
        finally:
            with self._lock:
                self._link = None


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one exchange may take, in seconds.

    Attributes:
        connect: to connect, TLS included.
        step: for each piece that the printer takes, and for its answer after the last one.
        whole: for all of it.
    """

    connect: float
    step: float
    whole: float


def exchange(
    where: Endpoint,
    request: bytes,
    document: bytes,
    patience: Patience,
    lifeline: Lifeline,
) -> Answer | Loss:
    """Send one request with its document, if any; give the printer's answer."""
    deadline = time.monotonic() + patience.whole
    try:
        link = socket.create_connection((where.host, where.port), timeout=patience.connect)
    except (OSError, UnicodeError) as error:
        return Loss(LossStage.CONNECTING, _reason(error))
    with contextlib.closing(link):
        try:
            with lifeline.holding(link):
                secured = _secured(link, where)
        except OSError as error:
            return Loss(LossStage.CONNECTING, _reason(error))
        if secured is None:
            return Loss(LossStage.UNTRUSTED, "another certificate")
        with contextlib.closing(secured):
            talk = _Talk(secured, patience.step, deadline)
            try:
                with lifeline.holding(secured):
                    return talk.run(where, request, document)
            except (OSError, h11.ProtocolError) as error:
                stage = LossStage.ANSWERING if talk.sent else LossStage.SENDING
                return Loss(stage, _reason(error))


def _secured(link: socket.socket, where: Endpoint) -> socket.socket | None:
    """The connection, in TLS where that is wanted; None where the certificate is another."""
    if not where.tls:
        return link
    context = ssl.create_default_context()
    if where.certificate_sha256:
        # Printers sign their certificates themselves: the very certificate is what is trusted.
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    try:
        secured = context.wrap_socket(link, server_hostname=where.host)
    except ssl.SSLCertVerificationError:
        return None
    if where.certificate_sha256:
        found = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(found, where.certificate_sha256):
            secured.close()
            return None
    return secured


class _Talk:
    """HTTP on one connection.

    Attributes:
        sent: whether the whole request was handed to the connection.
    """

    def __init__(self, link: socket.socket, step: float, deadline: float) -> None:
        self._link = link
        self._step = step
        self._deadline = deadline
        self._http = h11.Connection(h11.CLIENT)
        self.sent = False

    def run(self, where: Endpoint, request: bytes, document: bytes) -> Answer | Loss:
        try:
            self._send(where, request, document)
            self.sent = True
        except OSError:
            # It may have refused in the middle and said why before it closed.
            refused = self._last_words()
            if refused is None:
                raise
            return refused
        return self._answer()

    def _send(self, where: Endpoint, request: bytes, document: bytes) -> None:
        head = h11.Request(
            method="POST",
            target=where.path,
            headers=[
                ("Host", where.authority),
                ("Content-Type", "application/ipp"),
                ("Content-Length", str(len(request) + len(document))),
                ("Connection", "close"),
            ],
        )
        self._give(self._http.send(head))
        self._give(self._http.send(h11.Data(data=request)))
        for start in range(0, len(document), _PIECE):
            self._give(self._http.send(h11.Data(data=document[start : start + _PIECE])))
        self._give(self._http.send(h11.EndOfMessage()))

    def _give(self, piece: bytes | None) -> None:
        if piece:
            self._link.settimeout(self._patience(self._step))
            self._link.sendall(piece)

    def _last_words(self) -> Loss | None:
        self._step = min(self._step, 1.0)
        with contextlib.suppress(OSError, h11.ProtocolError):
            answer = self._answer()
            if isinstance(answer, Loss):
                return Loss(LossStage.SENDING, answer.reason)
        return None

    def _patience(self, step: float) -> float:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError("not done in time")
        return min(left, step)

    def _answer(self) -> Answer | Loss:
        body = bytearray()
        answer_by = time.monotonic() + self._step
        status = 0
        while True:
            event = self._http.next_event()
            match event:
                case h11.NEED_DATA:
                    self._link.settimeout(self._patience(max(answer_by - time.monotonic(), 0.001)))
                    self._http.receive_data(self._link.recv(_PIECE))
                case h11.Response():
                    status = event.status_code
                case h11.Data():
                    body += event.data
                    if len(body) > _LARGEST_ANSWER:
                        return Loss(LossStage.ANSWERING, "answer too long")
                case h11.EndOfMessage():
                    break
                case h11.InformationalResponse():
                    continue
                case _:
                    return Loss(LossStage.ANSWERING, "connection closed")
        if status != 200:
            return Loss(LossStage.ANSWERING, f"HTTP {status}")
        return decode(bytes(body)) or Loss(LossStage.ANSWERING, "no IPP")


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None)
    return text if isinstance(text, str) and text else type(error).__name__
