"""Cameras of the kernel and of the network, read and decoded by PyAV (FFmpeg). Child only.

A thread takes packets as they come, since a camera that is not listened to in time sends old
pictures later; only the newest is decoded.
"""

from __future__ import annotations

import errno
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Final

import av
from av.container import InputContainer
from av.filter import Graph
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.stream import VideoStream

from hw.camera import v4l2
from hw.camera.shared_frames import FrameWriter, Room
from hw.camera.wire import CameraSettings, Failure, model_of

_OPEN_SECONDS: Final = 3.0
_READ_SECONDS: Final = 1.8
"""Less than the parent waits for a picture, so that a reason is told before it kills."""
_FIRST_SECONDS: Final = 4.0
"""A camera that was just opened may light up first."""
_JOIN_SECONDS: Final = 0.5
_FORMATS: Final = (("MJPG", "mjpeg"), ("YUYV", "yuyv422"), ("", ""))
"""What a camera is asked for, as V4L2 and FFmpeg name it: USB carries a full rate of HD pictures
only as JPEG. At last whatever it has."""
_DECODING: Final = {"max_pixels": str(4096 * 4096)}
_NETWORK: Final = {
    "rw_timeout": str(int(_READ_SECONDS * 1e6)),
    "protocol_whitelist": "http,https,tls,tcp",  # a camera may not send us to a file
    "tls_verify": "1",
    "ca_file": "/etc/ssl/certs/ca-certificates.crt",
    "fflags": "nobuffer",
    "probesize": "32",
}
_ERRORS: Final = (av.error.FFmpegError, OSError, ValueError)
"""What PyAV raises; not all of its own errors are errors of the system."""
_GONE: Final = frozenset({errno.ENODEV, errno.ENXIO, errno.ENOENT, errno.EIO, errno.ESHUTDOWN})
_DENIED: Final = frozenset({errno.EACCES, errno.EPERM})


class VideoSource:
    """A camera of the kernel (`v4l2:`) or of the network (`http:`, `https:`)."""

    def __init__(self, settings: CameraSettings) -> None:
        """Nothing is opened yet."""
        self._settings = settings
        self._container: InputContainer | None = None
        self._stream: VideoStream | None = None
        self._turning = _Turning(settings)
        self._inbox = threading.Condition()
        self._newest: tuple[Packet[VideoStream], float] | None = None
        self._ended: Failure | None = None
        self._stopping = False
        self._pump: threading.Thread | None = None
        self._path = Path()
        self._gave = False
        self.skipped = 0

    def open(self) -> str | Failure:
        """Open the device or the connection."""
        local = self._settings.address.startswith("v4l2:")
        opened = self._open_node() if local else self._open_network()
        if isinstance(opened, Failure):
            return opened
        container, model = opened
        if not container.streams.video:
            container.close()
            return Failure("camera.unsuitable", "no video")
        self._container, self._stream = container, container.streams.video[0]
        self._stream.codec_context.options = dict(_DECODING)
        self._newest, self._ended, self._stopping, self._gave = None, None, False, False
        self._pump = threading.Thread(
            target=self._pump_packets, args=(container, self._stream), name="packets", daemon=True
        )
        self._pump.start()
        return model

    def take(self, writer: FrameWriter) -> Failure | None:
        """Decode the newest packet into the memory; waits for one."""
        until = time.monotonic() + (_READ_SECONDS if self._gave else _FIRST_SECONDS)
        while (left := until - time.monotonic()) > 0:
            with self._inbox:
                self._inbox.wait_for(lambda: self._newest or self._ended, left)
                newest, self._newest = self._newest, None
                if newest is None and self._ended is not None:
                    return self._ended
            if newest is not None and self._publish(*newest, writer):
                self._gave = True
                return None
        return Failure("camera.no-pictures", "none that can be decoded")

    def close(self) -> bool:
        """Close it, once the packet thread has ended; a device may hold it for ever."""
        self._stopping = True
        if self._pump is not None:
            self._pump.join(_JOIN_SECONDS)
            if self._pump.is_alive():
                return False
        # What refers to the kernel's buffers goes before the container that they belong to.
        self._newest = self._pump = self._stream = None
        self._turning.forget()
        if self._container is not None:
            self._container.close()
        self._container = None
        return True

    def _open_node(self) -> tuple[InputContainer, str] | Failure:
        node = v4l2.chosen(self._settings.address.removeprefix("v4l2:"))
        if node is None:
            return Failure("camera.absent")
        if isinstance(node, OSError):
            return _failure(node, "camera.absent")
        self._path = Path(node.path)
        width, height = self._settings.seen
        why = Failure("camera.unsuitable", "no format")
        for code, name in _FORMATS:
            try:
                size = v4l2.offered(node.path, code, width, height)
                if size is None:
                    continue
                options = {
                    "framerate": str(self._settings.rate),
                    "video_size": "{}x{}".format(*size),
                }
                if name:
                    options["input_format"] = name
                return av.open(node.path, format="v4l2", options=options), model_of(node.name)
            except _ERRORS as error:
                why = _failure(error, "camera.absent")
                if why.code != "camera.failed":
                    return why
        return why

    def _open_network(self) -> tuple[InputContainer, str] | Failure:
        options = _NETWORK | {"user_agent": "Sportello"}
        timeouts = (_OPEN_SECONDS, _READ_SECONDS)
        try:
            container = av.open(
                self._settings.address, format="mpjpeg", options=options, timeout=timeouts
            )
        except (av.error.InvalidDataError, av.error.EOFError) as error:
            return Failure("camera.unsuitable", type(error).__name__)
        except _ERRORS as error:
            return _network_failure(error)
        return container, "Motion JPEG"

    def _pump_packets(self, container: InputContainer, stream: VideoStream) -> None:
        """Thread: keep the newest packet until the source ends or is closed."""
        local = self._settings.address.startswith("v4l2:")
        ended = Failure("camera.removed" if local else "camera.unreachable", "ended")
        due = 0.0
        try:
            for packet in container.demux(stream):
                now = time.monotonic()
                if self._stopping:
                    break
                if packet.size == 0:  # PyAV's mark of the end
                    continue
                with self._inbox:
                    # A source that sends more pictures than are wanted is thinned out.
                    if now < due or self._newest is not None:
                        self.skipped += 1
                    if now >= due:
                        self._newest = (packet, now)
                        due = max(due + 0.9 / self._settings.rate, now)
                        self._inbox.notify()
        except _ERRORS as error:
            ended = self._read_failure(error)
        with self._inbox:
            self._ended = ended
            self._inbox.notify()

    def _read_failure(self, error: Exception) -> Failure:
        """Why what was open gives no more; drivers differ in how they say so."""
        if not self._settings.address.startswith("v4l2:"):
            if isinstance(error, TimeoutError | av.error.ExitError):
                return Failure("camera.no-pictures", "silent")
            return _network_failure(error)
        failure = _failure(error, "camera.removed")
        if failure.code == "camera.failed" and not self._path.exists():
            return Failure("camera.removed", failure.reason)
        return failure

    def _publish(self, packet: Packet[VideoStream], taken_at: float, writer: FrameWriter) -> bool:
        """Decode one packet into the memory; False where it holds no picture."""
        if self._stream is None:
            return False
        try:
            frames = self._stream.codec_context.decode(packet)
            if not frames:
                return False
            frame = self._turning.turned(frames[-1])
            width, height = _fitting(frame, self._settings)
            rgb = frame.reformat(width=width, height=height, format="rgb24")
            grey = frame.reformat(width=width, height=height, format="gray")
        except _ERRORS:  # a broken picture, or one that is too large
            return False
        room: Room = writer.begin(width, height)
        _fill(room.rgb, rgb.planes[0], width * 3)
        _fill(room.grey, grey.planes[0], width)
        writer.publish(taken_at)
        return True


