"""Fingers, taken and compared: the port `FingerprintSensor` over a sensor and a matcher.

Pictures are wiped as soon as they are read, the matcher's process ends with each call, and the
sensor is let go; what stays is the template.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final, TypeVar

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import FingerComparison, FingerListener, FingerPosition, FingerTemplate
from hw.fingerprint.matcher import FingerMatcher
from hw.fingerprint.picture_source import PictureSource
from hw.fingerprint.quality import QualityGate, judge
from hw.fingerprint.visit import Limits, Visit
from hw.pictures import Frame
from hw.ports import Preview

_LIMITS: Final = Limits()
_ABANDONED: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.abandoned")
_Outcome = TypeVar("_Outcome", FingerTemplate, FingerComparison)


class FingerTaking:
    """A sensor and a matcher: `hw.ports.FingerprintSensor`. May be used from any thread."""

    def __init__(
        self,
        source: PictureSource,
        matcher: FingerMatcher,
        *,
        gate: QualityGate = judge,
        limits: Limits = _LIMITS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take fingers on `source`; nothing is opened before the first one.

        Args:
            source: the sensor.
            matcher: finds and compares minutiae.
            gate: judges pictures.
            limits: how many pictures, and for how long.
            clock: monotonic seconds, as the source counts its deadlines.
        """
        self._source = source
        self._matcher = matcher
        self._gate = gate
        self._limits = limits
        self._clock = clock
        self._turn = threading.Lock()
        self._state = threading.Lock()
        self._under_way = False
        self._checking = self._closed = False
        self._waiting = 0
        self._checked: DeviceTrouble | None = None
        self._abandoned = threading.Event()
        self._preview = _Shown(self)

    @property
    def model(self) -> str:
        """Maker and model of the sensor."""
        return self._source.model

    @property
    def preview(self) -> Preview:
        """See `FingerprintSensor`."""
        return self._preview

    def latest(self, after: int = -1) -> Frame | None:
        """What the sensor sees while a finger is being taken; see `Preview`."""
        return self._source.latest(after) if self._under_way else None

    def take(
        self,
        position: FingerPosition,
        told: FingerListener,
        *,
        unlike: tuple[FingerTemplate, ...] = (),
    ) -> FingerTemplate | DeviceTrouble:
        """See `FingerprintSensor`.

        Returns:
            The template, or trouble: that of `PictureSource` and `FingerMatcher`, and
            `fingerprint.not-good-enough` where this finger gives no pictures that will do.
        """
        return self._exclusively(told, lambda visit: visit.take(position, unlike))

    def compare(
        self, template: FingerTemplate, told: FingerListener
    ) -> FingerComparison | DeviceTrouble:
        """See `FingerprintSensor`; trouble as in `take`."""
        return self._exclusively(told, lambda visit: visit.compare(template))

    def check(self) -> DeviceTrouble | None:
        """Whether sensor and matcher can be opened.

        Nobody waits for it: a finger that is asked for meanwhile ends it, and then, or where one
        is being taken, the answer is at once that of the last whole check (None before).
        """
        with self._state:
            if self._waiting or self._closed or not self._turn.acquire(blocking=False):
                return self._checked
            self._checking = True
        outcome = self._checked
        try:
            outcome = self._source.open() or self._matcher.begin()
        finally:
            with self._state:
                # Where somebody ended it, it did not find anything out.
                cut_short = not self._checking
                self._checking = False
            self._source.close()
            self._matcher.forget()
            self._turn.release()
        if not cut_short:
            self._checked = outcome
        return self._checked

    def abandon(self) -> None:
        """See `FingerprintSensor`. Without effect where nothing is under way."""
        with self._state:
            if self._under_way:
                self._abandoned.set()
                self._source.abandon()
                self._matcher.abandon()

    def close(self) -> None:
        """End what runs now, a check too; none begins any more. Returns at once."""
        with self._state:
            self._closed = True
            self._end_check()
        self.abandon()

    def _end_check(self) -> None:
        """Let a check return now. Under the lock of the state."""
        if self._checking:
            self._checking = False
            self._source.abandon()
            self._matcher.abandon()

    def _exclusively(
        self, told: FingerListener, do: Callable[[Visit], _Outcome | DeviceTrouble]
    ) -> _Outcome | DeviceTrouble:
        """Do it alone, and let nothing of it stay."""
        with self._state:
            self._waiting += 1
            self._end_check()
        with self._turn:
            with self._state:
                self._waiting -= 1
                if self._closed:
                    return _ABANDONED
                self._under_way = True
                self._abandoned.clear()
            visit = Visit(
                self._source,
                self._matcher,
                self._gate,
                self._limits,
                told,
                self._abandoned,
                self._clock,
            )
            try:
                outcome = do(visit)
            finally:
                visit.wipe()
                with self._state:
                    self._under_way = False
                self._source.close()
                self._matcher.forget()
            return _ABANDONED if self._abandoned.is_set() else outcome


class _Shown:
    """The preview of a taking."""

    def __init__(self, taking: FingerTaking) -> None:
        self._taking = taking

    def latest(self, after: int = -1) -> Frame | None:
        """See `Preview`."""
        return self._taking.latest(after)
