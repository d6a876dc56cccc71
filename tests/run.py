"""Runs the tests, and those that failed beside others once more, alone.

    python -m tests.run [pytest's arguments]

Hundreds of tests wait for real brokers, windows and card readers, several at a time on two cores;
a wait that is long enough on any machine but this one would make the whole run worthless. So what
failed is run again with nothing beside it, in a process of its own, and named either way. A test
that fails alone fails the run; so do more than `MOST_AGAIN`, which is no machine's doing.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pytest

MOST_AGAIN: Final = 10
_NAMES_OPTION: Final = "--names-of-failed"
_TESTS_FAILED: Final = int(pytest.ExitCode.TESTS_FAILED)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the option that names where the failed tests are to be written, one a line."""
    parser.addoption(_NAMES_OPTION, type=Path, default=None, help=pytest_addoption.__doc__)


@pytest.hookimpl(trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Writes the failed tests' names; only the process that prints the summary does."""
    path: Path | None = terminalreporter.config.getoption(_NAMES_OPTION)
    if path is not None:
        reports = [*terminalreporter.getreports("failed"), *terminalreporter.getreports("error")]
        names = dict.fromkeys(report.nodeid for report in reports)
        path.write_text("".join(f"{name}\n" for name in names), encoding="utf-8")


def run(arguments: Sequence[str], *, pytest_: Callable[[Sequence[str]], int]) -> int:
    """Runs pytest once or twice; its exit code.

    Args:
        arguments: of the first run.
        pytest_: runs pytest with arguments; its exit code.
    """
    with TemporaryDirectory(prefix="sportello-run-") as folder:
        names = Path(folder, "failed")
        first = pytest_([*arguments, f"{_NAMES_OPTION}={names}"])
        failed = names.read_text(encoding="utf-8").splitlines() if names.exists() else []
    if first != _TESTS_FAILED or not 0 < len(failed) <= MOST_AGAIN:
        return first
    print(f"\n{len(failed)} failed beside others; again, alone:", *failed, sep="\n  ", flush=True)
    second = pytest_(["-n", "0", *failed])
    if second == 0:
        print(f"AGAIN failed_beside_others={len(failed)} failed_alone=0", flush=True)
    return second


def _pytest(arguments: Sequence[str]) -> int:
    command = [sys.executable, "-m", "pytest", "-p", __spec__.name, *arguments]
    return subprocess.run(command, check=False).returncode


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:], pytest_=_pytest))
