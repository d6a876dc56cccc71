"""What the hub's acknowledgements and the link's own notes say, in the store's tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sync.edge import trouble
from sync.edge.hybrid_clock import NEVER, Heard
from sync.edge.store import holding
from sync.edge.store.rows import LinkRow, Rebuilt
from sync.wire.receipt import Accepted, Missing, Outcome, Refused

_MOST_TOLD: Final = 100
# Of what the hub has decided only that is lost which it never got.
_LOST: Final = (
    "FROM lost WHERE seq > (SELECT decided FROM watermark)"
    " OR seq IN (SELECT seq FROM verdict WHERE outcome = 'missing')"
)


@dataclass(frozen=True, slots=True)
class Said:
    """A verified acknowledgement, as `Store.acknowledge` takes it.

    Attributes:
        is_vouched: a person says that what left was taken in.
    """

    up_to: int
    decided: int
    outcomes: Mapping[int, Outcome]
    data: bytes
    hub_time: int
    sent_at: int | None
    received_at: int
    secured: int
    heard: Heard = NEVER
    is_live: bool = False
    is_vouched: bool = False


def keep(raw: sqlite3.Connection, said: Said) -> bool:
    """Keeps what an acknowledgement said; nothing that is kept goes back.

    Returns:
        Whether it ended the hold of a store that was made anew.
    """
    is_released = _ends_hold(raw, said)
    against = trouble.REBUILT if holding.is_held(raw) else None
    before, known, newest, secured = raw.execute(
        "SELECT up_to, decided, hub_time, secured FROM watermark"
    ).fetchone()
    if min(said.secured, max(known, said.decided)) > secured:
        # Those that this very acknowledgement tells of may not be in that backup.
        raw.execute("UPDATE late SET backups = backups + 1")
    for seq, outcome in said.outcomes.items():
        if seq > known or said.hub_time >= newest:
            _note_late(raw, seq, outcome)
            keep_verdict(raw, seq, outcome, said.hub_time)
    raw.execute(
        "UPDATE standing SET trouble = ? WHERE trouble NOT NULL AND hub_time < ?",
        (against, said.hub_time),
    )
    raw.execute(
        "UPDATE watermark SET up_to = max(up_to, ?), decided = max(decided, ?),"
        " hub_time = max(hub_time, ?)",
        (said.up_to, said.decided, said.hub_time),
    )
    raw.execute(
        "UPDATE watermark SET secured = max(secured, min(?, decided)) WHERE secured < ?",
        (said.secured, said.secured),
    )
    if said.heard.hub_time:
        keep_heard(raw, said.heard)
    if said.up_to > before:
        raw.execute(
            "INSERT INTO acknowledgement (up_to, sent_at, received_at, data) VALUES (?, ?, ?, ?)",
            (said.up_to, said.sent_at, said.received_at, said.data),
        )
    return is_released


def _ends_hold(raw: sqlite3.Connection, said: Said) -> bool:
    """Only a word of now does: an old one says nothing of what the hub holds since."""
    (newest,) = raw.execute("SELECT hub_time FROM standing").fetchone()
    if not (said.is_live and said.hub_time > newest and holding.is_held(raw)):
        return False
    is_covered = holding.covers(raw, said.up_to)
    if is_covered or said.is_vouched:
        holding.release(raw, said.received_at, is_vouched=not is_covered)
        return True
    return False


def keep_heard(raw: sqlite3.Connection, heard: Heard) -> None:
    """Keeps when the hub was heard; an older time changes nothing."""
    raw.execute(
        "UPDATE heard SET hub_time = ?, boot_id = ?, monotonic = ? WHERE hub_time < ?",
        (heard.hub_time, heard.boot_id, heard.monotonic, heard.hub_time),
    )


def heard_last(raw: sqlite3.Connection) -> Heard:
    """When the hub was heard last, `NEVER` for never."""
    return Heard(*raw.execute("SELECT hub_time, boot_id, monotonic FROM heard").fetchone())


def rebuilt(raw: sqlite3.Connection) -> Rebuilt | None:
    """The last time that the store was made anew, None for never."""
    row = raw.execute("SELECT aside, at FROM rebuilt ORDER BY id DESC LIMIT 1").fetchone()
    if row is None:
        return None
    lost = raw.execute(f"SELECT seq {_LOST} ORDER BY seq LIMIT ?", (_MOST_TOLD,)).fetchall()
    (in_all,) = raw.execute(f"SELECT count(*) {_LOST}").fetchone()
    places = tuple(seq for (seq,) in lost)
    return Rebuilt(row[0], row[1], places, in_all, holding.is_held(raw))


def note_link(raw: sqlite3.Connection, row: LinkRow) -> None:
    """Notes what the link is doing."""
    first, last = row.in_flight or (None, None)
    raw.execute(
        "UPDATE link SET connected = ?, hub_present = ?, code = ?, since = ?,"
        " heartbeat = ?, next_try_at = ?, in_flight_first = ?, in_flight_last = ?,"
        " sent_at = ?",
        (
            row.connected,
            row.hub_present,
            row.code,
            row.since,
            row.heartbeat,
            row.next_try_at,
            first,
            last,
            row.sent_at,
        ),
    )


def noted_link(raw: sqlite3.Connection) -> LinkRow:
    """What the link noted last."""
    row = raw.execute(
        "SELECT connected, hub_present, code, since, heartbeat, next_try_at,"
        " in_flight_first, in_flight_last, sent_at FROM link"
    ).fetchone()
    in_flight = None if row[6] is None or row[7] is None else (row[6], row[7])
    return LinkRow(bool(row[0]), bool(row[1]), row[2], row[3], row[4], row[5], in_flight, row[8])


def hash_at(raw: sqlite3.Connection, seq: int) -> bytes | None:
    """The hash of the entry at `seq`, or None."""
    row = raw.execute("SELECT hash FROM journal WHERE seq = ?", (seq,)).fetchone()
    return None if row is None else bytes(row[0])


def place_of_number(raw: sqlite3.Connection, counter: int) -> int | None:
    """The place of the entry that issued the `counter`-th number, if any did.

    Halves the journal: counters never fall along it, and an index would slow every record.

    Entries that issue no number repeat the counter before them, so the first one with a counter is
    the one that issued it; a count of none stands before all numbers.
    """
    if counter < 1:
        return None
    low, high = 1, raw.execute("SELECT coalesce(max(seq), 0) FROM journal").fetchone()[0]
    while low < high:
        middle = (low + high) // 2
        found = raw.execute("SELECT counter FROM journal WHERE seq = ?", (middle,)).fetchone()[0]
        if found < counter:
            low = middle + 1
        else:
            high = middle
    return low


def _note_late(raw: sqlite3.Connection, seq: int, outcome: Outcome) -> None:
    """An entry that was missing has come: no backup that is told of already holds it."""
    if not isinstance(outcome, Missing):
        raw.execute(
            "INSERT OR IGNORE INTO late (seq) SELECT seq FROM verdict"
            " WHERE seq = ? AND outcome = 'missing'",
            (seq,),
        )


def keep_verdict(raw: sqlite3.Connection, seq: int, outcome: Outcome, hub_time: int) -> None:
    """Keeps an outcome that is not accepted, and forgets one that has become so."""
    match outcome:
        case Accepted():
            raw.execute("DELETE FROM verdict WHERE seq = ?", (seq,))
        case Refused(code, rule, remedy):
            raw.execute(
                "INSERT OR REPLACE INTO verdict (seq, outcome, code, rule, remedy, decided_at)"
                " VALUES (?, 'refused', ?, ?, ?, ?)",
                (seq, code, rule, remedy, hub_time),
            )
        case Missing():
            raw.execute(
                "INSERT INTO verdict (seq, outcome, decided_at) VALUES (?, 'missing', ?)"
                " ON CONFLICT DO NOTHING",
                (seq, hub_time),
            )