class _Turning:
    """Turns and mirrors pictures by FFmpeg's filters, made anew for each size and format."""

    def __init__(self, settings: CameraSettings) -> None:
        steps = {
            0: [],
            90: [("transpose", "clock")],
            180: [("hflip", ""), ("vflip", "")],
            270: [("transpose", "cclock")],
        }[settings.turned]
        self._steps = [*steps, ("hflip", "")] if settings.mirrored else steps
        self._graph: Graph | None = None
        self._fits: tuple[object, ...] = ()

    def turned(self, frame: VideoFrame) -> VideoFrame:
        """The picture as it is to be shown."""
        if not self._steps:
            return frame
        fits = (frame.width, frame.height, frame.format.name)
        if self._graph is None or fits != self._fits:
            self._graph, self._fits = self._made(frame), fits
        frame.pts = None  # a filter would pass over one whose time stands still
        self._graph.vpush(frame)
        turned = self._graph.vpull()
        turned.color_range = frame.color_range
        return turned

    def forget(self) -> None:
        """Let every picture go."""
        self._graph = None

    def _made(self, frame: VideoFrame) -> Graph:
        graph = Graph()
        nodes = [
            graph.add_buffer(
                width=frame.width,
                height=frame.height,
                format=frame.format,
                time_base=Fraction(1, 1000),
            ),
            *(graph.add(name, arguments or None) for name, arguments in self._steps),
            graph.add("buffersink"),
        ]
        graph.link_nodes(*nodes)
        graph.configure()
        return graph


def _fitting(frame: VideoFrame, settings: CameraSettings) -> tuple[int, int]:
    """The size at which a picture fits the wanted one, in its own proportions."""
    scale = min(1.0, settings.width / frame.width, settings.height / frame.height)
    return max(1, int(frame.width * scale)), max(1, int(frame.height * scale))


def _fill(target: memoryview, plane: VideoPlane, row: int) -> None:
    """Copy a plane without the padding behind its rows."""
    with memoryview(plane) as source:
        if plane.line_size == row:
            target[:] = source[: len(target)]
            return
        for line in range(len(target) // row):
            start = line * plane.line_size
            target[line * row : (line + 1) * row] = source[start : start + row]


def _failure(error: Exception, gone: str) -> Failure:
    """What an error of a device node means."""
    number = _number(error)
    reason = errno.errorcode.get(number, type(error).__name__)
    if number in _GONE:
        return Failure(gone, reason)
    if number == errno.EBUSY:
        return Failure("camera.in-use")
    if number in _DENIED:
        return Failure("camera.not-allowed", reason)
    return Failure("camera.failed", reason)


def _network_failure(error: Exception) -> Failure:
    """What an error of a connection means."""
    reason = type(error).__name__
    if isinstance(error, av.error.HTTPClientError):
        return Failure("camera.not-allowed", reason)
    return Failure("camera.unreachable", errno.errorcode.get(_number(error), reason))


def _number(error: Exception) -> int:
    """Its errno, where it has one; FFmpeg's errors that are none of the system's have others."""
    return (error.errno or 0) if isinstance(error, OSError | av.error.FFmpegError) else 0
