"""The hub's settings: typed, read once from `hub.toml`."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field, replace
from email.utils import parseaddr
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from sync.hub.changes import Scope, Scopes
from sync.hub.console.derivation import Offices
from sync.hub.device_ca.authority import STATION_DAYS
from sync.hub.device_ca.settings import CRL_DAYS, TOKEN_HOURS, DeviceSettings
from sync.hub.door import MOST_OPEN
from sync.hub.protection import ProtectionPolicy
from sync.hub.retention import RetentionRule
from sync.model.counter_rules import LONGEST_OFFICE
from sync.model.users import Environment
from sync.wire.signer import Protection
from sync.wire.topics import is_station_name

FILE = "hub.toml"
MOSQUITTO = "mosquitto"
RABBITMQ = "rabbitmq"
AMQP_PORT = 5671
"""The registered port of AMQP over TLS."""

_LONGEST_TEXT = 400
_MOST_RETENTION_DAYS = 3660
_COMUNE = re.compile(r"[0-9]{6}")
_STATIONS = re.compile(
    r"[a-z0-9-]{1,32}|[a-z0-9-]{0,32}\*|[0-9]{6}-PC-(?:[0-9]{4}|[0-9]{0,3}\*)"  # R-004-8
)


class SettingsError(Exception):
    """The hub's settings cannot be used; the text says which entry and why."""


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server that takes the hub's letters.

    Attributes:
        sender: `From` of the letters, with or without a name before the address.
        starttls: whether to speak TLS after EHLO and refuse a server that cannot.
        ca: PEM file of the authorities to believe; the system's where None.
        user: name to log in with, empty where the server asks for none.
        password_file: holds the password of `user`.
        per_second: most letters in a second; the rest waits its turn.
    """

    host: str
    port: int
    sender: str
    starttls: bool
    ca: Path | None
    user: str
    password_file: Path | None
    per_second: int

    @property
    def sender_domain(self) -> str:
        """What stands after the @ of the sender's address."""
        return parseaddr(self.sender)[1].rpartition("@")[2]


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the confirmation pages listen, and what people see in the link.

    Attributes:
        base_url: what stands in front of the path in a link; without a slash at its end.
        trusted_proxy: address of the reverse proxy whose `X-Forwarded-For` is believed, empty
            where there is none.
        calls_per_minute: most requests of one address in a minute.
        documents: folder of the documents to download, None where there are none (R-003-84).
        breached_passwords: list of stolen passwords (`sync.strength`), None for none.
    """

    host: str
    port: int
    base_url: str
    trusted_proxy: str
    calls_per_minute: int
    documents: Path | None = None
    breached_passwords: Path | None = None


@dataclass(frozen=True, slots=True)
class RegistrySettings:
    """Where the registry is kept.

    Attributes:
        url: of a PostgreSQL server, as libpq reads it, without a password; empty for the file in the
            hub's folder.
        password_file: holds the server's password, None where it wants none.
    """

    url: str = field(default="", repr=False)
    password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class MetricsSettings:
    """Where figures about the hub are shown (`sync.hub.metrics`); to machines that may see them.

    Attributes:
        host: address to listen at.
        port: 0 for nowhere.
    """

    host: str = "127.0.0.1"
    port: int = 0


@dataclass(frozen=True, slots=True)
class HubSettings:
    """What a hub needs to know of its place.

    Attributes:
        folder: the hub's folder; what it keeps lies below it.
        name: name in the hub's certificate.
        authority: who signs the letters, as people know it.
        broker_host, broker_port: where the broker listens; `broker_host` is checked against the
            broker's certificate.
        retention: how long templates of fingers are held.
        counters: which stations are counters, and what of the registry each is told.
        offices: how the comuni's counters call their Ente, and in which environment this hub works.
        devices: how devices become stations, and how the broker hears who is blocked.
        protection: how well the keys of stations must be kept.
        metrics: where figures are shown.
        broker_kind: `mosquitto` or `rabbitmq`.
        broker_hosts: nodes of a RabbitMQ cluster.
        amqp_port: where they listen for the hub's processes.
        most_open: most messages of stations that one process has in work.
        workers: names in the certificates of further processes of the hub, workers or hubs that
            serve beside the first.
        worker: which of them this process is; empty: the first.
        registry: where the registry is kept.
    """

    folder: Path
    name: str
    authority: str
    broker_host: str
    broker_port: int
    smtp: SmtpSettings
    web: WebSettings
    retention: RetentionRule
    counters: Scopes = field(default_factory=Scopes)
    offices: Offices = field(default_factory=Offices)
    devices: DeviceSettings = field(default_factory=DeviceSettings)
    protection: ProtectionPolicy = field(default_factory=ProtectionPolicy)
    metrics: MetricsSettings = field(default_factory=MetricsSettings)
    broker_kind: str = MOSQUITTO
    broker_hosts: tuple[str, ...] = ()
    amqp_port: int = AMQP_PORT
    most_open: int = MOST_OPEN
    workers: tuple[str, ...] = ()
    worker: str = ""
    registry: RegistrySettings = field(default_factory=RegistrySettings)

    @property
    def at_broker(self) -> str:
        """Under which name this process speaks with the broker: the one in its certificate."""
        return self.worker or self.name

    @property
    def credential(self) -> tuple[Path, Path]:
        """Certificate and key of this process for the broker."""
        name = self.worker or "hub"
        return self.tls_dir / f"{name}.pem", self.tls_dir / f"{name}.key"

    @property
    def registry_path(self) -> Path:
        """The registry itself, where it is a file (`registry.url` is empty)."""
        return self.folder / "registry.db"

    @property
    def tls_dir(self) -> Path:
        """`ca.pem`, `hub.pem`, `hub.key` for the broker."""
        return self.folder / "tls"

    @property
    def keys_dir(self) -> Path:
        """The hub's private keys."""
        return self.folder / "keys"

    @property
    def trust_dir(self) -> Path:
        """The trust root's public key and the list that it signed."""
        return self.folder / "trust"


