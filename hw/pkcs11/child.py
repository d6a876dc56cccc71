"""The child process in which a module runs: started, asked within a time, killed."""

from __future__ import annotations

import contextlib
import os
import re
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.opensc import VARIABLE
from hw.pkcs11.wire import DONE, HEAD, LONGEST_ANSWER, Broken, Verb, fields_of, frame, size_of

_FAREWELL_SECONDS: Final = 2.0
_PACKAGES: Final = Path(__file__).parents[2]
_KINDS: Final[Mapping[str, TroubleKind]] = {
    "token.module-unusable": TroubleKind.DAMAGED,
    "token.removed": TroubleKind.REMOVED,
    "token.unsupported-card": TroubleKind.REFUSED,
    "token.pin-wrong": TroubleKind.REFUSED,
    "token.pin-last-try": TroubleKind.REFUSED,
    "token.pin-blocked": TroubleKind.REFUSED,
    "token.tries-untold": TroubleKind.REFUSED,
    "token.pin-form": TroubleKind.REFUSED,
    "token.pin-unset": TroubleKind.REFUSED,
    "token.not-signed-in": TroubleKind.REFUSED,
    "token.no-key": TroubleKind.REFUSED,
    "token.failed": TroubleKind.PROTOCOL,
}
"""What the worker may answer, besides `DONE`."""
_REASON: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
TIMEOUT: Final = DeviceTrouble(TroubleKind.PROTOCOL, "token.timeout")
NONSENSE: Final = DeviceTrouble(TroubleKind.PROTOCOL, "token.failed", (("reason", "answer"),))


class Child:
    """One child process.

    Attributes:
        lost: why it must not be asked again; None while it may.
    """

    def __init__(self, module: Path, environment: Mapping[str, str], opensc: str) -> None:
        """Start it with that environment; `opensc` is the text of OpenSC's configuration.

        Raises:
            OSError: it cannot be started.
        """
        self.lost: DeviceTrouble | None = None
        settings = os.memfd_create("opensc.conf", 0)  # goes with the process; nothing on the disk
        try:
            os.write(settings, opensc.encode())
            self._process = subprocess.Popen(  # noqa: S603 - our own program, no shell
                [sys.executable, "-m", "hw.pkcs11.worker", str(module.absolute())],
                cwd=_PACKAGES,
                env={VARIABLE: f"/proc/self/fd/{settings}", **environment},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                bufsize=0,
                pass_fds=(settings,),
                start_new_session=True,
            )
        finally:
            os.close(settings)
        self._mortal = threading.Lock()
        self._reaped = False
        self._end = os.pidfd_open(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return not self._reaped and not self._has_ended(0)

    def ask(self, request: bytearray, deadline: float) -> list[bytes] | DeviceTrouble:
        """Send a request and hear its answer."""
        try:
            _write(self._process, request)
        except OSError:
            return self._lose(self._crashed())
        return self.hear(deadline)

    def hear(self, deadline: float) -> list[bytes] | DeviceTrouble:
        """The fields behind `DONE` of the next answer, or the trouble that it tells."""
        try:
            head = self._read(HEAD, deadline)
            if isinstance(head, DeviceTrouble):
                return self._lose(head)
            body = self._read(size_of(head, LONGEST_ANSWER), deadline)
            if isinstance(body, DeviceTrouble):
                return self._lose(body)
            fields = [bytes(field) for field in fields_of(body)]
        except Broken:
            return self._lose(NONSENSE)
        if fields[:1] == [DONE]:
            return fields[1:]
        trouble = _trouble(fields)
        if trouble is NONSENSE or trouble.code == "token.module-unusable":
            return self._lose(trouble)
        return trouble

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
        with self._mortal:
            self._process.poll()
            self._reaped = True
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        os.close(self._end)

    def finish(self) -> None:
        """Ask it to let the cards go and to end; kill it where it does not."""
        with contextlib.suppress(OSError):
            _write(self._process, frame((Verb.FINISH.value,)))
            self._has_ended(_FAREWELL_SECONDS)
        self.end()

    def _has_ended(self, seconds: float) -> bool:
        """Whether it ends within that time. It is not reaped."""
        poll = select.poll()
        poll.register(self._end, select.POLLIN)
        return bool(poll.poll(seconds * 1000))

    def _read(self, size: int, deadline: float) -> bytes | DeviceTrouble:
        """Exactly `size` bytes."""
        output = self._process.stdout.fileno()  # type: ignore[union-attr]
        data = bytearray()
        poll = select.poll()
        poll.register(output, select.POLLIN)
        # The pipe alone does not tell: what the module started may hold its other end.
        poll.register(self._end, select.POLLIN)
        while len(data) < size:
            left = deadline - time.monotonic()
            ready = dict(poll.poll(left * 1000)) if left > 0 else {}
            if not ready:
                return TIMEOUT
            part = os.read(output, size - len(data)) if output in ready else b""
            if not part:
                return self._crashed()
            data += part
        return bytes(data)

    def _crashed(self) -> DeviceTrouble:
        """The worker is gone without a word; its status says how."""
        self._has_ended(_FAREWELL_SECONDS)
        found = os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if found is None:
            reason = "status None"  # it closed the pipe and lives on
        elif found.si_code == os.CLD_EXITED:
            reason = f"status {found.si_status}"
        else:
            names = {each.value: each.name for each in signal.Signals}
            reason = names.get(found.si_status, f"signal {found.si_status}")
        return DeviceTrouble(TroubleKind.PROTOCOL, "token.crashed", (("reason", reason),))

    def _lose(self, trouble: DeviceTrouble) -> DeviceTrouble:
        self.lost = trouble
        return trouble


def _write(process: subprocess.Popen[bytes], data: bytearray) -> None:
    """Write a request; it fits the pipe, and the worker always reads."""
    left = memoryview(data)
    while left:
        left = left[os.write(process.stdin.fileno(), left) :]  # type: ignore[union-attr]


def _trouble(fields: Sequence[bytes]) -> DeviceTrouble:
    """The trouble that an answer tells."""
    code = fields[0].decode(errors="replace") if fields else ""
    kind = _KINDS.get(code)
    if kind is None or len(fields) > 2:
        return NONSENSE
    reason = fields[1].decode(errors="replace") if len(fields) == 2 else ""
    # A module that took the worker over must not write into the log.
    told = _REASON.fullmatch(reason) is not None
    return DeviceTrouble(kind, code, (("pkcs11", reason),) if told else ())
