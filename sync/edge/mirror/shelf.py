"""Which mirror an operator gets: its key is kept wrapped for each, under a secret of the card.

A mirror has one random key. It lies beside the mirror once for every operator who has signed in
while it was open, encrypted under what only that operator's card and this station's key store can
give together; so a disk is worth nothing, with a stolen card neither, and any of them can open it
after a power cut. Once open it stays open until the program
ends, and whoever signs in meanwhile gets a key of it. A first operator after a start who has none
begins a mirror of their own; the next who knows both is given the one that is open, and what nobody
has a key of any more is deleted.

A card that gives no secret (ES256) gets a mirror in memory, which ends with the power.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sync.edge import mirror as mirrors
from sync.edge.mirror import KEY_BYTES, Mirror, MirrorTrouble, rekeying
from sync.edge.vault import MIRROR, Vault
from sync.wire import key_wrap

_ID_BYTES: Final = 8
_NO_MEMORY: Final = MirrorTrouble("mirror.no-memory")


@dataclass(frozen=True, slots=True, repr=False)
class _Open:
    name: str
    key: bytes
    mirror: Mirror
    in_memory: bool


class Shelf:
    """The mirrors of one station. May be used from several threads.

    Args:
        folder: where mirrors and wrapped keys lie; made where it is missing.
        memory: a memory-backed folder for cards that give no secret; None where there is none.
        random: gives so many random bytes.
        vault: without it no key of a mirror opens; None at a station without key store.
    """

    def __init__(
        self,
        folder: Path,
        memory: Path | None,
        random: Callable[[int], bytes] = os.urandom,
        vault: Vault | None = None,
    ) -> None:
        self._vault = vault
        self._folder = folder
        self._memory = memory
        self._random = random
        self._lock = threading.Lock()
        self._open: _Open | None = None

    @property
    def mirror(self) -> Mirror | None:
        """The one that is open, whoever is signed in."""
        found = self._open
        return None if found is None else found.mirror

    def open_for(
        self,
        thumbprint: bytes,
        secret: bytes | None,
        operators: Collection[bytes] | None = None,
    ) -> Mirror | MirrorTrouble:
        """The mirror for an operator.

        Args:
            thumbprint: SHA-256 of the certificate of the operator's card.
            secret: `OperatorCard.derive`; None where the card gives none.
            operators: thumbprints of all who may act now; nobody else keeps a key. None where that
                is not known.

        Returns:
            The mirror, or trouble: `mirror.disk`, or `mirror.no-memory` for a card without secret
            on a station without memory-backed folder.
        """
        with self._lock:
            if self._open is None:
                found = self._find(thumbprint, secret)
                if isinstance(found, MirrorTrouble):
                    return found
                self._open = found
            left = set() if operators is None else self._of_others({thumbprint, *operators})
            before = self._open
            if before.name in left and not before.in_memory:
                anew = self._under_new_key(before)
                if isinstance(anew, MirrorTrouble):
                    self._open = None
                    return anew
                self._open = anew
            if secret is not None:
                self._carry_over(self._open, thumbprint, secret)
            if secret is not None and not self._open.in_memory:
                self._keep_key(self._open, thumbprint, secret)
            # Only now: a power cut before here leaves what makes the next sign-in do it again.
            for name in left:
                self._delete(name)
            with suppress(OSError):
                self._delete_unheld()
            return self._open.mirror

    def renew(self) -> Mirror | MirrorTrouble:
        """Closes the open mirror, which turned out damaged, and begins it anew under its key."""
        with self._lock:
            before = self._open
            if before is None:
                return MirrorTrouble(mirrors.CLOSED)
            before.mirror.close()
            try:
                mirrors.set_aside(before.mirror.path)
            except OSError:
                return MirrorTrouble(mirrors.FULL)
            made = Mirror.open(before.mirror.path, before.key)
            if isinstance(made, MirrorTrouble):
                return made
            self._open = _Open(before.name, before.key, made, before.in_memory)
            return made

    def tidy(self) -> None:
        """Deletes what was set aside: the mirror that took its place holds everything again."""
        for file in self._folder.glob("mirror-*.aside*"):
            with suppress(OSError):
                file.unlink()

    def close(self) -> None:
        """Closes the open mirror and forgets its key."""
        with self._lock:
            if self._open is not None:
                self._open.mirror.close()
                self._open = None

    def _find(self, thumbprint: bytes, secret: bytes | None) -> _Open | MirrorTrouble:
        """The newest mirror of which the operator has a key, else a new one."""
        if secret is None:
            return self._in_memory()
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            files = sorted(
                self._folder.glob(f"mirror-*.{_short(thumbprint)}.key"),
                key=lambda file: file.stat().st_mtime_ns,
                reverse=True,
            )
        except OSError:
            return MirrorTrouble(mirrors.FULL)
        for file in files:
            name = file.name.split(".", 1)[0]
            with suppress(OSError):
                key = self._unwrapped(file, secret, _about(name, thumbprint))
                if key is not None:
                    return self._opened(self._folder, name, key)
                file.unlink()
        name = f"mirror-{self._random(_ID_BYTES).hex()}"
        return self._opened(self._folder, name, self._random(KEY_BYTES))

    def _of_others(self, operators: Collection[bytes]) -> set[str]:
        """Names of the mirrors of which somebody has a key who is none of these."""
        shorts = {_short(one) for one in operators}
        keys = (file.name.split(".") for file in self._folder.glob("mirror-*.*.key"))
        return {parts[0] for parts in keys if parts[1] not in shorts}

    def _under_new_key(self, before: _Open) -> _Open | MirrorTrouble:
        """The same mirror as a copy under a new key; empty where it cannot be copied."""
        kept = before.mirror.kept()
        before.mirror.close()
        name, key = f"mirror-{self._random(_ID_BYTES).hex()}", self._random(KEY_BYTES)
        path = self._folder / f"{name}.db"
        if not rekeying.copy(before.mirror.path, before.key, path, key):
            try:
                mirrors.delete(path)
            except OSError:
                return MirrorTrouble(mirrors.FULL)
        anew = self._opened(self._folder, name, key)
        if isinstance(anew, _Open):
            anew.mirror.put_back(kept)
        return anew

    def _carry_over(self, opened: _Open, thumbprint: bytes, secret: bytes) -> None:
        """What an operator did into another mirror than the open one is put on top of this one.

        Another operator came first after a start: the mirror that only this one has a key of is
        about to be deleted.
        """
        for file in self._folder.glob(f"mirror-*.{_short(thumbprint)}.key"):
            name = file.name.split(".", 1)[0]
            with suppress(OSError):
                key = self._unwrapped(file, secret, _about(name, thumbprint))
                if key is not None and name != opened.name:
                    opened.mirror.put_back(mirrors.kept_of(self._folder / f"{name}.db", key))

    def _delete(self, name: str) -> None:
        """A mirror and every key of it."""
        with suppress(OSError):
            mirrors.delete(self._folder / f"{name}.db")
            for file in self._folder.glob(f"{name}.*.key"):
                file.unlink()

    def _in_memory(self) -> _Open | MirrorTrouble:
        """A new one each time the program starts; what another start left has lost its key."""
        if self._memory is None:
            return _NO_MEMORY
        path = self._memory / "mirror.db"
        try:
            mirrors.delete(path)
        except OSError:
            return MirrorTrouble(mirrors.FULL)
        return self._opened(self._memory, "mirror", self._random(KEY_BYTES), in_memory=True)

    def _opened(
        self, folder: Path, name: str, key: bytes, *, in_memory: bool = False
    ) -> _Open | MirrorTrouble:
        found = Mirror.open(folder / f"{name}.db", key)
        if isinstance(found, MirrorTrouble):
            return found
        return _Open(name, key, found, in_memory)

    def _keep_key(self, opened: _Open, thumbprint: bytes, secret: bytes) -> None:
        """A key that cannot be kept only costs a new copy after the next start."""
        file = self._folder / f"{opened.name}.{_short(thumbprint)}.key"
        about = _about(opened.name, thumbprint)
        with suppress(OSError):
            under = self._joined(secret)
            if file.exists() and key_wrap.unwrap(file.read_bytes(), under, about) == opened.key:
                os.utime(file)
            else:
                fresh = file.with_suffix(".new")
                fresh.touch(mode=0o600)
                fresh.write_bytes(key_wrap.wrap(opened.key, under, about))
                fresh.replace(file)
            for other in self._folder.glob(f"mirror-*.{_short(thumbprint)}.key"):
                if other != file:
                    other.unlink()

    def _joined(self, secret: bytes) -> bytes:
        """What a key of a mirror is kept under: needs the card's secret and the key store."""
        return secret if self._vault is None else self._vault.joined(MIRROR, secret)

    def _unwrapped(self, file: Path, secret: bytes, about: bytes) -> bytes | None:
        """The key in a file; also where it was kept under the card's secret alone, as once was."""
        data = file.read_bytes()
        key = key_wrap.unwrap(data, self._joined(secret), about)
        return key or key_wrap.unwrap(data, secret, about)

    def _delete_unheld(self) -> None:
        held = {file.name.split(".", 1)[0] for file in self._folder.glob("mirror-*.key")}
        if self._open is not None:
            held.add(self._open.name)
        for file in self._folder.glob("mirror-*.db"):
            if file.stem not in held:
                mirrors.delete(file)


def _short(thumbprint: bytes) -> str:
    """Names the operator's key without repeating what stands in the headers of operations."""
    return hashlib.sha256(b"sportello mirror " + thumbprint).hexdigest()[:16]


def _about(name: str, thumbprint: bytes) -> bytes:
    return name.encode() + b" " + thumbprint
