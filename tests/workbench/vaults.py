"""Looks into the sealed store of a station as its own programs do: with its key store."""

from __future__ import annotations

from pathlib import Path

from kiosk.station_keys import open_keys, vault_of
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault


def vault_at(station_dir: Path) -> Vault:
    """The vault of a station's folder."""
    keys = open_keys(station_dir)
    try:
        return vault_of(keys)
    finally:
        keys.close()


def open_store(profile: StationProfile) -> Store | StoreTrouble:
    """The store of a station, beside whatever programs it runs."""
    return Store.open(
        profile.store, station=profile.name, code=profile.code, vault=vault_at(profile.folder)
    )
