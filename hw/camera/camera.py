"""A camera whose driver, library and decoder run in a child process that may be lost.

`ChildCamera` is the port `Camera`. Between `start` and `stop` a thread hears its child; a child
that is silent for too long, crashes or talks nonsense is killed and another one is started, and a
camera that was pulled is looked for until it is back. Pictures come through `shared_frames`.
"""

from __future__ import annotations

import contextlib
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from hw.camera import v4l2
from hw.camera.shared_frames import SLOTS, FrameMemory, FrameReader
from hw.camera.wire import CameraSettings, Notice, model_of, number_of, trouble_of
from hw.child.frames import Broken
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.pictures import Frame, PixelFormat

_DEBIANS_PYTHON: Final = "/usr/bin/python3"
_WORKER: Final = ("-m", "hw.camera.camera_worker")
_LONGEST: Final = 4096
_STOP_SECONDS: Final = 5.0
_GLANCE_SECONDS: Final = 1.5
_ASKED_EVERY_SECONDS: Final = 0.05
_COUNTED: Final = 30
_ABSENT: Final = DeviceTrouble(TroubleKind.ABSENT, "camera.absent")
_SILENT: Final = DeviceTrouble(TroubleKind.PROTOCOL, "camera.no-pictures", (("reason", "silent"),))
_STOPPED: Final = DeviceTrouble(TroubleKind.ABSENT, "camera.stopped")


@dataclass(frozen=True, slots=True)
class CameraPatience:
    """How long a camera may take, in seconds.

    Attributes:
        opening: until its child has opened it, or says why not.
        first: from then until the first picture.
        silence: between two pictures.
        start: how long `start` waits for the first picture.
        again: until another child is started; doubled each time it comes to nothing.
        seldom: longest time until another child is started.
    """

    opening: float = 8.0
    first: float = 5.0
    silence: float = 2.0
    start: float = 6.0
    again: float = 0.3
    seldom: float = 3.0


@dataclass(frozen=True, slots=True)
class CameraStatistics:
    """What a camera did since it was made.

    Attributes:
        model: as it tells; empty before it was opened.
        pictures: how many it gave.
        rate: pictures a second over the last of them; 0 where none come.
        skipped: pictures that its child passed over, since it was started last: newer ones lay
            behind them, or more came than were wanted.
        children: how many child processes were started.
        faults: how often pictures ended that had come.
        seconds_to_service: from the last fault until pictures came again; None before.
    """

    model: str
    pictures: int
    rate: float
    skipped: int
    children: int
    faults: int
    seconds_to_service: float | None


