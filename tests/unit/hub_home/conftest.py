"""An empty registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.hub.store.database import Store
from tests.unit.hub_home.people import Registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Registry]:
    store = Store.open(tmp_path / "registry.db")
    yield Registry(store)
    store.close()
