"""A disk with a volatile cache, from the log of what was written: what is on it after a cut.

The contract is POSIX's, read as strictly as SQLite and PostgreSQL claim to need it. Content is on
the disk when a sync of its file ended that began after it was written. Until then any sectors of
it may be there, in any order, and the file may have its old or its new size. A sector of 512 bytes
is written whole or not at all. After a sync that failed, what it should have brought is never
certain again, whatever later syncs say (https://lwn.net/Articles/752063). Names are of two kinds of
file systems: `Names.STRICT`, durable by a sync of their folder only, and `Names.ORDERED`, as with
ext4, where any sync also brings every change of names before it. Folders themselves stay.
"""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum, IntEnum
from pathlib import Path

from tests.emulated.power.told import TOLD

_SECTOR = 512
_PAGE = 4096


class Kind(IntEnum):
    """What was done; as in recorder.c."""

    OPEN = 1
    WRITE = 2
    TRUNCATE = 3
    GROW = 4
    SYNC_BEGIN = 5
    SYNC_END = 6
    SYNC_FAILED = 7
    UNLINK = 8
    RENAME = 9
    LINK = 10
    MKDIR = 11
    RMDIR = 12
    TOLD = TOLD


@dataclass(frozen=True, slots=True)
class Record:
    """One thing that was done.

    Attributes:
        file: its inode number.
        at: where it was written, its size, or which sync.
        name: below the folder, at that moment; what was told.
        data: what was written; the second name.
    """

    kind: Kind
    file: int
    at: int
    name: str
    data: bytes


class Names(Enum):
    """What brings a new or a removed name to the disk."""

    STRICT = "strict"
    ORDERED = "ordered"


