"""The child process in which a module runs, and its answers as values."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from hw.child.frames import Buffer
from hw.child.process import ChildLoss, ChildProcess
from hw.errors import DeviceTrouble, TroubleKind
from hw.pkcs11.opensc import VARIABLE
from hw.pkcs11.wire import DONE, LONGEST_ANSWER, Verb

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
            self._process = ChildProcess(
                [sys.executable, "-m", "hw.pkcs11.worker", str(module.absolute())],
                {VARIABLE: f"/proc/self/fd/{settings}", **environment},
                pass_fds=(settings,),
                longest=LONGEST_ANSWER,
            )
        finally:
            os.close(settings)

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process.alive

    def ask(self, request: Sequence[Buffer], deadline: float) -> list[bytes] | DeviceTrouble:
        """Send a request and hear its answer."""
        loss = self._process.tell(request, deadline)
        return self.hear(deadline) if loss is None else self._lose(_told(loss))

    def hear(self, deadline: float) -> list[bytes] | DeviceTrouble:
        """The fields behind `DONE` of the next answer, or the trouble that it tells."""
        fields = self._process.hear(deadline)
        if isinstance(fields, ChildLoss):
            return self._lose(_told(fields))
        if fields[:1] == [DONE]:
            return fields[1:]
        trouble = _trouble(fields)
        if trouble is NONSENSE or trouble.code == "token.module-unusable":
            return self._lose(trouble)
        return trouble

    def strike(self) -> None:
        """Kill it and whatever it started. Any thread may do this at any time."""
        self._process.strike()

    def end(self) -> None:
        """Kill it and let nothing stay, zombie or pipe. For the thread whose turn it is."""
        self._process.end()

    def finish(self) -> None:
        """Ask it to let the cards go and to end; kill it where it does not."""
        self._process.finish((Verb.FINISH.value,))

    def _lose(self, trouble: DeviceTrouble) -> DeviceTrouble:
        self.lost = trouble
        return trouble


def _told(loss: ChildLoss) -> DeviceTrouble:
    """The trouble that a loss of the child is."""
    if loss.reason == "timeout":
        return TIMEOUT
    if loss.reason == "nonsense":
        return NONSENSE
    return DeviceTrouble(TroubleKind.PROTOCOL, "token.crashed", (("reason", loss.detail),))


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
