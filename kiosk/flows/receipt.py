"""What a person takes home: the proof that the operation is durable on this station."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sync.model.identification import Identification
from sync.model.installation import InstallationReport
from sync.model.preregistration import Preregistration
from sync.model.readiness import ReadinessReport

Act = Identification | ReadinessReport | InstallationReport
"""What is recorded without a registration number."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A recorded preregistration; lives in memory only.

    Attributes:
        operation_id: the operation; a receipt of another operation is ignored by the flow.
        registration_number: canonical nine characters.
        grouped: the same in groups for the eye, `ABC-DEF-GHJ`.
        operation_hash: SHA-256 of the envelope, hexadecimal.
        recorded_at: aware time of the record by the station's clock.
        station: name of the kiosk.
        office: name of the office.
        proof: text of the QR code, verifiable offline; empty where the station's key did not sign.
        language: language of the session.
        preregistration: the full content with its number; for the summary and the modules.
        again: True where this operation had been recorded before (a crash came between).
    """

    operation_id: UUID
    registration_number: str = field(repr=False)
    grouped: str = field(repr=False)
    operation_hash: str
    recorded_at: datetime
    station: str
    office: str
    proof: str = field(repr=False)
    language: str
    preregistration: Preregistration = field(repr=False)
    again: bool = False


@dataclass(frozen=True, slots=True)
class ActReceipt:
    """A recorded act; lives in memory only.

    Attributes:
        operation_id: the operation.
        recorded_at: aware time of the record by the station's clock.
        station: name of the kiosk.
        office: name of the office.
        language: language of the session.
        act: what was recorded; of fingers all but their templates.
    """

    operation_id: UUID
    recorded_at: datetime
    station: str
    office: str
    language: str
    act: Act = field(repr=False)