class Kept(Enum):
    """What a cut leaves of what was not synced."""

    NOTHING = "nothing"
    ALL = "all"
    BEGINNING = "beginning"
    PAGES = "pages"
    SECTORS = "sectors"


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of content that waits for its sync; `data` None sets the size."""

    number: int
    at: int
    data: bytes | None
    only_grows: bool = False

    def apply(self, content: bytearray) -> None:
        if self.data is None:
            if len(content) < self.at:
                content.extend(bytes(self.at - len(content)))
            elif not self.only_grows:
                del content[self.at :]
            return
        if len(content) < self.at:
            content.extend(bytes(self.at - len(content)))
        content[self.at : self.at + len(self.data)] = self.data


@dataclass(eq=False)
class _File:
    content: bytearray = field(default_factory=bytearray)
    waiting: list[_Change] = field(default_factory=list)
    uncertain: list[_Change] = field(default_factory=list)
    size: int = 0


@dataclass(frozen=True, slots=True)
class _Naming:
    """A change of names: `path` leads to `file`, and `gone` to nothing any more."""

    number: int
    folder: str
    path: str | None
    file: _File | None
    gone: str | None = None

    def apply(self, names: dict[str, _File]) -> None:
        if self.gone is not None:
            names.pop(self.gone, None)
        if self.path is not None and self.file is not None:
            names[self.path] = self.file


class Disk:
    """One folder of a disk, as the log of its changes goes on."""

    def __init__(self, folders: Iterable[str], files: Mapping[str, tuple[int, bytes]]) -> None:
        """A disk that holds `files`, by path with inode number and content, and knows no other."""
        self.folders = set(folders)
        self._number = 0
        self._now: dict[str, _File] = {}
        self._by_inode: dict[int, _File] = {}
        for path, (inode, content) in files.items():
            one = self._by_inode.get(inode) or _File(bytearray(content), size=len(content))
            self._by_inode[inode] = self._now[path] = one
        self._strict, self._ordered = dict(self._now), dict(self._now)
        self._strict_waits: list[_Naming] = []
        self._ordered_waits: list[_Naming] = []
        self._syncs: dict[int, int] = {}

    def take(self, record: Record) -> None:
        """What was done next."""
        match record.kind:
            case Kind.OPEN:
                self._open(record)
            case Kind.WRITE:
                self._change(record, record.data)
            case Kind.TRUNCATE | Kind.GROW:
                self._change(record, None)
            case Kind.SYNC_BEGIN:
                self._syncs[record.at] = self._number
            case Kind.SYNC_END | Kind.SYNC_FAILED:
                self._synced(record)
            case Kind.UNLINK:
                if self._now.pop(record.name, None) is not None:
                    self._name(None, None, record.name)
            case Kind.RENAME | Kind.LINK:
                self._rename(record)
            case Kind.MKDIR:
                self.folders.add(record.name)
            case Kind.RMDIR | Kind.TOLD:
                pass

    @property
    def owes(self) -> int:
        """How many changes a cut could take at this moment."""
        files = {id(one): one for one in (*self._now.values(), *self._strict.values())}
        return len(self._strict_waits) + sum(len(one.waiting) for one in files.values())

    def lay(
        self,
        into: Path,
        kept: Kept,
        names: Names,
        dice: random.Random,
        powered: tuple[str, ...] = (),
    ) -> None:
        """Makes the folder `into` as the disk is after a cut at this moment.

        Args:
            into: is made; nothing is there.
            kept: what remains of what was not synced.
            names: the kind of file system.
            dice: chooses what remains.
            powered: beginnings of paths that no cut touches: they are on another machine.
        """
        limit = _limit(self._number, kept, dice)
        waits = self._strict_waits if names is Names.STRICT else self._ordered_waits
        found = dict(self._strict if names is Names.STRICT else self._ordered)
        stop = _names_kept(waits, kept, limit, dice)
        for naming in waits[:stop]:
            naming.apply(found)
        if powered:
            found = {path: one for path, one in found.items() if not path.startswith(powered)}
            found |= {path: one for path, one in self._now.items() if path.startswith(powered)}
        for folder in ("", *sorted(self.folders)):
            (into / folder).mkdir(parents=True, exist_ok=True)
        share = dice.choice((0.1, 0.5, 0.9))
        for path, one in found.items():
            how = Kept.ALL if path.startswith(powered or ("\0",)) else kept
            _write(into / path, _content(one, how, limit, share, dice))

    def _open(self, record: Record) -> None:
        one = self._now.get(record.name)
        if one is None or self._by_inode.get(record.file) is not one:
            one = self._by_inode[record.file] = self._now[record.name] = _File(size=record.at)
            self._name(record.name, one, None)
        elif record.at == 0 and one.size:
            self._change(record, None)

    def _change(self, record: Record, data: bytes | None) -> None:
        one = self._by_inode.get(record.file)
        if one is None:  # made where the recorder does not look; from here on it is known
            one = self._by_inode[record.file] = self._now[record.name] = _File()
            self._name(record.name, one, None)
        self._number += 1
        only_grows = record.kind is Kind.GROW
        one.waiting.append(_Change(self._number, record.at, data, only_grows))
        end = record.at + len(data or b"")
        one.size = max(one.size, end) if data is not None or only_grows else end

    def _synced(self, record: Record) -> None:
        begun = self._syncs.pop(record.at, 0)
        one = self._by_inode.get(record.file)
        failed = record.kind is Kind.SYNC_FAILED
        if one is not None:
            covered = [change for change in one.waiting if change.number <= begun]
            one.waiting = [change for change in one.waiting if change.number > begun]
            if failed:
                one.uncertain += covered
            if not failed:  # the size is metadata: this sync brought it, whatever one before did
                one.uncertain = [change for change in one.uncertain if change.data is not None]
            for change in () if failed else covered:
                change.apply(one.content)
                # What lies over a piece of an uncertain change is certain.
                one.uncertain = [left for old in one.uncertain for left in _beside(old, change)]
        elif not failed:
            self._strict_waits = _commit(
                self._strict_waits, self._strict, begun, folder=record.name
            )
        if not failed:
            self._ordered_waits = _commit(self._ordered_waits, self._ordered, begun)

    def _rename(self, record: Record) -> None:
        one = self._now.get(record.name)
        if one is None:
            return  # a folder, or made where the recorder does not look
        to = record.data.decode()
        gone = record.name if record.kind is Kind.RENAME else None
        if gone is not None:
            del self._now[gone]
        self._now[to] = one
        self._name(to, one, gone)

    def _name(self, path: str | None, one: _File | None, gone: str | None) -> None:
        self._number += 1
        folder = os.path.dirname(path or gone or "")  # noqa: PTH120 - a key, not a path
        naming = _Naming(self._number, folder, path, one, gone)
        self._strict_waits.append(naming)
        self._ordered_waits.append(naming)


def _beside(old: _Change, new: _Change) -> list[_Change]:
    """What is left of `old` where `new` does not lie over it."""
    if old.data is None or new.data is None:
        return [old]
    start, end = new.at, new.at + len(new.data)
    left = []
    if old.at < start:
        left.append(_Change(old.number, old.at, old.data[: start - old.at]))
    if old.at + len(old.data) > end:
        cut = max(end - old.at, 0)
        left.append(_Change(old.number, old.at + cut, old.data[cut:]))
    return left


def _commit(
    waits: list[_Naming], names: dict[str, _File], begun: int, folder: str | None = None
) -> list[_Naming]:
    """Brings the changes before `begun` to the disk; those that still wait."""
    still = []
    for naming in waits:
        if naming.number <= begun and folder in {None, naming.folder}:
            naming.apply(names)
        else:
            still.append(naming)
    return still


def _limit(number: int, kept: Kept, dice: random.Random) -> int:
    """Up to which change all is kept, where only the beginning is: most often near the end."""
    return number - min(int(dice.expovariate(0.2)), number) if kept is Kept.BEGINNING else number


def _names_kept(waits: list[_Naming], kept: Kept, limit: int, dice: random.Random) -> int:
    match kept:
        case Kept.NOTHING:
            return 0
        case Kept.ALL:
            return len(waits)
        case Kept.BEGINNING:
            return sum(naming.number <= limit for naming in waits)
        case _:
            return dice.randint(0, len(waits))


def _content(
    one: _File, kept: Kept, limit: int, share: float, dice: random.Random
) -> bytes | bytearray:
    if not one.waiting and not one.uncertain:
        return one.content
    content = bytearray(one.content)
    for change in one.uncertain:
        _scatter(change, content, _PAGE, 0.5, dice)
    match kept:
        case Kept.ALL | Kept.BEGINNING:
            for change in one.waiting:
                if change.number <= limit:
                    change.apply(content)
        case Kept.PAGES | Kept.SECTORS:
            piece = _PAGE if kept is Kept.PAGES else _SECTOR
            for change in one.waiting:
                _scatter(change, content, piece, share, dice)
            if len(content) < one.size and dice.random() < 0.3:
                content.extend(bytes(one.size - len(content)))  # the size came, its data did not
        case Kept.NOTHING:
            pass
    return content


def _scatter(
    change: _Change, content: bytearray, piece: int, share: float, dice: random.Random
) -> None:
    """Any pieces of a change, each by chance."""
    data = change.data
    if data is None:
        if dice.random() < share:
            change.apply(content)
        return
    at, end = change.at, change.at + len(data)
    while at < end:
        stop = min(end, (at // piece + 1) * piece)
        if dice.random() < share:
            _Change(0, at, data[at - change.at : stop - change.at]).apply(content)
        at = stop


def _write(path: Path, content: bytes | bytearray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(handle, content)
    finally:
        os.close(handle)
