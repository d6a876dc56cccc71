"""Opens the registry of a hub, on the engine that its settings name."""

from __future__ import annotations

from pathlib import Path

from sync.hub.settings import HubSettings
from sync.hub.store import readers
from sync.hub.store.connecting import Address
from sync.hub.store.database import Store, StoreError
from sync.hub.store.postgresql import PostgresStore, is_made
from sync.hub.store.sqlite import SqliteStore


def open_store(settings: HubSettings, *, migrate: bool = True) -> Store:
    """For reading and writing.

    Args:
        settings: of the hub.
        migrate: make the tables or bring them up to date; a worker of a server's registry leaves that
            to the hub itself, and gets `store.older` or `store.missing` until it has been done.

    Raises:
        StoreError: it cannot be used; nothing in it was changed.
    """
    address = _one(settings)
    if address is None:
        return SqliteStore.open(settings.registry_path)
    return PostgresStore.at(address, migrate=migrate)


def open_reader(settings: HubSettings) -> Store:
    """For reading alone, beside writers.

    Raises:
        StoreError: it is missing, was written by an older program alone (`store.older`), or cannot
            be used.
    """
    address = _one(settings)
    if address is None:
        return SqliteStore.open_reader(settings.registry_path)
    return readers.borrow(address)


def is_there(settings: HubSettings) -> bool:
    """Whether there is a registry, of whatever age.

    Raises:
        StoreError: nobody can say.
    """
    address = address_of(settings)
    return settings.registry_path.exists() if address is None else is_made(address)


def moved_path(settings: HubSettings) -> Path:
    """Where the file lies that was moved to a server: nothing opens it any more."""
    return settings.registry_path.with_suffix(".db.moved")


def _one(settings: HubSettings) -> Address | None:
    """Where the server is; None for a file.

    Raises:
        StoreError: there is more than one registry, or the one there is lies elsewhere.
    """
    address, there = address_of(settings), settings.registry_path.exists()
    if address is not None and there:
        raise StoreError(
            "store.ambiguous",
            f"{settings.registry_path} is there although hub.toml names a server:"
            " run `python -m sync.hub registry move`, or take it away",
        )
    if address is None and not there and moved_path(settings).exists():
        raise StoreError("store.moved", "the registry is on a server: name it in hub.toml")
    return address


def address_of(settings: HubSettings) -> Address | None:
    """Where the server is; None for a file."""
    if not settings.registry.url:
        return None
    return Address(settings.registry.url, settings.registry.password_file)
