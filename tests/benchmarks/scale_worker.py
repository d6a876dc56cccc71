"""A worker of the hub with one of its duties taken out: what that duty costs shows by its absence.

python -m tests.benchmarks.scale_worker --name hub-w1 --hub-dir FOLDER --turns FILE --without verifying
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sync.hub import __main__ as hub
from sync.hub import ingest
from sync.hub.decide import Decider
from sync.hub.store import chains
from sync.hub.store.database import Store
from sync.hub.store.postgresql import PostgresStore
from sync.wire import batch, envelope
from sync.wire.batch import Item

DUTIES = ("nothing", "verifying", "deciding", "storing")


def _heads_alone(store: Store, name: str, items: Sequence[Item], _now: int) -> None:
    """In the place of `chains.add`: where the chain ends, and no entry."""
    store.run(
        "UPDATE station SET head_seq = ?, head_hash = ? WHERE name = ?",
        batch.seq_of(items[-1]),
        items[-1].hash,
        name,
    )


class Turns:
    """How long this process had the turn to decide, which only one process has at a time."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def count(self) -> None:
        """Measures from now on, from when the turn is had to when it is given back."""
        patched: Any = PostgresStore
        plain = patched.transaction

        @contextmanager
        def timed(
            store: Any, *, of: str | None = None, deciding: str | None = None
        ) -> Iterator[None]:
            started = None
            try:
                with plain(store, of=of, deciding=deciding):
                    started = time.perf_counter()
                    yield
            finally:
                if deciding is not None and started is not None:
                    self.seconds += time.perf_counter() - started

        patched.transaction = timed


def leave_out(duty: str) -> None:
    """Takes a duty out of this process. Without entries there is nothing to decide either."""
    patched: Any
    if duty == "verifying":
        patched = envelope
        patched.verify = lambda *_: True
    if duty in {"deciding", "storing"}:
        patched = Decider
        patched.next = lambda *_: None
        patched = ingest
        patched._at_once = lambda *_: []
    if duty == "storing":
        patched = chains
        patched.add = _heads_alone


def main() -> int:
    """Works as a worker does."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", required=True)
    parser.add_argument("--hub-dir", required=True)
    parser.add_argument(
        "--turns", required=True, help="file for the seconds of its turns to decide"
    )
    parser.add_argument("--without", choices=DUTIES, default=DUTIES[0])
    arguments = parser.parse_args()
    leave_out(arguments.without)
    turns = Turns()
    turns.count()
    code = hub.main(["work", "--name", arguments.name, "--hub-dir", arguments.hub_dir])
    Path(arguments.turns).write_text(repr(turns.seconds), encoding="ascii")
    return code


if __name__ == "__main__":
    sys.exit(main())
