"""A removable medium: files that are whole or not there, and that may be gone at any moment.

Only the folder `FOLDER` of it is touched, through its own handle: what else is on the medium stays
unread, and no link on it leads anywhere else.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

FOLDER: Final = "SPORTELLO"
PARCEL: Final = ".parcel"
ANSWER: Final = ".answer"

ABSENT: Final = "courier.no-medium"
FULL: Final = "courier.full"
READ_ONLY: Final = "courier.read-only"
PULLED: Final = "courier.pulled"

_NAME: Final = re.compile(r"[0-9a-f]{32}\.(?:parcel|answer)")
_LEFT_OVER: Final = re.compile(r"[0-9a-f]{32}\.(?:parcel|answer)\.new")
_CODES: Final = {
    errno.ENOSPC: FULL,
    errno.EDQUOT: FULL,
    errno.EROFS: READ_ONLY,
    errno.EACCES: READ_ONLY,
    errno.EPERM: READ_ONLY,
}


class MediumError(Exception):
    """The medium does not do what is asked of it.

    Attributes:
        code: `courier.no-medium`, `courier.full`, `courier.read-only` or `courier.pulled` (it
            went away, or its electronics fail).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Medium:
    """The open folder of a medium; names are those of `file_name`."""

    handle: int

    def names(self, suffix: str) -> list[str]:
        """The files of that kind. Raises `MediumError`."""
        with _told():
            return sorted(
                name
                for name in os.listdir(self.handle)  # noqa: PTH208 - by the handle
                if name.endswith(suffix) and _NAME.fullmatch(name)
            )

    def size(self, name: str) -> int | None:
        """Bytes of a plain file; None where there is none. Raises `MediumError`."""
        try:
            found = os.stat(name, dir_fd=self.handle, follow_symlinks=False)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MediumError(_code(error)) from error
        return found.st_size if stat.S_ISREG(found.st_mode) else None

    def read(self, name: str, *, most: int) -> bytes | None:
        """A plain file of up to `most` bytes; None for anything else. Raises `MediumError`."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        try:
            handle = os.open(name, flags, dir_fd=self.handle)
        except OSError as error:
            if error.errno in {errno.ENOENT, errno.ELOOP, errno.EACCES}:
                return None
            raise MediumError(_code(error)) from error
        with os.fdopen(handle, "rb") as stream, _told():
            found = os.fstat(stream.fileno())
            if not stat.S_ISREG(found.st_mode) or found.st_size > most:
                return None
            return stream.read(most + 1)[:most]

    def write(self, name: str, data: bytes) -> None:
        """A whole file, on the medium when this returns, or none. Raises `MediumError`."""
        fresh = f"{name}.new"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            handle = os.open(fresh, flags, 0o644, dir_fd=self.handle)
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
                # What is read from now on comes from the medium, not from memory.
                os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
            os.replace(fresh, name, src_dir_fd=self.handle, dst_dir_fd=self.handle)
            os.fsync(self.handle)
            written = self.read(name, most=len(data))
        except OSError as error:
            with suppress(OSError):
                os.unlink(fresh, dir_fd=self.handle)
            raise MediumError(_code(error)) from error
        if written != data:
            raise MediumError(PULLED)

    def remove(self, name: str) -> None:
        """Takes a file away, if it is there. Raises `MediumError`."""
        try:
            os.unlink(name, dir_fd=self.handle)
        except FileNotFoundError:
            return
        except OSError as error:
            raise MediumError(_code(error)) from error

    def tidy(self) -> None:
        """Takes away what a medium that was pulled left half written. Raises `MediumError`."""
        with _told():
            names = os.listdir(self.handle)  # noqa: PTH208 - likewise
        left = [name for name in names if _LEFT_OVER.fullmatch(name)]
        for name in left:
            self.remove(name)

    def settle(self) -> None:
        """Returns when all is on the medium and it may be pulled out. Raises `MediumError`."""
        with _told():
            os.fsync(self.handle)


@contextmanager
def opened(mount: Path | None, *, make: bool = True) -> Iterator[Medium]:
    """The medium at `mount`.

    Args:
        mount: where it is mounted; None where none ever is.
        make: whether to make the folder where it is not there.

    Raises:
        MediumError: as in its class; also `courier.no-medium` for a medium without the folder,
            where it is not made.
    """
    if mount is None or not mount.is_dir():
        raise MediumError(ABSENT)
    try:
        if make:
            (mount / FOLDER).mkdir(exist_ok=True)
        handle = os.open(mount / FOLDER, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise MediumError(ABSENT) from error
    except OSError as error:
        raise MediumError(_code(error)) from error
    try:
        yield Medium(handle)
    finally:
        os.close(handle)


def file_name(parcel_id: bytes, suffix: str) -> str:
    """The name of a parcel's file, or of its answer's."""
    return parcel_id.hex() + suffix


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise MediumError(_code(error)) from error


def _code(error: OSError) -> str:
    return _CODES.get(error.errno or 0, PULLED)
