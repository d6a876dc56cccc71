"""What happened to fingers, codes and devices."""

from __future__ import annotations

from dataclasses import dataclass, field
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
