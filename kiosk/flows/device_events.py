"""What happened to fingers, codes and devices, and what became of an act."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from hw.device_health import DeviceHealth, DeviceKind
from hw.finger_readings import FingerComparison, FingerProgress, FingerTemplate
from kiosk.flows.effects import ScanPurpose

# --- fingers


@dataclass(frozen=True, slots=True)
class FingerProgressed:
    """A step of what `TakeFinger`, `CompareFinger` or the test of the sensor asked for."""

    session_id: UUID
    progress: FingerProgress


@dataclass(frozen=True, slots=True)
class FingerTaken:
    """A finger was taken."""

    session_id: UUID
    template: FingerTemplate = field(repr=False)


@dataclass(frozen=True, slots=True)
class FingerFailed:
    """No finger could be taken or compared; `code` is a failure code (`fingerprint.absent`)."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class FingerCompared:
    """A finger was compared with a template."""

    session_id: UUID
    comparison: FingerComparison


# --- codes


@dataclass(frozen=True, slots=True)
class BarcodeRead:
    """The camera read what was looked for.

    Attributes:
        session_id: as in the effect.
        purpose: as in the effect.
        value: canonical: a codice fiscale of 16 characters whose check character is right, a
            registration number of nine.
    """

    session_id: UUID
    purpose: ScanPurpose
    value: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ScanFailed:
    """Nothing was read; `code` is a failure code (`barcode.none-found`, `camera.absent`)."""

    session_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class BarcodeTyped:
    """A hand scanner typed a code; `text` is all of it, unchecked. May come on any page."""

    text: str = field(repr=False)


# --- the state of the devices


@dataclass(frozen=True, slots=True)
class DeviceTold:
    """How a device stands now; told while `WatchDevices` lasts."""

    health: DeviceHealth


@dataclass(frozen=True, slots=True)
class DeviceTested:
    """A test has ended; `code` is a failure code, or None where it passed."""

    session_id: UUID
    kind: DeviceKind
    code: str | None


# --- the store


@dataclass(frozen=True, slots=True)
class ActRecorded:
    """The act is durable on this station.

    Attributes:
        session_id: as in the effect.
        operation_id: as in the effect.
        next_operation_id: for what the person may record next.
        recorded_at: aware time of the record by the station's clock.
    """

    session_id: UUID
    operation_id: UUID
    next_operation_id: UUID
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class ActNotRecorded:
    """The act is not recorded; `code` is a failure code (`store.full`)."""

    session_id: UUID
    operation_id: UUID
    code: str