class ChildCamera:
    """One camera. For any threads. See `hw.ports.Camera`."""

    def __init__(
        self,
        settings: CameraSettings,
        *,
        patience: CameraPatience | None = None,
        command: Sequence[str] | None = None,
    ) -> None:
        """A camera that is not opened yet.

        Args:
            settings: which, and how its pictures are wanted.
            patience: how long it may take.
            command: program of the child; the one that suits the address where None.
        """
        self._settings = settings
        self._patience = patience or CameraPatience()
        self._command = tuple(command or _command(settings.address))
        self._turn = threading.Lock()
        """Of `start` and `stop`."""
        self._told = threading.Condition()
        """Guards what follows."""
        self._stopping: threading.Event | None = None
        self._thread: threading.Thread | None = None
        self._memory: FrameMemory | None = None
        self._reader: FrameReader | None = None
        self._child: ChildProcess | None = None
        self._trouble: DeviceTrouble | None = None
        self._serving = False
        self._model = ""
        self._times: deque[float] = deque(maxlen=_COUNTED)
        self._pictures = self._skipped = self._children = self._faults = 0
        self._fault_at: float | None = None
        self._seconds_to_service: float | None = None

    def start(self, over: Callable[[], bool] = lambda: False) -> DeviceTrouble | None:
        """Have pictures come; waits for the first one, for seconds at most.

        Args:
            over: asked now and then while it waits; where it says True it waits no longer.

        Returns:
            None where they come. Otherwise why not yet: `camera.*`; it goes on looking for the
            camera until `stop`.
        """
        with self._turn:
            if self._stopping is None:
                trouble = self._begin()
                if trouble is not None:
                    return trouble
        until = time.monotonic() + self._patience.start
        with self._told:
            stopping = self._stopping
            while not (self._serving or self._trouble or self._stopping is not stopping):
                left = until - time.monotonic()
                if left <= 0 or over():
                    break
                self._told.wait(min(left, _ASKED_EVERY_SECONDS))
            if self._serving:
                return None
            return self._trouble or (_SILENT if self._stopping is stopping else _STOPPED)

    def stop(self) -> None:
        """Close it and wipe the pictures. Safe to call twice and from any thread."""
        with self._turn:
            with self._told:
                stopping, self._stopping = self._stopping, None
                thread, child = self._thread, self._child
                memory, self._memory = self._memory, None
                reader, self._reader = self._reader, None
                self._trouble, self._serving = None, False
                self._fault_at = None
                self._times.clear()
                self._told.notify_all()
                if stopping is not None:
                    stopping.set()
            if child is not None:
                child.strike()
            if thread is not None:
                thread.join(_STOP_SECONDS)
            if reader is not None:
                reader.close()
            if memory is not None:
                memory.close()

    def trouble(self) -> DeviceTrouble | None:
        """Why no pictures come now, though it was started; None where they come, or will soon."""
        with self._told:
            return self._trouble

    def latest(self, after: int = -1) -> Frame | None:
        """The newest picture as RGB, where its number is above `after`; None else."""
        return self._latest(after, PixelFormat.RGB)

    def latest_grey(self, after: int = -1) -> Frame | None:
        """As `latest`, as grey; made by the camera's child, so that decoders need not."""
        return self._latest(after, PixelFormat.GREY)

    def look(self) -> DeviceTrouble | None:
        """How it stands: as it runs, or, where it is stopped, whether it seems to be there.

        Takes two seconds at most and does not switch it on.
        """
        with self._told:
            if self._stopping is not None:
                return self._trouble
        return self._glance()

    @property
    def model(self) -> str:
        """As the camera told it; empty where it did not yet."""
        with self._told:
            return self._model

    def statistics(self) -> CameraStatistics:
        """What it did so far."""
        with self._told:
            span = self._times[-1] - self._times[0] if len(self._times) > 1 else 0.0
            return CameraStatistics(
                model=self._model,
                pictures=self._pictures,
                rate=(len(self._times) - 1) / span if self._serving and span > 0 else 0.0,
                skipped=self._skipped,
                children=self._children,
                faults=self._faults,
                seconds_to_service=self._seconds_to_service,
            )

    def _latest(self, after: int, pixels: PixelFormat) -> Frame | None:
        reader = self._reader
        return None if reader is None else reader.latest(after, pixels)

    def _begin(self) -> DeviceTrouble | None:
        """Make the memory and start the thread."""
        try:
            memory = FrameMemory(self._settings.width * self._settings.height)
        except OSError as error:
            return _failed(error)
        try:
            reader = FrameReader(memory.fileno())
        except OSError as error:
            memory.close()
            return _failed(error)
        stopping = threading.Event()
        with self._told:
            self._memory, self._reader, self._stopping = memory, reader, stopping
            self._thread = threading.Thread(
                target=self._run, args=(memory, stopping), name="camera", daemon=True
            )
            self._thread.start()
        return None

    def _run(self, memory: FrameMemory, stopping: threading.Event) -> None:
        """Thread: one child after the other, until `stop`."""
        pause, written = self._patience.again, 0
        while not stopping.is_set():
            memory.wipe(written)
            before = self._pictures
            try:
                child = self._started(memory, stopping)
            except OSError as error:
                self._note(_failed(error), stopping)
            else:
                self._listen(child, stopping)
                child.end()
                with self._told:
                    self._child = None
            given = self._pictures - before
            # A child may have published some whose notices were not heard.
            written += given + SLOTS
            pause = self._patience.again if given else min(2 * pause, self._patience.seldom)
            stopping.wait(pause)

    def _started(self, memory: FrameMemory, stopping: threading.Event) -> ChildProcess:
        """A child that is told what to do. Raises OSError."""
        descriptor = memory.fileno()
        child = ChildProcess(self._command, {}, pass_fds=(descriptor,), longest=_LONGEST)
        with self._told:
            self._child = child
            self._children += 1
            self._skipped = 0
            if stopping.is_set():
                child.strike()
        child.tell(self._settings.fields(descriptor))
        return child

    def _listen(self, child: ChildProcess, stopping: threading.Event) -> None:
        """Hear a child until it is lost."""
        limit, told = self._patience.opening, False
        while not stopping.is_set():
            heard = child.hear(time.monotonic() + limit)
            if isinstance(heard, ChildLoss):
                # One that said why and then ended, had to end to let the camera go.
                if not told or heard.reason != "crashed":
                    self._note(_lost(heard), stopping)
                return
            try:
                told = self._heed(heard, stopping)
            except Broken as broken:
                self._note(_lost(ChildLoss("nonsense", broken.reason)), stopping)
                return
            limit = {
                Notice.PICTURE.value: self._patience.silence,
                Notice.OPENED.value: self._patience.first,
            }.get(heard[0], self._patience.opening)

    def _heed(self, heard: list[bytes], stopping: threading.Event) -> bool:
        """Take a notice in; whether it told trouble. Raises Broken."""
        match heard:
            case [Notice.PICTURE.value, skipped]:
                self._served(number_of(skipped), stopping)
            case [Notice.OPENED.value, model]:
                with self._told:
                    self._model = model_of(model.decode(errors="replace"))
            case [Notice.TROUBLE.value, *rest]:
                self._note(trouble_of(rest), stopping)
                return True
            case _:
                raise Broken("no notice")
        return False

    def _served(self, skipped: int, stopping: threading.Event) -> None:
        """A picture came."""
        now = time.monotonic()
        with self._told:
            if stopping.is_set():
                return
            self._pictures += 1
            self._skipped = skipped
            self._times.append(now)
            if not self._serving:
                self._serving, self._trouble = True, None
                if self._fault_at is not None:
                    self._seconds_to_service = now - self._fault_at
                    self._fault_at = None
                self._told.notify_all()

    def _note(self, trouble: DeviceTrouble, stopping: threading.Event) -> None:
        """No pictures come, and why."""
        with self._told:
            if stopping.is_set():
                return
            if self._serving:
                self._faults += 1
                self._fault_at = time.monotonic()
                self._times.clear()
            # That it was pulled says more than that it is not there.
            pulled = self._trouble is not None and self._trouble.code == "camera.removed"
            if not (pulled and trouble.code == "camera.absent"):
                self._trouble = trouble
            self._serving = False
            self._told.notify_all()

    def _glance(self) -> DeviceTrouble | None:
        scheme, _, selector = self._settings.address.partition(":")
        if scheme == "v4l2":
            name = v4l2.fitted(selector)
            if name is None:
                return _ABSENT
            with self._told:
                self._model = self._model or model_of(name)
            return None
        if scheme == "picamera2":
            return None if any(Path("/dev").glob("media*")) else _ABSENT
        return _reached(self._settings.address)


def _command(address: str) -> tuple[str, ...]:
    """The child for an address: picamera2 is a package of Debian's interpreter."""
    board = address.startswith("picamera2:")
    return (_DEBIANS_PYTHON if board else sys.executable, *_WORKER)


def _reached(address: str) -> DeviceTrouble | None:
    """Whether somebody listens where a network camera should be."""
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        with contextlib.closing(
            socket.create_connection((parts.hostname or "", port), _GLANCE_SECONDS)
        ):
            return None
    except (OSError, ValueError) as error:
        reason = (("reason", type(error).__name__),)
        return DeviceTrouble(TroubleKind.ABSENT, "camera.unreachable", reason)


def _lost(loss: ChildLoss) -> DeviceTrouble:
    """What the loss of a child means."""
    if loss.reason == "timeout":
        return _SILENT
    details = (("child", loss.reason), ("reason", loss.detail))
    return DeviceTrouble(TroubleKind.PROTOCOL, "camera.crashed", details)


def _failed(error: OSError) -> DeviceTrouble:
    """The machine has no memory or no process to spare."""
    details = (("reason", type(error).__name__),)
    return DeviceTrouble(TroubleKind.DAMAGED, "camera.software-missing", details)
