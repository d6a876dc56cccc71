from __future__ import annotations

from pathlib import Path

import pytest

from sync.hub import leading, settings
from sync.hub.epoch import Epoch
from sync.hub.store.database import Store
from tests.unit.hub.test_rotation import folder, root, run

__all__ = ["folder", "root"]  # fixtures


def test_it_outlives_a_restart(tmp_path: Path) -> None:
    first = Epoch(tmp_path / "feed.json", 0)
    first.told(5)
    first.told(3)
    assert Epoch(tmp_path / "feed.json", 5).name == first.name
    assert (tmp_path / "feed.json").stat().st_mode & 0o077 == 0


def test_a_registry_behind_what_was_told_is_another(tmp_path: Path) -> None:
    first = Epoch(tmp_path / "feed.json", 0)
    first.told(5)
    copy = Epoch(tmp_path / "feed.json", 4)
    assert copy.name != first.name
    assert Epoch(tmp_path / "feed.json", 4).name == copy.name


@pytest.mark.parametrize("kept", [b"", b"{}", b"[]", b'{"epoch": "00", "told": 1}', b"\xff"])
def test_what_cannot_be_read_is_made_anew(tmp_path: Path, kept: bytes) -> None:
    (tmp_path / "feed.json").write_bytes(kept)
    made = Epoch(tmp_path / "feed.json", 9)
    assert Epoch(tmp_path / "feed.json", 9).name == made.name


def test_what_cannot_be_kept_is_not_told(tmp_path: Path) -> None:
    made = Epoch(tmp_path / "feed.json", 0)
    (tmp_path / "feed.new").mkdir()
    with pytest.raises(OSError, match="feed"):
        made.told(1)


def test_a_machine_that_was_put_back_gets_another_name_by_command(folder: Path) -> None:
    loaded = settings.load(folder)
    path = loaded.keys_dir / "feed.json"
    first = Epoch(path, 5).name
    running = Store.open(loaded.registry_path)
    assert running.claim(leading.CLAIM)
    assert run("registry", "new-epoch", "--hub-dir", folder) == 2
    assert Epoch(path, 5).name == first
    running.close()
    assert run("registry", "new-epoch", "--hub-dir", folder) == 0
    assert Epoch(path, 5).name != first
