"""The folder for what came by hand: each medium's parcels in a folder of their own, taken in turn.

    courier/in/MEDIUM/*.parcel       to be taken; a name that begins with a dot is not complete yet
    courier/out/MEDIUM/*.answer      for the way back, with `report.json`
    courier/refused/MEDIUM/*         what is no parcel of a station of this hub; a person decides

A folder is taken whole or again: what a kill interrupts is taken once more, and found to be there.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sync.hub.courier.taking import Report, Taking
from sync.hub.log_events import Event, log
from sync.hub.store.database import StoreError

REPORT: Final = "report.json"
LOOK_SECONDS: Final = 1.0
_AGAIN_SECONDS: Final = 10.0


class DropFolder:
    """The folder `courier` of a hub.

    Attributes:
        inbox, outbox, refused: its parts.
    """

    def __init__(self, hub: Path) -> None:
        """The folder in a hub's folder; nothing is made yet."""
        self.inbox = hub / "courier" / "in"
        self.outbox = hub / "courier" / "out"
        self.refused = hub / "courier" / "refused"

    def make(self) -> None:
        """Makes its parts, for the hub's account alone. Raises `OSError`."""
        for part in (self.inbox, self.outbox, self.refused):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)

    def waiting(self) -> list[Path]:
        """The media to be taken, by name. Raises `OSError`."""
        if not self.inbox.is_dir():
            return []
        return sorted(
            one for one in self.inbox.iterdir() if one.is_dir() and not one.name.startswith(".")
        )


class Watch:
    """Takes what comes into the folder, on a thread of its own."""

    def __init__(
        self, folder: DropFolder, taking: Taking, *, look_seconds: float = LOOK_SECONDS
    ) -> None:
        self._folder = folder
        self._taking = taking
        self._look_seconds = look_seconds
        self._stopping = threading.Event()

    def run(self) -> None:
        """The thread's work, until `stop`."""
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._look_seconds
            try:
                self.take_all()
            except (OSError, StoreError) as error:
                word = error.code if isinstance(error, StoreError) else type(error).__name__
                log(Event.PARCELS_WAIT, error=word)
                pause = _AGAIN_SECONDS

    def take_all(self) -> None:
        """Takes what is there now. Raises `StoreError`, `OSError`: what was not taken stays."""
        for medium in self._folder.waiting():
            self._take(medium)

    def stop(self) -> None:
        """Ends `run`; what was begun is taken again."""
        self._stopping.set()

    def _take(self, medium: Path) -> None:
        files = sorted(one for one in medium.iterdir() if one.is_file() and not one.is_symlink())
        report = self._taking.take(files, self._stopping.is_set)
        if self._stopping.is_set():
            return
        self._publish(medium.name, report)
        for name in report.taken:
            (medium / name).unlink()
        left = sorted(medium.iterdir())  # refused, or no file at all: a person decides
        if left:
            kept = self._folder.refused / medium.name
            kept.mkdir(mode=0o700, exist_ok=True)
            for one in left:
                one.replace(kept / one.name)
        medium.rmdir()

    def _publish(self, name: str, report: Report) -> None:
        """The whole folder of answers, or none."""
        fresh, final = self._folder.outbox / f".{name}", self._folder.outbox / name
        for old in (fresh, final):
            if old.exists():
                shutil.rmtree(old)
        fresh.mkdir(mode=0o700)
        told = {
            "taken": report.taken,
            "stations": {station: asdict(one) for station, one in report.stations.items()},
            "refused": report.refused,
        }
        for file, data in {**report.answers, REPORT: json.dumps(told).encode()}.items():
            with (fresh / file).open("xb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
        fresh.replace(final)
