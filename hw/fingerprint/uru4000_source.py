"""The U.are.U 4500 as a source of pictures: the parent's side of its driver's child process."""

from __future__ import annotations

import re
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Final

from hw.child.frames import wipe
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint.picture_source import FingerPicture, ShownPicture, SourceStep, is_plausible
from hw.fingerprint.uru4000 import MODELS, VENDOR
from hw.fingerprint.uru4000_wire import (
    LIFTED,
    LONGEST_ANSWER,
    READY,
    STOPPED,
    TAKEN,
    TOUCHED,
    TROUBLE,
    WAITING,
    Verb,
)
from hw.pictures import Frame

_OPEN_SECONDS: Final = 5.0
_STOP_SECONDS: Final = 3.0
"""A picture that is being taken when a request is stopped is still waited for."""
_HEED_SECONDS: Final = 1.0
"""For a driver to end what is abandoned; then its process is killed."""
_SLICE_SECONDS: Final = 0.1
_KINDS: Final[Mapping[str, TroubleKind]] = {
    "fingerprint.absent": TroubleKind.ABSENT,
    "fingerprint.removed": TroubleKind.REMOVED,
    "fingerprint.denied": TroubleKind.REFUSED,
    "fingerprint.busy": TroubleKind.REFUSED,
    "fingerprint.timeout": TroubleKind.PROTOCOL,
    "fingerprint.failed": TroubleKind.PROTOCOL,
}
"""What the child may tell."""
_REASON: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
_CLOSED: Final = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.absent", (("reason", "closed"),))
_NO_FINGER: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.no-finger")
_ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.abandoned")
_TIMEOUT: Final = DeviceTrouble(TroubleKind.PROTOCOL, "fingerprint.timeout")
_NONSENSE: Final = DeviceTrouble(
    TroubleKind.PROTOCOL, "fingerprint.failed", (("reason", "answer"),)
)