def load(folder: Path) -> HubSettings:
    """Reads `hub.toml` in `folder`.

    Raises:
        SettingsError: the file is missing, is not TOML, or an entry is missing or unusable.
    """
    try:
        with (folder / FILE).open("rb") as stream:
            tables = tomllib.load(stream)
    except OSError as error:
        raise SettingsError(f"{FILE} cannot be read: {error.strerror}") from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{FILE} is not TOML: {error}") from error
    read = _Reader(tables, folder)
    name = read.text("hub", "name", "hub")
    workers = read.texts("broker", "workers")
    for entry, names in (("hub.name", (name,)), ("broker.workers", workers)):
        if not all(is_station_name(one) for one in names):
            raise SettingsError(f"{FILE}: {entry} may have a-z, 0-9 and dashes only")
    kind = read.text("broker", "kind", MOSQUITTO)
    if kind not in {MOSQUITTO, RABBITMQ}:
        raise SettingsError(f"{FILE}: broker.kind is {MOSQUITTO} or {RABBITMQ}")
    return HubSettings(
        folder=folder,
        name=name,
        authority=read.text("hub", "authority", "Sportello"),
        broker_host=read.text("broker", "host"),
        broker_port=read.port("broker", "port"),
        smtp=_smtp(read),
        web=_web(read),
        retention=_retention(read),
        counters=_counters(tables),
        offices=_offices(read, tables),
        devices=_devices(read),
        protection=_protection(tables),
        metrics=MetricsSettings(
            read.text("metrics", "host", "127.0.0.1"),
            read.number("metrics", "port", 0, smallest=0, largest=65535),
        ),
        registry=_registry(read),
        broker_kind=kind,
        broker_hosts=read.texts("broker", "hosts") or (read.text("broker", "host"),),
        amqp_port=read.number("broker", "amqp_port", AMQP_PORT, smallest=1, largest=65535),
        most_open=read.number("broker", "most_open", MOST_OPEN, smallest=1, largest=1000),
        workers=workers,
    )


def _registry(read: _Reader) -> RegistrySettings:
    """`[registry]`: `url` of a PostgreSQL server, and `password_file`."""
    url = read.text("registry", "url", "")
    parts = urlsplit(url)
    if url and (parts.scheme not in {"postgresql", "postgres"} or "\0" in url):
        raise SettingsError(f"{FILE}: registry.url must be like postgresql://user@host/database")
    if parts.password is not None or "password" in parse_qs(parts.query):
        raise SettingsError(f"{FILE}: registry.url may hold no password: use password_file")
    return RegistrySettings(url, read.path("registry", "password_file"))


