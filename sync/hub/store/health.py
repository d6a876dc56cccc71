"""What stations say of themselves, what is wrong now, and the figures that tell it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sync.hub.store.database import Store


@dataclass(frozen=True, slots=True)
class Concern:
    """Something that is wrong now.

    Attributes:
        code: what.
        subject: a station's name, or `hub`.
        detail: figures; nothing personal.
        since: since when it has been seen, milliseconds since 1970.
        told_at: when it was counted as an alarm last.
    """

    code: str
    subject: str
    detail: str = ""
    since: int = 0
    told_at: int = 0


class Heard(NamedTuple):
    """A station's last report, as it came, and when."""

    station: str
    heard_at: int
    report: bytes


class Ending(NamedTuple):
    """The newest TLS certificate of a device that is in use, and when it ends."""

    device: str
    ends_at: int


def keep(store: Store, station: str, report: bytes, now: int) -> None:
    """Keeps a station's report in the place of the one before. Within a transaction."""
    store.run(
        "INSERT INTO station_health (station, heard_at, report) VALUES (?, ?, ?)"
        " ON CONFLICT (station) DO UPDATE SET"
        " heard_at = excluded.heard_at, report = excluded.report",
        station,
        now,
        report,
    )


def reports(store: Store) -> list[Heard]:
    """Every enrolled station's last report, by its name."""
    return [
        Heard(*row)
        for row in store.rows(
            "SELECT station, heard_at, report FROM station_health"
            " JOIN station ON station.name = station_health.station ORDER BY station"
        )
    ]


def concerns(store: Store) -> list[Concern]:
    """Everything that is wrong now, by code and subject."""
    return [
        Concern(*row)
        for row in store.rows(
            "SELECT code, subject, detail, since, told_at FROM concern ORDER BY code, subject"
        )
    ]


def put(store: Store, found: Sequence[Concern]) -> None:
    """Keeps concerns, new or seen again. Within a transaction."""
    store.run_many(
        "INSERT INTO concern (code, subject, detail, since, told_at) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (code, subject) DO UPDATE SET"
        " detail = excluded.detail, told_at = excluded.told_at",
        [(one.code, one.subject, one.detail, one.since, one.told_at) for one in found],
    )


def settle(store: Store, gone: Sequence[Concern]) -> None:
    """Takes away what is so no more. Within a transaction."""
    store.run_many(
        "DELETE FROM concern WHERE code = ? AND subject = ?",
        [(one.code, one.subject) for one in gone],
    )


def oldest_undecided(store: Store) -> int | None:
    """When the entry came that has waited longest for its decision; None where none waits."""
    row = store.row(
        "SELECT min(received_at) FROM station JOIN entry"
        " ON entry.station = station.name AND entry.seq = station.decided_seq + 1"
        " WHERE decided_seq < head_seq"
    )
    return None if row is None else row[0]


def gaps(store: Store) -> list[tuple[str, int, int]]:
    """Each station of which entries are missing: how many, and since when, in milliseconds."""
    return [
        (station, count, since)
        for station, count, since in store.rows(
            "SELECT station, count(*), min(decided_at) FROM decision WHERE outcome = 'missing'"
            " GROUP BY station ORDER BY station"
        )
    ]


def forked(store: Store) -> list[tuple[str, int]]:
    """Each station with two histories, and how many proofs; not those that were revoked since."""
    return [
        (station, count)
        for station, count in store.rows(
            "SELECT fork.station, count(*) FROM fork LEFT JOIN device ON device.name = fork.station"
            " WHERE device.state IS NULL OR device.state <> 'revocato'"
            " GROUP BY fork.station ORDER BY fork.station"
        )
    ]


def endings(store: Store) -> list[Ending]:
    """When the newest TLS certificate of each device that is in use ends."""
    return [
        Ending(*row)
        for row in store.rows(
            "SELECT device, max(ends_at) FROM device_certificate"
            " JOIN device ON device.name = device_certificate.device"
            " WHERE use = 'tls' AND revoked_at IS NULL AND device.state IN ('attivo', 'bloccato')"
            " GROUP BY device ORDER BY device"
        )
    ]


def silent(store: Store, since: int) -> list[tuple[str, int]]:
    """Active devices that were not heard since; a device that never spoke is not among them."""
    return [
        (name, last_seen)
        for name, last_seen in store.rows(
            "SELECT name, last_seen FROM device"
            " WHERE state = 'attivo' AND last_seen BETWEEN 1 AND ? ORDER BY name",
            since,
        )
    ]


def devices_by_state(store: Store) -> dict[str, int]:
    """How many devices are in each state of R-004-12."""
    return dict(store.rows("SELECT state, count(*) FROM device GROUP BY state"))


def totals(store: Store) -> tuple[int, int, int]:
    """How many stations there are, and how many entries of theirs are held and decided."""
    row = store.row(
        "SELECT count(*), coalesce(sum(head_seq), 0), coalesce(sum(decided_seq), 0) FROM station"
    )
    return (0, 0, 0) if row is None else (int(row[0]), int(row[1]), int(row[2]))


def letters_waiting(store: Store) -> tuple[int, int]:
    """How many letters wait, and when the oldest was queued (0 for none)."""
    row = store.row("SELECT count(*), coalesce(min(queued_at), 0) FROM waiting_letter")
    return (0, 0) if row is None else (row[0], row[1])


def signed_lists(store: Store) -> dict[str, tuple[int, int]]:
    """Version and time of the roster and of the list of stations that were signed last."""
    found = {}
    for name, statement in (
        ("roster", "SELECT version, signed_at FROM roster_version ORDER BY version DESC LIMIT 1"),
        ("stations", "SELECT version, at FROM device_publication ORDER BY version DESC LIMIT 1"),
    ):
        row = store.row(statement)
        if row is not None:
            found[name] = (row[0], row[1])
    return found
