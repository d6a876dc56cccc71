"""A copy of the hub that only the holder of the recovery key can open, and a hub made of it.

A backup is one file: registry, keys and lists, packed by tar, encrypted in pieces under a key of its
own, and that key sealed to the recovery key (ML-KEM-768 with X25519), whose private half is kept
offline. Each piece says its place and whether it is the last, so none can be left out, doubled or
exchanged without notice. The file is read back from the disk before it counts.

What a backup elsewhere holds of a chain is *secured*: the stations are told so and may forget what
they sent (`Acknowledgement.secured`). What came since, they still have, and send again to a hub that
was put back to the backup; `difference` tells what came and what did not.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import json
import os
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.hub import epoch
from sync.hub import settings as hub_settings
from sync.hub.settings import HubSettings
from sync.hub.setup import FLOOR, SetupError, replace_file
from sync.hub.store import backups, chains, copying, opening, parts
from sync.hub.store.database import Store
from sync.hub.store.postgresql import PostgresStore
from sync.wire import sealing
from sync.wire.canonical import Malformed
from sync.wire.sealing import SealingKey, UnsealingKey

MAGIC: Final = b"sportello backup 1\n"
PIECE_BYTES: Final = 1024 * 1024

_PURPOSE: Final = b"sportello backup key 1"
_TAG_BYTES: Final = 16
_KEY_BYTES: Final = 32
_SIZE_BYTES: Final = 4
_REGISTRY: Final = "registry.db"
_PARTS_MARGIN: Final = 60_000
"""A part that was completed so shortly before a copy began counts for the next one only."""
_FOLDERS: Final = ("keys", "trust", "tls")


@dataclass(frozen=True, slots=True)
class Made:
    """A backup that was made.

    Attributes:
        is_away: it lies on another file system than the registry, so it counts as secured.
        entries: how many entries of all chains it holds.
    """

    path: Path
    size: int
    is_away: bool
    entries: int


def make(settings: HubSettings, into: Path, recovery: SealingKey, now: int) -> Made:
    """Makes a backup in a folder, beside a hub that serves.

    Args:
        settings: of the hub.
        into: a folder on another disk; on the hub's own the backup secures nothing.
        recovery: the public recovery key.
        now: milliseconds since 1970.

    Raises:
        SetupError: the folder is not there, another backup is being made, or what was written does
            not read back.
        StoreError: the registry cannot be read.
        OSError: the file cannot be written.
    """
    if not into.is_dir():
        raise SetupError(f"{into} is no folder")
    with _alone(settings.folder):
        return _make(settings, into, recovery, now)


def _make(settings: HubSettings, into: Path, recovery: SealingKey, now: int) -> Made:
    for stale in settings.folder.glob(".backup-*"):  # of one that was killed
        shutil.rmtree(stale, ignore_errors=True)
    moment = datetime.fromtimestamp(now / 1000, tz=UTC)
    path = into / f"sportello-{settings.name}-{moment:%Y%m%dT%H%M%SZ}.backup"
    with tempfile.TemporaryDirectory(dir=settings.folder, prefix=".backup-") as beside:
        copy = Path(beside) / _REGISTRY
        heads = _copy(settings, copy)
        digest, size = _write(settings, copy, path, recovery)
    if _digest(path) != (digest, size):
        path.unlink(missing_ok=True)
        raise SetupError(f"{path} does not read back as it was written")
    is_away = _is_away(settings, path)
    store = opening.open_store(settings)
    try:
        with store.transaction():
            backups.made(store, now, digest, size, is_away=is_away)
            if is_away:
                chains.secured(store, heads)
                parts.secured(store, now - _PARTS_MARGIN)
    finally:
        store.close()
    return Made(path, size, is_away, sum(heads.values()))


def restore(path: Path, recovery: UnsealingKey, into: Path, now: int) -> int:
    """Makes a hub's folder of a backup.

    Args:
        path: the file.
        recovery: the private recovery key.
        into: the folder, which must not be there or be empty.
        now: milliseconds since 1970.

    Returns:
        When the backup was made, milliseconds since 1970.

    Raises:
        SetupError: it is no backup, not for this key, damaged, or the folder is in use. Nothing is
            left in the folder.
        StoreError: the registry in it cannot be used.
        OSError: the folder cannot be written.
    """
    if into.exists() and any(into.iterdir()):
        raise SetupError(f"{into} is not empty")
    into.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=into.parent, prefix=".restore-") as beside:
        fresh = Path(beside) / "hub"
        fresh.mkdir(mode=0o700)
        try:
            with path.open("rb") as stream:
                plain = io.BufferedReader(_Opened(stream, recovery))
                with tarfile.open(fileobj=plain, mode="r|") as packed:
                    packed.extractall(fresh, filter="data")
                _read_to_its_end(plain, path)
        except (tarfile.TarError, EOFError) as error:
            raise SetupError(f"{path} is damaged") from error
        made_at = _mark(fresh, now)
        if into.exists():
            into.rmdir()
        fresh.replace(into)
    return made_at


def _in_memory(path: Path) -> bool:
    """Whether a file lies in memory, where it does not outlive the machine (proc(5), mounts)."""
    place, best, kind = path.resolve(), -1, ""
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _, mounted, file_system, *_ = line.split(" ")
        mount = Path(mounted.replace("\\040", " "))
        if place.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), file_system
    return kind in {"tmpfs", "ramfs"}


def _read_to_its_end(plain: BinaryIO, path: Path) -> None:
    """Behind the archive tar leaves zeros; only the last piece says that none is cut off."""
    while piece := plain.read(PIECE_BYTES):
        if any(piece):
            raise SetupError(f"{path} is damaged")


def _mark(folder: Path, now: int) -> int:
    """Keeps in the registry that it was put back, and forgets what it told since."""
    hub_settings.load(folder)
    # Its positions of the feed were told for other changes since: it is another registry now.
    (folder / "keys" / epoch.FILE).unlink(missing_ok=True)
    made_at = (folder / _REGISTRY).stat().st_mtime_ns // 1_000_000
    # What the lost hub signed since, stations hold: every list goes on above all that it can have.
    floor = now // 1000
    replace_file(folder / "keys" / FLOOR, json.dumps(floor).encode())
    store = Store.open(folder / _REGISTRY)
    try:
        with store.transaction():
            backups.put_back(store, now, made_at, floor)
    finally:
        store.close()
    return made_at


def _copy(settings: HubSettings, copy: Path) -> dict[str, int]:
    """A file with the registry of one moment, and where each chain stands in it."""
    address = opening.address_of(settings)
    if address is None:
        return _copy_registry(settings.registry_path, copy)
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with closing(PostgresStore.reader_at(address)) as source:
        heads = copying.to_file(source, copy).heads
    with closing(sqlite3.connect(copy)) as made:
        made.execute("PRAGMA journal_mode=DELETE")
    return heads


def _is_away(settings: HubSettings, path: Path) -> bool:
    """Whether a file lies on another disk than the registry.

    Of a server on this machine that does not say where its files are, nobody knows: it does not.
    """
    if _in_memory(path):
        return False
    disk, address = path.stat().st_dev, opening.address_of(settings)
    if address is None:
        return disk != settings.registry_path.stat().st_dev
    if disk == settings.folder.stat().st_dev:
        return False
    with closing(PostgresStore.reader_at(address)) as store:
        if not store.is_here():
            return True
        folder = store.folder()
    try:
        return folder is not None and folder.stat().st_dev != disk
    except OSError:
        return False


def _copy_registry(registry: Path, copy: Path) -> dict[str, int]:
    """A copy of one moment, checked, and where each chain stands in it."""
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with (
        closing(sqlite3.connect(f"{registry.absolute().as_uri()}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE")
        (found,) = target.execute("PRAGMA quick_check").fetchone()
        if found != "ok":
            raise SetupError("the registry is damaged: it is not copied over a good backup")
        return dict(target.execute("SELECT name, decided_seq FROM station"))


def _write(
    settings: HubSettings, copy: Path, path: Path, recovery: SealingKey
) -> tuple[bytes, int]:
    """Writes the file. Returns its SHA-256 and its size."""
    fresh = path.with_suffix(".part")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            sealed = _Sealed(stream, recovery)
            with tarfile.open(fileobj=sealed, mode="w|", format=tarfile.PAX_FORMAT) as packed:
                packed.add(settings.folder / hub_settings.FILE, hub_settings.FILE)
                packed.add(copy, _REGISTRY)
                for name in _FOLDERS:
                    if (settings.folder / name).is_dir():
                        packed.add(settings.folder / name, name)
            sealed.finish()
            stream.flush()
            os.fsync(stream.fileno())
        fresh.replace(path)
    except BaseException:
        fresh.unlink(missing_ok=True)
        raise
    with _folder(path.parent) as handle:
        os.fsync(handle)
    return sealed.digest.digest(), sealed.size


def _digest(path: Path) -> tuple[bytes, int]:
    """SHA-256 and size of what the disk gives back, past the cache where the system lets us."""
    with path.open("rb") as stream:
        os.posix_fadvise(stream.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        digest = hashlib.file_digest(stream, "sha256").digest()
        return digest, stream.tell()


class _Sealed(io.RawIOBase):
    """Encrypts what is written to it."""

    def __init__(self, stream: BinaryIO, recovery: SealingKey) -> None:
        super().__init__()
        self.digest = hashlib.sha256()
        self.size = 0
        self._stream = stream
        self._held = bytearray()
        self._place = 0
        key = secrets.token_bytes(_KEY_BYTES)
        self._key = AESGCM(key)
        wrapped = sealing.seal(key, recovery, _PURPOSE)
        self._out(MAGIC + len(wrapped).to_bytes(_SIZE_BYTES) + wrapped)

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        piece = bytes(memoryview(data))  # type: ignore[arg-type]  # any buffer, as tarfile gives it
        self._held += piece
        while len(self._held) > PIECE_BYTES:
            self._encrypt(bytes(self._held[:PIECE_BYTES]), last=False)
            del self._held[:PIECE_BYTES]
        return len(piece)

    def finish(self) -> None:
        """Writes the last piece."""
        self._encrypt(bytes(self._held), last=True)
        self._held.clear()

    def _encrypt(self, plain: bytes, *, last: bool) -> None:
        self._out(self._key.encrypt(_nonce(self._place, last=last), plain, None))
        self._place += 1

    def _out(self, data: bytes) -> None:
        self._stream.write(data)
        self.digest.update(data)
        self.size += len(data)


class _Opened(io.RawIOBase):
    """Decrypts what is read from it. Raises `SetupError` where that cannot be done."""

    def __init__(self, stream: BinaryIO, recovery: UnsealingKey) -> None:
        super().__init__()
        self._stream = stream
        self._place = 0
        self._held = b""
        self._done = False
        if stream.read(len(MAGIC)) != MAGIC:
            raise SetupError("this is no backup of a hub")
        wrapped = stream.read(int.from_bytes(stream.read(_SIZE_BYTES)) & 0xFFFF)
        try:
            key = sealing.unseal(wrapped, recovery, _PURPOSE, limit=_KEY_BYTES)
        except Malformed:
            key = None
        if key is None or len(key) != _KEY_BYTES:
            raise SetupError("the backup was not made for this recovery key")
        self._key = AESGCM(key)
        self._ahead = stream.read(PIECE_BYTES + _TAG_BYTES)

    def readable(self) -> bool:
        return True

    def readinto(self, into: object) -> int:
        view = memoryview(into)  # type: ignore[arg-type]  # any buffer
        while not self._held and not self._done:
            self._next()
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        return count

    def _next(self) -> None:
        piece, self._ahead = self._ahead, self._stream.read(PIECE_BYTES + _TAG_BYTES)
        self._done = not self._ahead
        try:
            self._held = self._key.decrypt(_nonce(self._place, last=self._done), piece, None)
        except InvalidTag as error:
            raise SetupError("the backup is damaged") from error
        self._place += 1


def _nonce(place: int, *, last: bool) -> bytes:
    """Every key encrypts one file; a piece out of its place, or a cut end, does not decrypt."""
    return place.to_bytes(11) + bytes([last])


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One backup at a time: a later one must not tell of less than the one before.

    Raises:
        SetupError: another is being made.
    """
    with _folder(folder) as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise SetupError("another backup is being made") from error
        yield


@contextmanager
def _folder(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield handle
    finally:
        os.close(handle)
