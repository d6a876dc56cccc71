"""Which office made a code anew: told, where another code takes its place unknowingly."""

from __future__ import annotations

from sync.hub.store.database import Store


def note(store: Store, operation_id: str, number: str, office: str, station: str) -> None:
    """A counter made a code anew. Within a transaction.

    Args:
        store: the registry.
        operation_id: of the regeneration.
        number: of the registration.
        office: whose counter.
        station: its name.
    """
    store.run(
        "INSERT INTO code_renewal (operation_id, number, office, station) VALUES (?, ?, ?, ?)",
        operation_id,
        number,
        office,
        station,
    )


def made_by(store: Store, operation_id: str) -> tuple[str, str] | None:
    """Office and station of a regeneration; None for one of the assistance, or of long ago."""
    row = store.row("SELECT office, station FROM code_renewal WHERE operation_id = ?", operation_id)
    return None if row is None else (row[0], row[1])