def as_worker(settings: HubSettings, name: str) -> HubSettings:
    """The settings of the worker of that name, or of a further hub that serves.

    Raises:
        SettingsError: `[broker] workers` does not name it.
    """
    if name not in settings.workers:
        raise SettingsError(f"{FILE}: broker.workers does not name {name}")
    return replace(settings, worker=name)


def _protection(tables: dict[str, object]) -> ProtectionPolicy:
    """`[policy]`: `least_protection`, and in its table `stations` by name or `name*`."""
    known = {one.value: one for one in Protection}
    table = tables.get("policy", {})
    stations = table.get("stations", {}) if isinstance(table, dict) else None
    if (
        not isinstance(table, dict)
        or not table.keys() <= {"least_protection", "stations"}
        or not isinstance(stations, dict)
        or not all(_STATIONS.fullmatch(name) for name in stations)
    ):
        raise SettingsError(f"{FILE}: policy may have least_protection and a table of stations")
    least = table.get("least_protection", Protection.SOFTWARE.value)
    if not all(isinstance(one, str) and one in known for one in (least, *stations.values())):
        raise SettingsError(f"{FILE}: policy: a protection is one of {', '.join(known)}")
    return ProtectionPolicy(known[least], {name: known[one] for name, one in stations.items()})


def _devices(read: _Reader) -> DeviceSettings:
    """`[devices]`, and of `[broker]` what is not the hub's own connection."""
    return DeviceSettings(
        broker_folder=read.path("broker", "folder"),
        reload=read.texts("broker", "reload"),
        station_host=read.text("broker", "station_host", ""),
        station_port=read.number("broker", "station_port", 0, smallest=0, largest=65535),
        days=read.number("devices", "days", STATION_DAYS, smallest=1, largest=1830),
        crl_days=read.number("devices", "crl_days", CRL_DAYS, smallest=2, largest=400),
        token_hours=read.number("devices", "token_hours", TOKEN_HOURS, smallest=1, largest=240),
    )


def _smtp(read: _Reader) -> SmtpSettings:
    sender = read.text("smtp", "sender")
    address = parseaddr(sender)[1]
    if not address.isascii() or not all(address.partition("@")) or not sender.isprintable():
        raise SettingsError(f"{FILE}: smtp.sender must be an e-mail address")
    return SmtpSettings(
        host=read.text("smtp", "host"),
        port=read.port("smtp", "port"),
        sender=sender,
        starttls=read.flag("smtp", "starttls", fallback=True),
        ca=read.path("smtp", "ca"),
        user=read.text("smtp", "user", ""),
        password_file=read.path("smtp", "password_file"),
        per_second=read.number("smtp", "per_second", 20, smallest=1, largest=1000),
    )


def _web(read: _Reader) -> WebSettings:
    base_url = read.text("web", "base_url").rstrip("/")
    parts = urlsplit(base_url)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise SettingsError(f"{FILE}: web.base_url must be an http or https address")
    return WebSettings(
        host=read.text("web", "host", "127.0.0.1"),
        port=read.port("web", "port"),
        base_url=base_url,
        trusted_proxy=read.text("web", "trusted_proxy", ""),
        calls_per_minute=read.number("web", "calls_per_minute", 60, smallest=1, largest=100_000),
        documents=read.path("web", "documents"),
        breached_passwords=read.path("web", "breached_passwords"),
    )


def _retention(read: _Reader) -> RetentionRule:
    """`[retention]`: `finger_template_days`, and in its table `stations` days by name or `name*`."""
    days = read.number(
        "retention", "finger_template_days", 0, smallest=0, largest=_MOST_RETENTION_DAYS
    )
    return RetentionRule(
        days, read.numbers("retention", "stations", smallest=0, largest=_MOST_RETENTION_DAYS)
    )


