"""Tells the world who is blocked and revoked: revocation lists, the broker, the signed list.

In this order, so that a certificate is called revoked (R-004-15) only when nobody who reads the
lists lets it in any more. What fails is tried again; until then ingest and inquiries refuse the
station by the registry alone.

RabbitMQ has no list to read: it is told of each station by a command that may take minutes. The signed
list goes before it, and the hub tells it beside its other work (`tell_cluster`).
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Final, Protocol, TypeVar

from sync.hub import broker
from sync.hub.broker import ReloadError, rabbit
from sync.hub.device_ca import devices, register
from sync.hub.device_ca.authority import Revoked
from sync.hub.device_ca.devices import Certificate, Device
from sync.hub.device_ca.office import HUB, Office, moment
from sync.hub.settings import RABBITMQ
from sync.hub.setup import replace_file
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.model.certificates import CertificateEvent, CertificateKind, CertificateState
from sync.wire import canonical, list_versions, station_list
from sync.wire.station_list import StationList

FILE: Final = "stations.cose"
"""In the hub's trust folder: the signed list of stations."""

LOCK: Final = "publishing.lock"
"""In the hub's folder of keys: a hub and a command beside it publish one after the other."""

OTHERS: Final = "-other.pem"
"""`ca-other.pem` and `crl-other.pem` in the broker's folder: an authority beside the hub's own."""

_SILENCED: Final = (
    CertificateState.BLOCKED,
    CertificateState.REVOKING,
    CertificateState.REVOKED,
)
_T = TypeVar("_T")

_BACKDATED: Final = timedelta(hours=1)
_DAY: Final = 24 * 3_600_000


