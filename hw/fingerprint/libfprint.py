"""The matcher of libfprint: mindtct finds minutiae, bozorth3 compares them (NIST's, both)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hw.child.frames import Buffer
from hw.child.process import ChildLoss
from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import FingerPosition
from hw.fingerprint.libfprint_door import (
    ABANDONED,
    INTERPRETER,
    Worker,
    lost_trouble,
    told_trouble,
)
from hw.fingerprint.libfprint_wire import (
    DONE,
    LARGEST_TEMPLATE,
    MOST_MINUTIAE,
    SIZE,
    UNREADABLE,
    Duty,
    Verb,
)
from hw.fingerprint.matcher import PrintReading
from hw.fingerprint.picture_source import FingerPicture
from hw.fingerprint.template import finger_number

_MATCH_SECONDS: Final = 8.0
"""A picture is read in 20 ms and compared in 10 to 500 ms on a fast machine."""
_MATCHER_DPI: Final = 500
_NEAR_ENOUGH: Final = 0.06
"""Pictures that are coarser or finer by less go to bozorth3 as they are, as libfprint does it."""


class LibfprintMatcher:
    """mindtct and bozorth3 of libfprint: a `FingerMatcher`."""

    def __init__(
        self,
        *,
        interpreter: Sequence[str] = INTERPRETER,
        environment: Mapping[str, str] | None = None,
        seconds: float = _MATCH_SECONDS,
    ) -> None:
        """Nothing is started before the first call.

        Args:
            interpreter: a Python that finds libfprint's bindings, and what stands before it.
            environment: what the worker needs besides.
            seconds: longest time of one answer.
        """
        self._worker = Worker(Duty.MATCHER, interpreter, environment)
        self._seconds = seconds

    def begin(self) -> DeviceTrouble | None:
        """See `FingerMatcher`. Takes 0.2 s."""
        started = self._worker.started()
        return started if isinstance(started, DeviceTrouble) else None

    def read(
        self, picture: FingerPicture, against: Sequence[bytes] = ()
    ) -> PrintReading | DeviceTrouble:
        """See `FingerMatcher`."""
        if any(len(each) > LARGEST_TEMPLATE for each in against):
            return DeviceTrouble(TroubleKind.DAMAGED, "fingerprint.template-unreadable")
        scaled, scale = _at_matcher_dpi(picture)
        try:
            size = SIZE.pack(scaled.width, scaled.height)
            answer = self._ask((Verb.READ.value, size, scaled.pixels, *against))
        finally:
            if scaled is not picture:
                scaled.wipe()
        if isinstance(answer, DeviceTrouble):
            return answer
        if answer == [UNREADABLE]:
            return PrintReading(b"", (), (False,) * len(against))
        if len(answer) != 3 or len(answer[1]) % SIZE.size or len(answer[2]) != len(against):
            return self._nonsense()
        spots = tuple((x * scale, y * scale) for x, y in SIZE.iter_unpack(answer[1]))
        if len(answer[0]) > LARGEST_TEMPLATE or len(spots) > MOST_MINUTIAE:
            return self._nonsense()
        return PrintReading(
            answer[0],
            tuple((int(x), int(y)) for x, y in spots),
            tuple(bool(each) for each in answer[2]),
        )

    def join(self, prints: Sequence[bytes], position: FingerPosition) -> bytes | DeviceTrouble:
        """See `FingerMatcher`."""
        answer = self._ask((Verb.JOIN.value, bytes((finger_number(position),)), *prints))
        if isinstance(answer, DeviceTrouble):
            return answer
        fits = len(answer) == 1 and len(answer[0]) <= LARGEST_TEMPLATE
        return answer[0] if fits else self._nonsense()

    def split(self, template: bytes) -> tuple[bytes, ...] | DeviceTrouble:
        """See `FingerMatcher`."""
        if len(template) > LARGEST_TEMPLATE:
            return DeviceTrouble(TroubleKind.DAMAGED, "fingerprint.template-unreadable")
        answer = self._ask((Verb.SPLIT.value, template))
        if isinstance(answer, DeviceTrouble):
            return answer
        if any(len(each) > LARGEST_TEMPLATE for each in answer):
            return self._nonsense()
        return tuple(answer)

    def forget(self) -> None:
        """See `FingerMatcher`: the worker ends, and its memory with it."""
        self._worker.end()
        self._worker.abandoned.clear()

    def abandon(self) -> None:
        """See `FingerMatcher`: the worker is killed."""
        self._worker.abandon()

    def _ask(self, fields: Sequence[Buffer]) -> list[bytes] | DeviceTrouble:
        """Ask; where the worker crashes, once more of another one."""
        loss = ChildLoss("crashed")
        for _ in range(2):
            child = self._worker.started()
            if isinstance(child, DeviceTrouble):
                return child
            answer = child.ask(fields, time.monotonic() + self._seconds)
            if self._worker.abandoned.is_set():
                return ABANDONED
            if not isinstance(answer, ChildLoss):
                if answer[:1] == [DONE]:
                    return answer[1:]
                trouble = told_trouble(answer, "fingerprint.matcher-failed")
                if trouble.code != "fingerprint.template-unreadable":
                    self._worker.end()  # what it does next nobody knows
                return trouble
            loss = answer
            self._worker.end()
            if loss.reason == "timeout":
                break  # it would hang again, and a person waits
        return lost_trouble(loss, "fingerprint.matcher-failed")

    def _nonsense(self) -> DeviceTrouble:
        self._worker.end()
        return DeviceTrouble(
            TroubleKind.PROTOCOL, "fingerprint.matcher-failed", (("reason", "nonsense"),)
        )


def _at_matcher_dpi(picture: FingerPicture) -> tuple[FingerPicture, float]:
    """The picture as fine as bozorth3 takes it for, and how much coarser that is than it was."""
    scale = picture.dpi / _MATCHER_DPI
    if abs(scale - 1) < _NEAR_ENOUGH:
        return picture, 1.0
    width, height = max(1, int(picture.width / scale)), max(1, int(picture.height / scale))
    grey = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
    columns = np.minimum((np.arange(width) + 0.5) * scale - 0.5, picture.width - 1.001).clip(0)
    rows = np.minimum((np.arange(height) + 0.5) * scale - 0.5, picture.height - 1.001).clip(0)
    left, top = columns.astype(int), rows.astype(int)
    right = np.minimum(left + 1, picture.width - 1)
    below = np.minimum(top + 1, picture.height - 1)
    across, down = (columns - left)[None, :], (rows - top)[:, None]
    made = FingerPicture(width, height, _MATCHER_DPI, bytearray(width * height))
    upper = _mixed(grey, top, (left, right), across)
    lower = _mixed(grey, below, (left, right), across)
    upper *= 1 - down
    lower *= down
    upper += lower
    target = np.frombuffer(made.pixels, np.uint8).reshape(height, width)
    np.copyto(target, upper, casting="unsafe")
    for each in (upper, lower):
        each.fill(0)
    return made, scale


def _mixed(
    grey: NDArray[np.uint8],
    rows: NDArray[np.int_],
    columns: tuple[NDArray[np.int_], NDArray[np.int_]],
    across: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Some rows of a picture between two columns each; what it takes on the way is wiped."""
    chosen = grey[rows]
    left, right = (chosen[:, each] for each in columns)
    mixed, other = left * (1 - across), right * across
    mixed += other
    for each in (chosen, left, right):
        each.fill(0)
    other.fill(0)
    return mixed
