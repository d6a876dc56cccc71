"""A hub's store on disk, and a bench around it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub.store.database import Store
from tests.unit.hub.counters import Office
from tests.unit.hub.stations import Bench, Station


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
