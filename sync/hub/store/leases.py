"""Who edits a registration, and until when: so that two clerks do not type against each other.

A lease is a courtesy and no lock: what two clerks did is judged by `sync.model.reconciliation`, with
leases or without.
"""

from __future__ import annotations

from typing import Final

from sync.hub.store import operators, registrations
from sync.hub.store.database import Store
from sync.model.inquiry import Denied, LeaseGranted, LeaseHeld

LEASE_MILLISECONDS: Final = 10 * 60 * 1000


def take(
    store: Store, number: str, operator: bytes, station: str, now: int
) -> LeaseGranted | LeaseHeld | Denied:
    """Takes or prolongs a lease. Within a transaction.

    Args:
        store: the registry.
        number: any number of the registration.
        operator: thumbprint of who wants to edit.
        station: where.
        now: milliseconds since 1970.

    Returns:
        The lease; who has it; or `registration.gone`.
    """
    held = registrations.by_number(store, number)
    if held is None:
        return Denied("registration.gone", "remedy.register-anew")
    store.run("DELETE FROM lease WHERE until <= ?", now)
    row = store.row("SELECT operator, until FROM lease WHERE number = ?", held.number)
    if row is not None and row[0] != operator:
        known = operators.at(store, row[0], now)
        if known is not None:
            return LeaseHeld(known.entry.name, known.entry.office, row[1])
    until = now + LEASE_MILLISECONDS
    store.run(
        "INSERT INTO lease (number, operator, station, until) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (number) DO UPDATE SET operator = excluded.operator,"
        " station = excluded.station, until = excluded.until",
        held.number,
        operator,
        station,
        until,
    )
    return LeaseGranted(until)


def give_back(store: Store, number: str, operator: bytes) -> None:
    """Ends the operator's own lease. Within a transaction."""
    held = registrations.by_number(store, number)
    if held is not None:
        store.run("DELETE FROM lease WHERE number = ? AND operator = ?", held.number, operator)
