"""A child process as it sees itself: hears requests, answers, ends with its parent.

A thread of it does nothing but hear, so that it ends with its parent whatever its library does. A
library that keeps the interpreter to itself (a call that does not release its lock) would stop
that thread, too: then an alarm ends the process. Nothing of the signal for a parent's death
(`PR_SET_PDEATHSIG`) is used: it comes when the *thread* ends that started the child.
"""

from __future__ import annotations

import ctypes
import os
import resource
import select
import signal
import threading
from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from typing import Final, Self

from hw.child.frames import HEAD, Broken, Buffer, fields_of, frame, size_of, wipe

LONGEST_REQUEST: Final = 0x1000000
_NOT_DUMPABLE: Final = (4, 0, 0, 0, 0)
"""PR_SET_DUMPABLE off: no core, and no process of the same user may look into this one."""
_WATCH_SECONDS: Final = 20
_ALARM_SECONDS: Final = 60


class Request:
    """One request, until `wipe`.

    Attributes:
        fields: what it says; views that become zeroes by `wipe`.
    """

    def __init__(self, body: bytearray) -> None:
        """Raises `Broken` where the body is none of a frame."""
        self._body = body
        self.fields: Sequence[memoryview] = fields_of(body)

    def wipe(self) -> None:
        """Overwrite it with zeroes."""
        wipe(self._body)


class Serving:
    """The way to the process that started this one."""

    def __init__(self, source: int, target: int, longest: int) -> None:
        """Hear from descriptor `source`, answer to `target`; see `begin`."""
        self._source, self._target, self._longest = source, target, longest
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._writing = threading.Lock()
        self._noticed: Callable[[], None] = lambda: None

    @classmethod
    def begin(
        cls, noticed: Callable[[], None] | None = None, *, longest: int = LONGEST_REQUEST
    ) -> Self:
        """Take standard input and output for us, and hear from now on. Call it first of all.

        The library gets /dev/null for its standard streams, as makers' code prints. No core is
        dumped and no process of the same user may look into this one.

        Args:
            noticed: called on the hearing thread behind each request that has come, for who does
                not wait in `take` (a loop of another library). Must return at once.
            longest: most bytes of a request; a longer one ends this process.
        """
        made = cls(*_seal(), longest)
        if noticed is not None:
            made._noticed = noticed
        threading.Thread(target=made._hear, name="parent", daemon=True).start()
        return made

    def take(self, seconds: float | None = None) -> Request | None:
        """The next request; None where none comes within that time. None: wait for ever."""
        try:
            return self._requests.get(timeout=seconds)
        except Empty:
            return None

    def send(self, fields: Sequence[Buffer]) -> None:
        """Send an answer or a notice, from any thread. Our copy is wiped.

        A parent that does not read makes this wait; one that is gone ends this process.
        """
        message = frame(fields)
        left = memoryview(message)
        with self._writing:
            try:
                while left:
                    left = left[os.write(self._target, left) :]
            except OSError:
                os._exit(0)
        wipe(message)

    def _hear(self) -> None:
        """Take requests in until the parent is gone."""
        while True:
            head = self._receive(HEAD)
            try:
                body = self._receive(size_of(head, self._longest))
                self._requests.put(Request(body))
            except Broken:
                os._exit(1)
            self._noticed()

    def _receive(self, size: int) -> bytearray:
        """Exactly `size` bytes; ends the process where the parent is gone."""
        taken = bytearray(size)
        view, at = memoryview(taken), 0
        poll = select.poll()
        poll.register(self._source, select.POLLIN)
        while at < size:
            signal.alarm(_ALARM_SECONDS)
            if not poll.poll(_WATCH_SECONDS * 1000):
                continue
            count = os.readv(self._source, [view[at:]])
            if count == 0:
                os._exit(0)
            at += count
        return taken


def _seal() -> tuple[int, int]:
    """Make this process keep its secrets; gives where requests come from and answers go to."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).prctl(*_NOT_DUMPABLE)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    requests, answers = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    return requests, answers
