"""A removable medium: files that are whole or not there, and that may be gone at any moment.

Only the folder `FOLDER` of it is touched, through its own handle: what else is on the medium stays
unread, and no link on it leads anywhere else. Anybody may have written to it: a name that is not
one of `file_name` is not even listed.
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
NOT_MOUNTED: Final = "courier.not-mounted"
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
        code: `courier.no-medium`, `courier.not-mounted`, `courier.full`, `courier.read-only` or
            `courier.pulled` (it went away, or its electronics fail).
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
                if is_name(name, suffix)
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
        try:
            return read_plain(name, most=most, folder=self.handle)
        except OSError as error:
            raise MediumError(_code(error)) from error

    def write(self, name: str, data: bytes) -> None:
        """A whole file, on the medium when this returns, or none. Raises `MediumError`."""
        fresh = f"{name}.new"
        # A file of its own: whatever bears that name, a link or a pipe, is not written to.
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with suppress(FileNotFoundError):
                os.unlink(fresh, dir_fd=self.handle)
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
def opened(
    mount: Path | None, *, make: bool = True, plain_folder: bool = False
) -> Iterator[Medium]:
    """The medium at `mount`.

    Args:
        mount: where it is mounted; None where none ever is.
        make: whether to make the folder where it is not there.
        plain_folder: whether a folder of the disk itself is taken for a medium. Else what is there
            while no medium is would fill the disk, and nobody would carry it anywhere.

    Raises:
        MediumError: as in its class; also `courier.no-medium` for a medium without the folder,
            where it is not made.
    """
    if mount is None or not mount.is_dir():
        raise MediumError(ABSENT)
    flags = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
    top = handle = -1
    try:
        try:
            top = os.open(mount, flags)
            above = os.stat("..", dir_fd=top)
            if not plain_folder and os.fstat(top).st_dev == above.st_dev:
                raise MediumError(NOT_MOUNTED)
            if make:
                with suppress(FileExistsError):
                    os.mkdir(FOLDER, dir_fd=top)
            handle = os.open(FOLDER, flags | os.O_NOFOLLOW, dir_fd=top)
        except FileNotFoundError as error:
            raise MediumError(ABSENT) from error
        except OSError as error:
            raise MediumError(_code(error)) from error
        yield Medium(handle)
    finally:
        for one in (top, handle):
            if one >= 0:
                os.close(one)


def read_plain(path: str | Path, *, most: int, folder: int | None = None) -> bytes | None:
    """A plain file of up to `most` bytes; None for anything else, a link among them.

    Args:
        path: which; in `folder`, an open one, where that is given.
        most: bytes.
        folder: its handle.

    Raises:
        OSError: it cannot be read.
    """
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.EACCES}:
            return None
        raise
    with os.fdopen(handle, "rb") as stream:
        found = os.fstat(stream.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > most:
            return None
        return stream.read(most + 1)[:most]


def is_name(name: str, suffix: str) -> bool:
    """Whether a file may bear that name: as `file_name` makes them."""
    return name.endswith(suffix) and _NAME.fullmatch(name) is not None


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
