"""Backups that were made, and what came again after the registry was put back to one."""

from __future__ import annotations

from dataclasses import dataclass

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A station after the registry was put back.

    Attributes:
        before: where its chain stood in the backup.
        again: entries that have come since and were recorded before the registry was lost, or
            after: the hub cannot tell these apart.
        missing: entries of which only the hash came: the station has forgotten them, and the backup
            does not hold them.
        heard_at: when the station was answered last, milliseconds since 1970.
    """

    station: str
    before: int
    again: int
    missing: int
    heard_at: int


def made(store: Store, now: int, digest: bytes, size: int, *, is_away: bool) -> None:
    """Keeps that a backup was made. Within a transaction."""
    store.run(
        "INSERT INTO backup (made_at, hash, size, is_away) VALUES (?, ?, ?, ?)",
        now,
        digest,
        size,
        int(is_away),
    )


def last_away(store: Store) -> int:
    """When the last backup elsewhere was made, milliseconds since 1970; 0 for never."""
    row = store.row("SELECT coalesce(max(made_at), 0) FROM backup WHERE is_away = 1")
    return 0 if row is None else row[0]


def put_back(store: Store, now: int, backup_at: int, floor: int) -> None:
    """Keeps that this registry is a copy of `backup_at`. Within a transaction.

    Args:
        store: the registry.
        now: milliseconds since 1970.
        backup_at: likewise.
        floor: signed lists go on above this version; none of them counts as signed.
    """
    nothing = bytes(32)
    store.run(
        "INSERT INTO roster_version (version, hash, signed_at) VALUES (?, ?, ?)"
        " ON CONFLICT DO NOTHING",
        floor,
        nothing,
        now,
    )
    store.run(
        "INSERT INTO device_publication (version, content, begins, hash, at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
        floor,
        nothing,
        now // 1000 - 3600,
        nothing,
        now,
    )
    store.run("INSERT INTO rebuilding (began_at, backup_at) VALUES (?, ?)", now, backup_at)
    store.run(
        "INSERT INTO rebuilding_head (rebuilding, station, seq)"
        " SELECT (SELECT max(id) FROM rebuilding), name, head_seq FROM station"
    )


def rebuilding(store: Store) -> tuple[int, int] | None:
    """When the registry was put back last, and of when the backup was; None for never."""
    row = store.row("SELECT began_at, backup_at FROM rebuilding ORDER BY id DESC LIMIT 1")
    return None if row is None else (row[0], row[1])


def rebuilt(store: Store) -> list[Rebuilt]:
    """Each station's difference, by name, since the registry was put back last."""
    return [
        Rebuilt(*row)
        for row in store.rows(
            "SELECT station.name, head.seq,"
            " (SELECT count(*) FROM entry WHERE entry.station = station.name"
            "   AND entry.seq > head.seq AND envelope IS NOT NULL),"
            " (SELECT count(*) FROM entry WHERE entry.station = station.name"
            "   AND entry.seq > head.seq AND envelope IS NULL),"
            " station.acknowledged_at"
            " FROM rebuilding_head AS head JOIN station ON station.name = head.station"
            " WHERE head.rebuilding = (SELECT max(id) FROM rebuilding) ORDER BY station.name"
        )
    ]
