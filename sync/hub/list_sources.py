"""Settings, texts and places as people write them: TOML and TSV, read and written back.

Settings, a table for each group of stations, names as in `station.toml`::

    ["*"]
    "session.idle_seconds" = 120
    ["058091-*"]
    "station.counter_hours" = "Lun-Ven 8.30-12.30"

Texts, a table for each key of the catalogue; two forms where the text depends on a number::

    ["welcome.title"]
    it = "Benvenuti"
    en = "Welcome"

Places are lines as in `sync/model/places_data`, with their line of headings.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from babel.messages.pofile import read_po

from sync.hub.setup import SetupError
from sync.model import text_corrections
from sync.model.place_rows import PlaceRow, PlacesUpdate
from sync.model.station_settings import SettingsRule, SettingValue
from sync.model.text_corrections import LANGUAGES, TextCorrection
from sync.wire import list_versions, places_list, settings_list, texts_list
from sync.wire.canonical import Malformed

Content = tuple[SettingsRule, ...] | tuple[TextCorrection, ...] | PlacesUpdate

PROVINCE_COLUMNS: Final = ("sigla", "name", "region")
_Forms = Mapping[str, tuple[str, ...]]


def read_settings(file: Path) -> tuple[SettingsRule, ...]:
    """The rules of a TOML file. Raises `SetupError`; what they say is checked when they are signed."""
    rules = []
    for stations, table in _toml(file).items():
        if not isinstance(table, dict):
            raise SetupError(f"{file}: {stations}: a table is needed")
        rules.append(SettingsRule(stations, dict(_values(file, table))))
    return tuple(rules)


def read_texts(file: Path, catalogue: Path | None) -> tuple[TextCorrection, ...]:
    """The corrections of a TOML file.

    Args:
        file: the file.
        catalogue: folder with `it.po` and `en.po` of the stations' program, by which keys, forms and
            placeholders are checked; stations leave out what does not fit them, and say so.

    Raises:
        SetupError: a file cannot be read, or a text fits no text of the catalogue.
    """
    texts = tuple(_corrections(file, _toml(file)))
    if catalogue is not None:
        for language in LANGUAGES:
            _check(texts, language, catalogue / f"{language}.po")
    return texts


def read_places(comuni: Path | None, states: Path | None, provinces: Path | None) -> PlacesUpdate:
    """The rows of TSV files; none where no file is given. Raises `SetupError`."""
    return PlacesUpdate(
        _rows(comuni, PlaceRow._fields),
        _rows(states, PlaceRow._fields),
        _rows(provinces, PROVINCE_COLUMNS),
    )


def unsigned(name: str, data: bytes) -> Content:
    """What a signed list says.

    Raises:
        SetupError: it is no such list.
    """
    try:
        if name == list_versions.SETTINGS:
            return settings_list.own(data).rules
        if name == list_versions.TEXTS:
            return texts_list.own(data).texts
        return places_list.own(data).update
    except Malformed as error:
        raise SetupError(f"{name}: {error.code}") from error


def written(content: Content) -> str:
    """The content as its file would have it."""
    if isinstance(content, PlacesUpdate):
        return "\n".join(
            line
            for name in ("comuni", "states", "provinces")
            for line in _table(name, getattr(content, name))
        )
    return "\n".join(line for one in content for line in _lines(one))


def _table(name: str, rows: tuple[str, ...]) -> list[str]:
    return [f"# {name}: {len(rows)} rows", *rows]


def _lines(one: SettingsRule | TextCorrection) -> Iterator[str]:
    # JSON's texts, numbers and lists of them are TOML's too.
    if isinstance(one, SettingsRule):
        yield f"[{json.dumps(one.stations)}]"
        for name, value in sorted(one.values.items()):
            yield f"{json.dumps(name)} = {json.dumps(value, ensure_ascii=False)}"
        return
    yield f"[{json.dumps(one.key)}]"
    for language in LANGUAGES:
        forms = one.forms(language)
        told = forms[0] if len(forms) == 1 else list(forms)
        yield f"{language} = {json.dumps(told, ensure_ascii=False)}"


def _toml(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as stream:
            return tomllib.load(stream)
    except OSError as error:
        raise SetupError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SetupError(f"{file} is not TOML: {error}") from error


def _values(
    file: Path, table: dict[str, Any], path: str = ""
) -> Iterator[tuple[str, SettingValue]]:
    for name, value in table.items():
        where = f"{path}{name}"
        if isinstance(value, dict):
            yield from _values(file, value, f"{where}.")
        elif type(value) is int or isinstance(value, str):
            yield where, value
        elif isinstance(value, list) and all(isinstance(one, str) for one in value):
            yield where, tuple(value)
        else:
            raise SetupError(
                f"{file}: {where}: a text, a whole number or a list of texts is needed"
            )


def _corrections(file: Path, table: dict[str, Any], path: str = "") -> Iterator[TextCorrection]:
    for name, value in table.items():
        key = f"{path}{name}"
        if not isinstance(value, dict):
            raise SetupError(f"{file}: {key}: {' and '.join(LANGUAGES)} are needed")
        if set(value) & set(LANGUAGES):
            if set(value) != set(LANGUAGES):
                raise SetupError(f"{file}: {key}: {' and '.join(LANGUAGES)}, and nothing else")
            yield TextCorrection(key, tuple(_forms(file, key, value[one]) for one in LANGUAGES))
        else:
            yield from _corrections(file, value, f"{key}.")


def _forms(file: Path, key: str, value: object) -> tuple[str, ...]:
    forms = [value] if isinstance(value, str) else value
    if not isinstance(forms, list) or not all(isinstance(one, str) for one in forms):
        raise SetupError(f"{file}: {key}: a text, or the forms of one")
    return tuple(forms)


def _check(texts: tuple[TextCorrection, ...], language: str, file: Path) -> None:
    shipped = _shipped(file)
    wrong = [
        one.key
        for one in texts
        if not text_corrections.fits(one.forms(language), shipped.get(one.key, ()))
    ]
    if wrong:
        raise SetupError(
            f"{file.name}: no such text, or other placeholders or forms: {', '.join(wrong[:10])}"
        )


def _shipped(file: Path) -> _Forms:
    try:
        with file.open("rb") as stream:
            entries = read_po(stream, abort_invalid=True)
    except (OSError, ValueError) as error:
        raise SetupError(f"{file}: cannot be read as a catalogue") from error
    found: dict[str, tuple[str, ...]] = {}
    for entry in entries:
        key = entry.id if isinstance(entry.id, str) else entry.id[0]
        text = entry.string
        found[key] = (text,) if isinstance(text, str) else tuple(text or ())
    return found


def _rows(file: Path | None, columns: tuple[str, ...]) -> tuple[str, ...]:
    if file is None:
        return ()
    try:
        lines = file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"{file}: cannot be read") from error
    if not lines or tuple(lines[0].split("\t")) != columns:
        raise SetupError(f"{file}: the first line must be {' '.join(columns)}, with tabs between")
    return tuple(line for line in lines[1:] if line)
