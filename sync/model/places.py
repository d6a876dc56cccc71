"""Italian comuni and foreign states: Belfiore code first, ISTAT code beside it.

The Belfiore code (land register) is the key: it stands in the codice fiscale and on the health
card and survives reforms of the provinces, which change ISTAT codes. A code may have had several
versions (another name, another province); each is active during a span of days.

The data lie beside this module in `places_data`, read from the package once, when first asked for;
`preload` does it before a person waits for it. Nothing else is read or opened. `adopt` puts
corrections over them while the program runs; a call sees the one state or the other, never a mixture.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from importlib.resources import files
from itertools import chain
from typing import Final

from sync.model.place_rows import CODE, PlaceRow, PlacesUpdate, by_code

_FOREVER: Final = "9999-12-31"
_WORD: Final = re.compile(r"[^\W_]+")
_LONGEST_QUERY: Final = 100  # more than any name; what is pasted may be endless


@dataclass(frozen=True, slots=True)
class Place:
    """A comune or a foreign state in one of its versions.

    Attributes:
        belfiore: letter and three digits, `L219`; `Z` and three digits for a state.
        istat: six digits, or None for a state, a ceased version, or where none is known.
        name: in Italian.
        other_name: of a comune, in its other official language; of a state, in English.
        province: sigla of a comune, `TO`; None for a state.
        state: whether it is a foreign state.
        active_from: first day of this version.
        active_to: last day of this version, None while it lasts.
    """

    belfiore: str
    istat: str | None
    name: str
    other_name: str | None
    province: str | None
    state: bool
    active_from: date
    active_to: date | None


@dataclass(frozen=True, slots=True)
class Province:
    """A province (or metropolitan city) of today: its sigla, its name, its region's name."""

    sigla: str
    name: str
    region: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """Where place data came from: package and version, day of the data, licence, what it gave."""

    package: str
    version: str
    day: date
    licence: str
    contents: str


def preload() -> None:
    """Read the data and index them for search; later calls of this module answer at once."""
    _now.tables.preload()


def adopt(update: PlacesUpdate) -> None:
    """Answer by the shipped data with `update` over them, from now on and in place of any before.

    The new state is read and indexed first, so nobody waits for it. From any thread.

    Args:
        update: free of faults (`place_rows.faults`).
    """
    if update != _now.tables.update:
        fresh = _Tables(update)
        fresh.preload()
        _now.tables = fresh


def comune(belfiore: str, *, on: date | None = None) -> Place | None:
    """The comune of a Belfiore code: its version on a day, or its last one where no day is given."""
    return _version(_now.tables.comuni.by_code.get(belfiore, []), on)


def comune_by_istat(istat: str) -> Place | None:
    """Today's comune of a six-digit ISTAT code (as of the dataset; Sardinia before its reform)."""
    belfiore = _now.tables.codes_by_istat.get(istat)
    return None if belfiore is None else comune(belfiore)


def state(belfiore: str, *, on: date | None = None) -> Place | None:
    """The foreign state of a Z-code: its version on a day, or its last one where no day is given."""
    return _version(_now.tables.states.by_code.get(belfiore, []), on)


def is_known(belfiore: str) -> bool:
    """Whether a code is, or ever was, that of a comune or of a foreign state."""
    return belfiore in _now.tables.comuni.by_code or belfiore in _now.tables.states.by_code


def search(text: str, *, limit: int, on: date) -> tuple[Place, ...]:
    """Comuni that are active `on` a day and whose name, in either language, matches what is typed.

    Accents, capitals, spaces, apostrophes and hyphens do not count. The whole name comes first,
    then names that begin with the text, then names with words that do; among these, towns of
    several postal codes before others, then in order of the alphabet.
    """
    return _search(_now.tables.comuni, text, limit=limit, on=on)


def search_states(text: str, *, limit: int, on: date) -> tuple[Place, ...]:
    """As `search`, for foreign states, in Italian, in English and as people call them."""
    return _search(_now.tables.states, text, limit=limit, on=on)


def provinces() -> tuple[Province, ...]:
    """The provinces of today in order of their names."""
    return _now.tables.provinces


def comuni_of(province: str, on: date) -> tuple[Place, ...]:
    """The comuni of a province (by its sigla) on a day, in order of their names."""
    column = f"\t{province}\t"
    lines = chain.from_iterable(_now.tables.comuni.by_code.values())
    return _ordered((line for line in lines if column in line), on)


def states(on: date) -> tuple[Place, ...]:
    """The foreign states of a day, in order of their Italian names."""
    return _ordered(chain.from_iterable(_now.tables.states.by_code.values()), on)


def caps(belfiore: str) -> tuple[str, ...]:
    """The postal codes known for a comune, to be suggested; empty where none is known."""
    lines = _now.tables.comuni.by_code.get(belfiore)
    return tuple(_row(lines[-1]).caps.split()) if lines else ()


def datasets() -> tuple[Dataset, ...]:
    """Where the data came from, with versions and days; the licences are in `places_data/NOTICE`."""
    rows = (line.split("\t") for line in _lines("datasets.tsv"))
    return tuple(
        Dataset(package, version, date.fromisoformat(day), licence, contents)
        for package, version, day, licence, contents in rows
    )


