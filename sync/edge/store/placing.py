"""The files of a store's folder: who has the store open, and which file is the store.

A store that was damaged is made anew beside itself (`sync.edge.store.rebuilding`); nobody may have
it open then, or would go on writing into the file that was set aside.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

FILE_NAME: Final = "journal.db"
READY: Final = "rebuilt.db"
_IN_USE: Final = "in-use"
_WANTED: Final = "mending-wanted"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Keeps the window and the link from making or mending the same store at the same time.

    Raises:
        OSError: there is no such folder.
    """
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def mark_in_use(folder: Path) -> int:
    """A handle that says, until it is closed, that the store is open. Within `alone_in`.

    Raises:
        OSError: the disk refuses.
    """
    handle = os.open(folder / _IN_USE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


def is_open(folder: Path) -> bool:
    """Whether anybody has the store open. Within `alone_in`."""
    try:
        handle = os.open(folder / _IN_USE, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def want_mending(folder: Path, *, wanted: bool) -> None:
    """Asks whoever has the store open to let go of it, so that it can be made anew; or no more."""
    mark = folder / _WANTED
    with suppress(OSError):
        if wanted:
            mark.touch(mode=0o600)
        else:
            mark.unlink(missing_ok=True)


def is_mending_wanted(folder: Path) -> bool:
    """Whether another program waits for the store to be let go of."""
    return (folder / _WANTED).exists()


def is_gone(folder: Path) -> bool:
    """Whether there was a store, and its file is not there any more or has nothing in it."""
    if not (folder / _IN_USE).exists():
        return False
    try:
        return (folder / FILE_NAME).stat().st_size == 0
    except FileNotFoundError:
        return True


def finish(folder: Path) -> None:
    """Puts a store that was made anew in its place, where a power cut came between.

    Raises:
        OSError: the disk refuses.
    """
    ready = folder / READY
    if not ready.exists():
        return
    # The log belongs to the damaged file, and was set aside with it.
    for side in ("-wal", "-shm"):
        (folder / (FILE_NAME + side)).unlink(missing_ok=True)
    sync(folder)
    ready.replace(folder / FILE_NAME)
    sync(folder)


def sync(path: Path) -> None:
    """Brings a file, or the names in a folder, to the disk.

    Raises:
        OSError: the disk refuses.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
