"""A hub's store on disk, and a bench around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub.store.database import Store
from tests.emulated import registries
from tests.emulated.postgres import PrivatePostgres
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import Bench, Station


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what is about files, where there are none."""
    if registries.on_postgresql():
        items[:] = [item for item in items if not registries.is_about_files(item)]


@pytest.fixture(scope="session", autouse=True)
def engine() -> Iterator[None]:
    """Registries in files, or on a server: see `tests.emulated.registries`."""
    if not registries.on_postgresql():
        yield
        return
    with PrivatePostgres(parent=registries.MEMORY) as server, registries.instead_of_files(server):
        yield


@pytest.fixture
def registry_path(tmp_path: Path) -> Path:
    return tmp_path / "registry.db"


@pytest.fixture
def store(registry_path: Path) -> Iterator[Store]:
    opened = Store.open(registry_path)
    yield opened
    opened.close()


@pytest.fixture
def bench(store: Store) -> Bench:
    return Bench(store)


@pytest.fixture
def station(bench: Bench) -> Station:
    return bench.enrolled("kiosk-0001", 17)


@pytest.fixture
def counters(bench: Bench) -> Office:
    return Office(bench)
