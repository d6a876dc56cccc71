"""What is known of the station itself: certificate, key, signed lists and their age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from kiosk.flows.installer.readiness import Findings

OPEN: Final = "station"
"""`OptionChosen` of "this station", on the list of devices."""


@dataclass(frozen=True, slots=True)
class StationPage:
    """The facts as they stand in the session; `Continued` and `Back` to the list of devices.

    `OptionChosen(courier.OPEN)` opens the page for removable media to who may (`may_carry`).

    `station_facts.rows` and `station_facts.warnings` say what to draw.
    """

    known: Findings
