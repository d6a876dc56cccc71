"""Runs a program under the recorder, and deals out the disks that power cuts would leave.

`record` runs a program that stores and tells; `Recording.cuts` gives moments; `Cut.lay` makes the
disk of one as a folder, on which the store is opened; and what `Cut.told` says must be there.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from itertools import cycle
from pathlib import Path
from typing import Final

from tests.emulated.power.disk import Disk, Kept, Kind, Names, Record
from tests.emulated.power.told import RECORD

_SOURCE = Path(__file__).with_name("recorder.c")
_BOUNDARIES: Final = frozenset({Kind.SYNC_BEGIN, Kind.SYNC_END, Kind.SYNC_FAILED, Kind.TOLD})
_FOR_EVER: Final = 1 << 31


class Fault(IntEnum):
    """What a disk does wrong; as in recorder.c."""

    NONE = 0
    SYNC_FAILS = 1
    WRITE_FAILS = 2
    FULL = 3
    KILL_AT_SYNC = 4
    LIES = 5
    """Answers every sync at once and syncs nothing: as a cheap stick, or eatmydata."""


class Faults:
    """The switch of a program's disk, which may be moved while it runs."""

    def __init__(self, file: Path) -> None:
        """With its state in `file`, which the recorder maps."""
        self.file = file
        self.set(Fault.NONE)

    @property
    def environment(self) -> Mapping[str, str]:
        """What a program needs besides `environment_of`."""
        return {"POWER_FAULTS": str(self.file)}

    def set(self, fault: Fault, *, after: int = 0, times: int = _FOR_EVER) -> None:
        """After so many calls that succeed, so many fail."""
        data = struct.pack("<4I", fault, after, times, 0)
        handle = os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            # The mode last: until it is there, nothing fails.
            os.pwrite(handle, bytes(4), 0)
            os.pwrite(handle, data[4:], 4)
            os.pwrite(handle, data[:4], 0)
        finally:
            os.close(handle)

    @property
    def done(self) -> int:
        """How many calls have failed since it was set."""
        return int(struct.unpack("<4I", self.file.read_bytes())[3])


def build(folder: Path) -> Path:
    """Compiles the recorder into `folder`; gives the library."""
    target = folder / "recorder.so"
    command = ["cc", "-shared", "-fPIC", "-O2", "-Wall", "-Werror", "-o"]
    command += [str(target), str(_SOURCE), "-ldl"]
    subprocess.run(command, check=True, capture_output=True)
    return target


