"""The conversation with a person who lays a finger on the glass until it is good.

A sensor that is pulled is waited for, and the conversation goes on with the pictures that it had.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import (
    FingerAdvice,
    FingerComparison,
    FingerListener,
    FingerPhase,
    FingerPosition,
    FingerProgress,
    FingerTemplate,
)
from hw.fingerprint.gathering import Gathering, agree
from hw.fingerprint.matcher import FingerMatcher, PrintReading
from hw.fingerprint.picture_source import FingerPicture, PictureSource, SourceStep
from hw.fingerprint.quality import PictureQuality, QualityGate
from hw.fingerprint.template import TEMPLATE_FORMAT, is_template

_RECOVER_PAUSE: Final = 0.25
_LIFT_SECONDS: Final = 8.0
_MOST_FAILURES: Final = 2
"""Pictures in a row on which the matcher may fail before the visit does."""
_MOST_UNCLEAR: Final = 15
"""Pictures that a driver may refuse itself."""
_MOST_RECOVERIES: Final = 5
"""Openings in a row of a sensor that then gives no picture."""
_STAIN_GREY: Final = 6.0
"""Most by which a square of a stained pane differs from one picture to the next."""
_STAIN_DEPTH: Final = 25.0
"""Least by which something on the pane is darker than it."""
_SQUARES: Final = 16
_MENDABLE: Final = frozenset(
    {
        "fingerprint.absent",
        "fingerprint.removed",
        "fingerprint.timeout",
        "fingerprint.failed",
        "fingerprint.busy",
        "fingerprint.denied",
        "fingerprint.crashed",
    }
)
"""Trouble of a sensor that may be over a moment later: `denied`, as rights come after the device."""
_UNCLEAR: Final = "fingerprint.unclear"
_RETRIES: Final = {
    "too-short": FingerAdvice.HOLD_STILL,
    "too-fast": FingerAdvice.HOLD_STILL,
    "centre": FingerAdvice.CENTRE_FINGER,
    "remove": FingerAdvice.HOLD_STILL,
}
"""What a driver says that wants the finger again; else the picture showed too little."""
_HOPELESS: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.not-good-enough")
_STUCK: Final = DeviceTrouble(TroubleKind.REFUSED, "fingerprint.never-lifted")
_NO_FINGER: Final = DeviceTrouble(TroubleKind.ABSENT, "fingerprint.no-finger")
_UNREADABLE: Final = DeviceTrouble(TroubleKind.DAMAGED, "fingerprint.template-unreadable")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many pictures of a finger, and for how long.

    Attributes:
        wanted: good pictures that make a template.
        finger_seconds: longest time without a finger.
        whole_seconds: longest time of one call.
        recover_seconds: for how long a sensor that failed is waited for.
    """

    wanted: int = 3
    finger_seconds: float = 60.0
    whole_seconds: float = 180.0
    recover_seconds: float = 10.0


