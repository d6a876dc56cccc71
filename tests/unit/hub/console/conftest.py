"""A comune at the hub."""

from __future__ import annotations

import pytest

from sync.hub.store.database import Store
from tests.unit.hub.console.town import Town


@pytest.fixture
def town(store: Store) -> Town:
    return Town(store)
