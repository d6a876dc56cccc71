"""Which version of each signed list the stations have said that they hold."""

from __future__ import annotations

from dataclasses import dataclass

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True)
class Holding:
    """What a station said last.

    Attributes:
        version: 0 where it has never asked.
        told_at: milliseconds since 1970.
    """

    station: str
    version: int
    told_at: int


def told(store: Store, station: str, name: str, version: int, now: int) -> None:
    """Keeps what a station said that it holds. Within a transaction."""
    store.run(
        "INSERT INTO list_held (station, name, version, told_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (station, name) DO UPDATE SET"
        " version = excluded.version, told_at = excluded.told_at",
        station,
        name,
        version,
        now,
    )


def is_known(store: Store, station: str, name: str, version: int, since: int) -> bool:
    """Whether a station has said so already, at `since` or later."""
    row = store.row(
        "SELECT 1 FROM list_held WHERE station = ? AND name = ? AND version = ? AND told_at >= ?",
        station,
        name,
        version,
        since,
    )
    return row is not None


def holdings(store: Store, name: str) -> list[Holding]:
    """Of every enrolled station, by its name."""
    return [
        Holding(*row)
        for row in store.rows(
            "SELECT station.name, coalesce(version, 0), coalesce(told_at, 0) FROM station"
            " LEFT JOIN list_held ON list_held.station = station.name AND list_held.name = ?"
            " ORDER BY station.name",
            name,
        )
    ]
