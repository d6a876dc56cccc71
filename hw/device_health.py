"""Frozen values of the rig: how each device stands, and how its test went."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TypeAlias

from hw.errors import DeviceTrouble


class DeviceKind(Enum):
    """The devices of a station, in the order in which a list shows them."""

    CARD_READER = "card-reader"
    FINGERPRINT = "fingerprint"
    CAMERA = "camera"
    PAGE_PRINTER = "page-printer"
    SLIP_PRINTER = "slip-printer"
    SPEAKER = "speaker"


class DeviceState(Enum):
    """How a device stands."""

    WORKING = "working"
    MENDING = "mending"
    """It failed, and the rig is at work on it."""
    DEGRADED = "degraded"
    """It works in part (paper is low, one of two readers is away), or in another way."""
    AWAY = "away"
    """It does not answer, and what the rig can do has been done; it goes on looking."""
    NOT_FITTED = "not-fitted"
    """The station's profile does not have it."""


@dataclass(frozen=True, slots=True)
class DeviceHealth:
    """A device of the station as it stands now.

    Attributes:
        kind: which one.
        state: how it stands.
        model: maker and model as the device tells, `05ba:000a`, or an address; no serial number.
        trouble: what is wrong now; None where nothing is.
        last_trouble: what was wrong last; stays when it is mended.
        last_trouble_at: when that began, by the wall clock with its time zone.
        faults: how often it failed since the rig was opened.
        mended: how often it came back.
        seconds_to_service: from the last fault that was noticed until it served again; None before.
    """

    kind: DeviceKind
    state: DeviceState
    model: str = ""
    trouble: DeviceTrouble | None = None
    last_trouble: DeviceTrouble | None = None
    last_trouble_at: datetime | None = None
    faults: int = 0
    mended: int = 0
    seconds_to_service: float | None = None


HealthListener: TypeAlias = Callable[[DeviceHealth], None]
"""Called on a thread of the rig's; must return at once and must not raise."""
