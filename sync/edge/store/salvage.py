"""Reads the rows of a damaged store out of its pages, without asking SQLite.

Every page of the database and of its write-ahead log that looks like the leaf of a table is taken
apart (https://sqlite.org/fileformat2.html, 1.6 and 2.1), whatever header, index or inner page is
broken. What is found is believed only as far as hashes and seals prove it: an entry is what hashes
to its own hash, a key of a stretch is what the vault opens.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final

from sync.edge.store.connection import PAGE_BYTES
from sync.edge.store.placing import FILE_NAME

Value = int | float | bytes | str | None

_LEAF: Final = 0x0D
_FILE_HEADER: Final = 100
_LOG_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_MOST_CELLS: Final = PAGE_BYTES // 4
_MOST_ROW_BYTES: Final = 32 << 20
_INTEGERS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_ID_BYTES: Final = 16
_HASH_BYTES: Final = 32
_JOURNAL_COLUMNS: Final = 7
_SEGMENT_COLUMNS: Final = 3


@dataclass(frozen=True, slots=True)
class FoundEntry:
    """A row of the journal as it lies there; nothing of it is proven.

    Attributes:
        envelope: as it lies there, sealed under the key `segment` where there is one.
        others: what stands in the row behind `segment`.
    """

    seq: int
    operation_id: bytes
    kind: str
    counter: int
    recorded_at: int
    hash: bytes
    envelope: bytes = field(repr=False)
    segment: int | None
    others: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class FoundKey:
    """A key of a stretch of entries, as the vault sealed it."""

    number: int
    first: int
    key: bytes = field(repr=False)


def rows(folder: Path) -> Iterator[FoundEntry | FoundKey]:
    """Every row of the journal and of its keys that is found; older copies of a row as well.

    Args:
        folder: holds the database and, where there is one, its log.

    Raises:
        OSError: the disk does not give the file at all. A piece that it does not give counts as
            damaged.
    """
    pages = _Pages(folder)
    try:
        for page, at in pages.every():
            for number, values in _cells(page, at, pages):
                found = _recognised(number, values)
                if found is not None:
                    yield found
    finally:
        pages.close()


class _Pages:
    """The pages of a database and of its log."""

    def __init__(self, folder: Path) -> None:
        self._database = (folder / FILE_NAME).open("rb")
        self._log: BinaryIO | None = None
        with suppress(OSError):
            self._log = (folder / f"{FILE_NAME}-wal").open("rb")
        # Where the newest copy of a page lies in the log.
        self._in_log: dict[int, int] = {}
        for place, number in self._frames():
            self._in_log[number] = place

    def close(self) -> None:
        self._database.close()
        if self._log is not None:
            self._log.close()

    def every(self) -> Iterator[tuple[bytes, int]]:
        """Each page, and where in it the b-tree page begins; the log's newest copies last."""
        number = 0
        while (page := self._in_database(number)) is not None:
            yield page, 0 if number else _FILE_HEADER
            number += 1
        for place, of in list(self._frames()):
            yield self._of_log(place), 0 if of > 1 else _FILE_HEADER

    def content(self, number: int) -> Iterator[bytes]:
        """The copies of a page, counted from 1, newest first."""
        place = self._in_log.get(number)
        if place is not None:
            yield self._of_log(place)
        page = self._in_database(number - 1)
        if page is not None:
            yield page

    def _in_database(self, number: int) -> bytes | None:
        """None beyond the end; a page that the disk does not give is empty."""
        try:
            self._database.seek(number * PAGE_BYTES)
            page = self._database.read(PAGE_BYTES)
        except OSError:
            return bytes(PAGE_BYTES)
        return page.ljust(PAGE_BYTES, b"\0") if page else None

    def _of_log(self, place: int) -> bytes:
        if self._log is None:
            return bytes(PAGE_BYTES)
        try:
            self._log.seek(place)
            return self._log.read(PAGE_BYTES).ljust(PAGE_BYTES, b"\0")
        except OSError:
            return bytes(PAGE_BYTES)

    def _frames(self) -> Iterator[tuple[int, int]]:
        """Where each page of the log lies, and which one it is; whatever its checksums say."""
        place = _LOG_HEADER
        while self._log is not None:
            try:
                self._log.seek(place)
                header = self._log.read(_FRAME_HEADER)
            except OSError:
                header = bytes(_FRAME_HEADER)
            if len(header) < _FRAME_HEADER:
                return
            yield place + _FRAME_HEADER, int.from_bytes(header[:4])
            place += _FRAME_HEADER + PAGE_BYTES