def environment_of(folder: Path, library: Path, log: Path | None = None) -> dict[str, str]:
    """The environment of a program whose changes in `folder` go to `log`."""
    found = {"LD_PRELOAD": str(library), "POWER_ROOT": str(folder.resolve())}
    return found if log is None else {**found, "POWER_LOG": str(log)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A moment at which the power goes.

    Attributes:
        place: how many records were written by then.
        told: what the program had said by then.
        kept, names: what the disk makes of what was not synced.
        owes: how many changes were not synced.
    """

    place: int
    told: tuple[str, ...]
    kept: Kept
    names: Names
    owes: int
    _disk: Disk = field(repr=False, compare=False)
    _seed: int = field(repr=False)

    def lay(self, into: Path, *, powered: tuple[str, ...] = ()) -> None:
        """Makes the disk as the folder `into`; see `Disk.lay`. Only until the next cut is drawn."""
        self._disk.lay(into, self.kept, self.names, random.Random(self._seed), powered)

    def __str__(self) -> str:
        """Where it is, so that the same seed finds it again."""
        return f"record {self.place}, kept {self.kept.value}, names {self.names.value}"


class Recording:
    """What a program did to its folder, from a state of the folder that was safe on the disk."""

    def __init__(self, before: Snapshot, records: Sequence[Record]) -> None:
        self._before = before
        self.records = tuple(records)

    @classmethod
    def of(cls, before: Snapshot, log: Path) -> Recording:
        """What a log says was done since `before`."""
        return cls(before, tuple(read(log.read_bytes())))

    def lying(self, below: str) -> Recording:
        """The same on a disk that answers syncs of what is below `below` and does not do them."""
        return Recording(
            self._before,
            [
                one
                for one in self.records
                if one.kind is not Kind.SYNC_END or not one.name.startswith(below)
            ],
        )

    @property
    def told(self) -> tuple[str, ...]:
        """All that the program said."""
        return tuple(record.name for record in self.records if record.kind is Kind.TOLD)

    @property
    def syncs(self) -> int:
        """How many syncs ended well."""
        return sum(record.kind is Kind.SYNC_END for record in self.records)

    def cuts(self, count: int, dice: random.Random) -> Iterator[Cut]:
        """At least `count` cuts: at each boundary of a sync and each answer, and between them.

        Each boundary is cut in each of the ways in which a disk may be left, as often as `count`
        asks; where it asks for fewer, boundaries are drawn by chance.
        """
        ways = cycle([(kept, names) for names in Names for kept in Kept])
        places = self._places(count, dice)
        disk, told = Disk(self._before.folders, self._before.files), list[str]()
        for place, record in enumerate(self.records):
            for _ in range(places.get(place, 0)):
                kept, names = next(ways)
                seed = dice.getrandbits(32)
                yield Cut(place, tuple(told), kept, names, disk.owes, disk, seed)
            disk.take(record)
            if record.kind is Kind.TOLD:
                told.append(record.name)

    def _places(self, count: int, dice: random.Random) -> dict[int, int]:
        """How many cuts just before each record."""
        boundaries = [
            place
            for place, record in enumerate(self.records)
            if record.kind in _BOUNDARIES  # before it: for the end of a sync, while it goes on
        ]
        boundaries += [
            place + 1
            for place, record in enumerate(self.records[:-1])
            if record.kind in {Kind.SYNC_END, Kind.TOLD}
        ]
        boundaries = sorted(set(boundaries))
        found: dict[int, int] = {}
        whole, rest = divmod(count, max(len(boundaries), 1))
        for place in boundaries:
            found[place] = whole
        between = range(len(self.records))
        for place in [*dice.sample(boundaries, rest), *dice.sample(between, min(whole, 1) * rest)]:
            found[place] = found.get(place, 0) + 1
        return {place: times for place, times in sorted(found.items()) if times}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A folder before a recording: what it holds counts as safe."""

    folders: tuple[str, ...]
    files: Mapping[str, tuple[int, bytes]]

    @classmethod
    def of(cls, folder: Path) -> Snapshot:
        """The folder as it is."""
        folders, files = [], {}
        for path in sorted(folder.rglob("*")):
            name = str(path.relative_to(folder))
            if path.is_dir():
                folders.append(name)
            elif path.is_file() and not path.is_symlink():
                files[name] = (path.stat().st_ino, path.read_bytes())
        return cls(tuple(folders), files)


def read(log: bytes) -> Iterator[Record]:
    """The records of a log; the last one is left out where it is torn."""
    at = 0
    while at + RECORD.size <= len(log):
        kind, file, place, first, second = RECORD.unpack_from(log, at)
        at += RECORD.size
        end = at + first + second
        if end > len(log):
            return
        name = log[at : at + first].decode(errors="surrogateescape")
        yield Record(Kind(kind), file, place, name, log[at + first : end])
        at = end


def record(
    command: Sequence[str],
    folder: Path,
    *,
    library: Path,
    log: Path,
    environment: Mapping[str, str] | None = None,
    seconds: float = 300.0,
) -> Recording:
    """Runs `command` to its end and notes what it does in `folder`.

    Args:
        command: a program that ends by itself.
        folder: of its store; made where it is missing; what is in it before counts as safe.
        library: see `build`.
        log: a new file, outside `folder`; may grow to some times what is stored.
        environment: besides this process's own.
        seconds: how long it may run.

    Raises:
        CalledProcessError: it failed.
        TimeoutExpired: it took too long, and was ended.
    """
    folder.mkdir(parents=True, exist_ok=True)
    before = Snapshot.of(folder)
    given = {**os.environ, **environment_of(folder, library, log), **(environment or {})}
    subprocess.run(command, check=True, env=given, timeout=seconds, stdin=subprocess.DEVNULL)
    return Recording.of(before, log)
