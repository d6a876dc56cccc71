"""What became of operations: recorded, not recorded, where they stand."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from uuid import UUID

from kiosk.flows.receipt import Receipt


class Standing(Enum):
    """Where a registration made on this station stands; the states of its outbox entry."""

    WAITING_NETWORK = "waiting-network"
    WAITING_HUB = "waiting-hub"
    WAITING_RETRY = "waiting-retry"
    IN_FLIGHT = "in-flight"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True)
class Recorded:
    """The operation is durable on this station."""

    receipt: Receipt


@dataclass(frozen=True, slots=True)
class RecordFailed:
    """The operation is not recorded; `code` is a failure code (`store.full`)."""

    operation_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class StatusFound:
    """The number was issued here, and its entry stands so."""

    session_id: UUID
    registration_number: str = field(repr=False)
    standing: Standing


@dataclass(frozen=True, slots=True)
class StatusUnknown:
    """This station never issued the number."""

    session_id: UUID
    registration_number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StatusFailed:
    """The outbox cannot be read; `code` is a failure code (`store.damaged`)."""

    session_id: UUID
    registration_number: str = field(repr=False)
    code: str


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
