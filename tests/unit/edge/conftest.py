from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sync.edge.store import Store
from tests.unit.edge.stations import Station, make_station


@pytest.fixture
def station(tmp_path: Path) -> Station:
    return make_station(tmp_path / "station")


@pytest.fixture
def store(station: Station) -> Iterator[Store]:
    opened = station.store()
    yield opened
    opened.close()
