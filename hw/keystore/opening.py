"""Which key store a station has, and how it is opened and made."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from hw.errors import DeviceTrouble
from hw.keystore import troubles
from hw.keystore.software import SoftwareKey
from hw.keystore.token import TokenKeyStore
from hw.ports import KeyStore

SOFTWARE_FILE: Final = "signing.pem"
"""File of a software key, in the folder of the keys."""
TPM_FILE: Final = "station.tpm"
"""What the TPM wrapped, in the folder of the keys; no other TPM can use it."""


class StoreKind(Enum):
    """Where the keys of a station live."""

    SOFTWARE = "software"
    TPM = "tpm"
    PKCS11 = "pkcs11"


@dataclass(frozen=True, slots=True)
class KeyStoreSettings:
    """Where the keys of a station live, and what is needed to get there.

    Attributes:
        folder: the folder of the station's keys: the software key, or what the TPM wrapped.
        kind: which key store it is.
        tpm: how to reach the TPM, as tpm2-tss says it (`device:/dev/tpmrm0`). More than one
            program uses it at a time: there must be a resource manager behind it.
        module: the token's PKCS#11 module.
        token: label of the token.
        pin_file: holds the token's PIN and nothing else; readable by its owner only.
    """

    folder: Path
    kind: StoreKind = StoreKind.SOFTWARE
    tpm: str = "device:/dev/tpmrm0"
    module: Path | None = None
    token: str = ""
    pin_file: Path | None = None


def open_key_store(settings: KeyStoreSettings) -> KeyStore | DeviceTrouble:
    """The key store of a station, or why it cannot be used (`key.*`)."""
    match settings.kind:
        case StoreKind.SOFTWARE:
            return SoftwareKey.load(settings.folder / SOFTWARE_FILE)
        case StoreKind.TPM:
            return _with_tpm(settings, new=False)
        case StoreKind.PKCS11:
            return _with_token(settings, new=False)


def create_key_store(settings: KeyStoreSettings) -> KeyStore | DeviceTrouble:
    """Make the keys of a station, inside its key store, and open it.

    Returns:
        The key store; or trouble: `key.exists` (there is one already; keys are never written
        over), `key.unwritable`, or one of `open_key_store`.
    """
    match settings.kind:
        case StoreKind.SOFTWARE:
            return _created_file(settings.folder / SOFTWARE_FILE)
        case StoreKind.TPM:
            return _with_tpm(settings, new=True)
        case StoreKind.PKCS11:
            return _with_token(settings, new=True)


def _created_file(path: Path) -> KeyStore | DeviceTrouble:
    key = SoftwareKey.generate()
    try:
        key.save(path)
    except FileExistsError:
        return troubles.EXISTS
    except OSError as error:
        return troubles.unwritable(error)
    return key


def _with_tpm(settings: KeyStoreSettings, *, new: bool) -> KeyStore | DeviceTrouble:
    try:
        from hw.keystore.tpm import TpmKeyStore  # noqa: PLC0415 - stations without a TPM
    except (ImportError, OSError):  # tpm2-tss, or its binding, is not installed
        return troubles.MODULE_ABSENT
    path = settings.folder / TPM_FILE
    return (TpmKeyStore.create if new else TpmKeyStore.open)(path, settings.tpm)


def _with_token(settings: KeyStoreSettings, *, new: bool) -> KeyStore | DeviceTrouble:
    if settings.module is None:
        return troubles.MODULE_ABSENT
    if settings.pin_file is None:
        return troubles.PIN_ABSENT
    made = TokenKeyStore.create if new else TokenKeyStore.open
    return made(settings.module, settings.token, settings.pin_file, settings.folder)
