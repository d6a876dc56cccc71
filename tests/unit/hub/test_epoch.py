from __future__ import annotations

from pathlib import Path

import pytest

from sync.hub.epoch import Epoch


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
