"""Which entries of the chains hold a person's data: when the person is deleted, their bodies go."""

from __future__ import annotations

from collections.abc import Sequence

from sync.hub.store.database import Store


def note(store: Store, station: str, entries: Sequence[tuple[int, str]]) -> None:
    """Notes number and codice fiscale of entries of a station. Within a transaction."""
    store.run_many(
        "INSERT OR REPLACE INTO entry_person (station, seq, codice_fiscale) VALUES (?, ?, ?)",
        [(station, seq, codice_fiscale) for seq, codice_fiscale in entries],
    )
