"""What was read or done beside operations: who, about which registration, when, how it ended."""

from __future__ import annotations

from typing import Final, NamedTuple

from sync.hub.store.database import Store

AGAIN_MILLISECONDS: Final = 3_600_000
"""For so long the same question with the same answer is kept once, where nothing was told."""

_LOOKED_BACK: Final = 500


class Reading(NamedTuple):
    """One act.

    Attributes:
        act: `username` (R-003-62), `look-up` (R-003-43), `standing` (R-003-44 to 46),
            `assist.regenerate-code` (R-003-58), `assist.revoke` (R-003-59).
        by: thumbprint of the operator in hexadecimal digits, or who acted for the assistance.
        number: registration number, empty where nobody was found.
        outcome: `told`, `done` or the code of why not; of a look-up the register that knew the person,
            or `not-found`; of a standing its kind.
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


def note_once(store: Store, reading: Reading) -> None:
    """Keeps it unless it was kept in the last hour: numbers that nobody has fill no disk.

    Looks no further back than some hundred rows, so that it costs the same for ever. Within a
    transaction.
    """
    row = store.row(
        "SELECT 1 FROM (SELECT * FROM reading ORDER BY id DESC LIMIT ?) AS recent"
        " WHERE at > ? AND act = ? AND by = ? AND station = ? AND number = ? AND outcome = ?",
        _LOOKED_BACK,
        reading.at - AGAIN_MILLISECONDS,
        *reading[1:],
    )
    if row is None:
        note(store, reading)


def readings(store: Store) -> list[Reading]:
    """Every one, in order."""
    return [
        Reading(*row)
        for row in store.rows(
            "SELECT at, act, by, station, number, outcome FROM reading ORDER BY id"
        )
    ]
