"""Bodies that are not kept: which are noted, which are due, and how one is taken out."""

from __future__ import annotations

from collections.abc import Sequence

from sync.hub.store import parts
from sync.hub.store.database import Store


def note(store: Store, station: str, seqs: Sequence[int], now: int) -> None:
    """Notes entries whose body goes. Within the transaction that decides on them."""
    store.run_many(
        "INSERT INTO shedding (station, seq, since) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
        [(station, seq, now) for seq in seqs],
    )


def note_at_once(store: Store, entries: Sequence[tuple[str, int]]) -> None:
    """Notes entries of a person who is deleted: their bodies go whatever the office's rule says.

    Within a transaction. What was shed before stays so.
    """
    store.run_many(
        "INSERT INTO shedding (station, seq, since)"
        " SELECT station, seq, 0 FROM entry WHERE station = ? AND seq = ? AND shed_at IS NULL"
        " AND envelope IS NOT NULL ON CONFLICT (station, seq) DO UPDATE SET since = 0",
        entries,
    )
    scrub_later(store)


def scrub_later(store: Store) -> None:
    """Notes that something was deleted which may still stand in the log. Within a transaction."""
    store.run("INSERT INTO scrub_due (since) VALUES (0)")


def stations(store: Store) -> list[str]:
    """Stations with bodies that go, by name."""
    names: list[str] = []
    last = ""
    # From one name to the next: the rows of a month are not gone through for it.
    while True:
        row = store.row(
            "SELECT min(station) FROM shedding WHERE withheld = 0 AND shed = 0 AND station > ?",
            last,
        )
        if row is None or row[0] is None:
            return names
        last = row[0]
        names.append(last)


def due(store: Store, station: str, before: int, most: int) -> list[tuple[int, bytes]]:
    """Number and envelope of up to `most` entries of a station that were decided by `before`.

    Only those whose signatures were all checked up to there; without those of which the body is
    gone or is withheld.
    """
    return [
        (seq, data)
        for seq, data in store.rows(
            "SELECT seq, envelope FROM shedding JOIN entry USING (station, seq)"
            " JOIN station ON name = station"
            " WHERE station = ? AND since <= ? AND withheld = 0 AND shed = 0"
            " AND seq <= checked_seq ORDER BY since, seq LIMIT ?",
            station,
            before,
            most,
        )
    ]


def shed(store: Store, station: str, seq: int, remnant: bytes, now: int) -> None:
    """Puts the remnant in the place of the envelope; its parts go too. Within a transaction."""
    store.run(
        "UPDATE entry SET envelope = ?, shed_at = ? WHERE station = ? AND seq = ?",
        remnant,
        now,
        station,
        seq,
    )
    store.run("UPDATE shedding SET shed = 1 WHERE station = ? AND seq = ?", station, seq)
    parts.shed(store, station, seq, now)


def withhold(store: Store, station: str, seq: int) -> None:
    """Keeps a body whose envelope's signature failed. Within a transaction."""
    store.run("UPDATE shedding SET withheld = 1 WHERE station = ? AND seq = ?", station, seq)


def overwritten(store: Store) -> int | None:
    """Whether something was taken out that may still stand in a file.

    Returns:
        A mark for `gone`: what was taken out later is not meant. None where there is nothing.
    """
    row = store.row("SELECT max(rowid) FROM scrub_due")
    if row is not None and row[0] is not None:
        return int(row[0])
    shed = store.row("SELECT 1 FROM shedding WHERE shed = 1 LIMIT 1")
    return None if shed is None else 0


def gone(store: Store, mark: int) -> None:
    """Forgets what was shed before the mark; call it when all is scrubbed. Within a transaction.

    Bodies are shed by the one who also scrubs.
    """
    store.run("DELETE FROM shedding WHERE shed = 1")
    store.run("DELETE FROM scrub_due WHERE rowid <= ?", mark)
