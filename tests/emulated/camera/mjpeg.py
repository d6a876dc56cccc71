"""A network camera that sends Motion JPEG over HTTP, shows what it is told, and fails as told."""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import threading
import time
from collections.abc import Sequence
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self, cast

from PIL import Image

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_JOIN_SECONDS = 5.0
_BOUNDARY = "picture"


class CameraFault(Enum):
    """What goes wrong with every viewer, from now on."""

    NONE = "sends pictures"
    FROZEN = "keeps the connection and sends nothing more"
    TORN = "sends JPEG files that end in the middle"
    GARBAGE = "sends parts that are no JPEG files"
    REFUSES = "answers 401"
    NO_VIDEO = "answers with a page instead of pictures"
    TRICKLES = "sends a byte now and then"


class EmulatedCamera:
    """The camera; a context manager. `go_away` and `come_back` at will.

    Attributes:
        viewers: how many connections it had.
        sent: how many pictures it sent.
    """

    def __init__(self, *, size: tuple[int, int] = (1280, 720), rate: float = 30.0) -> None:
        """A camera that shows a grey wall.

        Args:
            size: of its pictures, width and height.
            rate: pictures a second.
        """
        self.size, self.rate = size, rate
        self.viewers = self.sent = 0
        self._scene: Sequence[bytes] = (jpeg(Image.new("RGB", size, (96, 96, 96))),)
        self._fault = CameraFault.NONE
        self._port = 0
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self.come_back()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.go_away()

    @property
    def address(self) -> str:
        """For `CameraSettings.address`. Stays the same when it goes away and comes back."""
        return f"http://127.0.0.1:{self._port}/video"

    def show(self, *scene: Image.Image | bytes) -> None:
        """From now on, show these pictures in turn, again and again.

        Args:
            scene: pictures of any size, which are scaled to the camera's; bytes are sent as JPEG
                files as they are.
        """
        self._scene = tuple(
            each if isinstance(each, bytes) else jpeg(_fitted(each, self.size)) for each in scene
        )

    def fail(self, fault: CameraFault) -> None:
        """From the next picture on, fail so; `CameraFault.NONE` mends."""
        self._fault = fault

    def go_away(self) -> None:
        """Break every connection and refuse new ones: the cable is pulled."""
        server, self._server = self._server, None
        if server is None or self._thread is None:
            return
        server.shutdown()
        server.break_connections()
        server.server_close()
        self._thread.join(_JOIN_SECONDS)

    def come_back(self) -> None:
        """Listen again, at the same address."""
        if self._server is not None:
            return
        self._server = _Server(("127.0.0.1", self._port), self)
        self._port = self._server.server_address[1]
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="camera", daemon=True
        )
        self._thread.start()

    def part(self, number: int) -> bytes | None:
        """The bytes of one part of the stream; None where nothing is sent now."""
        scene = self._scene
        picture = scene[number % len(scene)]
        match self._fault:
            case CameraFault.FROZEN:
                return None
            case CameraFault.TORN:
                picture = picture[: len(picture) // 2]
            case CameraFault.GARBAGE:
                picture = b"\xff\xd8" + bytes(range(256)) * 20
            case CameraFault.TRICKLES:
                return b"-"
            case _:
                pass
        head = (
            f"--{_BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n\r\n"
        )
        return head.encode() + picture + b"\r\n"

    @property
    def fault(self) -> CameraFault:
        """What it fails with now."""
        return self._fault


def jpeg(picture: Image.Image, quality: int = 90) -> bytes:
    """A picture as a JPEG file, as cameras make them."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, "JPEG", quality=quality)
    return file.getvalue()


def _fitted(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    return picture if picture.size == size else picture.resize(size)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, address: tuple[str, int], camera: EmulatedCamera) -> None:
        self.camera = camera
        self.broken = threading.Event()
        self._links: list[socket.socket] = []
        super().__init__(address, _Viewer)

    def get_request(self) -> tuple[socket.socket, object]:
        link, peer = super().get_request()
        self._links.append(link)
        return link, peer

    def break_connections(self) -> None:
        """Reset all that is open, as a camera without power does once it has power again."""
        self.broken.set()
        for link in self._links:
            if link.fileno() >= 0:
                link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
                with contextlib.suppress(OSError):  # the viewer may have left
                    link.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        """A viewer that leaves is no error."""


class _Viewer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server = cast("_Server", self.server)
        camera = server.camera
        camera.viewers += 1
        if camera.fault is CameraFault.REFUSES:
            self.send_error(401)
            return
        if camera.fault is CameraFault.NO_VIDEO:
            page = b"<html>Log in</html>"
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)
            return
        self.send_response(200)
        self.send_header("Content-Type", f"multipart/x-mixed-replace; boundary={_BOUNDARY}")
        self.end_headers()
        number, due = 0, time.monotonic()
        while not server.broken.is_set():
            part = camera.part(number)
            if part is not None:
                self.wfile.write(part)
                camera.sent += 1
                number += 1
            due = max(due + 1 / camera.rate, time.monotonic())
            server.broken.wait(due - time.monotonic())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as inherited
        """Say nothing."""
