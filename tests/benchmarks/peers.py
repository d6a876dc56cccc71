"""What a station's journal gives beside the stores that others use, in one run on one disk.

For each store: how many items of 1.5 KB it takes in a second, one by one, each when the store has
said that it is stored; how many it hands out and lets go in a second with a backlog behind them; and
what is left of them when the power goes, in the same recorder of power cuts. Ours signs, seals,
chains and encrypts each operation besides.

Who is faster and loses what it has said to be stored is no measure. So the figures are ours / the best
of those that lost nothing, which is a bare table without a queue around it: at least 0.4 of it, since
ours opens the seal of each envelope besides and keeps what the hub said of each.

`python -m tests.benchmarks.peers` prints a table and `BENCH peers-... ratio=... limit=... ok|short`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from sync.edge.clock import uuid7
from sync.edge.journal import Journal, Position, Recorded
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.wire.receipt import Accepted
from tests.benchmarks.peer_stores import BATCH, PEERS, PeerStore, item, survived
from tests.benchmarks.record import sized_operation
from tests.emulated.power import recording
from tests.faults.power import campaign
from tests.faults.power.campaign import Outcome, Subject
from tests.unit.edge.stations import make_station

LIMIT: Final = 0.4
OURS: Final = "Sportello's journal"

_PUTS: Final = 100
_ROUNDS: Final = 5
_BACKLOG: Final = 2000
_DRAINED: Final = 500
_CUTS: Final = 60
_CUT_ITEMS: Final = 60
_SEED: Final = 1


class Ours:
    """The journal and the store of a station, as window and link use them."""

    def __init__(self, folder: Path) -> None:
        station = make_station(folder / "station")
        self._store: Store = station.store(vault=Vault(bytes(32)))
        self._journal: Journal = station.journal(self._store)
        self._content = sized_operation(Position(1, bytes(32), 1, "222222223"))
        self._key = station.hub.unsealing.sealing_key
        self._up_to = 0

    def prepare(self, count: int) -> None:
        """Keys are made while a person types."""
        self._key.prepare(count)

    def put(self, _item: bytes) -> None:
        done = self._journal.record(
            uuid7(time.time_ns() // 1_000_000),
            lambda position: replace(
                self._content, registration_number=position.registration_number
            ),
        )
        if not isinstance(done, Recorded):
            raise OSError(done.code)

    def drain(self, most: int) -> int:
        taken = self._store.entries(self._up_to + 1, most=most)
        if isinstance(taken, StoreTrouble):
            raise OSError(taken.code)
        if not taken:
            return 0
        last = taken[-1].seq
        refusal = self._store.acknowledge(
            last,
            last,
            {entry.seq: Accepted() for entry in taken},
            data=b"as signed by the hub",
            hub_time=1_790_000_000_000 + last,
            sent_at=None,
            received_at=1_790_000_000_000 + last,
            secured=0,
        )
        if refusal is not None:
            raise OSError(refusal.code)
        self._up_to = last
        return len(taken)

    def close(self) -> None:
        self._store.close()


@dataclass(frozen=True, slots=True)
class Rate:
    """A store's figures.

    Attributes:
        record, drain: items in a second.
        lost: cuts that took something back, of `cuts`.
    """

    name: str
    record: float
    drain: float
    lost: int
    cuts: int


def rate(name: str, folder: Path) -> tuple[float, float]:
    """Items a second that a store takes, and lets go with a backlog behind them."""
    folder.mkdir(parents=True)
    store: PeerStore = Ours(folder) if name == OURS else PEERS[name](folder)
    try:
        number, rounds = 0, []
        while number < _ROUNDS * _PUTS:
            if isinstance(store, Ours):
                store.prepare(_PUTS)
            started = time.perf_counter()
            for one in range(number, number + _PUTS):
                store.put(item(one))
            rounds.append(_PUTS / (time.perf_counter() - started))
            number += _PUTS
        for more in range(number, _BACKLOG):
            store.put(item(more))
        _settle(store)
        started, done = time.perf_counter(), 0
        while done < _DRAINED:
            taken = store.drain(BATCH)
            if not taken and time.perf_counter() - started > 20:
                break
            done += taken
        return statistics.median(rounds), done / (time.perf_counter() - started)
    finally:
        store.close()


def _settle(store: PeerStore) -> None:
    """Lets a store that writes behind one's back catch up."""
    if not isinstance(store, Ours):
        time.sleep(1.0)


def cut(name: str, scratch: Path, library: Path) -> Outcome:
    """What power cuts take from a store."""
    return campaign.play(subject(name), scratch, library, _CUTS, _SEED)


def subject(name: str, items: int = _CUT_ITEMS) -> Subject:
    """A store under power cuts."""
    if name == OURS:
        return campaign.exchange(people=items // 2)

    def command(folder: Path, seed: int) -> Sequence[str]:
        del seed
        module = [sys.executable, "-m", "tests.benchmarks.peer_stores"]
        return [*module, "--peer", name, "--folder", str(folder), "--items", str(items)]

    return campaign.keeps(name, command, lambda folder: survived(name, folder))


def measure(folder: Path, memory: Path) -> list[Rate]:
    """Every store in turn: rates in `folder`, on the disk, and cuts in `memory`."""
    library = recording.build(memory)
    found = []
    for number, name in enumerate((OURS, *PEERS)):
        recorded, drained = rate(name, folder / f"store-{number}")
        outcome = cut(name, memory / f"cut-{number}", library)
        one = Rate(name, recorded, drained, outcome.broken, outcome.cuts)
        print(
            f"{one.name:30} {one.record:9.0f} recorded/s {one.drain:9.0f} let go/s"
            f"   {one.lost:3} of {one.cuts} power cuts took something back",
            flush=True,
        )
        found.append(one)
    return found


def main() -> int:
    """Prints the table and the two figures; 1 where one falls short or ours lost something."""
    with (
        tempfile.TemporaryDirectory(prefix="sportello-peers-") as folder,
        tempfile.TemporaryDirectory(prefix="sportello-peers-", dir="/dev/shm") as memory,
    ):
        ours, *others = measure(Path(folder), Path(memory))
    durable = [one for one in others if one.lost == 0]
    held = ours.lost == 0 and bool(durable)
    for what in ("record", "drain"):
        best = max((float(getattr(one, what)) for one in durable), default=float("inf"))
        ratio = float(getattr(ours, what)) / best
        is_held = ratio >= LIMIT
        held = held and is_held
        word = "ok" if is_held else "short"
        print(f"BENCH peers-{what} ratio={ratio:.2f} limit={LIMIT} {word}")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
