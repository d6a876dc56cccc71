"""Plays every target for a share of the time and counts what came of it.

Each target runs in a process of its own (a fork, see `forking`), under libFuzzer's limits of time
and memory for a single input; an input that breaks one is left in `build/fuzz/<target>/`, to be
played again with `python -m tests.fuzz.run <target> <file>`.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.fuzz.forking import PLAYED
from tests.fuzz.targets import TARGETS

SECONDS_AN_INPUT = 5
"""An input that takes longer hangs the reader: libFuzzer ends the target."""
MEGABYTES = 1024
"""Memory of a target; one input that needs more exhausts the board."""
_START_SECONDS = 60
_HANG = 70
_INPUTS = re.compile(rb"stat::number_of_executed_units:\s*(\d+)|" + PLAYED.encode() + rb"(\d+)")
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
    inputs: int = 1 << 40,
    module: str = "tests.fuzz.run",
) -> Result:
    """Play `targets` one after another, `seconds` in all.

    Args:
        targets: their names.
        seconds: for all together.
        keep: where an input that breaks one is left, in a folder of the target's name.
        seed: of the dice; 0 lets libFuzzer choose.
        inputs: most inputs of a target.
        module: the program that plays targets.
    """
    result = Result()
    each = seconds / len(targets)
    player = _Player(module)
    try:
        for target in targets:
            if player.ended:
                player.end()
                player = _Player(module)
            _play(player, target, each, inputs, keep / target, seed, result)
    finally:
        player.end()
    return result


class _Player:
    """The process that plays targets; see `forking`."""

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        self.ended = False

    def play(
        self, target: str, arguments: Sequence[str], output: Path, seconds: float, inputs: int
    ) -> int:
        """The exit status of a target; raises TimeoutError where it does not end."""
        request = [target, list(arguments), str(output), seconds, inputs]
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()
        self.ended = True
        patience = seconds + _START_SECONDS + SECONDS_AN_INPUT
        if not select.select([stdout], [], [], patience)[0]:
            raise TimeoutError
        answer = stdout.readline()
        if not answer:
            assert self._process.stderr is not None
            raise RuntimeError(self._process.stderr.read().decode())
        self.ended = False
        return int(answer)

    def end(self) -> None:
        """Kill it with all that it began."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()


def _play(
    player: _Player,
    target: str,
    seconds: float,
    inputs: int,
    keep: Path,
    seed: int,
    result: Result,
) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="sportello-fuzz-") as folder:
        corpus, output = Path(folder, "corpus"), Path(folder, "output")
        corpus.mkdir()
        arguments = [
            *(f"-timeout={SECONDS_AN_INPUT}", f"-rss_limit_mb={MEGABYTES}", f"-seed={seed}"),
            *("-print_final_stats=1", "-max_len=70000", "-verbosity=1"),
            *(f"-artifact_prefix={keep}/", str(corpus)),
        ]
        _sow(target, corpus)
        try:
            status = player.play(target, arguments, output, seconds, inputs)
        except TimeoutError:
            result.hangs += 1
            result.findings.append(f"{target}: did not end by itself")
            return
        printed = output.read_bytes()
    counted = _INPUTS.search(printed)
    played = int(counted[1] or counted[2]) if counted else 0
    result.inputs += played
    result.by_target[target] = played
    if status == _HANG:
        result.hangs += 1
    elif status or not played:
        result.crashes += 1
    else:
        return
    trace = printed.decode("utf-8", "replace").splitlines()
    shown = [line for line in trace if not line.startswith(("#", "stat::", "INFO:"))]
    result.findings.append("\n".join([f"{target}: exit {status}", *shown[-3 * _TRACE_LINES :]]))


def _sow(target: str, corpus: Path) -> None:
    """Write the target's first inputs: true ones, made at this moment by the emulated devices."""
    known = TARGETS.get(target)
    for number, seed in enumerate(known.seeds() if known else (b"true",)):
        (corpus / f"seed-{number:03}").write_bytes(seed)
