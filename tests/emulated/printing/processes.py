"""Ends a program together with what it started, process by process."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.emulated.services import Service


def descendants(pid: int) -> list[int]:
    """The processes that `pid` started and that these started, children before theirs."""
    found: list[int] = []
    pending = [pid]
    while pending:
        # Any of them may end while its folder is being read, and takes the folder along.
        with suppress(OSError):
            for task in list(Path(f"/proc/{pending.pop()}/task").iterdir()):
                with suppress(OSError):
                    children = [
                        int(each) for each in (task / "children").read_text("ascii").split()
                    ]
                    found += children
                    pending += children
    return found


class Family(Service):
    """A service that starts others (filters, backends, print commands): none outlives it."""

    def _end(self, how: signal.Signals, seconds: float) -> None:
        if self.running:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)
        family = descendants(self.pid) if self.running else []
        super()._end(how, seconds)
        for pid in family:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
