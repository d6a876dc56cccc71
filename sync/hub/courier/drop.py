"""The folder for what came by hand: each medium's parcels in a folder of their own, taken in turn.

    courier/in/MEDIUM/*.parcel       to be taken; a name that begins with a dot is not complete yet
    courier/out/MEDIUM/*.answer      for the way back, with `report.json`
    courier/later/*.parcel           what goes on where an entry is missing: tried with each medium
    courier/refused/MEDIUM/*         what is no parcel of a station of this hub; a person decides

A folder is taken whole or again: what a kill interrupts is taken once more, and found to be there.
Media come from anywhere: one that cannot be taken is tried again, and the others are not kept waiting.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sync.hub.courier.taking import WAITING, Report, Taking
from sync.hub.log_events import Event, log
from sync.hub.store.database import StoreError
from sync.wire.medium import PARCEL, is_name

REPORT: Final = "report.json"
LOCK: Final = "taking.lock"
LOOK_SECONDS: Final = 1.0

_AGAIN_SECONDS: Final = 10.0
_LONGEST_SECONDS: Final = 600.0


class DropFolder:
    """The folder `courier` of a hub.

    Attributes:
        inbox, outbox, later, refused: its parts.
    """

    def __init__(self, hub: Path) -> None:
        """The folder in a hub's folder; nothing is made yet."""
        self.inbox = hub / "courier" / "in"
        self.outbox = hub / "courier" / "out"
        self.later = hub / "courier" / "later"
        self.refused = hub / "courier" / "refused"

    def make(self) -> None:
        """Makes its parts, for the hub's account alone. Raises `OSError`."""
        for part in (self.inbox, self.outbox, self.later, self.refused):
            part.mkdir(mode=0o700, parents=True, exist_ok=True)

    def waiting(self) -> list[Path]:
        """The media to be taken, by name; a link is none. Raises `OSError`."""
        if not self.inbox.is_dir():
            return []
        return sorted(
            one
            for one in self.inbox.iterdir()
            if one.is_dir() and not one.is_symlink() and not one.name.startswith(".")
        )

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other process takes from it now: machines of one hub may share the folder.

        Raises:
            OSError: nobody can say.
        """
        handle = os.open(
            self.inbox.parent / LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)


class Watch:
    """Takes what comes into the folder, on a thread of its own.

    Args:
        folder: which.
        taking: takes parcels.
        look_seconds: between two looks at it.
        clock: seconds of a monotonic clock.
    """

    def __init__(
        self,
        folder: DropFolder,
        taking: Taking,
        *,
        look_seconds: float = LOOK_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._taking = taking
        self._look_seconds = look_seconds
        self._clock = clock
        self._stopping = threading.Event()
        # Of a medium that could not be taken: not before, and how long it waited last.
        self._later: dict[str, tuple[float, float]] = {}

    def run(self) -> None:
        """The thread's work, until `stop`."""
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = self._look_seconds
            try:
                self.take_all()
            except (OSError, StoreError) as error:
                log(Event.PARCELS_WAIT, error=_word(error))
                pause = _AGAIN_SECONDS

    def take_all(self) -> None:
        """Takes what is there now; a medium that cannot be taken stays, and stops no other.

        Raises:
            StoreError: the registry failed; what was not taken stays.
            OSError: the folder cannot be read.
        """
        waiting = self._folder.waiting()
        if not waiting:
            self._later = {}
            return
        with self._folder.alone() as is_alone:
            if is_alone:
                self._take_each(waiting)

    def _take_each(self, waiting: list[Path]) -> None:
        self._later = {
            one.name: self._later[one.name] for one in waiting if one.name in self._later
        }
        for medium in waiting:
            not_before, waited = self._later.get(medium.name, (0.0, 0.0))
            if self._clock() < not_before:
                continue
            try:
                self._take(medium)
            except StoreError:
                raise
            except Exception as error:  # noqa: BLE001  one medium must not stop the others
                log(Event.PARCELS_WAIT, error=_word(error))
                pause = min(2 * waited or _AGAIN_SECONDS, _LONGEST_SECONDS)
                self._later[medium.name] = self._clock() + pause, pause
            else:
                self._later.pop(medium.name, None)

    def stop(self) -> None:
        """Ends `run`; what was begun is taken again."""
        self._stopping.set()

    def _take(self, medium: Path) -> None:
        own = sorted(one for one in medium.iterdir() if _may_be_parcel(one))
        names = {one.name for one in own}
        later = self._folder.later
        later.mkdir(mode=0o700, exist_ok=True)
        waiting = sorted(one for one in later.iterdir() if _may_be_parcel(one))
        files = [*own, *(one for one in waiting if one.name not in names)]
        report = self._taking.take(files, self._stopping.is_set)
        if self._stopping.is_set():
            return
        self._publish(medium.name, report)
        kept = self._fresh(medium.name)
        medium.replace(kept)  # whole: a kill after it takes nothing again
        for name in report.taken:
            (kept / name).unlink(missing_ok=True)
            (later / name).unlink(missing_ok=True)
        for name, code in report.refused.items():
            if code in WAITING and name in names:
                (kept / name).replace(later / name)
            elif code not in WAITING and name not in names:
                (later / name).replace(kept / name)
        if not any(kept.iterdir()):  # else refused, or no parcel at all: a person decides
            kept.rmdir()

    def _fresh(self, medium: str) -> Path:
        """A name under `refused` that nothing has: an earlier medium may have had the same."""
        kept = self._folder.refused / medium
        while os.path.lexists(kept):
            kept = self._folder.refused / f"{medium}-{secrets.token_hex(4)}"
        return kept

    def _publish(self, name: str, report: Report) -> None:
        """The whole folder of answers, or none."""
        fresh, final = self._folder.outbox / f".{name}", self._folder.outbox / name
        for old in (fresh, final):
            if old.is_dir() and not old.is_symlink():
                shutil.rmtree(old)
            else:
                old.unlink(missing_ok=True)
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


def _may_be_parcel(path: Path) -> bool:
    return is_name(path.name, PARCEL) and path.is_file() and not path.is_symlink()


def _word(error: Exception) -> str:
    return error.code if isinstance(error, StoreError) else type(error).__name__
