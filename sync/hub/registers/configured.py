"""Which registers this hub has: `registers.toml` in the hub's folder, read once at the start.

[CIA]
kind = "csv"                      # filled by `python -m sync.hub load-register`

[AURA]
kind = "pdnd"
token_url = "https://auth.interop.pagopa.it/token.oauth2"
...                               # docs/registers-and-import.md has all of them
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sync.hub.registers import PopulationRegister, PopulationRegisters
from sync.hub.registers.local import LocalRegister
from sync.hub.registers.modi import KeyFileError, Purpose
from sync.hub.registers.remote import RemoteRegister, RemoteSettings
from sync.hub.settings import SettingsError
from sync.model.inquiry import RegisterName

FILE: Final = "registers.toml"
_LONGEST: Final = 500


def load(folder: Path) -> PopulationRegisters:
    """The registers of the hub in `folder`; none at all where it has no `registers.toml`.

    Raises:
        SettingsError: the file is not TOML, or an entry is missing, unknown or unusable.
    """
    try:
        tables = tomllib.loads((folder / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return PopulationRegisters()
    except OSError as error:
        raise SettingsError(f"{FILE} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        raise SettingsError(f"{FILE} is not TOML: {error}") from error
    return PopulationRegisters([_register(folder, name, table) for name, table in tables.items()])


def database(folder: Path, name: RegisterName) -> Path:
    """Where a register that is filled from CSV lies."""
    return folder / "registers" / f"{name.value.lower()}.db"


def _register(folder: Path, text: str, table: object) -> PopulationRegister:
    names = {name.value: name for name in RegisterName}
    if text not in names or not isinstance(table, dict):
        raise SettingsError(f"{FILE}: [{text}]: the registers are {', '.join(names)}")
    name = names[text]
    makers: dict[str, Callable[[], PopulationRegister]] = {
        "csv": lambda: LocalRegister(name, database(folder, name)),
        "pdnd": lambda: _remote(folder, name, table),
    }
    kind = _Entries(text, table).text("kind")
    if kind not in makers:
        raise SettingsError(f"{FILE}: {text}.kind: must be one of {', '.join(makers)}")
    return makers[kind]()


def _remote(folder: Path, name: RegisterName, table: Mapping[str, object]) -> RemoteRegister:
    read = _Entries(name.value, table)
    purpose = Purpose(
        client_id=read.text("client_id"),
        key_id=read.text("key_id"),
        purpose_id=read.text("purpose_id"),
        assertion_audience=read.text("assertion_audience"),
        service_audience=read.text("service_audience"),
        location=read.text("location"),
        assurance=read.text("assurance", "LoA3"),
    )
    keys, ca = read.text("answer_keys", ""), read.text("ca", "")
    settings = RemoteSettings(
        token_url=read.address("token_url"),
        service_url=read.address("service_url"),
        purpose=purpose,
        key_file=folder / read.text("key_file"),
        answer_keys=folder / keys if keys else None,
        bound=read.flag("bound"),
        case=read.text("case"),
        reason=read.text("reason"),
        ca=folder / ca if ca else None,
        seconds=float(read.number("seconds", 5, largest=60)),
    )
    try:
        return RemoteRegister(name, settings)
    except (KeyFileError, OSError) as error:
        raise SettingsError(f"{FILE}: {name.value}: {error}") from error


class _Entries:
    """Typed look-ups in one register's table."""

    def __init__(self, name: str, table: Mapping[str, object]) -> None:
        self._name = name
        self._table = table

    def _complaint(self, entry: str, what: str) -> SettingsError:
        return SettingsError(f"{FILE}: {self._name}.{entry}: {what}")

    def text(self, entry: str, fallback: str | None = None) -> str:
        value = self._table.get(entry, fallback)
        if not isinstance(value, str) or len(value) > _LONGEST or (not value and fallback is None):
            raise self._complaint(entry, "must be a text")
        return value

    def address(self, entry: str) -> str:
        """An https address: what is asked is personal, so nothing else will do."""
        text = self.text(entry)
        try:
            parts = urlsplit(text)
            _ = parts.port
        except ValueError:
            raise self._complaint(entry, "must be an https address") from None
        if parts.scheme != "https" or not parts.hostname or parts.username or parts.fragment:
            raise self._complaint(entry, "must be an https address")
        return text

    def flag(self, entry: str) -> bool:
        value = self._table.get(entry, False)
        if not isinstance(value, bool):
            raise self._complaint(entry, "must be true or false")
        return value

    def number(self, entry: str, fallback: int, *, largest: int) -> int:
        value = self._table.get(entry, fallback)
        if type(value) is not int or not 1 <= value <= largest:
            raise self._complaint(entry, f"must be a whole number from 1 to {largest}")
        return value
