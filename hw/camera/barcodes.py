"""`hw.ports.BarcodeScanner` over any camera: looks at its pictures until several agree."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol, runtime_checkable

from hw.camera.agreement import Agreement
from hw.camera.decoder import ABANDONED, Decoder
from hw.camera.decoder_wire import Aid, aids_for
from hw.errors import DeviceTrouble, TroubleKind
from hw.pictures import BarcodeReading, Frame, Symbology
from hw.ports import Camera, Preview

SCAN_SECONDS: Final = 60.0
"""How long a scan looks: a card is fetched from a purse and turned over."""
CAMERA_AWAY_SECONDS: Final = 10.0
"""How long a camera may be away during a scan: it reopens by itself within that time."""

_NO_FRAME_SECONDS: Final = 0.008
_STILL_SECONDS: Final = 1.0
_LOSSES_IN_A_ROW: Final = 5
_SEVERAL_SECONDS: Final = 5.0


@runtime_checkable
class GreySource(Protocol):
    """A camera that has its pictures in grey as well, which saves a conversion."""

    def latest_grey(self, after: int = -1) -> Frame | None:
        """As `Camera.latest`, in grey."""
        ...


@dataclass(slots=True)
class _Search:
    """One scan: what it looks for and what it has seen."""

    wanted: frozenset[Symbology]
    accept: Callable[[str], bool]
    aids: Iterator[Aid]
    lucky: int | None = None
    agreement: Agreement = field(default_factory=Agreement)
    other_seen: bool = False
    losses: int = 0
    away_since: float | None = None


class CameraScanner:
    """Finds codes in what a camera sees.

    Each picture is looked at as it is, then with the aid that helped last, then with one other aid
    in turn: so a picture takes little time, and within ten of them all has been tried.
    """

    def __init__(
        self,
        camera: Camera,
        *,
        seconds: float = SCAN_SECONDS,
        away_seconds: float = CAMERA_AWAY_SECONDS,
        decoder: Decoder | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Nothing is opened yet.

        Args:
            camera: is started for each scan and stopped behind it.
            seconds: the deadline of a scan.
            away_seconds: how long the camera may be away during one.
            decoder: looks at pictures; one of its own where None.
            clock: monotonic seconds.
        """
        self._camera = camera
        self._latest = camera.latest_grey if isinstance(camera, GreySource) else camera.latest
        self._seconds = seconds
        self._away_seconds = away_seconds
        self._decoder = decoder or Decoder()
        self._clock = clock
        self._turn = threading.Lock()
        self._abandoned = threading.Event()

    @property
    def preview(self) -> Preview:
        """What the camera sees while a scan runs."""
        return self._camera

    def scan(
        self, wanted: frozenset[Symbology], accept: Callable[[str], bool]
    ) -> BarcodeReading | DeviceTrouble:
        """Look until several pictures agree on a code that `accept` takes; blocks until then.

        Args:
            wanted: kinds of codes to look for.
            accept: whether a text means something to who asks; others are passed over.

        Returns:
            The reading, or trouble: `camera.*`, `barcode.abandoned`, `barcode.decoder-failed`, and
            after the deadline `barcode.several` (codes of the wanted meaning were seen that differ),
            `barcode.other-code` (codes were seen, none of them was meant), `barcode.none-found`.
        """
        with self._turn:
            self._abandoned.clear()
            search = _Search(wanted, accept, itertools.cycle(aids_for(wanted)[1:]))
            trouble = self._decoder.prepare() or self._camera.start(self._abandoned.is_set)
            try:
                if trouble is not None:
                    return ABANDONED if self._abandoned.is_set() else trouble
                return self._search(search)
            finally:
                self._camera.stop()

    def abandon(self) -> None:
        """Make a `scan` that another thread waits for return now."""
        self._abandoned.set()

    def close(self) -> None:
        """End the decoders' process. A scan that runs is abandoned; the next one starts another."""
        self.abandon()
        with self._turn:
            self._decoder.close()

    def _search(self, search: _Search) -> BarcodeReading | DeviceTrouble:
        began = seen_at = self._clock()
        last: tuple[int, float] | None = None
        while not self._abandoned.is_set():
            now = self._clock()
            if now >= began + self._seconds:
                return self._not_found(search, now)
            # A camera that was opened anew may count from the beginning.
            counted = -1 if last is None or now - seen_at > _STILL_SECONDS else last[0]
            frame = self._latest(counted)
            if frame is None or (frame.number, frame.taken_at) == last:
                trouble = self._camera_away(search, now)
                if trouble is not None:
                    return trouble
                self._abandoned.wait(_NO_FRAME_SECONDS)
                continue
            search.away_since = None
            last, seen_at = (frame.number, frame.taken_at), now
            outcome = self._looked(search, frame)
            if outcome is not None:
                return outcome
        return ABANDONED

    def _looked(self, search: _Search, frame: Frame) -> BarcodeReading | DeviceTrouble | None:
        """One picture; None where the search goes on."""
        lucky = () if search.lucky in {None, Aid.NONE} else (search.lucky,)
        aids = [int(aid) for aid in (Aid.NONE, *lucky, next(search.aids)) if aid is not None]
        look = self._decoder.look(frame, search.wanted, aids, self._abandoned.is_set)
        if isinstance(look, DeviceTrouble):
            search.losses += 1
            over = look is ABANDONED or search.losses >= _LOSSES_IN_A_ROW
            return look if over else None
        search.losses = 0
        meant = [code for code in look.codes if search.accept(code[1])]
        search.other_seen = search.other_seen or len(meant) < len(look.codes)
        if meant:
            search.lucky = look.aid
        return search.agreement.add(meant, self._clock())

    def _camera_away(self, search: _Search, now: float) -> DeviceTrouble | None:
        """Trouble, once the camera has been away for too long; a short absence is borne."""
        trouble = self._camera.trouble()
        if trouble is None:
            search.away_since = None
            return None
        if search.away_since is None:
            search.away_since = now
        return trouble if now - search.away_since >= self._away_seconds else None

    def _not_found(self, search: _Search, now: float) -> DeviceTrouble:
        trouble = self._camera.trouble()
        if trouble is not None:
            return trouble
        several_at = search.agreement.several_at
        if several_at is not None and now - several_at <= _SEVERAL_SECONDS:
            return DeviceTrouble(TroubleKind.REFUSED, "barcode.several")
        if search.other_seen:
            return DeviceTrouble(TroubleKind.REFUSED, "barcode.other-code")
        return DeviceTrouble(TroubleKind.ABSENT, "barcode.none-found")
