"""Sensors that libfprint has drivers for, as a source of pictures."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from hw.child.frames import wipe
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint.libfprint_door import (
    ABANDONED,
    INTERPRETER,
    Worker,
    lost_trouble,
    told_trouble,
)
from hw.fingerprint.libfprint_wire import DONE, SIZE, STEP, TAKEN, Duty, Verb
from hw.fingerprint.picture_source import FingerPicture, ShownPicture, SourceStep, is_plausible
from hw.pictures import Frame

_OPEN_SECONDS: Final = 8.0
_HEED_SECONDS: Final = 0.5
"""For a driver to end a picture that is abandoned; then its process is killed."""
_SLICE_SECONDS: Final = 0.1


class LibfprintSource:
    """Any sensor with pictures that libfprint has a driver for: a `PictureSource`."""

    def __init__(
        self,
        *,
        interpreter: Sequence[str] = INTERPRETER,
        environment: Mapping[str, str] | None = None,
        open_seconds: float = _OPEN_SECONDS,
    ) -> None:
        """Nothing is started before `open`; for the parameters see `LibfprintMatcher`."""
        self._worker = Worker(Duty.SENSOR, interpreter, environment)
        self._open_seconds = open_seconds
        self._model = ""
        self._child: ChildProcess | None = None
        self._shown = ShownPicture()

    @property
    def model(self) -> str:
        """See `PictureSource`: the driver's name for it; empty before it was opened once."""
        return self._model

    def open(self) -> DeviceTrouble | None:
        """See `PictureSource`.

        Returns:
            Also `fingerprint.unsupported`: it compares in itself and gives no pictures, so that a
            template would be worth something on this one sensor only.
        """
        if self._child is not None and self._child.lost is None and self._child.alive:
            return None
        child = self._worker.started()
        if isinstance(child, DeviceTrouble):
            return self._closed(child)
        answer = child.ask((Verb.OPEN.value,), time.monotonic() + self._open_seconds)
        if self._worker.abandoned.is_set():
            return ABANDONED
        if isinstance(answer, ChildLoss):
            return self._closed(_of_sensor(answer))
        if len(answer) != 3 or answer[0] != DONE:
            return self._closed(told_trouble(answer, "fingerprint.failed"))
        driver, name = (_printable(each) for each in answer[1:])
        self._model = f"{name} (libfprint {driver})"
        self._child = child
        return None

    def picture(
        self, told: Callable[[SourceStep], None], deadline: float
    ) -> FingerPicture | DeviceTrouble:
        """See `PictureSource`.

        Returns:
            Also `fingerprint.unclear`: the driver wants the finger again (detail `reason` says
            why); the source stays open.
        """
        child = self._child
        if child is None:
            return DeviceTrouble(TroubleKind.REMOVED, "fingerprint.removed")
        if self._worker.abandoned.is_set():
            return ABANDONED
        untold = child.tell((Verb.PICTURE.value,))
        if untold is not None:
            return self._closed(_of_sensor(untold))
        told(SourceStep.WAITING)
        answer = self._heard(child, told, deadline)
        if isinstance(answer, DeviceTrouble):
            return answer
        try:
            return self._picture_of(answer)
        finally:
            for field in answer:
                wipe(field)

    def _picture_of(self, answer: Sequence[bytearray]) -> FingerPicture | DeviceTrouble:
        """The picture that an answer holds."""
        if bytes(answer[0]) != DONE:
            trouble = told_trouble(answer, "fingerprint.failed")
            if trouble.code == "fingerprint.unclear":
                return trouble
            return self._closed(trouble)
        sizes = [len(each) for each in answer[1:3]]
        if len(answer) != 4 or sizes != [SIZE.size, 2]:
            return self._closed(told_trouble((), "fingerprint.failed"))
        width, height = SIZE.unpack(answer[1])
        dpi = int.from_bytes(answer[2], "big")
        if not is_plausible(width, height, dpi) or len(answer[3]) != width * height:
            return self._closed(told_trouble((), "fingerprint.failed"))
        picture = FingerPicture(width, height, dpi, bytearray(answer[3]))
        self._shown.keep(picture)
        return picture

    def _heard(
        self, child: ChildProcess, told: Callable[[SourceStep], None], deadline: float
    ) -> list[bytearray] | DeviceTrouble:
        """The answer to a picture, behind its steps; a driver that is to end it gets a moment."""
        end: float | None = None
        while True:
            now = time.monotonic()
            if end is None and (self._worker.abandoned.is_set() or now >= deadline):
                end = now + _HEED_SECONDS
                if not self._worker.abandoned.is_set():
                    child.tell((Verb.ABANDON.value,))
            if end is not None and now >= end:
                self._closed()
                return self._unfinished()
            answer = child.hear_secret(now + _SLICE_SECONDS)
            if isinstance(answer, ChildLoss):
                if answer.reason == "timeout":
                    continue
                return self._closed(
                    ABANDONED if self._worker.abandoned.is_set() else _of_sensor(answer)
                )
            answer = answer or [bytearray()]
            if bytes(answer[0]) == STEP:
                step = SourceStep.TAKEN if bytes(answer[-1]) == TAKEN else SourceStep.TOUCHED
                if step is SourceStep.TOUCHED:
                    self._shown.forget()
                told(step)
                continue
            if end is not None and bytes(answer[0]) != DONE:
                return self._unfinished()
            return answer

    def _unfinished(self) -> DeviceTrouble:
        if self._worker.abandoned.is_set():
            return ABANDONED
        return DeviceTrouble(TroubleKind.ABSENT, "fingerprint.no-finger")

    def await_lift(self, deadline: float) -> DeviceTrouble | None:  # noqa: ARG002 - see below
        """See `PictureSource`. libfprint's picture is only done when the finger is gone."""
        return ABANDONED if self._worker.abandoned.is_set() else None

    def latest(self, after: int = -1) -> Frame | None:
        """See `PictureSource`: the last picture, until the next finger."""
        return self._shown.latest(after)

    def abandon(self) -> None:
        """See `PictureSource`. A driver that is still being opened hears nothing: it is killed."""
        self._worker.abandon((Verb.ABANDON.value,) if self._child is not None else ())

    def close(self) -> None:
        """See `PictureSource`: the worker ends, and its memory with it."""
        child = self._child
        if child is not None and not self._worker.abandoned.is_set() and child.lost is None:
            child.ask((Verb.CLOSE.value,), time.monotonic() + _HEED_SECONDS)
        self._closed()
        self._worker.abandoned.clear()

    def _closed(self, trouble: DeviceTrouble = ABANDONED) -> DeviceTrouble:
        """End the worker; gives back the trouble that it ended with."""
        self._worker.end()
        self._child = None
        self._shown.forget()
        return trouble


def _of_sensor(loss: ChildLoss) -> DeviceTrouble:
    code = {"crashed": "fingerprint.crashed", "timeout": "fingerprint.timeout"}
    return lost_trouble(loss, code.get(loss.reason, "fingerprint.failed"))


def _printable(name: bytes) -> str:
    """A driver's word, fit for a list on the screen and for the log."""
    return "".join(each for each in name.decode(errors="replace")[:60] if each.isprintable())
