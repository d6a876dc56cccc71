"""What must outlive a damaged database: which numbers may be issued, which entries may have left.

Beside the store, in a file of its own: two slots in two blocks, written in turns in the place where
they lie, so that a full disk is no hindrance. Numbers are marked a stretch ahead, so that a record
seldom waits for it; what leaves is marked exactly, before it does, since after damage nothing is
recorded until the hub's word covers it. A mark of which one slot is broken counts for nothing there:
whether a power cut tore the newest one or time broke it nobody can tell.
"""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.edge.store.placing import sync

FILE_NAME: Final = "marks"
STRETCH: Final = 256
"""So many registration numbers are marked ahead, and passed over after damage."""

_FIELDS: Final = struct.Struct(">8sQQQ")  # what it is, a count of writes, counter, handed
_MAGIC: Final = b"spo-mrk1"
_DIGEST_BYTES: Final = 32
_BLOCK: Final = 4096
_SLOTS: Final = 2


@dataclass(frozen=True, slots=True)
class Mark:
    """What is marked.

    Attributes:
        counter: no registration number above it was issued.
        handed: no entry above it has left the station, on any way.
        is_sure: both slots are whole; otherwise the rest is the least that can be.
    """

    counter: int
    handed: int
    is_sure: bool


@dataclass(frozen=True, slots=True)
class _Slot:
    writes: int
    counter: int
    handed: int


class Marks:
    """The marks of one store. May be used from several threads and programs.

    Args:
        folder: of the store.
        station: its name, bound into the marks.
    """

    def __init__(self, folder: Path, station: str) -> None:
        self._path = folder / FILE_NAME
        self._station = station.encode()
        self._lock = threading.Lock()
        self._counter = 0
        self._handed = 0

    def read(self) -> Mark:
        """What is marked; where the disk does not give it, nothing for sure."""
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return Mark(0, 0, is_sure=False)
        try:
            fcntl.flock(handle, fcntl.LOCK_SH)
            return _together(self._slots(handle))
        except OSError:
            return Mark(0, 0, is_sure=False)
        finally:
            os.close(handle)

    def begin(self, look: Callable[[], tuple[int, int] | None]) -> None:
        """At the opening of a store that is whole and held by nothing: mends what is not sure.

        Args:
            look: gives how many registration numbers it has issued, and its last entry; None where
                it cannot. Called when nobody else can mark any more: where marks are made anew,
                all that is recorded by then may have left.

        Raises:
            OSError: the disk refuses.
        """

        def work(known: Mark) -> Mark | None:
            found = look()
            if found is None or (known.is_sure and known.counter >= found[0]):
                return None
            counter, head = found
            return Mark(max(known.counter, counter + STRETCH), head, is_sure=False)

        self._change(work)

    def issue(self, counter: int, seq: int) -> None:
        """The entry at `seq` is about to be recorded, with so many numbers issued.

        Raises:
            OSError: the disk refuses; the entry must not be recorded.
        """
        if counter <= self._counter:
            return

        def work(known: Mark) -> Mark | None:
            if not known.is_sure:
                return Mark(max(known.counter, counter + STRETCH), seq - 1, is_sure=False)
            if known.counter >= counter:
                return None
            return Mark(counter + STRETCH, known.handed, is_sure=True)

        self._change(work)

    def hand_out(self, last: int) -> None:
        """Entries up to `last` are about to leave; on the disk when this returns.

        Marks that are not sure stay so.

        Raises:
            OSError: the disk refuses; the marks are gone, so that they say nothing wrong.
        """
        if last <= self._handed or not self._path.exists():
            return

        def work(known: Mark) -> Mark | None:
            if not known.is_sure or known.handed >= last:
                return None
            return Mark(known.counter, last, is_sure=True)

        try:
            self._change(work)
        except OSError:
            with suppress(OSError):
                self._path.unlink()
            raise

    def _change(self, work: Callable[[Mark], Mark | None]) -> None:
        """Writes what `work` makes of what is marked; both slots where it was not sure."""
        with self._lock:
            is_new = not self._path.exists()
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                fcntl.flock(handle, fcntl.LOCK_EX)
                slots = self._slots(handle)
                known = _together(slots)
                made = work(known)
                if made is not None:
                    writes = 1 + max((one.writes for one in slots if one is not None), default=0)
                    for count in range(writes, writes + (1 if made.is_sure else _SLOTS)):
                        self._write(handle, _Slot(count, made.counter, made.handed))
                    os.fdatasync(handle)
                    if is_new:
                        sync(self._path.parent)
                    known = Mark(made.counter, made.handed, is_sure=True)
                if known.is_sure:
                    self._counter, self._handed = known.counter, known.handed
            finally:
                os.close(handle)

    def _slots(self, handle: int) -> list[_Slot | None]:
        return [self._slot(os.pread(handle, _BLOCK, n * _BLOCK)) for n in range(_SLOTS)]

    def _slot(self, data: bytes) -> _Slot | None:
        """What a block says, None where it is not what was written."""
        fields, digest = data[: _FIELDS.size], data[_FIELDS.size :][:_DIGEST_BYTES]
        if len(fields) < _FIELDS.size or self._digest(fields) != digest:
            return None
        magic, writes, counter, handed = _FIELDS.unpack(fields)
        return _Slot(writes, counter, handed) if magic == _MAGIC else None

    def _write(self, handle: int, slot: _Slot) -> None:
        fields = _FIELDS.pack(_MAGIC, slot.writes, slot.counter, slot.handed)
        data = (fields + self._digest(fields)).ljust(_BLOCK, b"\0")
        if os.pwrite(handle, data, slot.writes % _SLOTS * _BLOCK) != len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _digest(self, fields: bytes) -> bytes:
        return hashlib.sha256(fields + self._station).digest()


def _together(slots: list[_Slot | None]) -> Mark:
    whole = [one for one in slots if one is not None]
    return Mark(
        max((one.counter for one in whole), default=0),
        max((one.handed for one in whole), default=0),
        is_sure=len(whole) == _SLOTS,
    )
