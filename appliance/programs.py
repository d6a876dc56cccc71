"""Runs the system's programs: no shell, a limit of time, output kept short."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_MOST_OUTPUT: Final = 64 * 1024
_ENVIRONMENT: Final = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
MISSING: Final = 127
TIMED_OUT: Final = 124


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a program ended.

    Attributes:
        status: its exit status; `TIMED_OUT` where it was killed for time, `MISSING` where it is
            not there.
        output: what it wrote to its standard output.
        trouble: what it wrote to its standard error.
    """

    status: int
    output: str
    trouble: str

    @property
    def ok(self) -> bool:
        """Whether it said that all went well."""
        return self.status == 0


def run(command: Sequence[str], *, seconds: float, given: bytes = b"") -> Outcome:
    """Run a program to its end.

    Args:
        command: program and arguments.
        seconds: it is killed after so long.
        given: its standard input.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own list, no shell
            list(command),
            input=given,
            capture_output=True,
            timeout=seconds,
            env=_ENVIRONMENT,
            check=False,
        )
    except FileNotFoundError:
        return Outcome(MISSING, "", f"{command[0]}: not there")
    except subprocess.TimeoutExpired:
        return Outcome(TIMED_OUT, "", f"{command[0]}: too slow")
    return Outcome(done.returncode, _text(done.stdout), _text(done.stderr))


def _text(data: bytes) -> str:
    return data[-_MOST_OUTPUT:].decode("utf-8", "replace")
