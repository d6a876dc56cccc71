"""Space on the store's disk, so that a full disk stops new records and never acknowledgements.

A floor: nothing is recorded while less than `FLOOR_BYTES` are free. A ballast: a file of
`BALLAST_BYTES` that is given up when even what is left below the floor was eaten by somebody
else, so that what the hub acknowledged can still be kept; it is made again when there is space.
And a reserve: `RESERVE_BYTES` that are taken before a person begins, and given to the record at
the end: who was let begin can finish, whatever fills the disk meanwhile.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

FLOOR_BYTES: Final = 16 << 20
BALLAST_BYTES: Final = 8 << 20
RESERVE_BYTES: Final = 4 << 20


def is_read_only(folder: Path) -> bool:
    """Whether the file system of `folder` is mounted read-only."""
    with suppress(OSError):
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    return False


class Space:
    """The space around one store."""

    def __init__(
        self,
        folder: Path,
        *,
        floor: int = FLOOR_BYTES,
        ballast: int = BALLAST_BYTES,
        reserve: int = RESERVE_BYTES,
    ) -> None:
        self._folder = folder
        self._floor = floor
        self._ballast = ballast
        self._reserve = reserve
        self._ballast_file = folder / "ballast"
        self._reserve_file = folder / "reserve"
        self._path = str(folder)

    def free(self) -> int:
        """Bytes that this user may still write; 0 where the disk does not answer."""
        try:
            found = os.statvfs(self._path)
        except OSError:
            return 0
        return found.f_bavail * found.f_frsize

    def is_low(self) -> bool:
        """Whether less is free than the floor."""
        return self.free() < self._floor

    def lay_ballast(self) -> None:
        """Makes the ballast where it is missing and there is space for it above the floor."""
        with suppress(OSError):
            if self._ballast_file.exists() or self.free() < self._floor + self._ballast:
                return
            _take(self._ballast_file, self._ballast)

    def drop_ballast(self) -> bool:
        """Gives the ballast's space to whoever writes next; whether there was any."""
        return _give_up(self._ballast_file)

    def lay_reserve(self) -> bool:
        """Takes the space for one more record where it is not taken; whether it is."""
        try:
            if self._reserve_file.exists():
                return True
            if self.free() < self._floor + self._reserve:
                return False
            _take(self._reserve_file, self._reserve)
        except OSError:
            return False
        return True

    def spend_reserve(self) -> bool:
        """Gives the reserve to the record that is being made; whether there was any."""
        return _give_up(self._reserve_file)


def _take(file: Path, size: int) -> None:
    """A file that takes `size` bytes. Raises `OSError`, and leaves nothing."""
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        # Reserved, not sparse: the blocks are really taken.
        os.posix_fallocate(handle, 0, size)
    except OSError:
        file.unlink(missing_ok=True)
        raise
    finally:
        os.close(handle)


def _give_up(file: Path) -> bool:
    try:
        file.unlink()
    except OSError:
        return False
    return True
