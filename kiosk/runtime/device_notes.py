"""Devices that are out of order, noted for the hub beside what the pages show of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from hw.device_health import DeviceHealth, DeviceKind, DeviceState, HealthListener
from hw.errors import DeviceTrouble
from hw.readings import HealthCardReading
from kiosk.runtime.readiness import DeviceDesk
from sync.edge.window_notes import WindowNotes, known


class NotedDevices:
    """Stands between the rig and its one listener: the hub is to hear of trouble on any page.

    Args:
        desk: the part of the rig that looks after devices.
        software: version of the program.
        keep: writes what the link is to tell; called on a thread of the rig's.
    """

    def __init__(
        self, desk: DeviceDesk, software: str, keep: Callable[[WindowNotes], object]
    ) -> None:
        self._desk = desk
        self._software = software
        self._keep = keep
        self._lock = threading.Lock()
        self._codes: dict[DeviceKind, str] = {}
        self._kept: WindowNotes | None = None
        self._listener: HealthListener | None = None

    def start(self) -> None:
        """Listen from now on, whatever page is shown."""
        self._note()
        self._desk.watch_devices(self._told)

    def watch_devices(self, listener: HealthListener | None) -> None:
        """As of the rig: tells `listener` how every device stands, and each change."""
        self._listener = listener
        if listener is not None:
            self._desk.watch_devices(self._told)  # tells everything once more

    def mend_device(self, kind: DeviceKind) -> None:
        """As of the rig."""
        self._desk.mend_device(kind)

    def read_health_card(self) -> HealthCardReading | DeviceTrouble:
        """As of the rig."""
        return self._desk.read_health_card()

    def abandon_reading(self) -> None:
        """As of the rig."""
        self._desk.abandon_reading()

    def _told(self, health: DeviceHealth) -> None:
        listener = self._listener
        if listener is not None:
            listener(health)
        is_wrong = health.trouble is not None and health.state is not DeviceState.NOT_FITTED
        with self._lock:
            if is_wrong and health.trouble is not None:
                self._codes[health.kind] = health.trouble.code
            else:
                self._codes.pop(health.kind, None)
        self._note()

    def _note(self) -> None:
        with self._lock:
            notes = WindowNotes(self._software, known(self._codes.values()))
            if notes != self._kept:
                self._kept = notes
                self._keep(notes)
