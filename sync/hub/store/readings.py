"""What was read or done beside operations: who, about which registration, when, how it ended."""

from __future__ import annotations

from typing import NamedTuple

from sync.hub.store.database import Store


class Reading(NamedTuple):
    """One act.

    Attributes:
        act: `username` (R-003-62), `assist.regenerate-code` (R-003-58), `assist.revoke` (R-003-59).
        by: thumbprint of the operator in hexadecimal digits, or who acted for the assistance.
        number: registration number, empty where nobody was found.
        outcome: `told`, `done` or the code of why not.
    """

    at: int
    act: str
    by: str
    station: str
    number: str
    outcome: str


def note(store: Store, reading: Reading) -> None:
    """Keeps it for good. Within a transaction."""
    store.run(
        "INSERT INTO reading (at, act, by, station, number, outcome) VALUES (?, ?, ?, ?, ?, ?)",
        *reading,
    )


def readings(store: Store) -> list[Reading]:
    """Every one, in order."""
    return [
        Reading(*row)
        for row in store.rows(
            "SELECT at, act, by, station, number, outcome FROM reading ORDER BY id"
        )
    ]
