"""Fingers for the flows: hands requests to the sensor, posts its steps and what was taken.

Templates pass through and are kept nowhere here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from uuid import UUID

from hw.errors import DeviceTrouble, TroubleKind
from hw.finger_readings import FingerProgress
from hw.ports import FingerprintSensor
from kiosk import log_events
from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.runtime.turns import Turn, Turns

ABSENT = "fingerprint.absent"
"""Failure code of a station without a sensor."""
_FAULTS: Final = frozenset({TroubleKind.PROTOCOL, TroubleKind.ABSENT, TroubleKind.REMOVED})
_OF_OTHERS: Final = frozenset(
    {
        "fingerprint.abandoned",
        "fingerprint.library-unusable",
        "fingerprint.matcher-failed",
        "fingerprint.never-lifted",
        "fingerprint.no-finger",
        "fingerprint.not-good-enough",
        "fingerprint.template-unreadable",
    }
)
"""Trouble that is the person's, or the program's: no sensor is the better for being mended."""


class Fingers:
    """Takes and compares fingers.

    Each request has its `Turn`.

    Args:
        sensor: the station's, or None where it has none.
        post: takes the events; callable from every thread, never blocks.
        trouble: told of each fault of the sensor that a use of it met, for who mends it.
    """

    def __init__(
        self,
        sensor: FingerprintSensor | None,
        post: Callable[[Event], None],
        trouble: Callable[[DeviceTrouble], None] = lambda _trouble: None,
    ) -> None:
        self._sensor = sensor
        self._trouble = trouble
        self._turns = Turns(post, self._let_go, "abandon-finger")

    def expect(self) -> Turn:
        """A request was made; `abandon` ends it from now on, even before it begins."""
        return self._turns.expect()

    def take(self, turn: Turn, effect: effects.TakeFinger) -> None:
        """Take one finger and post steps and outcome. Blocks until it is taken or cannot be."""
        self._turns.take(turn, lambda: self._take(turn, effect))

    def compare(self, turn: Turn, effect: effects.CompareFinger) -> None:
        """Compare a finger with a template and post the outcome. Blocks."""
        self._turns.take(turn, lambda: self._compare(turn, effect))

    def tell(self, turn: Turn, event: Event) -> None:
        """Post an answer, unless nobody waits for it any more."""
        self._turns.tell(turn, event)

    def abandon(self) -> None:
        """Let a taking end now, its pictures wiped; one that is only queued never begins."""
        self._turns.abandon()

    def stop(self) -> None:
        """Abandon everything, for good."""
        self._turns.stop()

    def _let_go(self) -> None:
        if self._sensor is not None:
            self._sensor.abandon()

    def _take(self, turn: Turn, effect: effects.TakeFinger) -> None:
        if self._sensor is None:
            self.tell(turn, events.FingerFailed(effect.session_id, ABSENT))
            return
        told = self._teller(turn, effect.session_id)
        match self._sensor.take(effect.position, told, unlike=effect.unlike):
            case DeviceTrouble() as trouble:
                self._failed(turn, effect.session_id, trouble)
            case template:
                log_events.write(
                    log_events.FINGER_TAKEN, quality=template.quality, minutiae=template.minutiae
                )
                self.tell(turn, events.FingerTaken(effect.session_id, template))

    def _compare(self, turn: Turn, effect: effects.CompareFinger) -> None:
        if self._sensor is None:
            self.tell(turn, events.FingerFailed(effect.session_id, ABSENT))
            return
        told = self._teller(turn, effect.session_id)
        match self._sensor.compare(effect.template, told):
            case DeviceTrouble() as trouble:
                self._failed(turn, effect.session_id, trouble)
            case comparison:
                self.tell(turn, events.FingerCompared(effect.session_id, comparison))

    def _teller(self, turn: Turn, session_id: UUID) -> Callable[[FingerProgress], None]:
        return lambda progress: self.tell(turn, events.FingerProgressed(session_id, progress))

    def _failed(self, turn: Turn, session_id: UUID, trouble: DeviceTrouble) -> None:
        if turn.over:
            return  # that a person walked away is no fault of the sensor
        log_events.write(log_events.DEVICE_TROUBLE, code=trouble.code)
        if trouble.kind in _FAULTS and trouble.code not in _OF_OTHERS:
            self._trouble(trouble)
        self.tell(turn, events.FingerFailed(session_id, trouble.code))
