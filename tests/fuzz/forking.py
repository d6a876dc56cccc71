"""Plays targets one after another, each in a fork of one process that has imported the product.

Importing under instrumentation takes longer than a short turn. A request is a line of JSON on
standard input: target, libFuzzer's arguments, and the file for what the fork prints. The answer is
a line with its exit status; negative: the signal that ended it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Mapping, Sequence

import atheris


def serve(plays: Mapping[str, Callable[[bytes], None]]) -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        target, arguments, output = json.loads(line)
        number = os.fork()
        if number == 0:
            _play(plays[target], arguments, output)
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _play(play: Callable[[bytes], None], arguments: Sequence[str], output: str) -> None:
    """Fuzz in this process, which libFuzzer ends; an orderly end has it keep the input."""
    with open(output, "wb") as kept, open(os.devnull, "rb") as nothing:  # noqa: PTH123 - descriptors
        os.dup2(kept.fileno(), 1)
        os.dup2(kept.fileno(), 2)
        os.dup2(nothing.fileno(), 0)
    atheris.Setup(["fuzz", *arguments], play)
    atheris.Fuzz()
    sys.exit()
