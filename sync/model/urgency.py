"""How urgent an operation is: one table, for both ends.

Urgency decides who comes first after an outage and whose chain is decided first. It never changes a
place in a chain: what is urgent takes along all that its station recorded before it.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Final

from sync.model import operation
from sync.model.console_plain import (
    DAILY_PASSWORD,
    ENROLMENT_APPROVAL,
    OFFICER_ACT,
    STATION_CHANGE,
    USER_ACTION,
    USER_CHANGE,
)
from sync.model.counter import Booking
from sync.model.credential import OperationKind
from sync.model.operation import Operation


class Urgency(Enum):
    """A class; the smaller value goes first."""

    URGENT = 0
    """Somebody or something must be stopped, or somebody cannot sign in, until the hub knows."""
    NORMAL = 1
    """People wait for what it does."""
    BULK = 2
    """Nobody waits for it."""


OF_KIND: Final[Mapping[str, Urgency]] = {
    # Blocks, revocations, cancellations and losses of stations, users and cards (R-004-15, 36).
    STATION_CHANGE: Urgency.URGENT,
    USER_ACTION: Urgency.URGENT,
    USER_CHANGE: Urgency.URGENT,
    OFFICER_ACT: Urgency.URGENT,
    # Old credentials that were released without a look at the person (R-003-46).
    operation.ACCOUNT_DELETION: Urgency.URGENT,
    # What somebody needs to sign in.
    DAILY_PASSWORD: Urgency.URGENT,
    ENROLMENT_APPROVAL: Urgency.URGENT,
    # How a station stands, and what it writes about itself.
    operation.READINESS: Urgency.BULK,
    operation.AUDIT_PAGE: Urgency.BULK,
    operation.INSTALLATION: Urgency.BULK,
}
"""Kinds that are not `NORMAL`."""


def of_kind(kind: str) -> Urgency:
    """The class of a kind, as far as the kind alone says; of an unknown kind `NORMAL`."""
    return OF_KIND.get(kind, Urgency.NORMAL)


def of(content: Operation) -> Urgency:
    """The class of an operation: as its kind, but for a booked revocation, which is urgent."""
    if isinstance(content, Booking) and content.kind is OperationKind.REVOCA:
        return Urgency.URGENT
    return of_kind(operation.kind_of(content))
