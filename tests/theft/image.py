"""A kiosk's disk as one file: an ext4 file system, every block of which a thief can read."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 4096
_PIECE = 1 << 22


@dataclass(frozen=True, slots=True)
class DiskImage:
    """A mounted image.

    Attributes:
        folder: where it is mounted.
        file: every byte of the disk.
    """

    folder: Path
    file: Path

    def content(self) -> bytes:
        """Every block that is not all zeros, in order: files, free blocks, inodes, the journal."""
        subprocess.run(["sync", "-f", str(self.folder)], check=True)
        zeros, found = bytes(_BLOCK), []
        with self.file.open("rb") as stream:
            while piece := stream.read(_PIECE):
                if piece.count(0) == len(piece):
                    continue
                blocks = (piece[at : at + _BLOCK] for at in range(0, len(piece), _BLOCK))
                found += [block for block in blocks if block != zeros]
        return b"".join(found)


@contextmanager
def disk_image(megabytes: int) -> Iterator[DiskImage]:
    """A new disk, gone afterwards; it lies in memory and needs root and a loop device.

    Blocks of deleted files keep their content, as on a disk without TRIM.
    """
    with tempfile.TemporaryDirectory(prefix="theft-", dir="/dev/shm") as name:
        file, folder = Path(name) / "disk.ext4", Path(name) / "m"
        folder.mkdir()
        with file.open("wb") as stream:
            stream.truncate(megabytes << 20)
        subprocess.run(["mkfs.ext4", "-q", "-E", "nodiscard", str(file)], check=True)
        options = "loop,nodiscard,data=ordered"
        subprocess.run(["mount", "-o", options, str(file), str(folder)], check=True)
        try:
            yield DiskImage(folder, file)
        finally:
            subprocess.run(["umount", str(folder)], check=True)
