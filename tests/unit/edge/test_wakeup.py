from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from sync.edge.wakeup import Role, WakeUp, is_there


def test_a_ring_wakes_the_other(tmp_path: Path) -> None:
    with WakeUp(tmp_path, Role.WINDOW) as window, WakeUp(tmp_path, Role.LINK) as link:
        assert not link.wait(0)
        assert window.ring(Role.LINK)
        assert link.wait(5)
        assert not link.wait(0)
        assert link.ring(Role.WINDOW)
        assert window.wait(5)


def test_rings_do_not_pile_up(tmp_path: Path) -> None:
    with WakeUp(tmp_path, Role.WINDOW) as window, WakeUp(tmp_path, Role.LINK) as link:
        began = time.monotonic()
        for _ in range(5000):
            assert window.ring(Role.LINK)
        assert time.monotonic() - began < 5
        assert link.wait(5)
        assert not link.wait(0)


def test_nobody_there(tmp_path: Path) -> None:
    with WakeUp(tmp_path, Role.WINDOW) as window:
        assert not window.ring(Role.LINK)
        assert not is_there(tmp_path, Role.LINK)
        assert is_there(tmp_path, Role.WINDOW)
    assert not is_there(tmp_path, Role.WINDOW)
    assert not is_there(tmp_path / "missing", Role.WINDOW)


def test_a_dead_process_is_not_there_and_is_replaced(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from sync.edge.wakeup import Role, WakeUp\n"
        "kept = WakeUp(pathlib.Path(sys.argv[1]), Role.LINK)\n"
        "print('bound', flush=True)\n"
        "sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[3],
    )
    with child:
        assert child.stdout is not None
        child.stdout.readline()
        assert is_there(tmp_path, Role.LINK)
        child.kill()
        child.wait(10)
    assert (tmp_path / "link.sock").exists()
    assert not is_there(tmp_path, Role.LINK)
    with WakeUp(tmp_path, Role.WINDOW) as window, WakeUp(tmp_path, Role.LINK) as link:
        assert window.ring(Role.LINK)
        assert link.wait(5)


def test_a_long_path_is_no_trouble(tmp_path: Path) -> None:
    """unix(7) gives a path 107 bytes."""
    folder = tmp_path / ("x" * 100) / ("y" * 100)
    folder.mkdir(parents=True)
    with WakeUp(folder, Role.WINDOW) as window, WakeUp(folder, Role.LINK) as link:
        assert window.ring(Role.LINK)
        assert link.wait(5)
        assert is_there(folder, Role.LINK)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(OSError):  # noqa: PT011 - whatever the system says
        WakeUp(tmp_path / "missing", Role.LINK)
    assert len(list(Path("/proc/self/fd").iterdir())) == before
