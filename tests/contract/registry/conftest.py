"""The same registry on each engine, and a server of the tests' own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from sync.hub.store.connecting import Address
from sync.hub.store.database import Store
from sync.hub.store.postgresql import PostgresStore
from sync.hub.store.sqlite import SqliteStore
from tests.emulated.postgres import PrivatePostgres
from tests.emulated.registries import MEMORY

S = TypeVar("S", bound=Store)


@dataclass
class Place:
    """Where a registry is; each call opens another connection to it."""

    open: Callable[[], Store]
    open_reader: Callable[[], Store]


@pytest.fixture(scope="session")
def server() -> Iterator[PrivatePostgres]:
    with PrivatePostgres(parent=MEMORY) as running:
        yield running


@pytest.fixture
def address(server: PrivatePostgres) -> Address:
    """An empty schema."""
    return Address(server.fresh())


@pytest.fixture
def keep() -> Iterator[Callable[[S], S]]:
    """Closes what it was given when the test ends, however it does."""
    kept: list[Store] = []

    def remember(store: S) -> S:
        kept.append(store)
        return store

    yield remember
    for store in kept:
        store.close()


@pytest.fixture(params=["file", "server"])
def place(request: pytest.FixtureRequest, tmp_path: Path, keep: Callable[[Store], Store]) -> Place:
    if request.param == "file":
        path = tmp_path / "registry.db"
        return Place(
            lambda: keep(SqliteStore.open(path)), lambda: keep(SqliteStore.open_reader(path))
        )
    address = request.getfixturevalue("address")
    return Place(
        lambda: keep(PostgresStore.at(address)), lambda: keep(PostgresStore.reader_at(address))
    )


@pytest.fixture
def store(place: Place) -> Store:
    return place.open()
