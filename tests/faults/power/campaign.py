"""Plays power cuts: one run of a program is recorded, and cut at every boundary of a sync.

A `Subject` is any store: a program that stores and tells, and a judge that opens what a cut left.
"""

from __future__ import annotations

import random
import shutil
import sys
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.emulated.power import recording
from tests.emulated.power.recording import Cut, Faults, Recording
from tests.faults.power import judging
from tests.faults.power.ends import HUB_PART, STATION_PART
from tests.workbench.pki import make_site

_SHOWN = 20
_NAMES = ("station and hub", "station and hub on disks that fail")


@dataclass(frozen=True, slots=True)
class Subject:
    """A store under power cuts.

    Attributes:
        name: for the report.
        prepare: makes what must be there before the recording, in the folder that it gets.
        command: the program for that folder and a seed; it stores in the folder, calls
            `tests.emulated.power.told.tell` after each answer of its store, and ends by itself.
        judge: what is broken on the disk in a folder, given what was told before the cut.
        machines: beginnings of paths of several machines, whose power may go one by one; empty
            where there is one.
    """

    name: str
    prepare: Callable[[Path], object]
    command: Callable[[Path, int], Sequence[str]]
    judge: Callable[[Path, Sequence[str]], list[str]]
    machines: tuple[str, ...] = ()


@dataclass
class Outcome:
    """What cuts of one subject found.

    Attributes:
        cuts, broken: how many disks were judged, and how many of them broke a promise.
        kinds: cuts by what the disk kept.
        findings: the first of what was broken, with where it was cut.
        told, syncs: of all runs.
        seconds: of judging.
    """

    name: str
    cuts: int = 0
    broken: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    told: int = 0
    syncs: int = 0
    seconds: float = 0.0

    def add(self, cut: Cut, whose: str, found: Sequence[str]) -> None:
        """One disk was judged."""
        self.cuts += 1
        self.broken += bool(found)
        self.kinds[f"{whose}, kept {cut.kept.value}"] += 1
        if found and len(self.findings) < _SHOWN:
            self.findings.append(f"{self.name}: {whose}, {cut}: {'; '.join(found[:3])}")


def exchange(
    people: int = 40, control: str = "", *, secures: bool = True, fails: bool = False
) -> Subject:
    """A station and its hub; `control` breaks one of their promises on purpose.

    With `secures` the station destroys what its hub has in a backup; with `fails` syncs fail now and
    then, before the power goes.
    """
    options = ["--control", control] if control else []
    options += [] if secures else ["--nothing-secured"]
    options += ["--syncs-fail"] if fails else []

    def command(folder: Path, seed: int) -> list[str]:
        module = [sys.executable, "-m", "tests.faults.power.exchange", *options]
        return [*module, "--site", str(folder), "--people", str(people), "--seed", str(seed)]

    return Subject(
        name=f"control {control}" if control else _NAMES[fails],
        prepare=make_site,
        command=command,
        judge=judging.judge,
        machines=(STATION_PART, HUB_PART),
    )


def keeps(
    name: str,
    command: Callable[[Path, int], Sequence[str]],
    survived: Callable[[Path], Collection[str]],
) -> Subject:
    """A store of which only one thing is asked: that it still holds what it said it had stored.

    Args:
        name: for the report.
        command: as in `Subject`; it tells the key of each item when its store has said that it is
            stored.
        survived: opens the store in a folder as after any start, and gives the keys that it holds.
            What it raises counts as a store that does not open.
    """

    def judge(folder: Path, told: Sequence[str]) -> list[str]:
        try:
            held = survived(folder)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's store raises
            return [f"it does not open: {type(error).__name__}: {error}"] if told else []
        lost = [key for key in told if key not in held]
        return [f"{len(lost)} of {len(told)} lost, the first {lost[0]}"] if lost else []

    return Subject(name, lambda folder: folder.mkdir(parents=True), command, judge)


def play(
    subject: Subject, scratch: Path, library: Path, cuts: int, seed: int, lies: str | None = None
) -> Outcome:
    """One recording of `subject` and at least `cuts` cuts of it, in the new folder `scratch`.

    `lies` is the beginning of the paths whose disk does not do its syncs: a control.
    """
    folder = scratch / "site"
    subject.prepare(folder)
    log = scratch / "log"
    faults = Faults(scratch / "faults")
    recorded = recording.record(
        subject.command(folder, seed),
        folder,
        library=library,
        log=log,
        environment=faults.environment,
        seconds=600,
    )
    log.unlink()
    if lies is not None:
        recorded = recorded.lying(lies)
    return cut(subject, recorded, scratch / "image", cuts, seed)


def cut(subject: Subject, recorded: Recording, image: Path, cuts: int, seed: int) -> Outcome:
    """Judges cuts of a recording; each disk is laid as the folder `image` and removed again."""
    dice = random.Random(seed)
    outcome = Outcome(subject.name, told=len(recorded.told), syncs=recorded.syncs)
    whose = ("all", *subject.machines) if subject.machines else ("all",)
    started = time.monotonic()
    for one in recorded.cuts(cuts, dice):
        machine = dice.choice(whose)
        others = tuple(part for part in subject.machines if machine not in {"all", part})
        one.lay(image, powered=others)
        try:
            found = subject.judge(image, one.told)
        finally:
            shutil.rmtree(image)
        outcome.add(one, machine.rstrip("/"), found)
    outcome.seconds = time.monotonic() - started
    return outcome
