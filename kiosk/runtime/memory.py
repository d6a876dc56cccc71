"""What the kiosk holds of a person stays in its memory: no core file, nobody's look, no swap."""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import Final

from kiosk import log_events

_PR_SET_DUMPABLE: Final = 4


def keep_to_ourselves(swaps: Path = Path("/proc/swaps")) -> None:
    """Forbid core files and looks into this process; log where its memory may reach a disk.

    Called before anything of a person is known. Programs that are started later are not bound by
    it, but for the limit of core files and the rights of new files.

    Args:
        swaps: swap areas, as proc(5) tells them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The limit binds no program to which the kernel pipes a core, and no debugger of the same user.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(0o077)
    code = swapped(swaps)
    if code is not None:
        log_events.write(log_events.MEMORY_SWAPPED, code=code)


def swapped(swaps: Path = Path("/proc/swaps")) -> str | None:
    """Why memory may reach a disk: `disk` or `unknown`; None where it cannot.

    Compressed memory (zram) is memory.
    """
    try:
        lines = swaps.read_text("utf-8", "replace").splitlines()[1:]
    except OSError:
        return "unknown"
    named = [line for line in lines if line.strip()]
    return None if all(line.startswith("/dev/zram") for line in named) else "disk"
