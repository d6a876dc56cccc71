"""What stations are told of the registry, in order: the last change of each registration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sync.hub.store.database import Store


class Entry(NamedTuple):
    """A place in the feed.

    Attributes:
        kind: `registration`, `gone` or `dispute`.
        number: registration number that it is about.
        operation_id: of a dispute, else None.
    """

    position: int
    kind: str
    number: str
    operation_id: str | None


def registrations_added(store: Store, numbers: Sequence[str]) -> None:
    """Registrations under numbers that were never told of. Within a transaction."""
    store.run_many(
        "INSERT INTO change (kind, number) VALUES ('registration', ?)",
        [(number,) for number in numbers],
    )


def registration_changed(store: Store, number: str) -> None:
    """A registration is new or has changed. Within a transaction."""
    _move(store, "registration", number)


def gone(store: Store, number: str) -> None:
    """Nothing is kept under that number any more. Within a transaction."""
    _move(store, "gone", number)


def dispute_changed(store: Store, operation_id: str, number: str) -> None:
    """A dispute is new or has changed. Within a transaction."""
    store.run("DELETE FROM change WHERE kind = 'dispute' AND operation_id = ?", operation_id)
    store.run(
        "INSERT INTO change (kind, number, operation_id) VALUES ('dispute', ?, ?)",
        number,
        operation_id,
    )


def _move(store: Store, kind: str, number: str) -> None:
    store.run("DELETE FROM change WHERE kind <> 'dispute' AND number = ?", number)
    store.run("INSERT INTO change (kind, number) VALUES (?, ?)", kind, number)


def entries(store: Store, after: int, most: int) -> list[Entry]:
    """Up to `most` entries after a position, in order."""
    rows = store.rows(
        "SELECT position, kind, number, operation_id FROM change WHERE position > ?"
        " ORDER BY position LIMIT ?",
        after,
        most,
    )
    return [Entry(*row) for row in rows]


def end(store: Store) -> int:
    """The last position that was given; 0 where there is none."""
    row = store.row("SELECT coalesce(max(position), 0) FROM change")
    return 0 if row is None else row[0]
