"""Where things lie on the appliance; one place, so that units and programs agree."""

from __future__ import annotations

from pathlib import Path
from typing import Final

STATION: Final = Path("/var/lib/sportello/station")
"""The station's folder: settings, keys, store. Group `sportello`."""

STATE: Final = Path("/var/lib/sportello/appliance")
"""What the steward remembers. Root alone."""

UPDATES: Final = Path("/var/lib/sportello/updates")
"""Bundles on their way. Written by the link, read by the steward."""

RUN: Final = Path("/run/sportello")
STEWARD_SOCKET: Final = RUN / "steward.sock"

DATA_KEY: Final = RUN / "data-key.json"
"""How the data partition is locked, as the start of the machine found it."""

SLOT: Final = RUN / "slot.json"
"""Which slot runs, its version, and whether the start was verified."""

OCCUPIED: Final = RUN / "occupied"
"""Locked (flock, shared) while a person is at the kiosk; exclusively while an update acts."""

MEDIA: Final = RUN / "media"
"""Sticks that may be read are mounted below it."""