def _counters(tables: dict[str, object]) -> Scopes:
    """`[counters]`: stations, by name or beginning of names, with `offices` and `comuni`.

    Where both are empty, or missing, the station is told of the whole registry.
    """
    named = tables.get("counters", {})
    if not isinstance(named, dict):
        raise SettingsError(f"{FILE}: counters must be a table of stations")
    scopes = {}
    for name, table in named.items():
        if (
            not _STATIONS.fullmatch(name)
            or not isinstance(table, dict)
            or not table.keys() <= {"offices", "comuni"}
        ):
            raise SettingsError(f"{FILE}: counters.{name} must be a station with offices, comuni")
        for entry in table.values():
            if not isinstance(entry, list) or not all(isinstance(one, str) for one in entry):
                raise SettingsError(f"{FILE}: counters.{name} must have lists of texts")
        scopes[name] = Scope(
            frozenset(table.get("offices", [])), frozenset(table.get("comuni", []))
        )
    return Scopes(scopes)


def _offices(read: _Reader, tables: dict[str, object]) -> Offices:
    """`[console]`: `environment`; and `[offices]`: names of the Enti by the comune's ISTAT code."""
    text = read.text("console", "environment", Environment.PRODUCTION.value)
    environments = {one.value: one for one in Environment}
    if text not in environments:
        raise SettingsError(f"{FILE}: console.environment is {' or '.join(environments)}")
    names = tables.get("offices", {})
    if not isinstance(names, dict) or not all(
        _COMUNE.fullmatch(comune) and isinstance(name, str) and 0 < len(name) <= LONGEST_OFFICE
        for comune, name in names.items()
    ):
        raise SettingsError(f'{FILE}: offices must have lines like 058091 = "Roma Capitale"')
    return Offices(dict(names), environments[text])


class _Reader:
    """Typed look-ups in the tables of a TOML file, each with its own complaint."""

    def __init__(self, tables: dict[str, object], folder: Path) -> None:
        self._tables = tables
        self._folder = folder

    def _entry(self, table: str, name: str) -> object:
        entries = self._tables.get(table, {})
        return entries.get(name) if isinstance(entries, dict) else None

    def text(self, table: str, name: str, fallback: str | None = None) -> str:
        value = self._entry(table, name)
        if value is None and fallback is not None:
            return fallback
        if not isinstance(value, str) or len(value) > _LONGEST_TEXT:
            raise SettingsError(f"{FILE}: {table}.{name} must be a text")
        return value

    def number(
        self, table: str, name: str, fallback: int | None, *, smallest: int, largest: int
    ) -> int:
        value = self._entry(table, name)
        if value is None and fallback is not None:
            return fallback
        if type(value) is not int or not smallest <= value <= largest:
            raise SettingsError(
                f"{FILE}: {table}.{name} must be a whole number from {smallest} to {largest}"
            )
        return value

    def numbers(self, table: str, name: str, *, smallest: int, largest: int) -> dict[str, int]:
        """A table of whole numbers by the name, or the beginning of names, of stations."""
        entries = self._entry(table, name)
        if entries is None:
            return {}
        if not isinstance(entries, dict) or not all(
            type(value) is int and smallest <= value <= largest and _STATIONS.fullmatch(key)
            for key, value in entries.items()
        ):
            raise SettingsError(
                f"{FILE}: {table}.{name} must name stations, with a whole number from {smallest}"
                f" to {largest} each"
            )
        return dict(entries)

    def texts(self, table: str, name: str) -> tuple[str, ...]:
        """A list of texts, empty where the entry is missing."""
        entries = self._entry(table, name)
        if entries is None:
            return ()
        if not isinstance(entries, list) or not all(isinstance(one, str) for one in entries):
            raise SettingsError(f"{FILE}: {table}.{name} must be a list of texts")
        return tuple(entries)

    def port(self, table: str, name: str) -> int:
        return self.number(table, name, None, smallest=1, largest=65535)

    def flag(self, table: str, name: str, *, fallback: bool) -> bool:
        value = self._entry(table, name)
        if value is None:
            return fallback
        if not isinstance(value, bool):
            raise SettingsError(f"{FILE}: {table}.{name} must be true or false")
        return value

    def path(self, table: str, name: str) -> Path | None:
        """A file, relative to the hub's folder; None where the entry is missing or empty."""
        text = self.text(table, name, "")
        return self._folder / text if text else None
