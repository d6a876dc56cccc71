"""What a station must read again lies sealed under a secret that only its key store gives.

The secret is taken from the key store once, when a program starts, and stays in its memory; the
disk alone, or the disk in another device, opens nothing. Each purpose has a key of its own.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from sync.wire import at_rest

PURPOSE: Final = "vault 1"
"""What the key store is asked to derive (`KeyStore.derive`)."""

JOURNAL: Final = "journal"
ROSTER: Final = "roster"
TLS_KEY: Final = "tls key"
MIRROR: Final = "mirror"
DRAFT: Final = "draft"

_LARGEST: Final = 64 << 20


class Refusal(Protocol):
    """Why a key store gives nothing, as its own value says it."""

    @property
    def code(self) -> str:
        """Stable name of the reason."""
        ...


@dataclass(frozen=True, slots=True)
class VaultTrouble:
    """Why something sealed cannot be read, or nothing can be sealed.

    Attributes:
        code: the key store's own code (`key.absent`, `token.removed` ...) where it gave no secret;
            `vault.sealed-elsewhere` for what was
            sealed by another key store, for another purpose or place, or was changed;
            `vault.unreadable` and `vault.unwritable` where the file system refuses.
    """

    code: str


SEALED_ELSEWHERE: Final = VaultTrouble("vault.sealed-elsewhere")
UNREADABLE: Final = VaultTrouble("vault.unreadable")
UNWRITABLE: Final = VaultTrouble("vault.unwritable")


class Vault:
    """Seals and opens; see `open_vault`. May be used from several threads."""

    __slots__ = ("_secret",)

    def __init__(self, secret: bytes) -> None:
        """A vault under a secret of 32 bytes.

        Raises:
            ValueError: it has another length.
        """
        if len(secret) != at_rest.KEY_BYTES:
            raise ValueError("a vault's secret has 32 bytes")
        self._secret = secret

    def key(self, purpose: str) -> bytes:
        """The 32 bytes of a purpose: the same at every call, with this key store only."""
        return at_rest.subkey(self._secret, purpose)

    def password(self, purpose: str) -> bytes:
        """As `key`, in 64 hexadecimal digits: for PEM files and what else takes a password."""
        return self.key(purpose).hex().encode("ascii")

    def seal(self, purpose: str, plain: bytes, about: bytes = b"") -> bytes:
        """`plain` as it may lie on the disk; `about` names the place and is needed to open it."""
        return at_rest.seal(plain, self.key(purpose), about)

    def open(self, purpose: str, data: bytes, about: bytes = b"") -> bytes | VaultTrouble:
        """What was sealed, or `SEALED_ELSEWHERE`."""
        plain = at_rest.unseal(data, self.key(purpose), about)
        return SEALED_ELSEWHERE if plain is None else plain

    def joined(self, purpose: str, secret: bytes) -> bytes:
        """32 bytes that need both this vault and `secret`: what a card gives, say."""
        return at_rest.joined(self.key(purpose), secret)

    # --- whole files

    def write(self, path: Path, purpose: str, plain: bytes) -> VaultTrouble | None:
        """Puts `plain` sealed in the place of a file: whole, or the old one stays.

        What lay there unsealed is overwritten, where the file system writes in place. The file's
        name is bound in, so that no file can be put in the place of another. Returns after
        it is on the disk.
        """
        data = self.seal(purpose, plain, _about(path))
        old = path.with_name(path.name + ".old")  # a power cut leaves it for the next time
        try:
            _wipe(old)
            if path.is_file() and not path.is_symlink():
                old.hardlink_to(path)
            _replace(path, data)
            _wipe(old)
        except OSError:
            return UNWRITABLE
        return None

    def seal_file(self, path: Path, purpose: str) -> VaultTrouble | None:
        """Seals a file that lies in clear, and overwrites what it was; one that is sealed stays."""
        data = _bytes(path, _LARGEST)
        if data is None or isinstance(data, VaultTrouble):
            return data
        return None if at_rest.is_sealed(data) else self.write(path, purpose, data)

    def read(
        self, path: Path, purpose: str, *, most: int = _LARGEST
    ) -> bytes | VaultTrouble | None:
        """What a file holds: unsealed, or as it is where it is not sealed; None for no file.

        A file that somebody brought in clear is good; whoever takes it seals it by `write`.

        Args:
            path: the file. What is no plain file counts as none.
            purpose: that it was sealed for.
            most: bytes; of a longer content one byte more is returned.
        """
        data = _bytes(path, most + at_rest.OVERHEAD_BYTES + 1)
        if data is None or isinstance(data, VaultTrouble):
            return data
        if not at_rest.is_sealed(data):
            return data[: most + 1]
        return self.open(purpose, data, _about(path))


def open_vault(derive: Callable[[str], bytes | Refusal]) -> Vault | VaultTrouble:
    """The vault of this station.

    Args:
        derive: of its key store (`KeyStore.derive`). May take a second (a TPM) and is called once.

    Raises:
        ValueError: what it gave is not 32 bytes.
    """
    secret = derive(PURPOSE)
    return Vault(secret) if isinstance(secret, bytes) else VaultTrouble(secret.code)


def _about(path: Path) -> bytes:
    return b"file " + path.name.encode()


def _bytes(path: Path, most: int) -> bytes | VaultTrouble | None:
    """Up to `most` bytes of a plain file; never waits for a pipe that nobody fills."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as stream:
            return stream.read(most) if stat.S_ISREG(os.fstat(handle).st_mode) else None
    except FileNotFoundError:
        return None
    except OSError:
        return UNREADABLE


def _wipe(path: Path) -> None:
    """Overwrites and removes what lay unsealed: its blocks would stay for who searches the disk."""
    with suppress(FileNotFoundError):
        with path.open("r+b") as stream:
            if not at_rest.is_sealed(stream.read(at_rest.OVERHEAD_BYTES)):
                stream.seek(0)
                stream.write(bytes(os.fstat(stream.fileno()).st_size))
                stream.flush()
                os.fsync(stream.fileno())
        path.unlink()


def _replace(path: Path, data: bytes) -> None:
    """The whole new file or the whole old one, after a power cut too."""
    fresh = path.with_name(path.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
