"""All attendants of a station together: one list of how its devices stand."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence

from hw.device_health import DeviceHealth, DeviceKind, DeviceState, HealthListener
from hw.errors import DeviceTrouble
from hw.mending.attendant import Attendant, Pace, Patient

_STOP_SECONDS = 1.0
"""For all together; one that hangs in its device is left behind."""


class Care:
    """Looks after the devices that the station has.

    Args:
        patients: at most one of each kind.
        applied: told of each remedy that was tried, and what hindered it.
        pace: how often to look.
    """

    def __init__(
        self,
        patients: Sequence[Patient],
        *,
        applied: Callable[[DeviceKind, str, DeviceTrouble | None], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._lock = threading.Lock()
        self._listener: HealthListener | None = None
        self._attendants = {
            patient.kind: Attendant(patient, self._tell, applied=applied, pace=pace)
            for patient in patients
        }

    def start(self) -> None:
        """Begin to look after every device."""
        for attendant in self._attendants.values():
            attendant.start()

    def stop(self) -> None:
        """End; nothing is told after this returns."""
        self.watch(None)
        for attendant in self._attendants.values():
            attendant.stop(patience=0)
        deadline = time.monotonic() + _STOP_SECONDS
        for attendant in self._attendants.values():
            attendant.stop(max(0.0, deadline - time.monotonic()))

    def health(self) -> tuple[DeviceHealth, ...]:
        """Every kind of device in the order of `DeviceKind`, those that are not fitted too."""
        return tuple(
            self._attendants[kind].health
            if kind in self._attendants
            else DeviceHealth(kind, DeviceState.NOT_FITTED)
            for kind in DeviceKind
        )

    def watch(self, listener: HealthListener | None) -> None:
        """Tell `listener` how every device stands, and each change from then on; None: nobody.

        There is one listener; another call replaces it. When this returns, the one before is not
        called any more.
        """
        with self._lock:
            self._listener = listener
            if listener is not None:
                for health in self.health():
                    listener(health)

    def poke(self, kind: DeviceKind, trouble: DeviceTrouble | None = None) -> None:
        """Look at a device now; `trouble` is what a use of it met."""
        attendant = self._attendants.get(kind)
        if attendant is not None:
            attendant.poke(trouble)

    def poke_all(self) -> None:
        """Something changed on a bus: look at every device now."""
        for attendant in self._attendants.values():
            attendant.poke()

    def mend(self, kind: DeviceKind) -> None:
        """Try every remedy of a device now: a person asked."""
        attendant = self._attendants.get(kind)
        if attendant is not None:
            attendant.mend()

    def _tell(self, health: DeviceHealth) -> None:
        with self._lock:
            if self._listener is not None:
                self._listener(health)
