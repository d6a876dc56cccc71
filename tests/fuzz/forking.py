"""Plays targets one after another, each in a fork of one process that has imported the product.

Importing under instrumentation takes longer than a short turn. A request is a line of JSON on
standard input: target, libFuzzer's arguments, the file for what the fork prints, seconds and most
inputs. The answer is a line with its exit status; negative: the signal that ended it.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence

import atheris

PLAYED = "played inputs: "
"""Stands before their number at the end of what a fork prints that found nothing."""
_FEWEST = 5
_FOUND_NOTHING = 0


def serve(plays: Mapping[str, Callable[[bytes], None]]) -> None:
    """Serve until standard input ends."""
    for line in sys.stdin:
        target, arguments, output, seconds, most = json.loads(line)
        number = os.fork()
        if number == 0:
            _play(_limited(plays[target], seconds, most), arguments, output)
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _limited(play: Callable[[bytes], None], seconds: float, most: int) -> Callable[[bytes], None]:
    """The same, ending this process when its turn is over; libFuzzer knows whole seconds alone."""
    end = time.monotonic() + seconds
    count = 0

    def limited(data: bytes) -> None:
        nonlocal count
        play(data)
        count += 1
        if count >= most or (count >= _FEWEST and time.monotonic() > end):
            print(f"{PLAYED}{count}", flush=True)
            os._exit(_FOUND_NOTHING)

    return limited


def _play(play: Callable[[bytes], None], arguments: Sequence[str], output: str) -> None:
    """Fuzz in this process, which libFuzzer ends; an orderly end has it keep the input."""
    with open(output, "wb") as kept, open(os.devnull, "rb") as nothing:  # noqa: PTH123 - descriptors
        os.dup2(kept.fileno(), 1)
        os.dup2(kept.fileno(), 2)
        os.dup2(nothing.fileno(), 0)
    atheris.Setup(["fuzz", *arguments], play)
    atheris.Fuzz()
    sys.exit()
