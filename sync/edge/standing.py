"""Whether this station may still work: not blocked, not revoked (R-004-15, 16, 18).

Three who may say so are believed: the hub in an acknowledgement, the hub's signed list of stations,
and the broker that ends the handshake because of our certificate. What was said last is kept beside
the store, so that a blocked station stays blocked when it is started without a network. The journal
is never touched: what is in it goes to the hub when the station works again.

Link and window each have one of these; a lock on a file lets only one of them write at a time.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any, Final

from sync.edge.replacing import replace_file

FILE_NAME: Final = "station-standing.json"
_LOCK_NAME: Final = "station-standing.lock"
_MOST_BYTES: Final = 4096

BLOCKED: Final = "standing.blocked"
REVOKED: Final = "standing.revoked"
REFUSED: Final = "standing.refused"


class StationStanding(Enum):
    """How the station stands."""

    GOOD = "good"
    BLOCKED = "blocked"
    """An administrator has blocked it and may unblock it."""
    REVOKED = "revoked"
    """Its certificate is in the revocation list for good; a new registration is needed."""
    REFUSED = "refused"
    """The broker takes the certificate no more; whether it is blocked or revoked is not known."""

    @property
    def code(self) -> str:
        """`standing.blocked`, `standing.revoked`, `standing.refused`; empty for `GOOD`."""
        return _CODES.get(self, "")


_CODES: Final = {
    StationStanding.BLOCKED: BLOCKED,
    StationStanding.REVOKED: REVOKED,
    StationStanding.REFUSED: REFUSED,
}
_OF_TROUBLE: Final = {
    "station.blocked": StationStanding.BLOCKED,
    "station.revoked": StationStanding.REVOKED,
}


def standing_of(trouble: str | None) -> StationStanding:
    """What the trouble of a signed acknowledgement says of the station that got it."""
    return _OF_TROUBLE.get(trouble or "", StationStanding.GOOD)


@dataclass(frozen=True, slots=True)
class _Told:
    standing: StationStanding = StationStanding.GOOD
    at: int = 0


class StandingBook:
    """The standing of one station, as kept in the folder of its store.

    Args:
        folder: the store's folder; made where it is not there.
        station: name of the station; what was kept for another one does not count.
    """

    def __init__(self, folder: Path, station: str) -> None:
        self._folder = folder
        self._station = station
        self._seen: tuple[int, int] | None = None
        self._told = _Told()

    def current(self) -> StationStanding:
        """How the station stands now; looks at the file again where it was replaced."""
        return self._current().standing

    def hear(self, standing: StationStanding, at: int, *, is_news: bool = True) -> bool:
        """What the hub said, `at` in milliseconds since 1970 by its clock.

        What is older than what was heard last changes nothing, nor does anything bring back a
        station that was revoked: its name is never given again (R-004-10). What was heard before
        and is only read again brings back none: a broker may have turned the station away since,
        which has no time by the hub's clock.

        Args:
            standing: what was said.
            at: when.
            is_news: an acknowledgement, or a list newer than the one taken before it.

        Returns:
            Whether the station stands otherwise than before.

        Raises:
            OSError: it cannot be kept; until the program ends it counts all the same.
        """
        with self._locked():
            before = self._current()
            if before.standing is StationStanding.REVOKED or at < before.at:
                return False
            if not is_news and standing is StationStanding.GOOD:
                return False
            return self._put(before, _Told(standing, at))

    def turned_away(self) -> bool:
        """The broker ended the handshake: our certificate is revoked or on hold.

        Returns, raises: as `hear`.
        """
        with self._locked():
            before = self._current()
            if before.standing is not StationStanding.GOOD:
                return False
            return self._put(before, _Told(StationStanding.REFUSED, before.at))

    def _put(self, before: _Told, told: _Told) -> bool:
        if told == before:
            return False
        self._told = told
        changed = told.standing is not before.standing
        # A good station's time need not be kept: one write for every acknowledgement is too much.
        if changed or told.standing is not StationStanding.GOOD:
            kept = {"station": self._station, "standing": told.standing.value, "at": told.at}
            replace_file(self._folder / FILE_NAME, json.dumps(kept).encode())
            self._seen = self._stamp()
        return changed

    def _current(self) -> _Told:
        stamp = self._stamp()
        if stamp != self._seen:
            self._seen = stamp
            self._told = self._read()
        return self._told

    def _read(self) -> _Told:
        """What the file says; one that cannot be read says nothing: the hub judges every act."""
        try:
            with (self._folder / FILE_NAME).open("rb") as stream:
                kept: Any = json.loads(stream.read(_MOST_BYTES))
            if kept["station"] != self._station or type(kept["at"]) is not int:
                return _Told()
            return _Told(StationStanding(kept["standing"]), kept["at"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return _Told()

    def _stamp(self) -> tuple[int, int]:
        try:
            found = (self._folder / FILE_NAME).stat()
        except OSError:
            return 0, 0
        return found.st_mtime_ns, found.st_ino

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(self._folder / _LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
