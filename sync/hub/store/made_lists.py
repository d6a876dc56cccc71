"""Settings, texts and places as they were signed for stations, every version."""

from __future__ import annotations

from dataclasses import dataclass, field

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True)
class MadeList:
    """A version of a list.

    Attributes:
        data: as it was signed.
        at: when, milliseconds since 1970.
    """

    name: str
    version: int
    data: bytes = field(repr=False)
    at: int


def add(store: Store, made: MadeList) -> None:
    """Keeps a version. Within a transaction; one that is there already is a defect of the caller's."""
    store.run(
        "INSERT INTO made_list (name, version, data, at) VALUES (?, ?, ?, ?)",
        made.name,
        made.version,
        made.data,
        made.at,
    )


def version(store: Store, name: str) -> int:
    """Of the list that was signed last; 0 for none."""
    row = store.row("SELECT coalesce(max(version), 0) FROM made_list WHERE name = ?", name)
    return 0 if row is None else int(row[0])


def last(store: Store, name: str) -> MadeList | None:
    """The list that was signed last."""
    row = store.row(
        "SELECT version, data, at FROM made_list WHERE name = ? ORDER BY version DESC LIMIT 1", name
    )
    return None if row is None else MadeList(name, int(row[0]), bytes(row[1]), int(row[2]))