def _cells(page: bytes, at: int, pages: _Pages) -> Iterator[tuple[int, tuple[Value, ...]]]:
    """Number and values of each row of a page, if it is the leaf of a table."""
    if page[at] != _LEAF:
        return
    count = int.from_bytes(page[at + 3 : at + 5])
    if count > _MOST_CELLS:
        return
    for place in range(at + 8, at + 8 + 2 * count, 2):
        start = int.from_bytes(page[place : place + 2])
        try:
            size, start = _varint(page, start)
            number, start = _varint(page, start)
            if size <= _MOST_ROW_BYTES:
                for record in _records(page, start, size, pages):
                    yield number, _values(record)
        except (IndexError, ValueError):
            continue  # this cell is broken, or was never one


def _records(page: bytes, start: int, size: int, pages: _Pages) -> Iterator[bytes]:
    """The bytes of a row, which may go on in other pages; once for each copy of the first."""
    most = PAGE_BYTES - 35
    if size <= most:
        yield page[start : start + size]
        return
    least = (PAGE_BYTES - 12) * 32 // 255 - 23
    local = least + (size - least) % (PAGE_BYTES - 4)
    local = local if local <= most else least
    following = int.from_bytes(page[start + local : start + local + 4])
    for first in pages.content(following):
        data, onwards = bytearray(page[start : start + local]), first
        while len(data) < size:
            data += onwards[4:]
            after = int.from_bytes(onwards[:4])
            found = next(pages.content(after), None) if after else None
            if found is None:
                break
            onwards = found
        if len(data) >= size:
            yield bytes(data[:size])


def _values(record: bytes) -> tuple[Value, ...]:
    """The columns of a row."""
    header, place = _varint(record, 0)
    if header > len(record):
        raise ValueError
    kinds = []
    while place < header:
        kind, place = _varint(record, place)
        kinds.append(kind)
    values: list[Value] = []
    for kind in kinds:
        value, place = _value(record, place, kind)
        values.append(value)
    return tuple(values)


def _value(record: bytes, place: int, kind: int) -> tuple[Value, int]:
    if kind in {0, 8, 9}:
        return {0: None, 8: 0, 9: 1}[kind], place
    if kind in _INTEGERS or kind == 7:
        end = place + _INTEGERS.get(kind, 8)
        return int.from_bytes(record[place:end], signed=True), end
    if kind < 12:
        raise ValueError
    end = place + (kind - 12) // 2
    if end > len(record):
        raise ValueError
    data = record[place:end]
    return (data if kind % 2 == 0 else data.decode()), end


def _varint(data: bytes, place: int) -> tuple[int, int]:
    """A number of 1 to 9 bytes, and where it ends (1.6, "varint")."""
    number = 0
    for _ in range(8):
        byte = data[place]
        place += 1
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number, place
    return number << 8 | data[place], place + 1


def _recognised(number: int, values: tuple[Value, ...]) -> FoundEntry | FoundKey | None:
    """The row of the journal or of its keys that this can only be."""
    if len(values) == _SEGMENT_COLUMNS:
        _, first, key = values
        if values[0] is None and isinstance(first, int) and isinstance(key, bytes):
            return FoundKey(number, first, key)
        return None
    if len(values) < _JOURNAL_COLUMNS or values[0] is not None or number < 1:
        return None
    _, operation_id, kind, counter, recorded_at, digest, envelope = values[:_JOURNAL_COLUMNS]
    segment, *others = (*values[_JOURNAL_COLUMNS:], None)
    if (
        isinstance(operation_id, bytes)
        and len(operation_id) == _ID_BYTES
        and isinstance(kind, str)
        and isinstance(counter, int)
        and isinstance(recorded_at, int)
        and isinstance(digest, bytes)
        and len(digest) == _HASH_BYTES
        and isinstance(envelope, bytes)
        and (segment is None or isinstance(segment, int))
    ):
        return FoundEntry(
            number,
            operation_id,
            kind,
            counter,
            recorded_at,
            digest,
            envelope,
            segment,
            tuple(others[:-1] if len(values) > _JOURNAL_COLUMNS else ()),
        )
    return None
