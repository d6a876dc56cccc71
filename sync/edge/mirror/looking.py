"""Searching the mirror: the filters of R-003-52 as SQL, and which way is the shortest.

Rows are in the order of surname, name and number. A text that few have is found by its groups of
three letters and sorted; one that many have is met soon on a walk in that order. Either way no
more is read than a clerk would look at (`MOST_COUNTED`).
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from sync.model.searching import MOST_COUNTED, Filters, Strength, fold

_FEW: Final = 4000
_GROUP: Final = 3
_CODE_LETTERS: Final = 16


def rows(raw: sqlcipher.Connection, filters: Filters, known: int | None) -> list[int]:
    """The rows that match, in order; one more than `MOST_COUNTED` at most.

    Args:
        raw: the mirror.
        filters: what to match; its `number` was looked up by the caller.
        known: the only row that may match, where a number was given.
    """
    conditions, values = _conditions(filters)
    source = "face INDEXED BY face_in_order"
    code = fold(filters.codice_fiscale)
    if known is not None:
        source = "face"
        conditions.append("id = ?")
        values.append(known)
    elif len(code) == _CODE_LETTERS:
        source = "face INDEXED BY face_of_code"
        conditions.append("codice_fiscale = ?")
        values.append(code)
    else:
        wanted = _words(filters)
        if wanted and _are_few(raw, wanted):
            source = "face"
            conditions.append("id IN (SELECT rowid FROM words WHERE words MATCH ?)")
            values.append(wanted)
    where = " AND ".join(conditions) or "1"
    found = raw.execute(
        f"SELECT id FROM {source} WHERE {where} ORDER BY surname, name, number LIMIT ?",  # noqa: S608 - constants
        (*values, MOST_COUNTED + 1),
    )
    return [row[0] for row in found]


def _conditions(filters: Filters) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []

    def add(condition: str, value: object) -> None:
        conditions.append(condition)
        values.append(value)

    for column, text in _texts(filters):
        add(f"instr({column}, ?)", text)
    if filters.community is not None:
        add("community = ?", filters.community.value)
    if filters.state is not None:
        add("state = ?", filters.state.value)
    if filters.strength is not Strength.ANY:
        add("strong = ?", int(filters.strength is Strength.STRONG))
    if filters.province:
        add("province = ?", filters.province)
    if filters.comune:
        add("comune = ?", filters.comune)
    if filters.registered_from is not None:
        add("registered_at >= ?", _midnight(filters.registered_from))
    if filters.registered_to is not None:
        add("registered_at < ?", _midnight(filters.registered_to + timedelta(days=1)))
    return conditions, values


def _texts(filters: Filters) -> list[tuple[str, str]]:
    texts = (
        ("surname", fold(filters.surname)),
        ("name", fold(filters.name)),
        ("codice_fiscale", fold(filters.codice_fiscale)),
    )
    return [(column, text) for column, text in texts if text]


def _words(filters: Filters) -> str:
    """The texts that have a group of three letters, as FTS5 wants them; empty for none."""
    return " AND ".join(
        f'{column} : "{text}"' for column, text in _texts(filters) if len(text) >= _GROUP
    )


def _are_few(raw: sqlcipher.Connection, wanted: str) -> bool:
    counted = raw.execute(
        "SELECT count(*) FROM (SELECT 1 FROM words WHERE words MATCH ? LIMIT ?)", (wanted, _FEW)
    ).fetchone()[0]
    return bool(counted < _FEW)


def _midnight(day: date) -> int:
    """When a day begins in the station's time zone, milliseconds since 1970."""
    return int(datetime.combine(day, time.min).astimezone().timestamp() * 1000)
