"""Commands of a terminal for what comes by hand: `courier take FOLDER`, `courier answers FOLDER`."""

from __future__ import annotations

import argparse
import json
import os
import re
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sync.hub import settings
from sync.hub.courier.drop import REPORT, DropFolder
from sync.hub.setup import SetupError
from sync.wire.courier import MOST_PARCEL_BYTES
from sync.wire.medium import (
    ABSENT,
    ANSWER,
    FOLDER,
    FULL,
    PARCEL,
    PULLED,
    READ_ONLY,
    Medium,
    MediumError,
    is_name,
    opened,
)

MOST_PARCELS: Final = 4096
"""Of one medium: some six million operations."""
LEAST_FREE: Final = 256 * 1024 * 1024
"""Bytes that a medium leaves free on the hub's disk."""

_ID_BYTES: Final = 16
_NAME: Final = re.compile(r"[0-9a-f]{32}")
_MOST_MARK: Final = 64
_TROUBLES: Final = {
    ABSENT: f"there is no folder {FOLDER}",
    FULL: "the medium is full",
    READ_ONLY: "the medium cannot be written",
    PULLED: "the medium was pulled out, is damaged, or holds a link where a file should be",
}

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
    name = secrets.token_hex(_ID_BYTES)
    fresh = drop.inbox / f".{name}"
    with _on(options.folder) as medium:
        parcels = _parcels(medium, options.folder, drop.inbox)
        fresh.mkdir(mode=0o700)
        try:
            _copy(medium, parcels, fresh)
        except BaseException:
            shutil.rmtree(fresh)
            raise
        fresh.replace(drop.inbox / name)
        _sync(drop.inbox)
        _mark(medium, name, options.folder)
    return _answer(drop, name, options.folder, options.wait)


def _answers(options: argparse.Namespace) -> int:
    drop = DropFolder(settings.load(options.hub_dir).folder)
    with _on(options.folder) as medium:
        marked = (medium.read(_MARK, most=_MOST_MARK) or b"").decode("ascii", "replace").strip()
    if _NAME.fullmatch(marked) is None:
        raise SetupError(f"{options.folder}: nothing of this medium was taken yet")
    return _answer(drop, marked, options.folder, options.wait)


def _parcels(medium: Medium, folder: Path, inbox: Path) -> list[str]:
    """What is to be copied, where there is room for it. Raises `SetupError`, `MediumError`."""
    sizes = {name: medium.size(name) for name in medium.names(PARCEL)}
    parcels = {name: size for name, size in sizes.items() if size and size <= MOST_PARCEL_BYTES}
    if not parcels:
        raise SetupError(f"{folder}: no parcel of a station is there")
    if len(parcels) > MOST_PARCELS:
        raise SetupError(f"{folder}: more than {MOST_PARCELS} parcels; take them in several parts")
    if shutil.disk_usage(inbox).free < sum(parcels.values()) + LEAST_FREE:
        raise SetupError(f"{inbox}: no room for what is on the medium; make room and take it again")
    return list(parcels)


def _copy(medium: Medium, parcels: Iterable[str], into: Path) -> None:
    """Raises `MediumError`, `OSError`."""
    for name in parcels:
        data = medium.read(name, most=MOST_PARCEL_BYTES)
        if data is None:
            continue  # no file any more
        with (into / name).open("xb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
    _sync(into)


def _mark(medium: Medium, name: str, folder: Path) -> None:
    """Writes down for `courier answers` what was taken; a full medium does without."""
    try:
        medium.write(_MARK, f"{name}\n".encode("ascii"))
    except MediumError as error:
        if error.code != FULL:
            raise SetupError(
                f"{folder}: taken in, and safe in the hub's folder; no answer goes back:"
                f" {_TROUBLES[error.code]}"
            ) from error


def _answer(drop: DropFolder, name: str, folder: Path, seconds: float) -> int:
    """Waits for the hub and writes its answers to the medium; the report as lines.

    While it waits it holds nothing of the medium, which may be pulled out.
    """
    deadline = time.monotonic() + seconds
    done = drop.outbox / name
    while not (done / REPORT).is_file():
        if time.monotonic() > deadline:
            print("Taken in, and safe in the hub's folder: the medium may be pulled out.")
            print("The hub has not answered yet. Later: courier answers FOLDER")
            return 3
        time.sleep(_LOOK_SECONDS)
    report = json.loads((done / REPORT).read_text("utf-8"))
    answers = sorted(done.glob(f"*{ANSWER}"))
    with _on(folder) as medium:
        try:
            _write(answers, medium)
        except MediumError as error:
            if error.code != FULL:
                raise
            # Full of what this hub has now: that makes room.
            for taken in report["taken"]:
                if is_name(taken, PARCEL):
                    medium.remove(taken)
            _write(answers, medium)
    print("\n".join(report_lines(report, len(answers))))
    return 0


def _write(answers: Sequence[Path], medium: Medium) -> None:
    """Raises `MediumError`, `OSError`."""
    medium.tidy()
    for one in answers:
        medium.write(one.name, one.read_bytes())
    medium.settle()


def report_lines(report: dict[str, Any], answers: int) -> list[str]:
    """One line a station, one for each file that was refused, and one that a script can read."""
    stations = report["stations"]
    return [
        *(
            f"{name}: stored {one['stored']}, holds {one['up_to']}, decided {one['decided']}"
            f"{', ' + one['trouble'] if one['trouble'] else ''}"
            for name, one in sorted(stations.items())
        ),
        # A name of a file is anybody's word: none makes a line of its own.
        *(
            f"{ascii(file)[1:-1]}: refused, {code}"
            for file, code in sorted(report["refused"].items())
        ),
        (
            f"COURIER parcels={len(report['taken'])} stations={len(stations)}"
            f" stored={sum(one['stored'] for one in stations.values())}"
            f" answers={answers} refused={len(report['refused'])}"
        ),
    ]


@contextmanager
def _on(folder: Path) -> Iterator[Medium]:
    """The stations' folder on the medium. Raises `SetupError` for what the medium does not do."""
    try:
        with opened(folder, make=False, plain_folder=True) as medium:
            yield medium
    except MediumError as error:
        raise SetupError(f"{folder}: {_TROUBLES[error.code]}") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
