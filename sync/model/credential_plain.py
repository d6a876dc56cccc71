"""Credentials, bookings and bases as plain values."""

from __future__ import annotations

from typing import Any

from sync.model import plain
from sync.model.credential import (
    Basis,
    Booked,
    Credential,
    OperationKind,
    OperationStatus,
    State,
)
from sync.model.plain_reader import PlainReader


def from_booked(booked: Booked) -> dict[str, Any]:
    """A booking as a plain value."""
    delegation, until = booked.delegation, booked.valid_until
    return {
        "operation_id": booked.operation_id,
        "kind": booked.kind.value,
        "status": booked.status.value,
        "booked_at": booked.booked_at,
        "office": booked.office,
        "station": booked.station,
        "valid_until": None if until is None else until.isoformat(),
        "delegation": None if delegation is None else plain.from_delegation(delegation),
        "code_renewals": booked.code_renewals,
        "renewal": booked.renewal,
        "renewed_at": booked.renewed_at,
    }


def to_booked(reader: PlainReader) -> Booked:
    """A booking read back."""
    delegation = reader.part_or_none("delegation")
    booked = Booked(
        operation_id=reader.text("operation_id"),
        kind=reader.choice("kind", OperationKind),
        status=reader.choice("status", OperationStatus),
        booked_at=reader.whole("booked_at"),
        office=reader.text("office"),
        station=reader.text("station"),
        valid_until=reader.day_or_none("valid_until"),
        delegation=None if delegation is None else plain.to_delegation(delegation),
        code_renewals=reader.whole("code_renewals"),
        renewal=reader.text("renewal"),
        renewed_at=reader.whole("renewed_at"),
    )
    reader.finish()
    return booked


def from_credential(credential: Credential) -> dict[str, Any]:
    """A credential as a plain value."""
    last = credential.last
    return {
        "state": credential.state.value,
        "strong": credential.strong,
        "has_pin": credential.has_pin,
        "checked_at": credential.checked_at,
        "checked_by": credential.checked_by,
        "activated_at": credential.activated_at,
        "promoted_at": credential.promoted_at,
        "last": None if last is None else from_booked(last),
    }


def to_credential(reader: PlainReader) -> Credential:
    """A credential read back."""
    last = reader.part_or_none("last")
    credential = Credential(
        state=reader.choice("state", State),
        strong=reader.flag("strong"),
        has_pin=reader.flag("has_pin"),
        checked_at=reader.whole_or_none("checked_at"),
        checked_by=reader.text("checked_by"),
        activated_at=reader.whole_or_none("activated_at"),
        promoted_at=reader.whole_or_none("promoted_at"),
        last=None if last is None else to_booked(last),
    )
    reader.finish()
    return credential


def from_basis(basis: Basis) -> dict[str, Any]:
    """What a clerk saw, as a plain value."""
    return {
        "state": basis.state.value,
        "strong": basis.strong,
        "running": basis.running,
        "last": basis.last,
        "renewal": basis.renewal,
        "seen_at": basis.seen_at,
    }


def to_basis(reader: PlainReader) -> Basis:
    """What a clerk saw, read back."""
    basis = Basis(
        state=reader.choice("state", State),
        strong=reader.flag("strong"),
        running=reader.text("running"),
        last=reader.text("last"),
        renewal=reader.text("renewal"),
        seen_at=reader.whole("seen_at"),
    )
    reader.finish()
    return basis
