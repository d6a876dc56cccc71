"""Whether a person may begin: asked of the store, told to the flows."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from kiosk.runtime.storage_care import StorageCare
from sync.edge.space import Space
from sync.edge.trouble import StoreTrouble
from tests.unit.edge.stations import make_station


def test_a_full_disk_is_known_before_anybody_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = make_station(tmp_path / "station").store(floor=1 << 20)
    care = StorageCare(lambda: store)
    before = care.look()
    (store.folder / "reserve").unlink()
    monkeypatch.setattr(Space, "free", lambda _: 10)

    after = care.look()

    assert before.refusal == ""
    assert before.free_mb is not None
    assert after.refusal == "store.full"
    store.close()


def test_a_store_that_does_not_open_is_told() -> None:
    assert StorageCare(lambda: StoreTrouble("store.read-only")).look().refusal == "store.read-only"


def test_it_tells_what_has_changed_until_it_is_stopped() -> None:
    told = threading.Event()
    care = StorageCare(lambda: StoreTrouble("store.disk"), told.set)
    care.start()

    assert told.wait(20)
    care.stop()

    assert care.facts.refusal == "store.disk"
