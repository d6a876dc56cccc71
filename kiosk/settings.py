"""The kiosk's settings: typed, read once from `station.toml`.

What the station shares with its link (name, broker, keys, store) is read by
`sync.edge.station`; here is what only the window and its devices need.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("it", "en")
LEAST_BEFORE_WARNING = 5
"""Seconds without a touch before a person is warned, at least."""

_LONGEST_TEXT = 400
_LONGEST_NAME = 40
_LAYOUTS = ("same", "us-on-italian", "italian-on-us")
_TURNS = (0, 90, 180, 270)
_STORES = ("software", "tpm", "pkcs11")
_TPM = "device:/dev/tpmrm0"
_SERVICES = ("pcscd", "cups")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class SettingsError(Exception):
    """The station's settings cannot be used; the text says which entry and why."""


@dataclass(frozen=True, slots=True)
class CameraEntry:
    """The camera, as `station.toml` tells it; see `Settings.camera`."""

    address: str
    width: int
    height: int
    rate: int
    turned: int
    mirrored: bool


@dataclass(frozen=True, slots=True)
class KeyEntry:
    """Where the station's keys live: table `key` of `station.toml`.

    Attributes:
        store: `software` (files of the folder `key`), `tpm` or `pkcs11`.
        tls: `file`, or `tpm` where the link's key lives in the TPM too.
        tpm: how to reach the TPM, as tpm2-tss says it (`device:/dev/tpmrm0`).
        module: path of the token's PKCS#11 module.
        token: label of the token.
        pin_file: holds the token's PIN; below the station's folder or anywhere, mode 0600.
    """

    store: str
    tls: str
    tpm: str
    module: str
    token: str
    pin_file: Path | None


@dataclass(frozen=True, slots=True)
class Settings:
    """What a kiosk needs to know of its place.

    Attributes:
        station_dir: the station's folder.
        office: the office's name as people know it.
        comune: Belfiore code of the office's comune.
        community: the community of its registrations (R-003-8).
        languages: offered on the welcome screen, first one first.
        privacy_notice: version of the notice in force (R-003-47).
        counter_address: where to go with the registration number.
        counter_hours: when that counter is open.
        identifies: whether people confirm here who they are, and the record of it is kept.
        slip_printer: `tcp://host:port` or a file below /dev, empty where there is none.
        page_printer: `ipp://`, `ipps://`, `cups://` or `tcp://`, for A4 pages; likewise.
        fingerprint: `uru4000` or `libfprint`, empty where there is no sensor.
        key: where the station's keys live.
        camera: address of the camera (`v4l2:`, `picamera2:`, `http://...`), empty where there is
            none; how wide, how high, how many a second its pictures shall be, by how many degrees
            they are turned, and whether they are mirrored.
        scanner_prefix: what a hand scanner types before a code.
        scanner_suffix: the key that it presses behind one: `enter`, `tab` or `none`.
        scanner_layout: its keyboard against the kiosk's: `same`, `us-on-italian` or
            `italian-on-us`.
        restarts: commands that restart the services behind devices, by name.
        pkcs11_module: path of the module for PINs and signatures of cards, empty for the usual one.
        document_reader: whether there is a contactless reader for identity cards.
        card_traffic: whether every exchange with a card is logged, its data left out.
        idle_seconds: after so long without a touch a session ends.
        warning_seconds: so long before that, the person is warned.
        memory_folder: memory-backed folder for the unfinished form.
        breached_passwords: list of stolen passwords (`sync.strength`), which no citizen may choose
            here; None for none.
        home_pages: web address where procedures are concluded at home; empty where there is none.
        clerk_idle_seconds: a clerk who touches nothing for so long is signed out.
        shift_seconds: a clerk is signed out so long after the sign-in, whatever they do.
        kept_seconds: so long a page is kept for the clerk whose card was pulled.
        fse_address: web address of the services for the citizen (R-003-49); empty for none.
        media: folder to which the console downloads certificates, where a stick is mounted; None
            for none.
        letter_window: side of the window of the office's envelopes, `right` or `left`.
        authority: who releases the credentials; empty for the office itself.
        revocation_address: where a request of revocation goes by registered letter, in lines.
        full_screen: whether the window takes the whole screen.
        size: width and height of the window in pixels where it does not.
        enrolment_address: of the hub's pages, where certificates are asked for and renewed.
        enrolment_media: folder where sticks appear; empty where none is used.
        endpoints: addresses of the connectivity test of an installation (R-001-11).
    """

    station_dir: Path
    office: str
    comune: str
    community: str
    languages: tuple[str, ...]
    privacy_notice: str
    counter_address: str
    counter_hours: str
    identifies: bool
    slip_printer: str
    page_printer: str
    fingerprint: str
    key: KeyEntry
    camera: CameraEntry | None
    scanner_prefix: str
    scanner_suffix: str
    scanner_layout: str
    restarts: Mapping[str, tuple[str, ...]]
    pkcs11_module: str
    document_reader: bool
    card_traffic: bool
    idle_seconds: int
    warning_seconds: int
    memory_folder: Path
    breached_passwords: Path | None
    home_pages: str
    clerk_idle_seconds: int
    shift_seconds: int
    kept_seconds: int
    fse_address: str
    media: Path | None
    letter_window: str
    authority: str
    revocation_address: str
    full_screen: bool
    size: tuple[int, int]
    enrolment_address: str = ""
    enrolment_media: str = ""
    endpoints: tuple[str, ...] = ()


