"""Decodes a face image in a process of its own, which may crash, hang or grow without harm.

JPEG 2000 decoders are large C programs with a long list of faults, and the image comes from a card
that anybody can put on the reader. So the bytes go through a pipe to `face_decoder`, which has
little memory, little time, no files and no descendants; pixels come back, and nothing else is
believed. Callers decode only what a security object has proven (see `reader`).
"""

from __future__ import annotations

import contextlib
import os
import select
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Final

from hw.cards.emrtd.face import FaceImage
from hw.document_readings import FacePicture
from hw.errors import DeviceTrouble, TroubleKind

_PROGRAM: Final = Path(__file__).with_name("face_decoder.py")
_HEADER: Final = struct.Struct(">HH")
_LONGEST_SIDE: Final = 640
"""Pixels of the picture that comes back; the screen shows a face no larger."""
_LONGEST_ANSWER: Final = _HEADER.size + _LONGEST_SIDE * _LONGEST_SIDE * 3
_SECONDS: Final = 5.0
"""A face takes 0.2 s on the slowest appliance, most of it Python's start."""


class FaceDecoder:
    """One decoder process, for one image. Made early, it has started when the image is there."""

    def __init__(self) -> None:
        """Start the process."""
        # -I: nothing of the environment or the working folder decides what it imports.
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and file
            [sys.executable, "-I", str(_PROGRAM)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            close_fds=True,
            cwd="/",
            env={},
        )

    def decode(self, image: FaceImage, seconds: float = _SECONDS) -> FacePicture | DeviceTrouble:
        """The picture, at most 640 pixels on its longer side; ends the process.

        Returns:
            The picture, or `document.face-undecodable` with the reason `refused` (the decoder did
            not take it), `died`, `too-slow` or `nonsense` (an answer that is no picture).
        """
        deadline = time.monotonic() + seconds
        question = image.kind.value.encode("ascii").ljust(8) + image.data
        # On a thread: a child that does not read must not hold the caller. Killing it ends both.
        asking = threading.Thread(target=self._ask, args=(question,), name="face", daemon=True)
        asking.start()
        try:
            answer = self._answer(deadline)
            if answer is None:
                return _undecodable("too-slow")
            code = self._process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            return _undecodable("too-slow")
        finally:
            self.close()
            asking.join()
        if code != 0:
            return _undecodable("refused" if code == 1 else "died")
        return _picture(answer)

    def _ask(self, question: bytes) -> None:
        pipe = self._process.stdin
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.write(question)
                pipe.close()

    def _answer(self, deadline: float) -> bytes | None:
        """What comes until the child closes, cut where it is more than any picture; None: late."""
        pipe = self._process.stdout
        answer = bytearray()
        while pipe is not None and len(answer) <= _LONGEST_ANSWER:
            ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
            if not ready:
                return None
            part = os.read(pipe.fileno(), 65536)
            if not part:
                break
            answer += part
        return bytes(answer)

    def kill(self) -> None:
        """Make a `decode` of another thread return."""
        if self._process.poll() is None:
            self._process.kill()

    def close(self) -> None:
        """End the process, whatever it does. Safe to call twice."""
        self.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def start() -> FaceDecoder | None:
    """A decoder process, None where no process can be had."""
    try:
        return FaceDecoder()
    except OSError:
        return None


def decode(image: FaceImage, seconds: float = _SECONDS) -> FacePicture | DeviceTrouble:
    """Decode `image` in a process started for it; see `FaceDecoder.decode`."""
    decoder = start()
    return _undecodable("died") if decoder is None else decoder.decode(image, seconds)


def _picture(answer: bytes) -> FacePicture | DeviceTrouble:
    if len(answer) < _HEADER.size:
        return _undecodable("nonsense")
    width, height = _HEADER.unpack_from(answer)
    sides = 1 <= width <= _LONGEST_SIDE and 1 <= height <= _LONGEST_SIDE
    if not sides or len(answer) != _HEADER.size + width * height * 3:
        return _undecodable("nonsense")
    return FacePicture(width, height, answer[_HEADER.size :])


def _undecodable(reason: str) -> DeviceTrouble:
    return DeviceTrouble(TroubleKind.DAMAGED, "document.face-undecodable", (("reason", reason),))
