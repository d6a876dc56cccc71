"""Posts bytes to the hub's pages: for a device that has no certificate yet, or no longer.

Whether the page's own certificate is in order is not asked: what goes there is signed and sealed to
the hub, and what comes back is signed, or vouched for by the one-time code. An office's proxy that
opens TLS can so do nothing but stop it.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
import time
from typing import Final
from urllib.parse import urlsplit

UNREACHABLE: Final = "enrolment.unreachable"
BUSY: Final = "enrolment.busy"

ANSWER_SECONDS: Final = 15.0
_MOST_BYTES: Final = 1 << 20
_NOT_THERE: Final = frozenset({403, 404, 410})
_LATER: Final = frozenset({429, 503})


def post(address: str, data: bytes, *, seconds: float = ANSWER_SECONDS) -> bytes | str:
    """Post `data` to an `http` or `https` address.

    Args:
        address: where.
        data: what.
        seconds: for the connection, and then for all the rest of it together.

    Returns:
        The answer's bytes, empty where the hub has none for this; or `enrolment.unreachable`, or
        `enrolment.busy` (to be tried again later).
    """
    try:
        parts = urlsplit(address)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            return UNREACHABLE
        connection = _connection(parts.scheme, parts.hostname, parts.port, seconds)
    except ValueError:
        return UNREACHABLE
    until = time.monotonic() + seconds
    watch: threading.Timer | None = None
    try:
        connection.connect()
        # The limit of the socket is that of one read: who sends a byte now and then never meets it.
        watch = threading.Timer(until - time.monotonic(), _cut, (connection.sock,))
        watch.daemon = True
        watch.start()
        connection.request("POST", parts.path or "/", data, {"Content-Type": _TYPE})
        answer = connection.getresponse()
        body = answer.read(_MOST_BYTES + 1)
    except (OSError, http.client.HTTPException, UnicodeError):
        return UNREACHABLE
    finally:
        if watch is not None:
            watch.cancel()
        connection.close()
    if time.monotonic() >= until:
        return UNREACHABLE
    if answer.status in _NOT_THERE:
        return b""
    if answer.status in _LATER:
        return BUSY
    return body if answer.status == http.client.OK and len(body) <= _MOST_BYTES else UNREACHABLE


_TYPE: Final = "application/octet-stream"


def _cut(channel: socket.socket) -> None:
    with contextlib.suppress(OSError):
        socket.socket.shutdown(channel, socket.SHUT_RDWR)  # past TLS, which would wait for it


def _connection(
    scheme: str, host: str, port: int | None, seconds: float
) -> http.client.HTTPConnection:
    if scheme == "http":
        return http.client.HTTPConnection(host, port, timeout=seconds)
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # see above
    return http.client.HTTPSConnection(host, port, timeout=seconds, context=context)
