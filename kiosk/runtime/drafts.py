"""The unfinished form: it survives a crash of the program, never a power cut or its session.

The form lies encrypted in a memory-backed folder, beside the key it is encrypted with, which opens
it at this station only: a power cut takes both, and ending the session destroys the key first. The kernel's boot id and the monotonic
clock are bound to it, so that a form that is older than the session may last is never shown again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sync.edge.vault import DRAFT, Vault
from sync.wire import canonical

_MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "ramfs"})
_LARGEST = 256 * 1024
_NONCE = 12


@dataclass(frozen=True, slots=True)
class DraftDropped:
    """A form was found but must not be shown; `code` is `draft.<reason>`."""

    code: str


class DraftStore:
    """One unfinished form, encrypted, in memory only.

    Args:
        folder: the station's memory-backed folder; made with mode 0700 where it is missing.
        boot_id: the kernel's boot id.
        monotonic: seconds of a clock that runs on while the program does not.
        lasts: seconds after the last save for which the form may be restored.
        vault: without it the form does not open; None at a station without key store.
    """

    def __init__(
        self,
        folder: Path,
        *,
        boot_id: str,
        monotonic: Callable[[], float],
        lasts: float,
        vault: Vault | None = None,
    ) -> None:
        self._vault = vault
        self._boot_id = boot_id
        self._monotonic = monotonic
        self._lasts = lasts
        self._key_file = folder / "draft.key"
        self._form_file = folder / "draft.form"
        self._key: bytes | None = None
        self.available = _prepare(folder)

    def save(self, form: dict[str, object]) -> bool:
        """Replace the kept form; whether it is kept now.

        Does nothing where the folder is not memory. Where it fails (full, taken away) what was kept
        is dropped and nothing is kept any more: the person goes on, only a crash would cost her.
        """
        if not self.available:
            return False
        try:
            self._save(form)
        except OSError:
            self.drop()
            self.available = False
        return self.available

    def _save(self, form: dict[str, object]) -> None:
        if self._key is None:
            self._key = AESGCM.generate_key(256)
            _write(self._key_file, self._key)
        plain = canonical.encode(
            {"boot": self._boot_id, "saved": int(self._monotonic() * 1000), "form": form}
        )
        nonce = os.urandom(_NONCE)
        cipher = AESGCM(self._joined(self._key))
        _write(self._form_file, nonce + cipher.encrypt(nonce, plain, b"draft"))

    def load(self) -> dict[str, object] | DraftDropped | None:
        """The kept form, the reason why it must not be used (it is destroyed then), or None."""
        if not self.available or not self._form_file.exists():
            return None
        found = self._read()
        if isinstance(found, DraftDropped):
            self.drop()
        return found

    def _read(self) -> dict[str, object] | DraftDropped:
        try:
            key = self._key_file.read_bytes()
            sealed = self._form_file.read_bytes()
        except OSError:
            return DraftDropped("draft.key-missing")
        try:
            plain = AESGCM(self._joined(key)).decrypt(sealed[:_NONCE], sealed[_NONCE:], b"draft")
            kept = canonical.decode(plain, limit=_LARGEST)
        except (InvalidTag, ValueError):
            return DraftDropped("draft.damaged")
        match kept:
            case {"boot": str(boot), "saved": int(saved), "form": dict(form)}:
                if boot != self._boot_id:
                    return DraftDropped("draft.other-boot")
                if not 0 <= self._monotonic() - saved / 1000 <= self._lasts:
                    return DraftDropped("draft.expired")
                self._key = key
                return {str(name): value for name, value in form.items()}
            case _:
                return DraftDropped("draft.damaged")

    def _joined(self, key: bytes) -> bytes:
        return key if self._vault is None else self._vault.joined(DRAFT, key)

    def drop(self) -> None:
        """Destroy the key, then the form. Never fails; what cannot be removed has lost its key."""
        self._key = None
        if not self.available:
            return
        for file in (self._key_file, self._form_file):
            _destroy(file)


def boot_id() -> str:
    """The kernel's id of this boot."""
    return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()


def _prepare(folder: Path) -> bool:
    """Make the folder and tell whether it lies in memory."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError:
        return False
    return _file_system(folder) in _MEMORY_FILE_SYSTEMS


def _file_system(folder: Path) -> str:
    """Type of the file system that holds `folder`, from the kernel's table of mounts."""
    best, kind = -1, ""
    place = folder.resolve()
    for line in Path("/proc/self/mounts").read_text("utf-8").splitlines():
        _device, mounted, file_system, *_rest = line.split(" ")
        mount = Path(mounted.replace("\\040", " "))
        if place.is_relative_to(mount) and len(mount.parts) >= best:
            best, kind = len(mount.parts), file_system
    return kind


def _write(file: Path, data: bytes) -> None:
    """Replace `file` in one step, readable by this user only."""
    fresh = file.with_suffix(file.suffix + ".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
    fresh.replace(file)


def _destroy(file: Path) -> None:
    """Overwrite and remove; memory pages are not journalled, so overwriting is final."""
    with suppress(OSError), file.open("r+b") as stream:
        stream.write(bytes(file.stat().st_size))
    with suppress(OSError):
        file.unlink()
