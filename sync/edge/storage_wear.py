"""How worn the disk of a folder is and whether it fails, as the kernel knows it.

Sources: `life_time` and `pre_eol_info` of eMMC and SD cards (JEDEC JESD84-B51, 7.4.13 and 7.4.14;
Documentation/driver-api/mmc/mmc-dev-attrs.rst), `errors_count` of ext4
(Documentation/admin-guide/ext4.rst), `ioerr_cnt` of SCSI disks, and the time that writes take
(Documentation/block/stat.rst). What a disk does not tell is not guessed.
"""

from __future__ import annotations

import os
import statistics
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

WORN: Final = "store.worn"
"""Nine tenths of the disk's life are over, or of the blocks that it keeps in reserve."""
FAILING: Final = "store.failing"
"""The file system has found errors, or the disk has answered with some since the start."""
SLOW: Final = "store.slow"
"""Writes take many times as long as they did: so cards behave that are about to fail."""

WORN_PERCENT: Final = 90
SLOW_MS: Final = 100.0
SLOW_FACTOR: Final = 5.0
_LEAST_WRITES: Final = 20
_LEAST_WINDOWS: Final = 6
_MOST_WINDOWS: Final = 288
_PRE_EOL_WARNING: Final = 2
_WRITES, _WRITE_MS = 4, 7  # fields of /sys/block/<name>/stat, counted from 0


@dataclass(frozen=True, slots=True)
class Wear:
    """What the disk says.

    Attributes:
        percent: of its life that is used up, rounded up to tens; None where it does not tell.
        codes: `store.worn`, `store.failing`, `store.slow`; empty where all is well.
    """

    percent: int | None = None
    codes: tuple[str, ...] = ()


class StorageWear:
    """Looks at one disk, now and then.

    Args:
        folder: on that disk.
        sys: where the kernel tells; another folder in tests.
        device: major and minor number of the file system's device; found by `folder` where None.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sys: Path = Path("/sys"),
        device: Callable[[], tuple[int, int]] | None = None,
    ) -> None:
        self._sys = sys
        self._device = device or (lambda: _device_of(folder))
        self._io_errors: int | None = None
        self._written: tuple[int, int] | None = None
        self._means: deque[float] = deque(maxlen=_MOST_WINDOWS)

    def look(self) -> Wear:
        """How the disk is now; a call also ends the span over which writes are timed."""
        try:
            major, minor = self._device()
            part = (self._sys / "dev" / "block" / f"{major}:{minor}").resolve(strict=True)
        except OSError:
            return Wear()  # no disk of its own: a file system in memory, or over others
        disk = part.parent if (part / "partition").exists() else part
        percent, is_ending = _life(disk / "device")
        codes = []
        if is_ending or (percent is not None and percent >= WORN_PERCENT):
            codes.append(WORN)
        if self._has_errors(part, disk):
            codes.append(FAILING)
        if self._is_slow(disk):
            codes.append(SLOW)
        return Wear(percent, tuple(codes))

    def _has_errors(self, part: Path, disk: Path) -> bool:
        if (_number(self._sys / "fs" / "ext4" / part.name / "errors_count") or 0) > 0:
            return True
        count = _number(disk / "device" / "ioerr_cnt")
        if count is None:
            return False
        if self._io_errors is None:
            self._io_errors = count
        return count > self._io_errors

    def _is_slow(self, disk: Path) -> bool:
        """Whether the writes since the last look took far longer than those before."""
        try:
            fields = [int(word) for word in (disk / "stat").read_text().split()]
            now = fields[_WRITES], fields[_WRITE_MS]
        except (OSError, ValueError, IndexError):
            return False
        before, self._written = self._written, now
        if before is None or now[0] - before[0] < _LEAST_WRITES:
            return False
        mean = (now[1] - before[1]) / (now[0] - before[0])
        usual = statistics.median(self._means) if len(self._means) >= _LEAST_WINDOWS else None
        if usual is not None and mean > max(SLOW_MS, SLOW_FACTOR * usual):
            return True  # not taken for usual
        self._means.append(mean)
        return False


def _device_of(folder: Path) -> tuple[int, int]:
    number = folder.stat().st_dev
    return os.major(number), os.minor(number)


def _life(device: Path) -> tuple[int | None, bool]:
    """Per cent of the life used up, and whether the reserve of blocks comes to its end.

    0x01 stands for up to 10 per cent, 0x0B for more than was estimated; 0 for nothing known.
    """
    stages = []
    with suppress(OSError, ValueError):
        stages = [int(word, 16) for word in (device / "life_time").read_text().split()]
    reserve = _number(device / "pre_eol_info") or 0
    known = [min(10 * stage, 100) for stage in stages if stage > 0]
    return (max(known) if known else None), reserve >= _PRE_EOL_WARNING


def _number(file: Path) -> int | None:
    """A number that the kernel tells, decimal or hexadecimal; None where it does not."""
    try:
        return int(file.read_text().strip(), 0)
    except (OSError, ValueError):
        return None
