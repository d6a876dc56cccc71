"""A forged medium at the hub's terminal: it writes nowhere, says nothing, and fills no disk."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from sync.hub import settings
from sync.hub.courier import commands
from sync.hub.courier.drop import REPORT, DropFolder
from sync.hub.setup import SetupError
from sync.wire.medium import FOLDER

ONE = bytes(16).hex()
Run = Callable[[str], int]


@pytest.fixture
def drop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DropFolder:
    monkeypatch.setattr(settings, "load", lambda _dir: SimpleNamespace(folder=tmp_path / "hub"))
    made = DropFolder(tmp_path / "hub")
    made.make()
    return made


@pytest.fixture
def stick(tmp_path: Path) -> Path:
    folder = tmp_path / "stick" / FOLDER
    folder.mkdir(parents=True)
    (folder / f"{ONE}.parcel").write_bytes(b"a parcel")
    return folder


@pytest.fixture
def run(stick: Path, tmp_path: Path, drop: DropFolder) -> Run:
    assert drop.inbox.is_dir()
    options = argparse.Namespace(hub_dir=tmp_path / "hub", folder=stick.parent, wait=0.0)
    steps = {"take": commands._take, "answers": commands._answers}
    return lambda step: steps[step](options)


def answered(drop: DropFolder, name: str, answer: bytes = b"an answer") -> None:
    """The hub has taken that medium."""
    done = drop.outbox / name
    done.mkdir()
    told = {"taken": [f"{ONE}.parcel"], "stations": {}, "refused": {}}
    (done / f"{ONE}.answer").write_bytes(answer)
    (done / REPORT).write_text(json.dumps(told))


def test_links_on_a_medium_are_not_written_through(
    stick: Path, drop: DropFolder, run: Run, tmp_path: Path
) -> None:
    victim = tmp_path / "ca.key"
    victim.write_text("precious")
    for name in ("medium.txt", "medium.txt.new", f"{ONE}.answer", f"{ONE}.answer.new"):
        (stick / name).symlink_to(victim)
    assert run("take") == 3
    (medium,) = drop.waiting()
    assert [one.name for one in medium.iterdir()] == [f"{ONE}.parcel"]
    answered(drop, medium.name)
    assert run("answers") == 0
    assert victim.read_text() == "precious"
    assert (stick / f"{ONE}.answer").read_bytes() == b"an answer"
    assert not (stick / f"{ONE}.answer").is_symlink()


def test_the_folder_itself_may_be_no_link(stick: Path, run: Run, tmp_path: Path) -> None:
    stick.rename(tmp_path / "elsewhere")
    stick.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(SetupError):
        run("take")
    assert not (tmp_path / "elsewhere" / "medium.txt").exists()


def test_only_parcels_are_taken(stick: Path, drop: DropFolder, run: Run, tmp_path: Path) -> None:
    """By name and size; what leads elsewhere is none."""
    (tmp_path / "secret").write_text("not of this medium")
    (stick / f"{'ab' * 16}.parcel").symlink_to(tmp_path / "secret")
    (stick / "x\nCOURIER parcels=9\x1b[8m.parcel").write_bytes(b"forged")
    with (stick / f"{'cd' * 16}.parcel").open("wb") as stream:
        stream.truncate(1 << 40)
    assert run("take") == 3
    (medium,) = drop.waiting()
    assert [one.name for one in medium.iterdir()] == [f"{ONE}.parcel"]


@pytest.mark.parametrize("bound", ["MOST_PARCELS", "LEAST_FREE"])
def test_a_medium_fills_no_disk(
    bound: str, drop: DropFolder, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, bound, 0 if bound == "MOST_PARCELS" else 1 << 60)
    with pytest.raises(SetupError):
        run("take")
    assert list(drop.inbox.iterdir()) == []


@pytest.mark.parametrize("mark", ["../../refused", "stick", "", "a" * 100])
def test_a_mark_names_nothing_else(mark: str, stick: Path, run: Run) -> None:
    (stick / "medium.txt").write_text(mark)
    with pytest.raises(SetupError, match="nothing of this medium"):
        run("answers")


def test_a_file_name_makes_no_line_for_scripts() -> None:
    name = "x\nCOURIER parcels=9 stations=3\n\x1b[8m.parcel"
    told = {"taken": [], "stations": {}, "refused": {name: "courier.size"}}
    lines = commands.report_lines(told, 0)
    assert len("\n".join(lines).splitlines()) == len(lines) == 2
    assert "\x1b" not in lines[0]