class Caller(Protocol):
    """Has work on the registry done, and waits for it: `Writer.call`."""

    def __call__(self, work: Callable[[Store], _T]) -> _T:
        """Returns or raises what the work does."""
        ...


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication has done.

    Attributes:
        version: of the signed list.
        silenced: stations that may say nothing.
        revoked: devices whose revocation is complete with it.
    """

    version: int
    silenced: frozenset[str]
    revoked: tuple[str, ...]


def is_due(office: Office, store: Store, now: int) -> bool:
    """Whether something is to be told that was not, or the lists have lived half their life."""
    row = store.row(
        "SELECT content, at, hash FROM device_publication ORDER BY version DESC LIMIT 1"
    )
    if row is None or row[0] != _content(office, store, now):
        return True
    is_cluster = office.settings.broker_kind == RABBITMQ
    if not is_cluster and devices.in_state(store, CertificateState.REVOKING):
        return True
    listed = signed(office)
    if listed is None or hashlib.sha256(listed).digest() != row[2]:
        return True  # the disk did not take it, or somebody else's lies there
    folder = office.settings.devices.broker_folder
    if folder is not None and not all(
        (folder / name).exists()
        for name in (broker.AUTHORITIES if is_cluster else broker.ACCESS, broker.REVOCATIONS)
    ):
        return True
    return bool(now - row[1] > office.settings.devices.crl_days * _DAY // 2 or now < row[1])


def publish(
    office: Office, store: Store, now: int, *, reloads: bool = True, tells_cluster: bool = True
) -> Published:
    """Publishes what the registry says now. In the writer's thread.

    Args:
        office: keys and settings.
        store: the registry.
        now: milliseconds since 1970.
        reloads: whether there is a broker that runs, to be told.
        tells_cluster: whether RabbitMQ is told here too; else `tell_cluster` is to follow.

    Raises:
        ReloadError: the broker could not be told; its files are written.
        StoreError: the registry cannot be written.
        OSError: a file cannot be.
    """
    with _alone(office.settings.keys_dir):
        published = _publish(office, store, now, reloads=reloads)
        if not tells_cluster:
            return published

        def here(work: Callable[[Store], _T]) -> _T:
            return work(store)

        revoked = _tell_cluster(office, here, now, reloads=reloads)
        return replace(published, revoked=published.revoked + revoked)


def tell_cluster(office: Office, call: Caller, now: int) -> tuple[str, ...]:
    """Tells RabbitMQ what it was not told yet, which may take minutes; any other broker nothing.

    Not in the writer's thread: nobody waits for it but a command that publishes.

    Args:
        office: keys and settings.
        call: has work on the registry done, by the writer.
        now: milliseconds since 1970.

    Returns:
        Devices whose revocation is complete with it.

    Raises:
        ReloadError: the broker could not be told of all; what it was told is kept.
        StoreError: the registry cannot be used.
        OSError: a file cannot be written.
    """
    with _alone(office.settings.keys_dir):
        return _tell_cluster(office, call, now, reloads=True)


def _tell_cluster(office: Office, call: Caller, now: int, *, reloads: bool) -> tuple[str, ...]:
    settings = office.settings
    folder = settings.devices.broker_folder
    if settings.broker_kind != RABBITMQ:
        return ()
    stations, silent, revoking = call(lambda store: _heard_of(office, store, now))
    if folder is not None:
        rabbit.publish(
            folder,
            (settings.name, *settings.workers),
            stations,
            silent,
            command=settings.devices.reload,
            tells=reloads,
        )
    call(lambda store: _conclude(office, store, revoking, now))
    return tuple(revoking)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one program at a time: a version is given once, and older files follow no newer ones."""
    handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _publish(office: Office, store: Store, now: int, *, reloads: bool) -> Published:
    revoking = devices.in_state(store, CertificateState.REVOKING)
    with store.transaction():
        for device in revoking:
            for use in (devices.TLS, devices.SIGNING):
                for one in devices.certificates(store, device.name, use):
                    devices.revoke(store, one.serial, now)
    silent = {one.name: one for one in devices.in_state(store, *_SILENCED)}
    content = _content(office, store, now)
    version, begins = _next(office, store, now)
    lists = _revocation_lists(office, store, silent, version, begins, now)
    folder = office.settings.devices.broker_folder
    is_cluster = office.settings.broker_kind == RABBITMQ
    if folder is not None and is_cluster:
        _write_authorities(office, folder, lists)
    elif folder is not None:
        _write_for_broker(office, folder, lists, _stations(silent.values()))
        if reloads:
            broker.reload(folder, office.settings.devices.reload)
    data = station_list.sign(
        StationList(
            version=version,
            issued=now,
            authorities=tuple(one.der for one in office.authorities),
            revocation_lists=tuple(lists),
            blocked=_named(silent.values(), CertificateState.BLOCKED),
            revoked=_named(silent.values(), CertificateState.REVOKING, CertificateState.REVOKED),
        ),
        office.signer,
    )
    # The version is used up before the file is there: no two lists ever have the same.
    with store.transaction():
        store.run(
            "INSERT INTO device_publication (version, content, begins, hash, at)"
            " VALUES (?, ?, ?, ?, ?)",
            version,
            content,
            begins,
            hashlib.sha256(data).digest(),
            now,
        )
    replace_file(office.settings.trust_dir / FILE, data, 0o644)
    done = [] if is_cluster else [one.name for one in revoking]
    _conclude(office, store, done, now)
    return Published(version, frozenset(_stations(silent.values())), tuple(done))


def _conclude(office: Office, store: Store, names: Collection[str], now: int) -> None:
    """What was to be revoked is: the lists that name it are published, and the broker knows."""
    with store.transaction():
        for device in devices.in_state(store, CertificateState.REVOKING):
            if device.name in names:
                office.move(store, device, CertificateEvent.PUBLISH, by=HUB, now=now)
    register.anchor(store, office.settings.keys_dir)


def _heard_of(office: Office, store: Store, now: int) -> tuple[list[str], list[str], list[str]]:
    """Every station, those that may say nothing, and those whose revocation is in the signed list."""
    published = not is_due(office, store, now)
    revoking = devices.in_state(store, CertificateState.REVOKING) if published else []
    silent = _stations(devices.in_state(store, *_SILENCED))
    return _speakers(store), silent, [one.name for one in revoking]


def silenced(store: Store) -> dict[str, int]:
    """Stations that may say nothing, with the line of the Register that was the last on each.

    One that was unblocked and blocked again has another line.
    """
    names = _stations(devices.in_state(store, *_SILENCED))
    return {name: register.last_of(store, name) for name in names}


def signed(office: Office) -> bytes | None:
    """The list that was signed last, None where none can be read."""
    try:
        return (office.settings.trust_dir / FILE).read_bytes()
    except OSError:
        return None