class Uru4000Source:
    """Implements `hw.fingerprint.picture_source.PictureSource`."""

    def __init__(
        self, environment: Mapping[str, str] | None = None, *, seed: int | None = None
    ) -> None:
        """Take the sensor wherever it is plugged in; nothing happens before `open`.

        Args:
            environment: all that the child sees of ours; none where None.
            seed: our half of each key, for the replay of a recording; random where None.
        """
        self._environment = dict(environment or {})
        self._command = [sys.executable, "-m", "hw.fingerprint.uru4000_worker"]
        if seed is not None:
            self._command.append(f"{seed:x}")
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._starting = False
        self._child: ChildProcess | None = None
        self._abandoned = False
        self._number = 0
        self._under_way: bytes | None = None
        self._product = next(iter(MODELS))
        self._shown = ShownPicture()

    @property
    def model(self) -> str:
        """Maker and model, and the USB numbers."""
        return f"{MODELS[self._product]} ({VENDOR:04x}:{self._product:04x})"

    def open(self) -> DeviceTrouble | None:
        """Find the sensor and start it, in a new child process."""
        with self._turn:
            with self._state:
                if self._abandoned:
                    return _ABANDONED
                child = self._child
            if child is not None and child.lost is None and child.alive:
                return None
            self._drop()
            return self._start()

    def picture(
        self, told: Callable[[SourceStep], None], deadline: float
    ) -> FingerPicture | DeviceTrouble:
        """Wait for a finger and take its picture."""
        notices = {
            WAITING: lambda: told(SourceStep.WAITING),
            TOUCHED: lambda: told(SourceStep.TOUCHED),
        }
        with self._turn:
            answer = self._request(Verb.PICTURE, deadline, notices)
            if isinstance(answer, DeviceTrouble):
                return answer
            picture = _picture(answer)
            if picture is None:
                return self._fail(_NONSENSE)
            self._shown.keep(picture)
            told(SourceStep.TAKEN)
            return picture

    def await_lift(self, deadline: float) -> DeviceTrouble | None:
        """Wait until no finger is on the glass."""
        with self._turn:
            answer = self._request(Verb.LIFT, deadline, {})
            if isinstance(answer, DeviceTrouble):
                return answer
            return None if answer == [LIFTED] else self._fail(_NONSENSE)

    def latest(self, after: int = -1) -> Frame | None:
        """The last picture, where its number is above `after`: the sensor has no live ones."""
        return self._shown.latest(after)

    def abandon(self) -> None:
        """Make what another thread waits for return `fingerprint.abandoned` now."""
        with self._state:
            self._abandoned = True
            child, number = self._child, self._under_way
        if child is None:
            return
        if number is None:
            if self._starting:
                child.strike()
        else:
            child.tell((Verb.STOP.value, number))

    def close(self) -> None:
        """Let the sensor go, dark, every picture here forgotten."""
        if not self._turn.acquire(blocking=False):
            self.abandon()
            self._turn.acquire()
        try:
            self._drop(farewell=True)
            with self._state:
                self._abandoned = False
        finally:
            self._turn.release()

    def _is_abandoned(self) -> bool:
        with self._state:
            return self._abandoned

    def _start(self) -> DeviceTrouble | None:
        """Start a child and hear its greeting."""
        try:
            child = ChildProcess(self._command, self._environment, longest=LONGEST_ANSWER)
        except OSError as error:
            details = (("reason", type(error).__name__),)
            return DeviceTrouble(TroubleKind.PROTOCOL, "fingerprint.crashed", details)
        with self._state:
            self._child, self._starting = child, True
            if self._abandoned:
                child.strike()
        try:
            fields = self._hear(child, time.monotonic() + _OPEN_SECONDS)
        finally:
            self._starting = False
        if self._is_abandoned():
            return self._fail(_ABANDONED)
        if fields is None:
            return self._fail(_TIMEOUT)
        if isinstance(fields, DeviceTrouble):
            return fields
        product = int.from_bytes(fields[-1], "big") if len(fields) == 2 else 0
        if fields[0] != READY or product not in MODELS:
            return self._fail(_NONSENSE)
        self._product = product
        return None

    def _request(
        self, verb: Verb, deadline: float, notices: Mapping[bytes, Callable[[], None]]
    ) -> list[bytearray] | DeviceTrouble:
        """Ask, pass on what is told meanwhile, and give the answer."""
        with self._state:
            child = self._child
            if self._abandoned:
                return _ABANDONED
            if child is None:
                return _CLOSED
            self._number += 1
            number = self._number.to_bytes(8, "big")
            self._under_way = number
        child.tell((verb.value, number))
        if self._is_abandoned():
            child.tell((Verb.STOP.value, number))  # the one of `abandon` may have come too early
        try:
            return self._answer(child, number, deadline, notices)
        finally:
            with self._state:
                self._under_way = None

    def _answer(
        self,
        child: ChildProcess,
        number: bytes,
        deadline: float,
        notices: Mapping[bytes, Callable[[], None]],
    ) -> list[bytearray] | DeviceTrouble:
        """Hear until the answer; stop the request when its time is over, or nobody waits for it."""
        stopped = chatting = False
        heed_by: float | None = None
        while True:
            now = time.monotonic()
            if heed_by is None and self._is_abandoned():
                heed_by = now + _HEED_SECONDS
            if heed_by is not None and now >= heed_by:
                return self._fail(_ABANDONED)
            # A child that never ceases to tell something must not outlive its time by it.
            over = now >= deadline
            until = min(deadline, now + _SLICE_SECONDS)
            fields = None if over and chatting else self._hear(child, until)
            if fields is None and not over:
                continue
            if fields is None and not stopped:
                child.tell((Verb.STOP.value, number))
                stopped, deadline = True, time.monotonic() + _STOP_SECONDS
                continue
            if fields is None:
                return self._fail(_TIMEOUT)
            if isinstance(fields, DeviceTrouble):
                return self._fail(_ABANDONED) if self._is_abandoned() else fields
            if fields[1:2] != [number]:
                return self._fail(_NONSENSE)
            notice = notices.get(bytes(fields[0]))
            if notice is not None:
                notice()
                chatting = True
                continue
            if fields[0] == STOPPED or self._is_abandoned():
                for field in fields:
                    wipe(field)
                return _ABANDONED if self._is_abandoned() else _NO_FINGER
            return [fields[0], *fields[2:]]

    def _hear(self, child: ChildProcess, deadline: float) -> list[bytearray] | DeviceTrouble | None:
        """The next message, with at least one field; None where none comes in time.

        Trouble, the child's own included, ends the child.
        """
        fields = child.hear_secret(deadline)
        if isinstance(fields, ChildLoss):
            if fields.reason == "timeout":
                return None
            crashed = DeviceTrouble(
                TroubleKind.PROTOCOL, "fingerprint.crashed", (("reason", fields.detail),)
            )
            return self._fail(_NONSENSE if fields.reason == "nonsense" else crashed)
        if not fields:
            return self._fail(_NONSENSE)
        return self._fail(_trouble(fields)) if fields[0] == TROUBLE else fields

    def _fail(self, trouble: DeviceTrouble) -> DeviceTrouble:
        self._drop()
        return trouble

    def _drop(self, *, farewell: bool = False) -> None:
        """End the child and forget the last picture. For the thread whose turn it is."""
        self._shown.forget()
        with self._state:
            child, self._child = self._child, None
        if child is None:
            return
        if farewell:
            child.finish((Verb.FINISH.value, b""))
        else:
            child.end()


def _trouble(fields: list[bytearray]) -> DeviceTrouble:
    """The trouble that the child tells."""
    if len(fields) != 3:
        return _NONSENSE
    code, reason = (field.decode(errors="replace") for field in fields[1:])
    kind = _KINDS.get(code)
    if kind is None:
        return _NONSENSE
    # A child that was taken over must not write into the log.
    told = _REASON.fullmatch(reason) is not None
    return DeviceTrouble(kind, code, (("reason", reason),) if told else ())


def _picture(answer: list[bytearray]) -> FingerPicture | None:
    """The picture that an answer carries; None where it is none."""
    if len(answer) != 5 or answer[0] != TAKEN:
        return None
    width, height, dpi = (int.from_bytes(field[:2], "big") for field in answer[1:4])
    if not is_plausible(width, height, dpi) or len(answer[4]) != width * height:
        return None
    return FingerPicture(width, height, dpi, answer[4])
