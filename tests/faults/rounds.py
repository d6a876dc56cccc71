"""A long campaign as a list of rounds, each of which stands for itself: one may stop between two.

What a round found goes to a file when it ends; a campaign that is started again with the same file
does the rounds that are missing.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.emulated.power import recording
from tests.faults import campaign as processes
from tests.faults.controls import CONTROLS
from tests.faults.power import campaign, old_copies, server
from tests.faults.power.campaign import Outcome, Subject
from tests.faults.power.exchange import TELLS_EARLY

POWER: Final = "power"
FAILING: Final = "power, after syncs that failed"
SERVER: Final = "power, hub on PostgreSQL"
PROCESSES: Final = "processes, network, disks, calendars"
WORKERS: Final = "the same, hub and two workers on PostgreSQL"
OLD: Final = "old copies of stations and hubs"
POWER_CUTS: Final = 1000
"""Cuts of one run of a station and its hub."""
SERVER_CUTS: Final = 100
OLD_CUTS: Final = 200
PROCESS_CUTS: Final = 50

_CONTROL: Final = "control "
_LYING: Final = f"{_CONTROL}server on a disk that lies"
_EARLY: Final = f"{_CONTROL}window killed that tells early"
_CONTROL_CUTS: Final = {_LYING: 40, _EARLY: 6}


@dataclass(frozen=True, slots=True)
class Round:
    """A part of a campaign that is played at once.

    Attributes:
        kind: what is played.
        seed: of what comes when.
        cuts: at least so many.
    """

    kind: str
    seed: int
    cuts: int

    @property
    def name(self) -> str:
        """Names it in the file."""
        return f"{self.kind}, seed {self.seed}, {self.cuts} cuts"


@dataclass(frozen=True, slots=True)
class Total:
    """Of all rounds: cuts, and how many of them broke a promise; a control not found is broken."""

    cuts: int
    broken: int
    told: int


def of(kind: str, cuts: int, in_one: int, seed: int) -> list[Round]:
    """Rounds of one kind that make up so many cuts, each with a seed of its own."""
    whole, rest = divmod(cuts, in_one)
    sizes = [in_one] * whole + ([rest] if rest else [])
    return [Round(kind, seed + number, size) for number, size in enumerate(sizes)]


def controls(seed: int, *, whole: bool = False) -> list[Round]:
    """What must be found broken; with `whole` also what takes minutes."""
    names = [f"{_CONTROL}{name}" for name in (*CONTROLS, TELLS_EARLY)]
    names += [_LYING, _EARLY] if whole else []
    return [Round(name, seed, _CONTROL_CUTS.get(name, 60)) for name in names]


def play(plan: Sequence[Round], state: Path | None = None) -> Total:
    """Plays the rounds that `state` does not know yet, prints what they found, and adds it up."""
    known: dict[str, dict[str, object]] = {}
    if state is not None and state.exists():
        known = json.loads(state.read_text("utf-8"))
    kinds = Counter[str]()
    cuts = broken = told = 0
    for one in plan:
        found = known.get(one.name)
        if found is None:
            found = known[one.name] = _played(one)
            if state is not None:
                state.parent.mkdir(parents=True, exist_ok=True)
                new = state.with_suffix(".new")
                new.write_text(json.dumps(known, indent=1), "utf-8")
                new.replace(state)
        if one.kind.startswith(_CONTROL):
            broken += not found["broken"]
            continue
        cuts += _number(found["cuts"])
        broken += _number(found["broken"])
        told += _number(found["told"])
        if isinstance(found["kinds"], dict):
            kinds.update({str(kind): _number(count) for kind, count in found["kinds"].items()})
    for kind, count in sorted(kinds.items()):
        print(f"  {kind}: {count}")
    print(f"{told} promises were made", flush=True)
    return Total(cuts, broken, told)


def _number(found: object) -> int:
    return found if isinstance(found, int) else 0


def _played(one: Round) -> dict[str, object]:
    started = time.monotonic()
    # In memory: the recorder decides what is on the disk.
    with tempfile.TemporaryDirectory(prefix="sportello-faults-", dir="/dev/shm") as folder:
        found = _PLAYS.get(one.kind, _controlled)(one, Path(folder))
    is_control = one.kind.startswith(_CONTROL)
    verdict = "found" if is_control and found.broken else f"{found.broken} broken"
    if is_control and not found.broken:
        verdict = "NOT FOUND: beside this control nothing is proven"
    print(
        f"{one.name}: {found.cuts} cuts of {found.told} promises, {verdict},"
        f" {time.monotonic() - started:.0f} s",
        flush=True,
    )
    for finding in () if is_control else found.findings:
        print(f"  BROKEN {finding}", flush=True)
    return {
        "cuts": found.cuts,
        "broken": found.broken,
        "told": found.told,
        "kinds": dict(found.kinds),
    }


def _cut(subject: Subject, one: Round, folder: Path, lies: str | None = None) -> Outcome:
    return campaign.play(subject, folder, recording.build(folder), one.cuts, one.seed, lies)


def _processes(
    one: Round,
    folder: Path,
    only: frozenset[str] = frozenset(),
    workers: tuple[str, ...] = (),
    *,
    tells_early: bool = False,
) -> Outcome:
    found = processes.run(folder, one.cuts, one.seed, only, workers, tells_early=tells_early)
    kinds = Counter(found.kinds)
    kinds.update({f"refused meanwhile, {code}": count for code, count in found.refusals.items()})
    kinds.update({f"ended and started again, {who}": count for who, count in found.ended.items()})
    return Outcome(
        one.kind, found.cuts, len(found.broken), kinds, list(found.broken[:20]), found.told
    )


def _controlled(one: Round, folder: Path) -> Outcome:
    """A control of the power cuts."""
    return _cut(campaign.exchange(8, one.kind.removeprefix(_CONTROL)), one, folder)


_PLAYS: Final[Mapping[str, Callable[[Round, Path], Outcome]]] = {
    POWER: lambda one, folder: _cut(campaign.exchange(), one, folder),
    FAILING: lambda one, folder: _cut(campaign.exchange(fails=True), one, folder),
    SERVER: lambda one, folder: _cut(server.subject(), one, folder),
    OLD: lambda one, folder: old_copies.play(folder, recording.build(folder), one.cuts, one.seed),
    PROCESSES: _processes,
    WORKERS: lambda one, folder: _processes(one, folder, workers=("hub-w1", "hub-w2")),
    _LYING: lambda one, folder: _cut(server.subject(), one, folder, server.SERVER_PART),
    _EARLY: lambda one, folder: _processes(
        one, folder, frozenset({"kill -9 of the recorder"}), tells_early=True
    ),
}
