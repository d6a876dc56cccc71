"""What a long history costs: start and memory with a thousand and with a million entries; and space.

Two stores are filled with entries as a station's are, whose envelopes were made by the journal
itself; all but the newest are acknowledged, as they are at a station that works. A fresh process
opens each in turns as the window does: the store with its checks, where it stands, what the outbox
shows first, the search of an old registration number, the first message that the link would send;
and records once. The figures are the medians over the rounds of the large store's time and of its
highest memory, over those of the small one. A store of 50,000 entries that nobody acknowledged
answers for 90 days without a network: its size, its log, and what is left on a card of 16 GB.

`python -m tests.benchmarks.history [ENTRIES]` prints `BENCH start ratio=... limit=1.5 ok|short`,
`BENCH memory ratio=... limit=1.1 ok|short` and `BENCH space ...`.
"""

from __future__ import annotations

import json
import sqlite3
import statistics
import subprocess
import sys
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sync.edge.clock import uuid7
from sync.edge.journal import Recorded
from sync.edge.space import BALLAST_BYTES, FLOOR_BYTES, RESERVE_BYTES
from sync.edge.store import FILE_NAME
from sync.edge.vault import Vault
from sync.wire import hybrid_time
from sync.wire.hybrid_time import HybridTime
from tests.benchmarks.record import sized_operation
from tests.unit.edge.stations import Station, make_station

SMALL, LARGE = 1_000, 1_000_000
OFFLINE = 50_000
START_LIMIT, MEMORY_LIMIT = 1.5, 1.1
ROUNDS = 9
CARD_BYTES = 16_000_000_000
SYSTEM_BYTES = 6_000_000_000
"""What the system and the program take of a card, with room for an upgrade beside it."""
AT_ONCE = 10_000
REPOSITORY = Path(__file__).parents[2]

CHILD = """
import json, resource, sys, time
from pathlib import Path
from sync.edge import station
from sync.edge.link.dispatch import Entries
from sync.edge.link.packing import pack
from sync.edge.outbox import Outbox
from sync.edge.store import Store
from sync.edge.vault import Vault
profile = station.load(Path(sys.argv[1]))
began = time.perf_counter()
store = Store.open(profile.store, station=profile.name, code=profile.code, vault=Vault(bytes(32)))
opened = time.perf_counter()
head, standing = store.head(), store.standing()
Outbox(store).entries(most=50)
Outbox(store).needing_a_person()
store.entry_of_number(head.seq // 3)
pack(Entries(standing.watermark + 1, 50), store, known=standing.decided)
ended = time.perf_counter()
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
store.close()
print(json.dumps([ended - began, opened - began, peak]))
"""


@dataclass(frozen=True, slots=True)
class Start:
    """One start: seconds until the first page can be shown, of those for the store, and KiB."""

    seconds: float
    opening: float
    peak: float


def fill(station: Station, count: int, *, acknowledged: bool) -> int:
    """Fills the station's store with `count` entries; bytes of one envelope as it lies there."""
    vault = Vault(bytes(32))
    store = station.store(vault=vault)
    journal = station.journal(store)
    for _ in range(2):
        assert isinstance(journal.record(uuid7(1_790_000_000_000), sized_operation), Recorded)
    store.close()
    path = station.profile.store / FILE_NAME
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        row = raw.execute(
            "SELECT kind, recorded_at, hash, envelope, segment FROM journal WHERE seq = 1"
        ).fetchone()
        # Ends are whole, as they were recorded: what lies between only takes its place.
        end = count - 2
        raw.execute("PRAGMA synchronous = OFF")
        for first in range(3, end + 1, AT_ONCE):
            raw.execute("BEGIN")
            raw.executemany(
                "INSERT INTO journal (seq, operation_id, kind, counter, recorded_at, hash,"
                " envelope, segment, hybrid) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    (
                        seq,
                        _operation_id(seq).bytes,
                        row[0],
                        seq,
                        row[1] + seq,
                        row[2],
                        row[3] if seq < end else b"",
                        row[4],
                        hybrid_time.to_number(HybridTime(1_790_000_000_000 + seq)),
                    )
                    for seq in range(first, min(first + AT_ONCE, end + 1))
                ),
            )
            raw.execute("COMMIT")
        if acknowledged:
            raw.execute("UPDATE watermark SET up_to = ?1, decided = ?1", (end,))
        raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    store = station.store(vault=vault)
    assert store.rebuilt() is None
    journal = station.journal(store)
    for _ in range(2):
        assert isinstance(journal.record(uuid7(1_800_000_000_000), sized_operation), Recorded)
    store.close()
    return len(row[3])


def _operation_id(seq: int) -> UUID:
    return uuid7(1_790_000_000_000 + seq)


def start(station: Station) -> Start:
    """One start in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(station.profile.folder)],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    return Start(*json.loads(done.stdout))


def main(large: int = LARGE) -> int:
    """Prints the figures; 1 where one is beyond its limit."""
    with tempfile.TemporaryDirectory(prefix="sportello-history-") as name:
        folder = Path(name)
        small = make_station(folder / "small")
        big = make_station(folder / "large")
        fill(small, SMALL, acknowledged=True)
        fill(big, large, acknowledged=True)
        rounds = [(start(small), start(big)) for _ in range(ROUNDS)]
        offline = make_station(folder / "offline")
        each = fill(offline, OFFLINE, acknowledged=False)
        used = sum(file.stat().st_size for file in offline.profile.store.iterdir())
        failed = start(offline).seconds <= 0
    starts = [one for one, _ in rounds], [two for _, two in rounds]
    time_ratio = _median(starts[1], "seconds") / _median(starts[0], "seconds")
    memory_ratio = _median(starts[1], "peak") / _median(starts[0], "peak")
    kept = FLOOR_BYTES + BALLAST_BYTES + RESERVE_BYTES
    left = CARD_BYTES - SYSTEM_BYTES - used - kept
    is_flat, is_small = time_ratio <= START_LIMIT, memory_ratio <= MEMORY_LIMIT
    print(f"{SMALL} against {large} entries, medians of {ROUNDS} starts in turns")
    for title, found in zip(("small", "large"), starts, strict=True):
        print(
            f"  {title}: start {_median(found, 'seconds') * 1000:.1f} ms,"
            f" of it the store {_median(found, 'opening') * 1000:.1f} ms,"
            f" memory {_median(found, 'peak') / 1024:.1f} MiB"
        )
    print(f"  {OFFLINE} entries offline: {used / 1e6:.0f} MB, {used // OFFLINE} bytes each,")
    print(
        f"  an envelope of 1.5 KB lies as {each} bytes; {left / 1e6:.0f} MB of the card stay free"
    )
    print(_line("start", time_ratio, START_LIMIT, is_good=is_flat))
    print(_line("memory", memory_ratio, MEMORY_LIMIT, is_good=is_small))
    print(f"BENCH space bytes_each={used // OFFLINE} left_mb={left // 10**6} {_word(left > 0)}")
    return 0 if is_flat and is_small and left > 0 and not failed else 1


def _median(starts: list[Start], name: str) -> float:
    return float(statistics.median(getattr(one, name) for one in starts))


def _line(name: str, ratio: float, limit: float, *, is_good: bool) -> str:
    return f"BENCH {name} ratio={ratio:.2f} limit={limit} {_word(is_good)}"


def _word(is_good: bool) -> str:  # noqa: FBT001 - what is said is whether
    return "ok" if is_good else "short"


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LARGE))
