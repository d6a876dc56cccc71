"""What recording costs: a signed, sealed, durable operation against a bare commit of its bytes.

Both write to the same disk, in turns, with WAL and synchronous=FULL: the bare peer the plain
operation of 1.5 KB into a table of one column, ours what `Journal.record` makes of it. The figure
is the median over rounds of ours / bare, where each round compares medians over its commits.

`python -m tests.benchmarks.record` prints `BENCH record ratio=... limit=1.5 ok|short`.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from sync.edge.clock import uuid7
from sync.edge.journal import Position, Recorded
from sync.model import operation
from sync.model.preregistration import Preregistration
from sync.wire import canonical
from tests.unit.edge.stations import make_station, preregistration

LIMIT = 1.5
OPERATION_BYTES = 1500
ROUNDS = 19
COMMITS = 20


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians in microseconds, and the median of the rounds' ratios."""

    ours: float
    bare: float
    ratio: float
    stored_bytes: int


def sized_operation(position: Position) -> Preregistration:
    """A preregistration whose plain encoding has 1.5 KB."""
    bare = preregistration(position, note="")
    words = " ".join(f"{number}" for number in range(1000, 1400))
    missing = OPERATION_BYTES - len(canonical.encode(operation.to_plain(bare)))
    return preregistration(position, note=words[: missing - 2])


def measure(folder: Path, *, rounds: int = ROUNDS, commits: int = COMMITS) -> Figures:
    """Both peers, interleaved, in `folder`."""
    station = make_station(folder / "station")
    store = station.store()
    journal = station.journal(store)
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode = WAL")
    bare.execute("PRAGMA synchronous = FULL")
    bare.execute("CREATE TABLE operation (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    content = sized_operation(Position(1, bytes(32), 1, "222222223"))
    plain = canonical.encode(operation.to_plain(content))
    sealing_key = station.hub.unsealing.sealing_key

    def ours() -> None:
        recorded = journal.record(
            uuid7(time.time_ns() // 1_000_000),
            lambda position: replace(content, registration_number=position.registration_number),
        )
        if not isinstance(recorded, Recorded):
            raise TypeError(recorded.code)

    def theirs() -> None:
        bare.execute("INSERT INTO operation (body) VALUES (?)", (plain,))

    each: list[tuple[float, float]] = []
    for _ in range(rounds):
        sealing_key.prepare(commits)
        each.append(_round(ours, theirs, commits))
    entries = store.entries(1, most=1)
    stored = len(entries[0].envelope) if isinstance(entries, list) else 0
    bare.close()
    store.close()
    return Figures(
        ours=statistics.median(one for one, _ in each),
        bare=statistics.median(other for _, other in each),
        ratio=statistics.median(one / other for one, other in each),
        stored_bytes=stored,
    )


def _round(
    ours: Callable[[], None], theirs: Callable[[], None], commits: int
) -> tuple[float, float]:
    """Medians in microseconds; strictly in turns, so that each commit follows the other's."""
    spent: dict[Callable[[], None], list[float]] = {ours: [], theirs: []}
    for _ in range(commits):
        for work in (theirs, ours):
            started = time.perf_counter_ns()
            work()
            spent[work].append((time.perf_counter_ns() - started) / 1000)
    return statistics.median(spent[ours]), statistics.median(spent[theirs])


def main() -> int:
    """Measures on the disk of the temporary folder; 1 where the limit is not held."""
    with tempfile.TemporaryDirectory(prefix="sportello-bench-") as folder:
        figures = measure(Path(folder))
    held = figures.ratio <= LIMIT
    print(
        f"record: {figures.ours:.0f} us for {OPERATION_BYTES} bytes made {figures.stored_bytes},"
        f" bare commit {figures.bare:.0f} us"
    )
    print(f"BENCH record ratio={figures.ratio:.2f} limit={LIMIT} {'ok' if held else 'short'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
