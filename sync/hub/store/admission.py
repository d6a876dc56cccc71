"""How fast stations may come back, and what the hub's processes see of the load."""

from __future__ import annotations

from typing import Final, NamedTuple

from sync.hub.store.database import Store

MOST_ANNOUNCED: Final = 50_000
"""So many entries of one station count at most: none can keep the others away by what it says."""


class Windows(NamedTuple):
    """What was said last.

    Attributes:
        is_set: a person chose it; otherwise the hub steers.
        normal, bulk: seconds.
        at: milliseconds since 1970.
    """

    is_set: int
    normal: int
    bulk: int
    at: int


class Load(NamedTuple):
    """What one process of the hub saw over its last stretch of time.

    Attributes:
        at: the end of the stretch, milliseconds since 1970.
        over: how long it was, milliseconds.
        waited: the longest that a message waited in the broker and in the process, milliseconds.
        busy: how long it worked on messages, milliseconds.
        stored: how many entries it stored.
    """

    process: str
    at: int
    over: int
    waited: int
    busy: int
    stored: int


def windows(store: Store) -> Windows:
    """What was said last."""
    row = store.row("SELECT is_set, normal, bulk, at FROM admission WHERE id = 1")
    return Windows(0, 0, 0, 0) if row is None else Windows(*row)


def say(store: Store, said: Windows) -> None:
    """Keeps what is said. Within a transaction."""
    store.run("UPDATE admission SET is_set = ?, normal = ?, bulk = ?, at = ? WHERE id = 1", *said)


def steer(store: Store, normal: int, bulk: int, at: int) -> None:
    """Keeps what the hub chose, unless a person has chosen meanwhile. Within a transaction."""
    store.run(
        "UPDATE admission SET normal = ?, bulk = ?, at = ? WHERE id = 1 AND is_set = 0",
        normal,
        bulk,
        at,
    )


def report(store: Store, load: Load) -> None:
    """Keeps what a process sees. Within a transaction."""
    store.run(
        "INSERT INTO load (process, at, over, waited, busy, stored) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (process) DO UPDATE SET at = excluded.at, over = excluded.over,"
        " waited = excluded.waited, busy = excluded.busy, stored = excluded.stored",
        *load,
    )


def loads(store: Store, since: int) -> list[Load]:
    """What every process saw that reported after `since`."""
    return [
        Load(*row)
        for row in store.rows(
            "SELECT process, at, over, waited, busy, stored FROM load WHERE at > ?"
            " ORDER BY process",
            since,
        )
    ]


def forget_loads(store: Store, before: int) -> None:
    """Forgets processes that reported nothing since `before`. Within a transaction."""
    store.run("DELETE FROM load WHERE at < ?", before)


def announced(store: Store) -> tuple[int, int]:
    """How many entries stations say they still have to send, and how many stations say so."""
    row = store.row(
        "SELECT CAST(coalesce(sum(min(announced_seq - head_seq, ?)), 0) AS INTEGER), count(*)"
        " FROM station WHERE announced_seq > head_seq",
        MOST_ANNOUNCED,
    )
    return (0, 0) if row is None else (row[0], row[1])


def undecided(store: Store) -> tuple[int, int]:
    """How many stored entries wait for a decision, and of how many stations."""
    row = store.row(
        "SELECT CAST(coalesce(sum(head_seq - decided_seq), 0) AS INTEGER), count(*)"
        " FROM station WHERE decided_seq < head_seq"
    )
    return (0, 0) if row is None else (row[0], row[1])


def last_heard(store: Store) -> int:
    """When any station was answered last, milliseconds since 1970; 0 for never."""
    row = store.row("SELECT coalesce(max(acknowledged_at), 0) FROM station")
    return 0 if row is None else row[0]
