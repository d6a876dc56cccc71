"""What recording costs: a signed, sealed, durable operation against a bare commit of its bytes.

Both write to the same disk, in turns commit by commit, with WAL and synchronous=FULL, each into a
file made for this run: the peer the plain operation of 1.5 KB, encoded beforehand, into a table of
one column; ours what `Journal.record` makes of the operation. Before each round the keys of bodies
are made ahead, as the kiosk does while a person types (`Journal.prepare`). Ours lies sealed once more by
the station's vault, whose new key for every 64 entries is part of the time. The figure is the median
over rounds of ours / bare, where each round compares medians over its commits; the rounds are spread
over several pairs of files.

A part of the difference goes the other way: SQLite's log grows with the first thousand pages, which
costs the file system a write of its own at each commit, and the station's store makes its log ahead.
So the same is also shown against a peer whose log has reached its size; that figure has no limit.

`python -m tests.benchmarks.record` prints `BENCH record ratio=... limit=1.5 ok|short`.
"""

from __future__ import annotations

import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sync.edge.clock import uuid7
from sync.edge.journal import Position
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.model import operation
from sync.model.preregistration import Preregistration
from sync.wire import canonical
from tests.unit.edge.stations import make_station, preregistration

LIMIT = 1.5
OPERATION_BYTES = 1500
PAIRS = 4
ROUNDS = 20
COMMITS = 12
GROWN_COMMITS = 600

Rounds = list[tuple[float, float]]

Work = Callable[[], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians in microseconds, and medians of the rounds' ratios.

    Attributes:
        ratio: ours / bare.
        ratio_to_grown: ours / bare with a log that has reached its size.
    """

    ours: float
    bare: float
    grown: float
    ratio: float
    ratio_to_grown: float
    stored_bytes: int


def sized_operation(position: Position) -> Preregistration:
    """A preregistration whose plain encoding has 1.5 KB."""
    bare = preregistration(position, note="")
    words = " ".join(f"{number}" for number in range(1000, 1400))
    missing = OPERATION_BYTES - len(canonical.encode(operation.to_plain(bare)))
    return preregistration(position, note=words[: missing - 2])


def measure(
    folder: Path, *, pairs: int = PAIRS, rounds: int = ROUNDS, commits: int = COMMITS
) -> Figures:
    """Against both peers, commit by commit in turns, in `folder`."""
    to_fresh: Rounds = []
    to_grown: Rounds = []
    stored = 0
    for number in range(pairs):
        pair = folder / f"pair-{number}"
        pair.mkdir(parents=True)
        fresh, grown, stored = _pair(pair, rounds, commits)
        to_fresh += fresh
        to_grown += grown
    return Figures(
        ours=statistics.median(one for one, _ in to_fresh),
        bare=statistics.median(other for _, other in to_fresh),
        grown=statistics.median(other for _, other in to_grown),
        ratio=statistics.median(one / other for one, other in to_fresh),
        ratio_to_grown=statistics.median(one / other for one, other in to_grown),
        stored_bytes=stored,
    )


def _pair(folder: Path, rounds: int, commits: int) -> tuple[Rounds, Rounds, int]:
    """Rounds against a fresh and against a grown peer, and the size of what we store."""
    station = make_station(folder / "station")
    store = station.store(vault=Vault(bytes(32)))
    journal = station.journal(store)
    content = sized_operation(Position(1, bytes(32), 1, "222222223"))
    plain = canonical.encode(operation.to_plain(content))
    sealing_key = station.hub.unsealing.sealing_key

    # Chosen when a person chose the service, long before she confirms.
    operation_ids: list[UUID] = []

    def prepare(count: int) -> None:
        sealing_key.prepare(count)
        operation_ids[:] = [uuid7(time.time_ns() // 1_000_000) for _ in range(count)]

    def ours() -> None:
        recorded = journal.record(
            operation_ids.pop(),
            lambda position: replace(content, registration_number=position.registration_number),
        )
        if isinstance(recorded, StoreTrouble):
            raise OSError(recorded.code)

    with (
        closing(_bare_store(folder / "bare.db")) as fresh,
        closing(_bare_store(folder / "grown.db")) as old,
    ):

        def bare() -> None:
            fresh.execute("INSERT INTO operation (body) VALUES (?)", (plain,))

        def grown() -> None:
            old.execute("INSERT INTO operation (body) VALUES (?)", (plain,))

        for _ in range(GROWN_COMMITS):
            grown()
        to_fresh = _series(ours, bare, prepare, rounds=rounds, commits=commits)
        to_grown = _series(ours, grown, prepare, rounds=rounds // 2, commits=commits)
    entries = store.entries(1, most=1)
    stored = len(entries[0].envelope) if isinstance(entries, list) else 0
    store.close()
    return to_fresh, to_grown, stored


def _bare_store(path: Path) -> sqlite3.Connection:
    raw = sqlite3.connect(path, isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE operation (seq INTEGER PRIMARY KEY, body BLOB NOT NULL)")
    return raw


def _series(
    ours: Work, theirs: Work, prepare: Callable[[int], None], *, rounds: int, commits: int
) -> Rounds:
    """Medians in microseconds of each round; the two take turns, each as often the first."""
    each: Rounds = []
    for _ in range(rounds):
        prepare(commits)
        spent: dict[Work, list[float]] = {ours: [], theirs: []}
        for number in range(commits):
            for work in (ours, theirs) if number % 2 else (theirs, ours):
                started = time.perf_counter_ns()
                work()
                spent[work].append((time.perf_counter_ns() - started) / 1000)
        each.append((statistics.median(spent[ours]), statistics.median(spent[theirs])))
    return each


def main() -> int:
    """Measures on the disk of the temporary folder; 1 where the limit is not held."""
    with tempfile.TemporaryDirectory(prefix="sportello-bench-") as folder:
        figures = measure(Path(folder))
    held = figures.ratio <= LIMIT
    print(
        f"record: {figures.ours:.0f} us for {OPERATION_BYTES} bytes made {figures.stored_bytes};"
        f" bare commit {figures.bare:.0f} us, into a grown log {figures.grown:.0f} us"
        f" ({figures.ratio_to_grown:.2f})"
    )
    print(f"BENCH record ratio={figures.ratio:.2f} limit={LIMIT} {'ok' if held else 'short'}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
