"""The way to libfprint's child process: started when it is needed, asked, killed.

The library is C, with drivers of many hands, and may crash or hang: it does so in a process of its
own (`libfprint_worker`), on the system's Python, for which distributions ship its bindings. That
process sees nothing of our environment.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping, Sequence
from typing import Final

from hw.child.frames import Buffer
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.fingerprint.libfprint_wire import DONE, Duty

INTERPRETER: Final = ("/usr/bin/python3",)
"""The system's: distributions build libfprint's bindings for it."""
_WORKER: Final = ("-B", "-m", "hw.fingerprint.libfprint_worker")
"""`-B`: it writes nothing, not even byte code."""
_HANDED_DOWN: Final = ("XDG_RUNTIME_DIR",)
_START_SECONDS: Final = 8.0
ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.abandoned")
_KINDS: Final[Mapping[bytes, TroubleKind]] = {
    b"fingerprint.absent": TroubleKind.ABSENT,
    b"fingerprint.removed": TroubleKind.REMOVED,
    b"fingerprint.busy": TroubleKind.REFUSED,
    b"fingerprint.denied": TroubleKind.REFUSED,
    b"fingerprint.unsupported": TroubleKind.REFUSED,
    b"fingerprint.unclear": TroubleKind.REFUSED,
    b"fingerprint.abandoned": TroubleKind.REFUSED,
    b"fingerprint.failed": TroubleKind.PROTOCOL,
    b"fingerprint.library-unusable": TroubleKind.ABSENT,
    b"fingerprint.template-unreadable": TroubleKind.DAMAGED,
}
"""What the worker may answer, besides `DONE`."""


def told_trouble(fields: Sequence[Buffer], otherwise: str) -> DeviceTrouble:
    """The trouble that an answer tells; the code `otherwise` for what no worker says."""
    code = bytes(fields[0]) if fields else b""
    kind = _KINDS.get(code)
    if kind is None or len(fields) > 2:
        return DeviceTrouble(TroubleKind.PROTOCOL, otherwise, (("reason", "answer"),))
    more = bytes(fields[1]) if len(fields) == 2 else b""
    # A driver that took the worker over must not write into the log.
    told = more.replace(b"-", b"").replace(b"_", b"").isalnum() and len(more) <= 40
    return DeviceTrouble(kind, code.decode(), (("reason", more.decode()),) if told else ())


def lost_trouble(loss: ChildLoss, code: str) -> DeviceTrouble:
    """The trouble of that code for a child that was lost."""
    detail = (("detail", loss.detail),) if loss.detail else ()
    return DeviceTrouble(TroubleKind.PROTOCOL, code, (("reason", loss.reason), *detail))


class Worker:
    """One worker at a time, started when it is needed."""

    def __init__(
        self, duty: Duty, interpreter: Sequence[str], environment: Mapping[str, str] | None
    ) -> None:
        handed_down = {name: os.environ[name] for name in _HANDED_DOWN if name in os.environ}
        self._command = (*interpreter, *_WORKER, duty.value)
        self._environment = {**handed_down, **(environment or {})}
        self._state = threading.Lock()
        self._child: ChildProcess | None = None
        self.abandoned = threading.Event()

    def started(self) -> ChildProcess | DeviceTrouble:
        """The child that runs, or a fresh one that is ready."""
        with self._state:
            if self.abandoned.is_set():
                return ABANDONED
            child = self._child
            if child is not None and child.lost is None and child.alive:
                return child
            if child is not None:
                child.end()
            self._child = None
            try:
                child = ChildProcess(self._command, self._environment)
            except OSError as error:
                details = (("reason", type(error).__name__),)
                return DeviceTrouble(TroubleKind.ABSENT, "fingerprint.library-unusable", details)
            self._child = child
        greeting = child.hear(time.monotonic() + _START_SECONDS)
        if isinstance(greeting, ChildLoss):
            self.end()
            return ABANDONED if self.abandoned.is_set() else _unusable(greeting)
        if greeting != [DONE]:
            self.end()
            return told_trouble(greeting, "fingerprint.library-unusable")
        return child

    def end(self) -> None:
        """Kill the child; with it everything goes that is in its memory."""
        with self._state:
            child, self._child = self._child, None
        if child is not None:
            child.end()

    def abandon(self, farewell: Sequence[Buffer] = ()) -> None:
        """Kill the child, or tell it to end what it does. Any thread."""
        with self._state:
            self.abandoned.set()
            child = self._child
        if child is not None:
            if farewell:
                child.tell(farewell)
            else:
                child.strike()


def _unusable(loss: ChildLoss) -> DeviceTrouble:
    """It does not even start: the interpreter, its bindings or the library are not as they must."""
    return DeviceTrouble(
        TroubleKind.ABSENT, "fingerprint.library-unusable", (("reason", loss.reason),)
    )