def load(station_dir: Path) -> Settings:
    """Read `station.toml`.

    Raises:
        SettingsError: the file is missing, is not TOML, or an entry is missing or unusable.
    """
    read = _Reader(_tables(station_dir))
    name = read.text("station", "name")
    idle = read.number("session", "idle_seconds", 90, smallest=15, largest=1800)
    settings = Settings(
        station_dir=station_dir,
        office=read.text("station", "office"),
        comune=read.text("station", "comune"),
        community=read.text("station", "community"),
        languages=read.languages(),
        privacy_notice=read.text("station", "privacy_notice"),
        counter_address=read.text("station", "counter_address", ""),
        counter_hours=read.text("station", "counter_hours", ""),
        identifies=read.flag("station", "identifies", fallback=False),
        slip_printer=read.address("devices", "slip_printer"),
        page_printer=read.address("devices", "page_printer"),
        fingerprint=read.one_of("devices", "fingerprint", ("", "uru4000", "libfprint")),
        key=_key(read, station_dir),
        camera=_camera(read),
        scanner_prefix=read.line("devices", "scanner_prefix"),
        scanner_suffix=read.one_of("devices", "scanner_suffix", ("enter", "tab", "none")),
        scanner_layout=read.one_of("devices", "scanner_layout", _LAYOUTS),
        restarts=read.commands("services"),
        pkcs11_module=read.text("devices", "pkcs11_module", ""),
        document_reader=read.flag("devices", "document_reader", fallback=True),
        card_traffic=read.flag("log", "card_traffic", fallback=False),
        idle_seconds=idle,
        warning_seconds=read.number(
            "session",
            "warning_seconds",
            min(20, idle // 2),
            smallest=5,
            largest=idle - LEAST_BEFORE_WARNING,
        ),
        memory_folder=Path(read.text("session", "memory_folder", f"/dev/shm/sportello-{name}")),  # noqa: S108  # memory-backed and checked to be so
        breached_passwords=_file(station_dir, read.line("session", "breached_passwords")),
        home_pages=read.address("station", "home_pages"),
        clerk_idle_seconds=read.number(
            "counter", "idle_seconds", 600, smallest=60, largest=4 * 3600
        ),
        shift_seconds=read.number(
            "counter", "shift_seconds", 8 * 3600, smallest=600, largest=24 * 3600
        ),
        kept_seconds=read.number("counter", "kept_seconds", 300, smallest=15, largest=3600),
        fse_address=read.address("counter", "fse_address"),
        media=_file(station_dir, read.line("console", "media")),
        letter_window=read.one_of("counter", "letter_window", ("right", "left")),
        authority=read.line("counter", "authority"),
        revocation_address=read.text("counter", "revocation_address", ""),
        full_screen=read.flag("window", "full_screen", fallback=False),
        size=(
            read.number("window", "width", 1280, smallest=800, largest=7680),
            read.number("window", "height", 800, smallest=600, largest=4320),
        ),
        enrolment_address=read.address("enrolment", "address"),
        enrolment_media=read.line("enrolment", "media"),
        endpoints=read.addresses("installation", "endpoints"),
    )
    read.nothing_else("devices")
    read.nothing_else("counter")
    read.nothing_else("console")
    return settings


@dataclass(frozen=True, slots=True)
class DeviceEntry:
    """What the image of a device that is no station yet says; see `Settings` for each."""

    enrolment_address: str
    enrolment_media: str


def load_device(station_dir: Path) -> DeviceEntry:
    """Read what a device needs to become a station; nothing of it need be there.

    Raises:
        SettingsError: as `load`; that there is no file is no mistake.
    """
    there = (station_dir / "station.toml").exists()
    read = _Reader(_tables(station_dir) if there else {})
    return DeviceEntry(read.address("enrolment", "address"), read.line("enrolment", "media"))


def load_key(station_dir: Path) -> KeyEntry:
    """Read the table `key` of `station.toml` alone, for programs that have no window.

    Raises:
        SettingsError: as `load`.
    """
    return _key(_Reader(_tables(station_dir)), station_dir)


def _tables(station_dir: Path) -> dict[str, object]:
    try:
        with (station_dir / "station.toml").open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        message = f"station.toml cannot be read: {error.strerror}"
        raise SettingsError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        message = f"station.toml is not TOML: {error}"
        raise SettingsError(message) from error
    return tables


def _key(read: _Reader, station_dir: Path) -> KeyEntry:
    """Where the keys live; what the chosen store needs must be there, the rest must be right."""
    entry = KeyEntry(
        store=read.one_of("key", "store", _STORES),
        tls=read.one_of("key", "tls", ("file", "tpm")),
        tpm=read.address("key", "tpm") or _TPM,
        module=read.line("key", "module"),
        token=read.line("key", "token"),
        pin_file=_file(station_dir, read.line("key", "pin_file")),
    )
    if entry.store == "pkcs11":
        for name, value in (
            ("module", entry.module),
            ("token", entry.token),
            ("pin_file", entry.pin_file),
        ):
            if not value:
                message = f"station.toml: key.{name}: a token needs it"
                raise SettingsError(message)
    read.nothing_else("key")
    return entry


def _file(station_dir: Path, name: str) -> Path | None:
    """A file below the station's folder or anywhere; None where none is named."""
    return station_dir / name if name else None


def _camera(read: _Reader) -> CameraEntry | None:
    """The camera; where there is none, what is said of its pictures must be right all the same."""
    entry = CameraEntry(
        read.line("devices", "camera"),
        read.number("devices", "camera_width", 1280, smallest=16, largest=4096),
        read.number("devices", "camera_height", 720, smallest=16, largest=4096),
        read.number("devices", "camera_rate", 30, smallest=1, largest=120),
        read.one_number_of("devices", "camera_turned", _TURNS),
        read.flag("devices", "camera_mirrored", fallback=False),
    )
    return entry if entry.address else None


class _Reader:
    """Typed look-ups in the tables of a TOML file, each with its own complaint."""

    def __init__(self, tables: dict[str, object]) -> None:
        self._tables = tables
        self._read: set[tuple[str, str]] = set()

    def _entry(self, table: str, name: str) -> object:
        self._read.add((table, name))
        return self._table(table).get(name)

    def nothing_else(self, table: str) -> None:
        """Complain of an entry that nobody has read: it was misspelt."""
        for name in self._table(table):
            if (table, name) not in self._read:
                message = f"station.toml: {table}.{name[:_LONGEST_NAME]} is no entry of a station"
                raise SettingsError(message)

    def _table(self, table: str) -> Mapping[str, object]:
        entries = self._tables.get(table, {})
        if not isinstance(entries, dict):
            message = f"station.toml: {table} must be a table"
            raise SettingsError(message)
        return entries

    def text(self, table: str, name: str, fallback: str | None = None) -> str:
        value = self._entry(table, name)
        if value is None and fallback is not None:
            return fallback
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            message = f"station.toml: {table}.{name} must be a text"
            raise SettingsError(message)
        if _CONTROL.search(value):
            message = f"station.toml: {table}.{name} holds a character that cannot be printed"
            raise SettingsError(message)
        return value

    def line(self, table: str, name: str) -> str:
        """A text on one line; empty where the entry is missing."""
        value = self.text(table, name, "")
        if "\n" in value:
            message = f"station.toml: {table}.{name} must be one line"
            raise SettingsError(message)
        return value

    def address(self, table: str, name: str) -> str:
        """A text without blanks; empty where the entry is missing."""
        value = self.text(table, name, "")
        if any(sign.isspace() for sign in value):
            message = f"station.toml: {table}.{name} must be an address, without blanks"
            raise SettingsError(message)
        return value

    def addresses(self, table: str, name: str) -> tuple[str, ...]:
        """A list of `http` and `https` addresses; empty where the entry is missing."""
        value = self._entry(table, name)
        known = [] if value is None else value
        if not isinstance(known, list) or not all(
            isinstance(one, str) and one.startswith(("http://", "https://")) for one in known
        ):
            message = f"station.toml: {table}.{name} must be a list of http or https addresses"
            raise SettingsError(message)
        return tuple(known)

    def number(self, table: str, name: str, fallback: int, *, smallest: int, largest: int) -> int:
        value = self._entry(table, name)
        if value is None:
            return fallback
        if (
            not isinstance(value, int)
            or isinstance(value, bool)
            or not smallest <= value <= largest
        ):
            message = f"station.toml: {table}.{name} must be a number from {smallest} to {largest}"
            raise SettingsError(message)
        return value

    def one_of(self, table: str, name: str, known: tuple[str, ...]) -> str:
        """One of some words; the first where the entry is missing."""
        value = self.text(table, name, known[0])
        if value not in known:
            words = ", ".join(word for word in known if word)
            message = f"station.toml: {table}.{name} must be one of {words}"
            raise SettingsError(message)
        return value

    def one_number_of(self, table: str, name: str, known: tuple[int, ...]) -> int:
        """One of some numbers; the first where the entry is missing."""
        value = self._entry(table, name)
        if value is None:
            return known[0]
        if not isinstance(value, int) or isinstance(value, bool) or value not in known:
            message = f"station.toml: {table}.{name} must be one of {', '.join(map(str, known))}"
            raise SettingsError(message)
        return value

    def commands(self, table: str) -> dict[str, tuple[str, ...]]:
        """Commands by the name of the service, each a list of words; an empty one does nothing."""
        found: dict[str, tuple[str, ...]] = {}
        for name, words in self._table(table).items():
            if name not in _SERVICES:
                message = f"station.toml: {table}.{name}: known are {', '.join(_SERVICES)}"
                raise SettingsError(message)
            if not isinstance(words, list) or not all(_is_word(word) for word in words):
                message = f"station.toml: {table}.{name} must be a list of words"
                raise SettingsError(message)
            found[name] = tuple(words)
        return found

    def flag(self, table: str, name: str, *, fallback: bool) -> bool:
        value = self._entry(table, name)
        if value is None:
            return fallback
        if not isinstance(value, bool):
            message = f"station.toml: {table}.{name} must be true or false"
            raise SettingsError(message)
        return value

    def languages(self) -> tuple[str, ...]:
        value = self._entry("station", "languages")
        if value is None:
            return LANGUAGES
        if not isinstance(value, list) or not value or not all(each in LANGUAGES for each in value):
            known = ", ".join(LANGUAGES)
            message = f"station.toml: station.languages must be a list out of {known}"
            raise SettingsError(message)
        return tuple(dict.fromkeys(value))


def _is_word(word: object) -> bool:
    return isinstance(word, str) and bool(word) and not _CONTROL.search(word)
