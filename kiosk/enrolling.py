"""A device's keys and settings while it becomes a station: made once, then opened.

The key store is that of `station.toml`, where the image of the device brings one with a table
`key`; a software key otherwise. What the administrator registered fills in the rest.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

import tomlkit
from tomlkit.exceptions import TOMLKitError

from hw.errors import DeviceTrouble
from hw.keystore.opening import create_key_store, open_key_store
from hw.ports import KeyStore
from kiosk import settings
from kiosk.runtime.signing import StationSigner
from kiosk.settings import KeyEntry, SettingsError
from kiosk.station_keys import certify_in_tpm, key_store_settings
from sync.edge.enrolment import DeviceKeys
from sync.edge.vault import TLS_KEY, VaultTrouble, open_vault
from sync.model import certificates, places
from sync.model.preregistration import Community
from sync.wire.enrolment_answer import Issued

SETTINGS_FILE: Final = "station.toml"
_PRIVACY_NOTICE: Final = "2026-1"
_NO_KEY_ENTRY: Final = KeyEntry("software", "file", "device:/dev/tpmrm0", "", "", None)


def make_or_open_keys(station_dir: Path) -> DeviceKeys | str:
    """The device's keys: made where there are none, opened where a power cut left them.

    Returns:
        The keys, or the failure code of the key store (`key.absent`, `token.removed`, ...).

    Raises:
        SettingsError: the table `key` of `station.toml` cannot be used.
    """
    there = (station_dir / SETTINGS_FILE).exists()
    entry = settings.load_key(station_dir) if there else _NO_KEY_ENTRY
    (station_dir / "key").mkdir(mode=0o700, parents=True, exist_ok=True)
    described = key_store_settings(station_dir, entry)
    store: KeyStore | DeviceTrouble = open_key_store(described)
    if isinstance(store, DeviceTrouble) and store.code == "key.absent":
        store = create_key_store(described)
    if isinstance(store, DeviceTrouble):
        return store.code
    vault = open_vault(store.derive)
    if isinstance(vault, VaultTrouble):
        store.close()
        return vault.code
    return DeviceKeys(
        StationSigner(store),
        store.public_spki,
        vault.password(TLS_KEY),
        certify_in_tpm(entry),
        store.close,
    )


def settings_writer(station_dir: Path) -> Callable[[Issued], bytes]:
    """What makes the content of `station.toml`: what is there stays, with its comments.

    The function that is returned raises `SettingsError` where the file is there and is not TOML.
    """

    def write(issued: Issued) -> bytes:
        path = station_dir / SETTINGS_FILE
        try:
            text = path.read_text("utf-8") if path.exists() else ""
            document = tomlkit.parse(text)
        except (OSError, UnicodeDecodeError, TOMLKitError) as error:
            message = f"{SETTINGS_FILE} is not TOML"
            raise SettingsError(message) from error
        for table, entries in _entries(issued).items():
            found = document.setdefault(table, tomlkit.table())
            for name, (value, ours) in entries.items():
                if ours or name not in found:
                    found[name] = value
        return tomlkit.dumps(document).encode()

    return write


def _entries(issued: Issued) -> dict[str, dict[str, tuple[str | int, bool]]]:
    """Tables with entries and whether the hub's word replaces what stands there."""
    istat = certificates.comune_of(issued.station)
    place = places.comune_by_istat(istat) if istat else None
    office = "Comune" if place is None else f"Comune di {place.name}"
    return {
        "station": {
            "name": (issued.station, True),
            "code": (issued.code, True),
            "office": (office, False),
            "comune": ("" if place is None else place.belfiore, False),
            "community": (next(iter(Community)).value, False),
            "privacy_notice": (_PRIVACY_NOTICE, False),
        },
        "broker": {
            "hub": (issued.hub, True),
            "host": (issued.broker_host, True),
            "port": (issued.broker_port, True),
        },
        "enrolment": {"address": (issued.address, True)},
    }


def is_station(station_dir: Path) -> bool:
    """Whether the folder is that of a station: it has settings with a name."""
    try:
        document = tomlkit.parse((station_dir / SETTINGS_FILE).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, TOMLKitError):
        # Settings that cannot be read are for whoever starts the station to complain of.
        return os.path.lexists(station_dir / SETTINGS_FILE)
    station = document.get("station")
    return isinstance(station, dict) and bool(station.get("name"))
