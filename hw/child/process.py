"""A child process as its parent sees it: started, asked within a time, heard, killed."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from hw.child.frames import HEAD, Broken, Buffer, fields_of, frame, size_of, wipe

PACKAGES: Final = Path(__file__).parents[2]
"""The folder that holds our packages. Every child starts in it, so that `-m hw...` is found."""
LONGEST_MESSAGE: Final = 0x1000000
_FAREWELL_SECONDS: Final = 2.0
_TELLING_SECONDS: Final = 2.0

LossReason: TypeAlias = Literal["crashed", "timeout", "nonsense"]


@dataclass(frozen=True, slots=True)
class ChildLoss:
    """Why nothing was heard from a child.

    Attributes:
        reason: `crashed` (it ended, or closed its pipe), `timeout`, or `nonsense` (what it sent is
            no frame).
        detail: how it ended (`SIGSEGV`, `status 1`), or what is wrong with the frame; fit for the
            log, never a word of the child's own.
    """

    reason: LossReason
    detail: str = ""


_TIMEOUT: Final = ChildLoss("timeout")


class ChildProcess:
    """One child process, which may crash, hang or lie at any time.

    For one thread at a time, but for `tell` (any thread) and `strike` (any thread, at any time).

    Attributes:
        lost: why it must not be asked again; None while it may. Set by a crash, by nonsense, by a
            request that could not be written whole, and by an `ask` without an answer in time (the
            answer may still come, and would be taken for that of the next request).
    """

    def __init__(
        self,
        command: Sequence[str],
        environment: Mapping[str, str],
        *,
        pass_fds: Sequence[int] = (),
        longest: int = LONGEST_MESSAGE,
    ) -> None:
        """Start it, in a session of its own.

        Args:
            command: program and arguments; no shell.
            environment: all that it gets to see.
            pass_fds: descriptors that it inherits under the same numbers.
            longest: most bytes of one message from it; a longer one is nonsense.

        Raises:
            OSError: it cannot be started.
        """
        self.lost: ChildLoss | None = None
        self._longest = longest
        self._process = subprocess.Popen(  # noqa: S603 - our own programs, no shell
            list(command),
            cwd=PACKAGES,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            pass_fds=tuple(pass_fds),
            start_new_session=True,
        )
        self._input = self._process.stdin.fileno()  # type: ignore[union-attr]
        self._output = self._process.stdout.fileno()  # type: ignore[union-attr]
        os.set_blocking(self._input, False)
        os.set_blocking(self._output, False)
        self._writing = threading.Lock()
        self._heard = bytearray()
        """A message of which not all has come; kept over a timeout."""
        self._filled = 0
        self._mortal = threading.Lock()
        self._reaped = False
        self._end = os.pidfd_open(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._reaped and not self._has_ended(0)

    def ask(self, fields: Sequence[Buffer], deadline: float) -> list[bytes] | ChildLoss:
        """Send a request and hear the next message; both until `deadline` (monotonic seconds)."""
        untold = self.tell(fields, deadline)
        if untold is not None:
            return untold
        heard = self.hear(deadline)
        if isinstance(heard, ChildLoss):
            self.lost = heard
        return heard

    def tell(self, fields: Sequence[Buffer], deadline: float | None = None) -> ChildLoss | None:
        """Send a message and wipe our copy of it. Any thread; messages never mix.

        Args:
            fields: what to send.
            deadline: monotonic seconds; two seconds from now where None.

        Returns:
            None, or why it is not sent whole.
        """
        message = frame(fields)
        if deadline is None:
            deadline = time.monotonic() + _TELLING_SECONDS
        try:
            if not self._writing.acquire(timeout=max(0.0, deadline - time.monotonic())):
                return _TIMEOUT
            try:
                return self._write(message, deadline)
            finally:
                self._writing.release()
        finally:
            wipe(message)

    def hear(self, deadline: float) -> list[bytes] | ChildLoss:
        """The fields of the next message, an answer or not.

        A timeout loses nothing: what has come so far is kept for the next call.
        """
        heard = self.hear_secret(deadline)
        if isinstance(heard, ChildLoss):
            return heard
        fields = [bytes(field) for field in heard]
        for field in heard:
            wipe(field)
        return fields

    def hear_secret(self, deadline: float) -> list[bytearray] | ChildLoss:
        """As `hear`, as buffers that the caller wipes; no other copy stays here."""
        if self.lost is not None:
            return self.lost
        try:
            body = self._message(deadline)
            if isinstance(body, ChildLoss):
                return body
            fields = [bytearray(field) for field in fields_of(body)]
        except Broken as broken:
            return self._lose(ChildLoss("nonsense", broken.reason))
        wipe(body)
        return fields

    def strike(self) -> None:
        """Kill it and whatever it started. Any thread may do this at any time.

        What it started is killed where it itself has ended, too: until it is reaped in `end`, its
        number is that of its process group and of nobody else.
        """
        with self._mortal, contextlib.suppress(ProcessLookupError, PermissionError):
            if not self._reaped:
                os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        """Kill it and let nothing stay, zombie or pipe. For the thread whose turn it is."""
        self.strike()
        if self._reaped:
            return
        self._has_ended(_FAREWELL_SECONDS)
        with self._writing:
            with self._mortal:
                self._process.poll()
                self._reaped = True
            self.lost = self.lost or ChildLoss("crashed", "ended")
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    pipe.close()
            os.close(self._end)
        wipe(self._heard)

    def finish(self, farewell: Sequence[Buffer] = ()) -> None:
        """Tell it to end and wait a little; kill it where it does not.

        Args:
            farewell: the message that means this to it; none: its pipe is closed, which ends every
                child (`serving`).
        """
        if not self._reaped:
            if farewell:
                self.tell(farewell)
            else:
                with self._writing:
                    self._process.stdin.close()  # type: ignore[union-attr]
                    self.lost = self.lost or ChildLoss("crashed", "ended")
            self._has_ended(_FAREWELL_SECONDS)
        self.end()

    def _write(self, message: bytearray, deadline: float) -> ChildLoss | None:
        """Write all of it. The pipe does not block, a child that does not read is waited for."""
        if self.lost is not None:
            return self.lost
        left = memoryview(message)
        poll = select.poll()
        poll.register(self._input, select.POLLOUT)
        poll.register(self._end, select.POLLIN)
        while left:
            try:
                left = left[os.write(self._input, left) :]
            except BlockingIOError:
                seconds = deadline - time.monotonic()
                if seconds <= 0 or not poll.poll(seconds * 1000):
                    return self._lose(_TIMEOUT)
                if self._has_ended(0):
                    return self._lose(self._crashed())
            except OSError:
                return self._lose(self._crashed())
        return None

    def _message(self, deadline: float) -> bytearray | ChildLoss:
        """The next whole message without its head.

        Raises:
            Broken: too long.
        """
        poll = select.poll()
        poll.register(self._output, select.POLLIN)
        # The pipe alone does not tell: what the child started may hold its other end.
        poll.register(self._end, select.POLLIN)
        if not self._heard:
            self._heard, self._filled = bytearray(HEAD), 0
        while True:
            if self._filled == len(self._heard):
                if len(self._heard) > HEAD or not any(self._heard):
                    whole, self._heard = self._heard, bytearray()
                    body = whole[HEAD:]
                    wipe(whole)
                    return body
                self._heard += bytes(size_of(self._heard, self._longest))
                continue
            ready = dict(poll.poll(max(0.0, deadline - time.monotonic()) * 1000))
            if not ready:
                return _TIMEOUT
            # No more than is missing, so that the next message stays in the pipe.
            count = 0
            if self._output in ready:
                with memoryview(self._heard) as view:
                    count = os.readv(self._output, [view[self._filled :]])
            if not count:
                return self._lose(self._crashed())
            self._filled += count

    def _crashed(self) -> ChildLoss:
        """It is gone without a word; its status says how."""
        self._has_ended(_FAREWELL_SECONDS)
        if self._reaped:
            return ChildLoss("crashed", "ended")
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            detail = "status None"  # it closed the pipe and lives on
        elif found.si_code == os.CLD_EXITED:
            detail = f"status {found.si_status}"
        else:
            names = {each.value: each.name for each in signal.Signals}
            detail = names.get(found.si_status, f"signal {found.si_status}")
        return ChildLoss("crashed", detail)

    def _has_ended(self, seconds: float) -> bool:
        """Whether it ends within that time. It is not reaped."""
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _lose(self, loss: ChildLoss) -> ChildLoss:
        self.lost = self.lost or loss
        return loss
