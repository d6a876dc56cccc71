"""What a person must look into: counted by station and code, with the evidence of forks."""

from __future__ import annotations

from typing import Final, NamedTuple

from sync.hub.store.database import Store
from sync.wire import remnant
from sync.wire.envelope import Envelope

_MOST_FORKS: Final = 100  # for one station: enough to prove it, too few to fill a disk


class Alarm(NamedTuple):
    """A trouble of a station: how often, when first and last, where in its chain."""

    station: str
    code: str
    detail: str
    seq: int | None
    times: int
    first_at: int
    last_at: int


def raise_alarm(
    store: Store, station: str, code: str, now: int, *, seq: int | None = None, detail: str = ""
) -> bool:
    """Counts an alarm. Within a transaction.

    Returns:
        Whether it is the first of its kind from this station.
    """
    store.run(
        "INSERT INTO alarm (station, code, detail, seq, first_at, last_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (station, code) DO UPDATE SET times = alarm.times + 1, detail = excluded.detail,"
        " seq = excluded.seq, last_at = excluded.last_at",
        station,
        code,
        detail,
        seq,
        now,
        now,
    )
    times = store.row("SELECT times FROM alarm WHERE station = ? AND code = ?", station, code)
    return times == (1,)


def keep_fork(store: Store, station: str, envelope: Envelope, now: int) -> None:
    """Keeps the remnant of an envelope that proves a second history, and was verified.

    It proves the same as the whole, and holds nobody's data. Within a transaction.

    Args:
        store: the registry.
        station: whose history it is.
        envelope: the proof.
        now: milliseconds since 1970.
    """
    row = store.row("SELECT count(*) FROM fork WHERE station = ?", station)
    if row is not None and row[0] < _MOST_FORKS:
        store.run(
            "INSERT INTO fork (station, seq, hash, envelope, seen_at)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            station,
            envelope.header.seq,
            envelope.hash,
            remnant.leave(envelope),
            now,
        )


def forks(store: Store, station: str) -> list[tuple[int, bytes]]:
    """Number and bytes of the remnants that prove a second history."""
    return [
        (seq, data)
        for seq, data in store.rows(
            "SELECT seq, envelope FROM fork WHERE station = ? ORDER BY seq, hash", station
        )
    ]


def alarms(store: Store) -> list[Alarm]:
    """Every alarm, the latest first."""
    return [
        Alarm(*row)
        for row in store.rows(
            "SELECT station, code, detail, seq, times, first_at, last_at FROM alarm"
            " ORDER BY last_at DESC, station, code"
        )
    ]
