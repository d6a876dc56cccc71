"""What entries have told of the boot in which a station is."""

from __future__ import annotations

from sync.hub.store.database import Store
from sync.hub.time_bounds import Tie


def of_station(store: Store, name: str) -> Tie | None:
    """Of the newest entry that was decided; None for none."""
    row = store.row("SELECT boot_id, latest, right_at FROM station_boot WHERE station = ?", name)
    return None if row is None else Tie(bytes(row[0]), row[1], row[2])


def keep(store: Store, name: str, tie: Tie) -> None:
    """Keeps it. Within a transaction."""
    store.run(
        "INSERT INTO station_boot (station, boot_id, latest, right_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (station) DO UPDATE SET boot_id = excluded.boot_id,"
        " latest = excluded.latest, right_at = excluded.right_at",
        name,
        tie.boot_id,
        tie.latest,
        tie.right,
    )
