"""Reading what an administrator names on the command line, whatever lies there."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

from sync.hub.document_trust import x509
from sync.hub.document_trust.x509 import NotReadableError
from sync.hub.setup import SetupError

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of any file: more than every master list and than every revocation list that a kiosk takes."""

_Read = TypeVar("_Read")


def content(path: Path) -> bytes:
    """All bytes of a regular file.

    Raises:
        SetupError: it cannot be read, is no regular file (a pipe would never end), or is too large.
    """
    try:
        # Without O_NONBLOCK the opening of a pipe waits for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise SetupError(f"{path}: not a regular file")
            data = stream.read(MOST_BYTES + 1)
    except OSError as error:
        raise SetupError(f"{path}: {error.strerror}") from error
    if len(data) > MOST_BYTES:
        raise SetupError(f"{path}: larger than any file that belongs here")
    return data


def objects(path: Path) -> tuple[bytes, ...]:
    """The DER objects in a file. Raises `SetupError`."""
    return read(path, content(path), x509.read_all)


def read(path: Path, data: bytes, as_what: Callable[[bytes], _Read]) -> _Read:
    """What `as_what` makes of `data`, a complaint about it with the file's name in front.

    Raises:
        SetupError: it is not what it should be.
    """
    try:
        return as_what(data)
    except NotReadableError as error:
        raise SetupError(f"{path}: {error}") from error


def write_aside(path: Path, data: bytes) -> Path:
    """Writes `data` beside `path`, safe on the disk, for `put_in_place`. Raises `SetupError`."""
    fresh = path.with_name(path.name + ".new")
    try:
        if path.is_dir():
            raise SetupError(f"{path}: a folder")
        with fresh.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise SetupError(f"{fresh}: {error.strerror}") from error
    return fresh


def put_in_place(fresh: Path, path: Path) -> None:
    """Renames what `write_aside` wrote: whoever reads `path` sees the old one or the new one."""
    fresh.replace(path)
    descriptor = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
