"""Commands of a terminal for what comes by hand: `courier take FOLDER`, `courier answers FOLDER`."""

from __future__ import annotations

import argparse
import errno
import json
import os
import secrets
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sync.hub import settings
from sync.hub.courier.drop import REPORT, DropFolder
from sync.hub.setup import SetupError
from sync.wire.courier import MOST_PARCEL_BYTES

FOLDER = "SPORTELLO"
"""Where stations write on a medium (`sync.edge.courier.medium`)."""

_WAIT_SECONDS = 120
_LOOK_SECONDS = 0.2
_MARK = "medium.txt"

Commands = argparse._SubParsersAction  # noqa: SLF001  argparse has no other name for it


def add_to(commands: Commands[argparse.ArgumentParser]) -> None:
    """Adds the commands to `python -m sync.hub`."""
    courier = commands.add_parser("courier", help="take what stations sent on a removable medium")
    steps = courier.add_subparsers(required=True, metavar="STEP")
    take = steps.add_parser("take", help="take what is on it, and write the answers to it")
    take.set_defaults(run=_take)
    answers = steps.add_parser("answers", help="write answers that `take` did not wait for")
    answers.set_defaults(run=_answers)
    for one in (take, answers):
        one.add_argument("folder", type=Path, help="where the medium is mounted")
        one.add_argument(
            "--wait", type=float, default=_WAIT_SECONDS, metavar="SECONDS", help="for the hub"
        )
        one.add_argument("--hub-dir", type=Path, required=True, help="the hub's folder")


def _take(options: argparse.Namespace) -> int:
    """Copies first: the medium may be pulled out, the hub may be away; nothing is lost by it."""
    drop = DropFolder(settings.load(options.hub_dir).folder)
    drop.make()
    source = _on(options.folder)
    parcels = [one for one in sorted(source.glob("*.parcel")) if _is_plain(one)]
    if not parcels:
        raise SetupError(f"{source}: no parcel of a station is there")
    name = secrets.token_hex(16)
    fresh = drop.inbox / f".{name}"
    fresh.mkdir(mode=0o700)
    for one in parcels:
        shutil.copyfile(one, fresh / one.name)
        _sync(fresh / one.name)
    _sync(fresh)
    fresh.replace(drop.inbox / name)
    _sync(drop.inbox)
    (source / _MARK).write_text(f"{name}\n", encoding="ascii")
    return _answer(drop, name, source, options.wait)


def _answers(options: argparse.Namespace) -> int:
    drop = DropFolder(settings.load(options.hub_dir).folder)
    source = _on(options.folder)
    try:
        name = (source / _MARK).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        name = ""
    if not name.isalnum():
        raise SetupError(f"{source}: nothing of this medium was taken yet")
    return _answer(drop, name, source, options.wait)


def _answer(drop: DropFolder, name: str, medium: Path, seconds: float) -> int:
    """Waits for the hub and writes its answers to the medium; the report as lines."""
    deadline = time.monotonic() + seconds
    done = drop.outbox / name
    while not (done / REPORT).is_file():
        if time.monotonic() > deadline:
            print("Taken in, and safe in the hub's folder: the medium may be pulled out.")
            print("The hub has not answered yet. Later: courier answers FOLDER")
            return 3
        time.sleep(_LOOK_SECONDS)
    report = json.loads((done / REPORT).read_text("utf-8"))
    answers = sorted(done.glob("*.answer"))
    try:
        _write(answers, medium)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # Full of what this hub has now: that makes room.
        for taken in report["taken"]:
            (medium / Path(taken).name).unlink(missing_ok=True)
        _write(answers, medium)
    print("\n".join(report_lines(report, len(answers))))
    return 0


def _write(answers: Sequence[Path], medium: Path) -> None:
    """Raises `OSError`."""
    for one in answers:
        fresh = medium / f"{one.name}.new"
        try:
            shutil.copyfile(one, fresh)
            _sync(fresh)
        except OSError:
            fresh.unlink(missing_ok=True)
            raise
        fresh.replace(medium / one.name)
    _sync(medium)


def report_lines(report: dict[str, Any], answers: int) -> list[str]:
    """One line a station, one for each file that was refused, and one that a script can read."""
    stations = report["stations"]
    return [
        *(
            f"{name}: stored {one['stored']}, holds {one['up_to']}, decided {one['decided']}"
            f"{', ' + one['trouble'] if one['trouble'] else ''}"
            for name, one in sorted(stations.items())
        ),
        *(f"{file}: refused, {code}" for file, code in sorted(report["refused"].items())),
        (
            f"COURIER parcels={len(report['taken'])} stations={len(stations)}"
            f" stored={sum(one['stored'] for one in stations.values())}"
            f" answers={answers} refused={len(report['refused'])}"
        ),
    ]


def _on(folder: Path) -> Path:
    """The stations' folder on the medium. Raises `SetupError`."""
    found = folder / FOLDER
    if not found.is_dir() or found.is_symlink():
        raise SetupError(f"{folder}: there is no folder {FOLDER}")
    return found


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink() and path.stat().st_size <= MOST_PARCEL_BYTES


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
