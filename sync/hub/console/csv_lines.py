"""A CSV file that is taken whole or not at all, with every wrong line named."""

from __future__ import annotations

import csv
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from sync.hub.setup import SetupError

_T = TypeVar("_T")


def read(path: Path, columns: Sequence[str], line: Callable[[dict[str, str]], _T]) -> list[_T]:
    """What `line` makes of each line.

    Args:
        path: the file, UTF-8, with a line of headings.
        columns: the headings.
        line: makes one of a line's texts; raises `SetupError` where it cannot.

    Raises:
        SetupError: the file or a line of it cannot be used; the text names every such line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            if rows.fieldnames is None or tuple(rows.fieldnames) != tuple(columns):
                raise SetupError(f"{path}: the first line must be {','.join(columns)}")
            texts = list(rows)
    except (OSError, UnicodeError, csv.Error) as error:
        raise SetupError(f"{path}: cannot be read as CSV: {error}") from error
    made, wrong = [], []
    for number, row in enumerate(texts, start=2):
        if None in row or None in row.values():
            wrong.append(f"line {number}: must have {len(columns)} entries")
            continue
        try:
            made.append(line({name: text.strip() for name, text in row.items()}))
        except SetupError as error:
            wrong.append(f"line {number}: {error}")
    if wrong:
        raise SetupError(f"{path}: " + "; ".join(wrong))
    return made
