"""What failed beside others is run once more, alone, and nothing else is forgiven."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests import run

_ROOT = Path(__file__).parents[2]

FLAKY = """
from pathlib import Path
def test_steady(): pass
def test_flaky():
    tried = Path(__file__).with_name("tried")
    was_tried = tried.exists()
    tried.touch()
    assert was_tried
"""
BROKEN = FLAKY + "\ndef test_broken(): assert False\n"
UNREADABLE = "import a_module_that_is_not_there\n"
HOPELESS = """
import pytest
@pytest.mark.parametrize("number", range(11))
def test_hopeless(number): assert False
"""
BAD_SETUP = """
import pytest
from pathlib import Path
@pytest.fixture
def service():
    tried = Path(__file__).with_name("tried")
    was_tried = tried.exists()
    tried.touch()
    assert was_tried
def test_served(service): pass
"""


@pytest.fixture
def play(tmp_path: Path) -> Callable[[str], tuple[int, list[list[str]]]]:
    """Runs the tests of a text in a folder of their own; the exit code and each run's arguments."""

    def played(text: str) -> tuple[int, list[list[str]]]:
        (tmp_path / "test_it.py").write_text(text)
        (tmp_path / "pytest.ini").write_text("[pytest]\n")
        runs: list[list[str]] = []

        def pytest_(arguments: Sequence[str]) -> int:
            runs.append(list(arguments))
            command = [sys.executable, "-m", "pytest", "-q", "-p", "tests.run", *arguments]
            environment = os.environ | {"PYTHONPATH": str(_ROOT)}
            return subprocess.run(command, cwd=tmp_path, env=environment, check=False).returncode

        return run.run(["-n", "2"], pytest_=pytest_), runs

    return played


@pytest.mark.parametrize(
    ("text", "name"), [(FLAKY, "test_it.py::test_flaky"), (BAD_SETUP, "test_it.py::test_served")]
)
def test_what_passes_alone_is_forgiven(
    play: Callable[[str], tuple[int, list[list[str]]]],
    text: str,
    name: str,
    capfd: pytest.CaptureFixture[str],
) -> None:
    code, runs = play(text)
    assert code == 0
    assert runs[1:] == [["-n", "0", name]]
    said = capfd.readouterr().out
    assert f"1 failed beside others; again, alone:\n  {name}" in said
    assert said.endswith("AGAIN failed_beside_others=1 failed_alone=0\n")


@pytest.mark.parametrize("text", [BROKEN, UNREADABLE])
def test_what_fails_alone_fails_the_run(
    play: Callable[[str], tuple[int, list[list[str]]]], text: str
) -> None:
    code, _ = play(text)
    assert code != 0


def test_many_failures_are_not_tried_again(
    play: Callable[[str], tuple[int, list[list[str]]]],
) -> None:
    code, runs = play(HOPELESS)
    assert code == pytest.ExitCode.TESTS_FAILED
    assert len(runs) == 1


def test_a_run_that_passes_is_run_once(
    play: Callable[[str], tuple[int, list[list[str]]]],
) -> None:
    code, runs = play("def test_steady(): pass\n")
    assert (code, len(runs)) == (0, 1)
