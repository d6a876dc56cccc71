"""Makes the lists by which a hub corrects its stations: settings, texts, places.

What was signed is kept in the registry, every version, and put into the folder of trust, where it is
told to stations from. Another machine of the same hub finds it in the registry (`put_in_place`).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from sync.hub import rosters
from sync.hub.list_sources import Content, unsigned
from sync.hub.settings import HubSettings
from sync.hub.setup import SetupError, load_keys, replace_file
from sync.hub.store import made_lists, opening
from sync.hub.store.database import Store
from sync.hub.store.made_lists import MadeList
from sync.model import places
from sync.model.place_rows import PlacesUpdate
from sync.wire import list_versions, places_list, settings_list, texts_list
from sync.wire.canonical import Malformed
from sync.wire.places_list import PlacesList
from sync.wire.settings_list import SettingsList
from sync.wire.signer import Signer
from sync.wire.texts_list import TextsList

NAMES: Final = (list_versions.SETTINGS, list_versions.TEXTS, list_versions.PLACES)
"""The lists that are made here."""

_SIGN: Final[Mapping[str, Callable[[int, int, Any, Signer], bytes]]] = {
    list_versions.SETTINGS: lambda version, at, content, signer: settings_list.sign(
        SettingsList(version, at, content), signer
    ),
    list_versions.TEXTS: lambda version, at, content, signer: texts_list.sign(
        TextsList(version, at, content), signer
    ),
    list_versions.PLACES: lambda version, at, content, signer: places_list.sign(
        PlacesList(version, at, content), signer
    ),
}


def make(settings: HubSettings, name: str, content: Content) -> int:
    """Signs a list for the stations, in the place of the one before.

    Args:
        settings: of the hub.
        name: one of `NAMES`.
        content: the whole of it; what is not in it any more is no longer corrected.

    Returns:
        Its version.

    Raises:
        SetupError: it cannot be signed; nothing was changed.
        StoreError: the registry cannot be written.
        OSError: the file cannot be written; the hub puts it in place later.
    """
    signer = load_keys(settings).signing
    store = opening.open_store(settings)
    try:
        with rosters.alone(settings):
            return _make(settings, store, name, content, signer)
    finally:
        store.close()


def renew(settings: HubSettings) -> tuple[str, ...]:
    """Signs every list that was made here once more, by the key that is in use now.

    Returns:
        The names of the lists.

    Raises:
        SetupError: one of them cannot be read or signed.
        StoreError: the registry cannot be written.
    """
    signer = load_keys(settings).signing
    renewed = []
    store = opening.open_store(settings)
    try:
        with rosters.alone(settings):
            for name in NAMES:
                last = made_lists.last(store, name)
                if last is not None:
                    _make(settings, store, name, unsigned(name, last.data), signer)
                    renewed.append(name)
    finally:
        store.close()
    return tuple(renewed)


def put_in_place(settings: HubSettings, store: Store) -> None:
    """Writes what was signed on another machine, or lost, into the folder of trust.

    Raises:
        StoreError: the registry cannot be read.
        OSError: a file cannot be written.
    """
    for name in NAMES:
        if made_lists.version(store, name) > _version_in_place(settings, name):
            with rosters.alone(settings):
                last = made_lists.last(store, name)
                if last is not None and last.version > _version_in_place(settings, name):
                    replace_file(path(settings, name), last.data, 0o644)


def adopt_places(store: Store, known: int = 0) -> int:
    """Lets this program judge by the corrected places too, where they are newer than `known`.

    Returns:
        The version by which it judges now.

    Raises:
        StoreError: the registry cannot be read.
    """
    if made_lists.version(store, list_versions.PLACES) == known:
        return known
    last = made_lists.last(store, list_versions.PLACES)
    if last is None:
        places.adopt(PlacesUpdate())
        return 0
    # What a newer program made may be unreadable here: the table of before goes on counting.
    with contextlib.suppress(Malformed):
        places.adopt(places_list.own(last.data).update)
    return last.version


def adopt_places_in(trust_dir: Path) -> None:
    """Lets a command judge by the corrected places that lie in the folder of trust; none: as shipped."""
    with contextlib.suppress(Malformed, OSError):
        data = (trust_dir / f"{list_versions.PLACES}.cose").read_bytes()
        places.adopt(places_list.own(data).update)


def path(settings: HubSettings, name: str) -> Path:
    """Where a list lies for the stations."""
    return settings.trust_dir / f"{name}.cose"


def _make(settings: HubSettings, store: Store, name: str, content: Content, signer: Signer) -> int:
    # After a backup was put back, the file that stations have may be ahead of the registry.
    version = max(made_lists.version(store, name), _version_in_place(settings, name)) + 1
    now = time.time_ns() // 1_000_000
    try:
        data = _SIGN[name](version, now, content, signer)
    except ValueError as error:
        raise SetupError(f"the list cannot be signed: {error}") from error
    # The version is used up before the file is there: no two lists ever have the same.
    with store.transaction():
        made_lists.add(store, MadeList(name, version, data, now))
    replace_file(path(settings, name), data, 0o644)
    return version


def _version_in_place(settings: HubSettings, name: str) -> int:
    try:
        data = path(settings, name).read_bytes()
    except OSError:
        return 0
    return list_versions.version_of(name, data) or 0
