"""Rows of the table of comuni and states, as they are kept and as corrections of it travel.

A row is a line of `places_data`: Belfiore code, ISTAT code, name, other name, sigla of the province,
first day, last day, postal codes, other names for search, with tabs between. A correction brings all
versions of a code at once; none removes a code, since documents of people born there go on naming it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby, pairwise
from typing import Final, NamedTuple

CODE: Final = 4
"""Characters of a Belfiore code, the first column."""

MOST_ROWS: Final = 20_000
LONGEST_ROW: Final = 1_000
MOST_PROVINCES: Final = 200

_COMUNE: Final = re.compile(r"[A-Y][0-9]{3}")
_STATE: Final = re.compile(r"Z[0-9]{3}")
_ISTAT: Final = re.compile(r"(?:[0-9]{6})?")
_SIGLA: Final = re.compile(r"[A-Z]{2}")
_CAPS: Final = re.compile(r"(?:[0-9]{5}(?: [0-9]{5})*)?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LONGEST_NAME: Final = 100


class PlaceRow(NamedTuple):
    """A line of the data, as text."""

    belfiore: str
    istat: str
    name: str
    other_name: str
    province: str
    active_from: str
    active_to: str
    caps: str
    also: str


@dataclass(frozen=True, slots=True)
class PlacesUpdate:
    """Corrections of the table that a program was shipped with.

    Attributes:
        comuni: rows, those of one code together, the oldest first; they take the place of all rows
            that the table has of that code.
        states: likewise, of foreign states.
        provinces: `sigla`, name and region with tabs between: the whole table of provinces; empty
            where it stays as it is.
    """

    comuni: tuple[str, ...] = field(default=(), repr=False)
    states: tuple[str, ...] = field(default=(), repr=False)
    provinces: tuple[str, ...] = field(default=(), repr=False)


def by_code(rows: Iterable[str]) -> Mapping[str, tuple[str, ...]]:
    """The rows of each code."""
    return {code: tuple(found) for code, found in groupby(rows, key=lambda row: row[:CODE])}


def faults(update: PlacesUpdate) -> tuple[str, ...]:
    """What keeps an update from being taken, one line each, by the place of the row; empty: nothing."""
    if len(update.comuni) + len(update.states) > MOST_ROWS:
        return (f"more than {MOST_ROWS} rows",)
    if len(update.provinces) > MOST_PROVINCES:
        return (f"more than {MOST_PROVINCES} provinces",)
    return (
        *_faults("comuni", update.comuni, _COMUNE, in_province=True),
        *_faults("states", update.states, _STATE, in_province=False),
        *_province_faults(update.provinces),
    )


def _faults(
    table: str, rows: tuple[str, ...], code: re.Pattern[str], *, in_province: bool
) -> Iterator[str]:
    for number, line in enumerate(rows, start=1):
        wrong = _fault(line, code, in_province=in_province)
        if wrong:
            yield f"{table}, row {number}: {wrong}"
            return
    seen = set()
    for belfiore, found in groupby(rows, key=lambda row: row[:CODE]):
        if belfiore in seen:
            yield f"{table}: the rows of {belfiore} do not stand together"
        seen.add(belfiore)
        if not _follow([PlaceRow._make(line.split("\t")) for line in found]):
            yield f"{table}: the versions of {belfiore} are not in order"


def _fault(line: str, code: re.Pattern[str], *, in_province: bool) -> str:
    if len(line) > LONGEST_ROW or not line.replace("\t", "").isprintable():
        return "too long, or not printable"
    columns = line.split("\t")
    if len(columns) != len(PlaceRow._fields):
        return f"{len(PlaceRow._fields)} columns are needed"
    row = PlaceRow._make(columns)
    checks = (
        (code.fullmatch(row.belfiore), "no Belfiore code of this table"),
        (_ISTAT.fullmatch(row.istat), "an ISTAT code has six digits"),
        (0 < len(row.name.strip()) <= _LONGEST_NAME, "a name is needed"),
        (len(row.other_name) <= _LONGEST_NAME, "the other name is too long"),
        (bool(_SIGLA.fullmatch(row.province)) if in_province else not row.province, "province"),
        (_CAPS.fullmatch(row.caps), "postal codes have five digits, with blanks between"),
        (_is_day(row.active_from), "the first day is no date"),
        (not row.active_to or _is_day(row.active_to), "the last day is no date"),
        (not row.active_to or row.active_from <= row.active_to, "it ends before it begins"),
    )
    return next((wrong for fits, wrong in checks if not fits), "")


def _follow(rows: list[PlaceRow]) -> bool:
    """Whether no version begins before the one before it, and only the last one lasts.

    That two overlap is known of the real table (D588).
    """
    return all(
        before.active_to and before.active_from <= after.active_from
        for before, after in pairwise(rows)
    )


def _province_faults(rows: tuple[str, ...]) -> Iterator[str]:
    seen = set()
    for number, line in enumerate(rows, start=1):
        columns = line.split("\t")
        fits = (
            len(columns) == 3
            and line.replace("\t", "").isprintable()
            and _SIGLA.fullmatch(columns[0])
            and all(0 < len(column.strip()) <= _LONGEST_NAME for column in columns)
        )
        if not fits or columns[0] in seen:
            yield f"provinces, row {number}: sigla, name and region are needed, each sigla once"
            return
        seen.add(columns[0])


def _is_day(text: str) -> bool:
    try:
        return bool(_DAY.fullmatch(text)) and bool(date.fromisoformat(text))
    except ValueError:
        return False
