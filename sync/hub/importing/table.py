"""A CSV file as rows with line numbers, or what is wrong with it."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

MOST_FIELD_CHARACTERS: Final = 4000
"""A field longer than this is not a datum but a quote that nobody closed."""

ENCODINGS: Final = ("utf-8", "cp1252", "iso-8859-1", "iso-8859-15", "utf-16")
DELIMITERS: Final = (";", ",", "\t", "|")


class _Reader(Protocol):
    """What `csv.reader` returns: rows, and the line that was read last."""

    @property
    def line_num(self) -> int: ...

    def __next__(self) -> list[str]: ...


class TableError(Exception):
    """The file as a whole cannot be used; the text says where and why, and holds no datum."""


@dataclass(frozen=True, slots=True)
class TableForm:
    """How the file is written.

    Attributes:
        encoding: one of `ENCODINGS`; a byte order mark before UTF-8 is passed over.
        delimiter: one of `DELIMITERS`.
    """

    encoding: str = "utf-8"
    delimiter: str = ";"


@dataclass(frozen=True, slots=True, repr=False)
class Row:
    """One row.

    Attributes:
        line: of the file, where the row ends; 1 is the header.
        fields: by column, without white space around them; `None` where the row is not as long as
            the header.
    """

    line: int
    fields: dict[str, str] | None


@contextmanager
def open_table(path: Path, form: TableForm, columns: frozenset[str]) -> Iterator[Iterator[Row]]:
    """Reads a file row by row, however long it is.

    Args:
        path: the file.
        form: how it is written.
        columns: that it must have; others are passed over.

    Raises:
        TableError: at the beginning: there is no header, or it lacks or repeats a column; while
            reading: bytes that are not of the encoding, a quote that is not closed, a NUL.
        OSError: the file cannot be read.
    """
    encoding = "utf-8-sig" if form.encoding == "utf-8" else form.encoding
    with path.open(encoding=encoding, errors="strict", newline="") as stream:
        reader = csv.reader(_without_nul(stream), delimiter=form.delimiter, strict=True)
        previous = csv.field_size_limit(MOST_FIELD_CHARACTERS)
        try:
            header = _header(reader, columns)
            yield _rows(reader, header)
        finally:
            csv.field_size_limit(previous)


def _without_nul(lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if "\0" in line:
            raise TableError(
                f"line {number}: a NUL character: not a text file, or another encoding"
            )
        yield line


def _header(reader: _Reader, columns: frozenset[str]) -> list[str]:
    try:
        header = [name.strip() for name in next(reader)]
    except StopIteration:
        raise TableError("the file is empty: not even a header") from None
    except (csv.Error, UnicodeError) as error:
        raise TableError(f"line 1: {_reason(error)}") from None
    missing = sorted(columns - set(header))
    if missing:
        raise TableError(
            f"line 1: no column {', '.join(missing)} (is the delimiter the right one?)"
        )
    repeated = sorted({name for name in header if name in columns and header.count(name) > 1})
    if repeated:
        raise TableError(f"line 1: twice the column {', '.join(repeated)}")
    return header


def _rows(reader: _Reader, header: list[str]) -> Iterator[Row]:
    while True:
        try:
            values = next(reader)
        except StopIteration:
            return
        except (csv.Error, UnicodeError) as error:
            raise TableError(f"after line {reader.line_num}: {_reason(error)}") from None
        if not any(value.strip() for value in values):
            continue
        if len(values) != len(header):
            yield Row(reader.line_num, None)
            continue
        yield Row(
            reader.line_num,
            {name: value.strip() for name, value in zip(header, values, strict=True)},
        )


def _reason(error: csv.Error | UnicodeError) -> str:
    """The reason without the bytes at fault, which may be somebody's name."""
    if isinstance(error, UnicodeError):
        return "bytes that are not of the encoding named in the mapping"
    if "field larger" in str(error):
        return f"a field of more than {MOST_FIELD_CHARACTERS} characters: a quote is not closed"
    return "a quote that is not closed, or stands where none may"
