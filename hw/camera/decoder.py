"""The decoders' child process as the scanner sees it: asked picture by picture, started anew."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image

from hw.camera.decoder_wire import DONE, DONE_WITHOUT_ZBAR, LONGEST_ANSWER, MOST_PIXELS
from hw.child.frames import Buffer
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.pictures import Frame, PixelFormat, Symbology

HANGS_AFTER_SECONDS: Final = 5.0
"""A picture takes 10 to 300 ms on a desk, some times that on a small board."""
ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "barcode.abandoned")

_LOG: Final = logging.getLogger(__name__)
_COMMAND: Final = (sys.executable, "-m", "hw.camera.decoder_worker")
# It has a thread that does nothing but read; who abandons a scan must not wait for a dead one.
_READS_WITHIN_SECONDS: Final = 1.0
_ASKED_EVERY_SECONDS: Final = 0.05
_PASSED_ON: Final = ("PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "LANG")


@dataclass(frozen=True, slots=True, repr=False)
class Look:
    """What one picture showed.

    Attributes:
        codes: kind and text of each code; texts are printable.
        aid: number of the aid that showed them (`decoder_wire.Aid`); None where there is none.
    """

    codes: tuple[tuple[Symbology, str], ...]
    aid: int | None


class Decoder:
    """Looks for codes in a child process. For one thread at a time.

    A picture over which the child crashes or hangs is not looked at again.
    """

    def __init__(
        self,
        command: Sequence[str] = _COMMAND,
        *,
        hangs_after: float = HANGS_AFTER_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is started yet.

        Args:
            command: of the child.
            hangs_after: seconds without an answer after which it is killed.
            clock: monotonic seconds.
        """
        self._command = tuple(command)
        self._hangs_after = hangs_after
        self._clock = clock
        self._child: ChildProcess | None = None
        self._warned = False

    def prepare(self) -> DeviceTrouble | None:
        """Start the child, where it does not run; it loads its libraries meanwhile."""
        if self._child is not None and self._child.lost is None and self._child.alive:
            return None
        self.close()
        try:
            self._child = ChildProcess(self._command, _environment(), longest=LONGEST_ANSWER)
        except OSError as refused:
            return _failed("start", str(refused.errno))
        return None

    def look(
        self,
        frame: Frame,
        wanted: frozenset[Symbology],
        aids: Sequence[int],
        over: Callable[[], bool] = lambda: False,
    ) -> Look | DeviceTrouble:
        """Look for codes in one picture.

        Args:
            frame: the picture, grey or colours.
            wanted: kinds of codes.
            aids: numbers of `decoder_wire.Aid`, in the order of trial.
            over: asked now and then; where it says True the look ends at once.

        Returns:
            The codes, or `barcode.decoder-failed`, `barcode.abandoned`.
        """
        trouble = self.prepare()
        if trouble is not None or self._child is None:
            return trouble or _failed("start", "")
        width, height, pixels = _grey(frame)
        kinds = ",".join(sorted(one.value for one in wanted if one is not Symbology.TYPED))
        request: list[Buffer] = [
            width.to_bytes(4), height.to_bytes(4), pixels, kinds.encode(), bytes(aids)
        ]  # fmt: skip
        deadline = self._clock() + self._hangs_after
        reads_by = min(deadline, self._clock() + _READS_WITHIN_SECONDS)
        loss: list[bytes] | ChildLoss | None = self._child.tell(request, reads_by)
        if loss is None:
            loss = self._heard(self._child, deadline, over)
        if loss is None:
            return ABANDONED
        if isinstance(loss, ChildLoss):
            self.close()
            return _failed(loss.reason, loss.detail)
        look = _look_of(loss)
        if look is None:
            self.close()
            return _failed("nonsense", "answer")
        if loss[0] == DONE_WITHOUT_ZBAR and not self._warned:
            self._warned = True
            _LOG.warning("codes are decoded without ZBar: libzbar0 is missing")
        return look

    def close(self) -> None:
        """End the child. Safe to call twice; `look` starts another."""
        child, self._child = self._child, None
        if child is not None:
            child.end()

    def _heard(
        self, child: ChildProcess, deadline: float, over: Callable[[], bool]
    ) -> list[bytes] | ChildLoss | None:
        """The answer; None where it is over, the child ended then, as its answer is owed."""
        while True:
            now = self._clock()
            heard = child.hear(min(deadline, now + _ASKED_EVERY_SECONDS))
            if not isinstance(heard, ChildLoss) or heard.reason != "timeout":
                return heard
            if over():
                self.close()
                return None
            if now >= deadline:
                return heard


def _environment() -> Mapping[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


def _failed(reason: str, detail: str) -> DeviceTrouble:
    details = (("reason", reason), *((("detail", detail),) if detail else ()))
    return DeviceTrouble(TroubleKind.DAMAGED, "barcode.decoder-failed", details)


def _grey(frame: Frame) -> tuple[int, int, bytes | bytearray]:
    """Width, height and grey pixels; a very large picture is halved until it fits."""
    if frame.format is PixelFormat.GREY and frame.width * frame.height <= MOST_PIXELS:
        return frame.width, frame.height, frame.pixels
    mode = "L" if frame.format is PixelFormat.GREY else "RGB"
    picture = Image.frombuffer(mode, (frame.width, frame.height), frame.pixels, "raw", mode, 0, 1)
    grey = picture.convert("L")
    while grey.width * grey.height > MOST_PIXELS:
        grey = grey.reduce(2)
    return grey.width, grey.height, grey.tobytes()


def _look_of(fields: Sequence[bytes]) -> Look | None:
    """What an answer says; None where it says nothing that we understand."""
    if len(fields) < 2 or len(fields) % 2 or len(fields[1]) > 1:
        return None
    if fields[0] not in {DONE, DONE_WITHOUT_ZBAR}:
        return None
    codes = []
    for kind, text in zip(fields[2::2], fields[3::2], strict=True):
        try:
            code = Symbology(kind.decode("ascii")), text.decode("utf-8")
        except ValueError:
            return None
        if not code[1].isprintable():
            return None
        codes.append(code)
    return Look(tuple(codes), fields[1][0] if fields[1] else None)