# Lines stay texts until one is asked for: taken apart all at once they cost twice the memory and
# half as much time again.


class _Table:
    """The rows of a data file, with corrections over them."""

    def __init__(self, file: str, changed: tuple[str, ...]) -> None:
        self._file = file
        self._changed = changed

    @cached_property
    def by_code(self) -> dict[str, list[str]]:
        """The lines of each code's versions, the oldest first."""
        versions: dict[str, list[str]] = {}
        for line in _lines(self._file):
            versions.setdefault(line[:CODE], []).append(line)
        for code, lines in by_code(self._changed).items():
            versions[code] = list(lines)
        return versions

    @cached_property
    def searchable(self) -> list[tuple[str, str]]:
        """Each line behind its text for search; versions of the same names share the text."""
        texts: dict[tuple[str, str, str], str] = {}
        found = []
        for line in chain.from_iterable(self.by_code.values()):
            row = _row(line)
            names = (row.name, row.other_name, row.also)
            if names not in texts:
                texts[names] = _endings(names)
            found.append((texts[names], line))
        return found


class _Tables:
    """All the data in one state; another state is another object."""

    def __init__(self, update: PlacesUpdate) -> None:
        self.update = update
        self.comuni = _Table("comuni.tsv", update.comuni)
        self.states = _Table("states.tsv", update.states)

    @cached_property
    def provinces(self) -> tuple[Province, ...]:
        lines = self.update.provinces or _lines("provinces.tsv")
        rows = (Province(*line.split("\t")) for line in lines)
        return tuple(sorted(rows, key=lambda province: _words(province.name)))

    @cached_property
    def codes_by_istat(self) -> dict[str, str]:
        lines = (versions[-1] for versions in self.comuni.by_code.values())
        pairs = (line.split("\t", 2)[:2] for line in lines)
        return {istat: belfiore for belfiore, istat in pairs if istat}

    def preload(self) -> None:
        """Read and index everything."""
        _ = self.comuni.searchable, self.states.searchable, self.provinces, self.codes_by_istat


class _Now:
    """What calls are answered by now."""

    def __init__(self) -> None:
        self.tables = _Tables(PlacesUpdate())


_now: Final = _Now()


def _lines(file: str) -> list[str]:
    """The lines of a data file after its header."""
    text = files("sync.model").joinpath("places_data", file).read_text("utf-8")
    return text.splitlines()[1:]


def _row(line: str) -> PlaceRow:
    return PlaceRow._make(line.split("\t"))


def _endings(names: tuple[str, ...]) -> str:
    """` santagatadegoti agatadegoti degoti goti`: every ending of the names that begins a word."""
    endings = []
    for name in names:
        words = _words(name)
        endings += ["".join(words[start:]) for start in range(len(words))]
    return " " + " ".join(endings)


def _words(name: str) -> list[str]:
    """The words of a name in small letters, without accents and signs."""
    plain = name.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain.replace("\u00df", "ss"))
        plain = "".join(character for character in plain if not unicodedata.combining(character))
    return _WORD.findall(plain)


def _search(table: _Table, text: str, *, limit: int, on: date) -> tuple[Place, ...]:
    """Rows whose endings hold all of the text in one, or else each of its words in some order."""
    words = _words(text[:_LONGEST_QUERY])
    if not words or limit <= 0:
        return ()
    needle, day = " " + "".join(words), on.isoformat()
    parts = [f" {word}" for word in words] if len(words) > 1 else []
    rows = (
        (endings, _row(line))
        for endings, line in table.searchable
        if needle in endings or (parts and all(part in endings for part in parts))
    )
    hits = [
        (not f"{endings} ".startswith(f"{needle} "), not endings.startswith(needle), row)
        for endings, row in rows
        if _is_active(row, day)
    ]
    hits.sort(key=lambda hit: (hit[0], hit[1], " " not in hit[2].caps, hit[2].name))
    return tuple(_place(row) for _, _, row in hits[:limit])


def _is_active(row: PlaceRow, day: str) -> bool:
    """Whether a version lasts on a day; ISO days compare as texts."""
    return row.active_from <= day <= (row.active_to or _FOREVER)


def _version(lines: list[str], on: date | None) -> Place | None:
    """The version of a day among those of one code, or the last one where no day is given."""
    rows = [_row(line) for line in lines]
    if on is not None:
        day = on.isoformat()
        rows = [row for row in rows if _is_active(row, day)]
    return _place(rows[-1]) if rows else None


def _ordered(lines: Iterable[str], on: date) -> tuple[Place, ...]:
    """The versions that last on a day, in order of their names."""
    day = on.isoformat()
    rows = [row for row in map(_row, lines) if _is_active(row, day)]
    return tuple(_place(row) for row in sorted(rows, key=lambda row: _words(row.name)))


def _place(row: PlaceRow) -> Place:
    return Place(
        belfiore=row.belfiore,
        istat=row.istat or None,
        name=row.name,
        other_name=row.other_name or None,
        province=row.province or None,
        state=row.belfiore.startswith("Z"),
        active_from=date.fromisoformat(row.active_from),
        active_to=date.fromisoformat(row.active_to) if row.active_to else None,
    )