def version(store: Store) -> int:
    """Of the list that was signed last, 0 for none."""
    row = store.row("SELECT coalesce(max(version), 0) FROM device_publication")
    return 0 if row is None else int(row[0])


def is_signed(store: Store, wanted: int, digest: bytes) -> bool:
    """Whether that version is the file with that SHA-256."""
    return (
        store.row("SELECT 1 FROM device_publication WHERE version = ? AND hash = ?", wanted, digest)
        is not None
    )


def _next(office: Office, store: Store, now: int) -> tuple[int, int]:
    """Version of the next list, and since when its revocation lists count, in seconds.

    After the registry was put back, the list that stations have may be ahead of it.
    Of two lists OpenSSL believes the one that begins later, by whole seconds: each begins later
    than the one before. Clocks of brokers may be behind, so they begin in the past.
    """
    row = store.row("SELECT version, begins FROM device_publication ORDER BY version DESC LIMIT 1")
    last, begins = (0, 0) if row is None else row
    in_place = list_versions.version_of(list_versions.STATIONS, signed(office) or b"") or 0
    return max(last, in_place) + 1, max(now // 1000 - int(_BACKDATED.total_seconds()), begins + 1)


def _revocation_lists(
    office: Office,
    store: Store,
    silenced: dict[str, Device],
    number: int,
    begins: int,
    now: int,
) -> list[bytes]:
    """One for each generation of the authority, in PEM."""
    entries: dict[int, list[Revoked]] = {one.generation: [] for one in office.authorities}
    for one in devices.listed(store, now):
        entry = _entry(one, silenced.get(one.device), now)
        if entry is not None and one.generation in entries:
            entries[one.generation].append(entry)
    return [
        one.revocation_list(
            entries[one.generation],
            number,
            moment(begins * 1000),
            office.settings.devices.crl_days,
        )
        for one in office.authorities
    ]


def _entry(one: Certificate, device: Device | None, now: int) -> Revoked | None:
    serial = int(one.serial, 16)
    if one.revoked_at is not None:
        is_old = one.replaced_at is not None and device is None
        return Revoked(serial, moment(one.revoked_at), is_superseded=is_old)
    if device is not None and device.state is CertificateState.BLOCKED:
        return Revoked(serial, moment(now), is_held=True)
    return None


def _write_for_broker(
    office: Office, folder: Path, lists: list[bytes], silenced: Collection[str]
) -> None:
    broker.write_access(folder, office.settings.name, silenced, workers=office.settings.workers)
    _write_authorities(office, folder, lists)


def _write_authorities(office: Office, folder: Path, lists: list[bytes]) -> None:
    authorities = b"".join(one.pem for one in office.authorities)
    for name, own in ((broker.AUTHORITIES, authorities), (broker.REVOCATIONS, b"".join(lists))):
        other = folder / name.replace(".pem", OTHERS)
        beside = other.read_bytes() if other.exists() else b""
        broker.replace(folder / name, own + beside)


def _content(office: Office, store: Store, now: int) -> bytes:
    """A digest of everything that the lists say and who signs them, apart from when they say it."""
    silenced = {one.name: one for one in devices.in_state(store, *_SILENCED)}
    named = [
        _named(silenced.values(), CertificateState.BLOCKED),
        _named(silenced.values(), CertificateState.REVOKING, CertificateState.REVOKED),
    ]
    serials = [
        [one.serial, one.revoked_at is None]
        for one in devices.listed(store, now)
        if _entry(one, silenced.get(one.device), now) is not None
    ]
    authorities = [one.der for one in office.authorities]
    said = [named, serials, authorities, office.signer.key_id]
    return hashlib.sha256(canonical.encode(said)).digest()


def _speakers(store: Store) -> list[str]:
    """Every station that has a chain, and may therefore have something to say."""
    return [one.name for one in chains.stations(store)]


def _stations(found: Collection[Device]) -> list[str]:
    """Those that could speak at the broker; a comune's server never does."""
    return sorted(one.name for one in found if one.kind is CertificateKind.STATION)


def _named(found: Collection[Device], *states: CertificateState) -> tuple[str, ...]:
    return tuple(_stations([one for one in found if one.state in states]))


__all__ = [
    "FILE",
    "Caller",
    "Published",
    "ReloadError",
    "is_due",
    "is_signed",
    "publish",
    "signed",
    "silenced",
    "tell_cluster",
    "version",
]