class Visit:
    """One finger, from the opening of the sensor to the end."""

    def __init__(
        self,
        source: PictureSource,
        matcher: FingerMatcher,
        gate: QualityGate,
        limits: Limits,
        told: FingerListener,
        abandoned: threading.Event,
        clock: Callable[[], float],
    ) -> None:
        """Begin; see `FingerTaking`, whose parts these are. `abandoned` ends every wait."""
        self._source = source
        self._matcher = matcher
        self._gate = gate
        self._limits = limits
        self._told = told
        self._abandoned = abandoned
        self._clock = clock
        self._end = clock() + limits.whole_seconds
        self._taken = 0
        self._wanted = limits.wanted
        self._advice: FingerAdvice | None = None
        self._failures = 0
        self._recoveries = 0
        self._unclear = 0
        self._squares: NDArray[np.float32] | None = None
        """The last bad picture, coarse: what looks the same twice is no finger."""

    def take(
        self, position: FingerPosition, unlike: tuple[FingerTemplate, ...]
    ) -> FingerTemplate | DeviceTrouble:
        """See `FingerprintSensor.take`."""
        trouble = self._begin()
        if trouble is not None:
            return trouble
        others: list[tuple[bytes, ...]] = []
        for each in unlike:
            prints = self._prints(each)
            if isinstance(prints, DeviceTrouble):
                return prints
            others.append(prints)
        gathering = Gathering(self._wanted, others)
        while not gathering.complete:
            trouble = self._gather(gathering)
            if trouble is not None:
                return trouble
        data = self._matcher.join([each.data for each in gathering.kept], position)
        if isinstance(data, DeviceTrouble):
            return data
        best = gathering.best.quality
        return FingerTemplate(
            position, data, TEMPLATE_FORMAT, best.score, best.minutiae, gathering.taken
        )

    def compare(self, template: FingerTemplate) -> FingerComparison | DeviceTrouble:
        """See `FingerprintSensor.compare`."""
        self._wanted = 1
        trouble = self._begin()
        if trouble is not None:
            return trouble
        prints = self._prints(template)
        if isinstance(prints, DeviceTrouble):
            return prints
        # A poor picture that matches is a match; only a good one that does not is a difference.
        gathering = Gathering(1, lenient=True)
        while True:
            picture = self._picture()
            if isinstance(picture, DeviceTrouble):
                return picture
            began = self._clock()
            try:
                read = self._read(picture, gathering, prints)
            finally:
                took = (self._clock() - began) * 1000
                picture.wipe()
            if isinstance(read, DeviceTrouble):
                return read
            if read is not None:
                reading, quality = read
                same = agree(reading.same)
                if same or (quality.good and reading.data):
                    self._taken, self._advice = 1, None
                    self._tell(FingerPhase.LIFT)
                    return FingerComparison(same, took)
                gathering.refuse()
                self._advice = quality.advice or FingerAdvice.HOLD_STILL
            if gathering.hopeless:
                return _HOPELESS
            trouble = self._lift()
            if trouble is not None:
                return trouble

    def wipe(self) -> None:
        """Overwrite what is left of pictures."""
        if self._squares is not None:
            self._squares.fill(0)
            self._squares = None

    def _begin(self) -> DeviceTrouble | None:
        """Open the sensor and start the matcher."""
        self._tell(FingerPhase.PREPARING)
        trouble = self._matcher.begin()
        if trouble is not None:
            return trouble
        trouble = self._source.open()
        return None if trouble is None else self._recover(trouble)

    def _prints(self, template: FingerTemplate) -> tuple[bytes, ...] | DeviceTrouble:
        """The prints that a template was joined of."""
        return self._matcher.split(template.data) if is_template(template) else _UNREADABLE

    def _gather(self, gathering: Gathering) -> DeviceTrouble | None:
        """One more picture, good or bad."""
        picture = self._picture()
        if isinstance(picture, DeviceTrouble):
            return picture
        try:
            read = self._read(picture, gathering, gathering.against())
        finally:
            picture.wipe()
        if isinstance(read, DeviceTrouble):
            return read
        if read is not None:
            self._advice = gathering.add(*read)
        self._taken = gathering.taken
        if gathering.hopeless:
            return _HOPELESS
        if not gathering.complete:
            return self._lift()
        self._tell(FingerPhase.LIFT)
        return None

    def _read(
        self, picture: FingerPicture, gathering: Gathering, against: tuple[bytes, ...]
    ) -> tuple[PrintReading, PictureQuality] | DeviceTrouble | None:
        """Judge a picture and read it; None where it is bad, and `advice` says why."""
        quality = self._gate(picture)
        if not gathering.will_do(quality):
            gathering.refuse()
            self._advice = quality.advice
            if self._is_stain(picture):
                self._advice = FingerAdvice.CLEAN_SENSOR
            return None
        reading = self._matcher.read(picture, against)
        if isinstance(reading, DeviceTrouble):
            self._failures += 1
            failed = reading.code == "fingerprint.matcher-failed"
            if not failed or self._failures >= _MOST_FAILURES:
                return reading
            gathering.refuse()
            self._advice = FingerAdvice.HOLD_STILL
            return None
        self._failures = 0
        return reading, self._gate(picture, reading.spots)

    def _picture(self) -> FingerPicture | DeviceTrouble:
        """The next picture, whatever the sensor does meanwhile short of staying away."""
        while True:
            self._tell(FingerPhase.PLACE)
            now = self._clock()
            if now >= self._end:
                return _NO_FINGER
            until = min(self._end, now + self._limits.finger_seconds)
            picture = self._source.picture(self._step, until)
            if isinstance(picture, FingerPicture):
                self._recoveries = 0
                return picture
            if picture.code == _UNCLEAR:
                self._unclear += 1
                if self._unclear > _MOST_UNCLEAR:
                    return _HOPELESS
                reason = dict(picture.details).get("reason", "")
                self._advice = _RETRIES.get(reason, FingerAdvice.PRESS_MORE)
                continue
            trouble = self._recover(picture)
            if trouble is not None:
                return trouble

    def _step(self, step: SourceStep) -> None:
        if step is SourceStep.TOUCHED:
            self._advice = None
            self._tell(FingerPhase.TAKING)
        elif step is SourceStep.TAKEN:
            # Now, not once it is judged: some sensors only hand it over when the finger is gone.
            self._tell(FingerPhase.LIFT)

    def _lift(self) -> DeviceTrouble | None:
        """Have the finger lifted. What stays there for long may be no finger."""
        until = min(self._end, self._clock() + self._limits.finger_seconds)
        while True:
            self._tell(FingerPhase.LIFT)
            trouble = self._source.await_lift(min(until, self._clock() + _LIFT_SECONDS))
            if trouble is None:
                return None
            if trouble.code != _NO_FINGER.code:
                return self._recover(trouble)
            if self._clock() >= until:
                return _STUCK
            self._advice = FingerAdvice.CLEAN_SENSOR

    def _recover(self, trouble: DeviceTrouble) -> DeviceTrouble | None:
        """Open the sensor anew; None where it is back, else the trouble that stays."""
        self._recoveries += 1
        if trouble.code not in _MENDABLE or self._recoveries > _MOST_RECOVERIES:
            return trouble
        self._tell(FingerPhase.RECOVERING)
        until = min(self._end, self._clock() + self._limits.recover_seconds)
        last = trouble
        while not self._abandoned.wait(_RECOVER_PAUSE):
            again = self._source.open()
            if again is None:
                return None
            last = again
            if self._clock() >= until or again.code not in _MENDABLE:
                return last
        return last

    def _is_stain(self, picture: FingerPicture) -> bool:
        """Whether a bad picture shows what the bad one before it showed: nobody lays a finger so."""
        height, width = picture.height // _SQUARES, picture.width // _SQUARES
        if not height or not width:
            return False
        grey = np.frombuffer(picture.pixels, np.uint8).reshape(picture.height, picture.width)
        cut = grey[: height * _SQUARES, : width * _SQUARES]
        squares = cut.reshape(height, _SQUARES, width, _SQUARES).mean((1, 3)).astype(np.float32)
        before, self._squares = self._squares, squares
        if before is None or before.shape != squares.shape:
            return False
        same = float(np.abs(before - squares).max()) < _STAIN_GREY
        before.fill(0)
        return same and float(squares.max() - squares.min()) > _STAIN_DEPTH

    def _tell(self, phase: FingerPhase) -> None:
        self._told(FingerProgress(phase, self._taken, self._wanted, self._advice))
