"""Plays every target for a share of the time and counts what came of it.

Each target runs in a process of its own, under libFuzzer's limits of time and memory for a single
input; an input that breaks one is left in `build/fuzz/<target>/`, to be played again with
`python -m tests.fuzz.run <target> <file>`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.targets import TARGETS

SECONDS_AN_INPUT = 5
"""An input that takes longer hangs the reader: libFuzzer ends the target."""
MEGABYTES = 1024
"""Memory of a target; one input that needs more exhausts the board."""
_START_SECONDS = 60
_HANG = 70
_INPUTS = re.compile(rb"stat::number_of_executed_units:\s*(\d+)")
_TRACE_LINES = 15


@dataclass
class Result:
    """What a campaign found.

    Attributes:
        inputs: how many inputs were played.
        crashes: targets that raised, or took too much memory.
        hangs: targets that took too long over one input.
        findings: what to tell of each, for a person.
        by_target: inputs by target.
    """

    inputs: int = 0
    crashes: int = 0
    hangs: int = 0
    findings: list[str] = field(default_factory=list)
    by_target: dict[str, int] = field(default_factory=dict)


def run(
    targets: Sequence[str],
    seconds: float,
    keep: Path,
    *,
    seed: int = 0,
    module: str = "tests.fuzz.run",
) -> Result:
    """Play `targets` one after another, `seconds` in all.

    Args:
        targets: their names.
        seconds: for all together.
        keep: where an input that breaks one is left, in a folder of the target's name.
        seed: of the dice; 0 lets libFuzzer choose.
        module: the program that plays a target.
    """
    result = Result()
    each = max(1, round(seconds / len(targets)))
    for target in targets:
        _play([module, target], each, keep / target, seed, result)
    return result


def _play(program: list[str], seconds: int, keep: Path, seed: int, result: Result) -> None:
    target = program[-1]
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sportello-fuzz-") as corpus:
        command = [
            *(sys.executable, "-m", *program),
            *(f"-max_total_time={seconds}", f"-timeout={SECONDS_AN_INPUT}", f"-seed={seed}"),
            *(f"-rss_limit_mb={MEGABYTES}", "-print_final_stats=1", "-max_len=70000"),
            *("-verbosity=1", f"-artifact_prefix={keep}/", corpus),
        ]
        _sow(target, Path(corpus))
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                check=False,
                timeout=seconds + _START_SECONDS + SECONDS_AN_INPUT,
            )
        except subprocess.TimeoutExpired:
            result.hangs += 1
            result.findings.append(f"{target}: did not end by itself")
            return
    counted = _INPUTS.search(done.stderr)
    inputs = int(counted[1]) if counted else 0
    result.inputs += inputs
    result.by_target[target] = inputs
    if done.returncode == _HANG:
        result.hangs += 1
    elif done.returncode or not inputs:
        result.crashes += 1
    else:
        return
    trace = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    shown = [line for line in trace if not line.startswith(("#", "stat::", "INFO:"))]
    result.findings.append(
        "\n".join([f"{target}: exit {done.returncode}", *shown[-3 * _TRACE_LINES :]])
    )


def _sow(target: str, corpus: Path) -> None:
    """Write the target's first inputs: true answers of emulated cards, made at this moment."""
    known = TARGETS.get(target)
    for number, seed in enumerate(known.seeds() if known else (b"true",)):
        (corpus / f"seed-{number:03}").write_bytes(seed)
