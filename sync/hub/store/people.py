"""Which entries of the chains hold a person's data: when the person is deleted, their bodies go."""

from __future__ import annotations

from collections.abc import Sequence

from sync.hub.store.database import Store


def note(store: Store, station: str, entries: Sequence[tuple[int, str]]) -> None:
    """Notes number and codice fiscale of entries of a station. Within a transaction."""
    store.run_many(
        "INSERT INTO entry_person (station, seq, codice_fiscale) VALUES (?, ?, ?)"
        " ON CONFLICT (station, seq) DO UPDATE SET codice_fiscale = excluded.codice_fiscale",
        [(station, seq, codice_fiscale) for seq, codice_fiscale in entries],
    )


def forget_entry(store: Store, station: str, seq: int) -> None:
    """Takes out whose data an entry held: its body goes. Within a transaction."""
    store.run("DELETE FROM entry_person WHERE station = ? AND seq = ?", station, seq)


def entries(store: Store, codice_fiscale: str) -> list[tuple[str, int]]:
    """Station and number of every entry that holds a person's data."""
    return [
        (station, seq)
        for station, seq in store.rows(
            "SELECT station, seq FROM entry_person WHERE codice_fiscale = ?", codice_fiscale
        )
    ]


def forget(store: Store, codice_fiscale: str) -> None:
    """Takes a person out of all that is kept beside the registry.

    Which entries hold their data, how they were identified, whether they own an old account.
    Within a transaction.
    """
    found = entries(store, codice_fiscale)
    store.run("DELETE FROM entry_person WHERE codice_fiscale = ?", codice_fiscale)
    # In this order: an identification is kept as long as its person is.
    store.run_many("DELETE FROM identification WHERE station = ? AND seq = ?", found)
    forget_old_account(store, codice_fiscale)


def forget_old_account(store: Store, codice_fiscale: str) -> None:
    """Deletes the account that a person had with the older service (R-003-46).

    Within a transaction.
    """
    store.run("DELETE FROM old_account WHERE codice_fiscale = ?", codice_fiscale)


def has_old_account(store: Store, codice_fiscale: str) -> bool:
    """Whether a person owns credentials of the older service."""
    row = store.row("SELECT 1 FROM old_account WHERE codice_fiscale = ?", codice_fiscale)
    return row is not None
