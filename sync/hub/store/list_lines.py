"""Digests of the lines of signed lists that stations may still have, to tell them the difference."""

from __future__ import annotations

from typing import Final

from sync.hub.store.database import Store

KEPT: Final = 64
"""Versions of each list; who has an older one gets the list whole."""


def note(store: Store, name: str, version: int, hash_: bytes, digests: bytes, now: int) -> None:
    """Keeps the lines of a version that is told to stations from now on. Within a transaction.

    Args:
        store: the registry.
        name: of the list.
        version: of the list; one that was given twice, after a registry was put back, is the later.
        hash_: SHA-256 of the file.
        digests: `sync.wire.list_delta.digests` of its lines.
        now: milliseconds since 1970.
    """
    store.run(
        "INSERT INTO list_lines (name, version, hash, digests, at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (name, version) DO UPDATE SET"
        " hash = excluded.hash, digests = excluded.digests, at = excluded.at",
        name,
        version,
        hash_,
        digests,
        now,
    )
    store.run(
        "DELETE FROM list_lines WHERE name = ? AND version <= ("
        "SELECT version FROM list_lines WHERE name = ? ORDER BY version DESC LIMIT 1 OFFSET ?)",
        name,
        name,
        KEPT,
    )


def is_noted(store: Store, name: str, version: int, hash_: bytes) -> bool:
    """Whether the lines of that very file are kept."""
    return (
        store.row(
            "SELECT 1 FROM list_lines WHERE name = ? AND version = ? AND hash = ?",
            name,
            version,
            hash_,
        )
        is not None
    )


def newest(store: Store, name: str) -> int:
    """The latest version of which the lines are kept; 0 for none."""
    row = store.row("SELECT coalesce(max(version), 0) FROM list_lines WHERE name = ?", name)
    return 0 if row is None else int(row[0])


def digests(store: Store, name: str, version: int) -> bytes | None:
    """The digests of the lines of a version; None where they are not kept."""
    row = store.row("SELECT digests FROM list_lines WHERE name = ? AND version = ?", name, version)
    return None if row is None else bytes(row[0])
