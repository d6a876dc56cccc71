"""What the kiosk holds of a person stays in its memory: no core file, nobody's look, no swap.

Where the program may lock memory without limit (`CAP_IPC_LOCK`, or `LimitMEMLOCK=infinity` of its
unit) none of its pages goes to a swap area. With a limit nothing is locked: beyond it the program
would get no memory at all (mlockall(2)). Programs that it starts are not bound by its locks, so swap
on a disk is told all the same.
"""

from __future__ import annotations

import ctypes
import os
import resource
from pathlib import Path
from typing import Final

from kiosk import log_events

_PR_SET_DUMPABLE: Final = 4
_MCL_CURRENT: Final = 1
_MCL_FUTURE: Final = 2
_MCL_ONFAULT: Final = 4  # pages are locked as they come in use: it costs no memory
_CAP_IPC_LOCK: Final = 14


def keep_to_ourselves(swaps: Path = Path("/proc/swaps")) -> None:
    """Forbid core files and looks into this process, keep its memory out of swap; log what may go.

    Called before anything of a person is known. Programs that are started later are not bound by
    it, but for the limit of core files and the rights of new files.

    Args:
        swaps: swap areas, as proc(5) tells them.
    """
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The limit binds no program to which the kernel pipes a core, and no debugger of the same user.
    ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
    os.umask(0o077)
    lock_memory()
    code = swapped(swaps)
    if code is not None:
        log_events.write(log_events.MEMORY_SWAPPED, code=code)


def lock_memory(status: Path = Path("/proc/self/status")) -> bool:
    """Keep every page of this program in memory; whether that is so now.

    Args:
        status: what the program may do, as proc(5) tells it.
    """
    unlimited = resource.getrlimit(resource.RLIMIT_MEMLOCK)[0] == resource.RLIM_INFINITY
    if not (unlimited or _may_lock(status)):
        return False
    flags = _MCL_CURRENT | _MCL_FUTURE | _MCL_ONFAULT
    return bool(ctypes.CDLL(None).mlockall(flags) == 0)


def _may_lock(status: Path) -> bool:
    """Whether the program has the capability to lock memory beyond its limit."""
    try:
        lines = status.read_text("utf-8", "replace").splitlines()
    except OSError:
        return False
    effective = next((line.split()[1] for line in lines if line.startswith("CapEff:")), "0")
    return bool(int(effective, 16) >> _CAP_IPC_LOCK & 1)


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
