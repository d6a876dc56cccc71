"""Opens the key store of a station's folder, for every program of the station.

Window, link and enrolment are processes of their own and share one key store.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from hw.errors import DeviceTrouble
from hw.keystore.opening import KeyStoreSettings, StoreKind, open_key_store
from hw.keystore.tpm_tls import use_tpm_for_tls
from hw.keystore.transport import certification_request, create_transport_key
from hw.ports import KeyStore
from kiosk import settings
from kiosk.settings import KeyEntry, SettingsError
from sync.edge.vault import Vault, VaultTrouble, open_vault
from sync.wire.signer import NotSignedError

SOFTWARE: Final = StoreKind.SOFTWARE.value
"""What `KeyStore.protection` says of a key that can be copied."""


def key_store_settings(station_dir: Path, entry: KeyEntry | None = None) -> KeyStoreSettings:
    """What the station's key store is, for `open_key_store` and `create_key_store`.

    Args:
        station_dir: the station's folder.
        entry: its table `key`; None to read it from `station.toml`.

    Raises:
        SettingsError: the table cannot be used; the text says why.
    """
    if entry is None:
        entry = settings.load_key(station_dir)
    return KeyStoreSettings(
        folder=station_dir / "key",
        kind=StoreKind(entry.store),
        tpm=entry.tpm,
        module=Path(entry.module) if entry.module else None,
        token=entry.token,
        pin_file=entry.pin_file,
    )


def open_keys(station_dir: Path, entry: KeyEntry | None = None) -> KeyStore:
    """The station's key store.

    Raises:
        SettingsError: the table `key` cannot be used, or the key store cannot; the text has the
            failure code.
    """
    store = key_store_settings(station_dir, entry)
    keys = open_key_store(store)
    if isinstance(keys, DeviceTrouble):
        where = "key/signing.pem" if store.kind is StoreKind.SOFTWARE else f"{store.kind.value} key"
        message = f"{where}: {keys.code}"
        raise SettingsError(message)
    return keys


def tpm_of_tls(entry: KeyEntry) -> str | None:
    """How to reach the TPM in which the key for TLS lies; None where it lies in its file."""
    return entry.tpm if entry.tls == "tpm" else None


def prepare_tls(entry: KeyEntry) -> None:
    """Make this process's TLS read keys that lie in the TPM, where the station's does.

    To be called by whoever connects to the broker, before the first connection, and after the last
    secret was taken from the key store (`hw.keystore.tpm_tls`).

    Raises:
        SettingsError: the provider is not installed; the text has the failure code.
    """
    tpm = tpm_of_tls(entry)
    trouble = None if tpm is None else use_tpm_for_tls(tpm)
    if trouble is not None:
        message = f"station.toml: key.tls: {trouble.code}"
        raise SettingsError(message)


def vault_of(keys: KeyStore) -> Vault:
    """What the station's files are sealed with.

    Raises:
        SettingsError: the key store gives no secret; the text has the failure code.
    """
    vault = open_vault(keys.derive)
    if isinstance(vault, VaultTrouble):
        message = f"the station's key: {vault.code}"
        raise SettingsError(message)
    return vault


def certify_in_tpm(entry: KeyEntry) -> Callable[[Path, str], bytes] | None:
    """What `DeviceKeys.certify` is where the TLS key lies in the TPM; None where it lies in a file."""
    tpm = tpm_of_tls(entry)
    if tpm is None:
        return None

    def certify(path: Path, name: str) -> bytes:
        made = None if path.exists() else create_transport_key(path, tpm=tpm)
        asked = made or certification_request(path, name, tpm=tpm)
        if isinstance(asked, DeviceTrouble):
            raise NotSignedError(asked.code)
        return asked

    return certify
