"""The mapping file: which column holds which datum, and how values are written.

TOML, written by the office once:

    [file]
    encoding = "cp1252"            # utf-8
    delimiter = ";"
    dates = "gg/mm/aaaa"           # letters g, m, a; aaaa-mm-gg without an entry

    [columns]                      # datum = column
    codice_fiscale = "COD_FISC"

    [values.sex]                   # as written = as meant
    "1" = "M"
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from sync.hub.importing.table import DELIMITERS, ENCODINGS, TableForm

PERSON_FIELDS: Final = frozenset(
    {
        "codice_fiscale",
        "surname",
        "name",
        "birth_date",
        "sex",
        "street",
        "house_number",
        "comune",
        "comune_istat",
        "comune_name",
        "province",
        "cap",
        "city",
        "nation",
        "email",
        "landline",
        "mobile",
        "document_kind",
        "document_number",
        "document_issued_on",
        "document_issuer",
    }
)
"""What a population register can say of a person (Tabella 2)."""

REGISTRATION_FIELDS: Final = PERSON_FIELDS | {
    "number",
    "community",
    "language",
    "registered_on",
    "state",
    "strong",
    "has_pin",
    "checked_on",
    "checked_by",
    "activated_on",
    "promoted_on",
    "username",
    "email_confirmed",
    "domicile_street",
    "domicile_house_number",
    "domicile_comune",
    "domicile_comune_name",
    "domicile_province",
    "domicile_cap",
    "domicile_care_of",
    "operation_kind",
    "operation_status",
    "operation_on",
    "operation_office",
    "letters_printed",
    "letter_printed_on",
    "note",
    "other_note",
}
"""What an office's registrations can hold (Allegato 7, R-003-66)."""

_TOKENS: Final = (
    ("aaaa", r"(?P<y>[0-9]{4})"),
    ("gg", r"(?P<d>[0-9]{1,2})"),
    ("mm", r"(?P<m>[0-9]{1,2})"),
)


class MappingError(Exception):
    """The mapping file cannot be used; the text says which entry and why."""


@dataclass(frozen=True, slots=True)
class ColumnMapping:
    """What the mapping file says.

    Attributes:
        columns: column of each datum that the file has.
        values: by datum, what is meant by what is written; compared without regard to case.
        constants: data that are the same in every row.
        dates: how a day is written.
    """

    form: TableForm
    columns: Mapping[str, str]
    dates: re.Pattern[str]
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)

    def data(self, fields: Mapping[str, str]) -> dict[str, str]:
        """The data of a row by their names, what is written turned into what is meant."""
        found = dict(self.constants)
        for name, column in self.columns.items():
            text = fields[column]
            meant = self.values.get(name, {})
            found[name] = meant.get(text.casefold(), text)
        return found

    def day(self, text: str) -> date | None:
        """A day as the file writes it; None where it is none."""
        match = self.dates.fullmatch(text)
        if match is None:
            return None
        try:
            return date(int(match["y"]), int(match["m"]), int(match["d"]))
        except ValueError:
            return None


def load(path: Path, known: frozenset[str], needed: frozenset[str]) -> ColumnMapping:
    """Reads a mapping file.

    Args:
        path: the file.
        known: the data that may be named.
        needed: the data that must be, as a column or a constant.

    Raises:
        MappingError: it is not TOML, or an entry is missing, unknown or unusable.
        OSError: it cannot be read.
    """
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise MappingError(f"not TOML: {error}") from None
    unknown = sorted(set(tables) - {"file", "columns", "constants", "values"})
    if unknown:
        raise MappingError(f"[{unknown[0]}]: there is no such table")
    columns = _texts(tables, "columns", known)
    constants = _texts(tables, "constants", known)
    both = sorted(set(columns) & set(constants))
    if both:
        raise MappingError(f"{both[0]}: a column or a constant, not both")
    missing = sorted(needed - set(columns) - set(constants))
    if missing:
        raise MappingError(f"columns.{missing[0]}: is needed")
    dates = _file_text(tables, "dates", "aaaa-mm-gg")
    return ColumnMapping(
        TableForm(
            _choice(_file_text(tables, "encoding", "utf-8"), ENCODINGS, "file.encoding"),
            _choice(_file_text(tables, "delimiter", ";"), DELIMITERS, "file.delimiter"),
        ),
        columns,
        _date_pattern(dates),
        _values(tables, known),
        constants,
    )


def _texts(tables: dict[str, object], name: str, known: frozenset[str]) -> dict[str, str]:
    entries = tables.get(name, {})
    if not isinstance(entries, dict):
        raise MappingError(f"{name}: must be a table")
    for datum, text in entries.items():
        if datum not in known:
            raise MappingError(f"{name}.{datum}: there is no such datum")
        if not isinstance(text, str) or not text.strip():
            raise MappingError(f"{name}.{datum}: must be a text")
    return {datum: str(text).strip() for datum, text in entries.items()}


def _values(tables: dict[str, object], known: frozenset[str]) -> dict[str, dict[str, str]]:
    entries = tables.get("values", {})
    if not isinstance(entries, dict):
        raise MappingError("values: must be a table")
    found: dict[str, dict[str, str]] = {}
    for datum, meanings in entries.items():
        if datum not in known:
            raise MappingError(f"values.{datum}: there is no such datum")
        if not isinstance(meanings, dict) or not all(
            isinstance(meant, str) for meant in meanings.values()
        ):
            raise MappingError(f"values.{datum}: must be a table of texts")
        found[datum] = {written.casefold(): meant for written, meant in meanings.items()}
    return found


def _file_text(tables: dict[str, object], name: str, fallback: str) -> str:
    entries = tables.get("file", {})
    if not isinstance(entries, dict):
        raise MappingError("file: must be a table")
    unknown = sorted(set(entries) - {"encoding", "delimiter", "dates"})
    if unknown:
        raise MappingError(f"file.{unknown[0]}: there is no such entry")
    text = entries.get(name, fallback)
    if not isinstance(text, str) or not text:
        raise MappingError(f"file.{name}: must be a text")
    return text


def _choice(text: str, choices: tuple[str, ...], where: str) -> str:
    if text not in choices:
        raise MappingError(f"{where}: must be one of {', '.join(map(repr, choices))}")
    return text


def _date_pattern(text: str) -> re.Pattern[str]:
    pattern = re.escape(text)
    for token, expression in _TOKENS:
        if pattern.count(token) != 1:
            raise MappingError("file.dates: needs gg, mm and aaaa, each once")
        pattern = pattern.replace(token, expression)
    return re.compile(pattern)
