"""The kiosk's memory: no core, no look into it, and a word where it may reach a disk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.runtime.memory import swapped

HEADER = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n"
PROGRAM = """\
import ctypes, os, resource, subprocess, sys
from pathlib import Path
from kiosk import log_events
from kiosk.runtime.memory import keep_to_ourselves

log_events.set_up()
keep_to_ourselves(Path(sys.argv[1]))
assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)
assert ctypes.CDLL(None).prctl(3, 0, 0, 0, 0) == 0  # PR_GET_DUMPABLE
assert os.umask(0) == 0o077
assert os.listdir("/proc/self/fd")
child = "import ctypes; print(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))"
print(subprocess.check_output([sys.executable, "-c", child], text=True).strip())
"""


@pytest.mark.parametrize(
    ("areas", "said"),
    [
        ("", None),
        ("/dev/zram0  partition\t524284\t0\t100\n", None),
        ("/dev/sda3  partition\t524284\t0\t-2\n", "disk"),
        ("/dev/zram0  partition\t1\t0\t100\n/swapfile  file\t524284\t0\t-2\n", "disk"),
    ],
)
def test_swap_on_a_disk_is_told(tmp_path: Path, areas: str, said: str | None) -> None:
    swaps = tmp_path / "swaps"
    swaps.write_text(HEADER + areas, "utf-8")
    assert swapped(swaps) == said


def test_swap_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    assert swapped(tmp_path / "none") == "unknown"


@pytest.mark.parametrize("areas", ["", "/dev/sda3  partition\t524284\t0\t-2\n"])
def test_at_the_start_the_memory_is_closed_and_swap_is_logged(tmp_path: Path, areas: str) -> None:
    """In a process of its own: none of it can be taken back. What it starts is not closed."""
    swaps = tmp_path / "swaps"
    swaps.write_text(HEADER + areas, "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(swaps)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr
    assert ('"memory.swap", "code": "disk"' in done.stderr) is bool(areas)


LOCKS = """\
import resource, sys
from pathlib import Path
from kiosk.runtime.memory import lock_memory

status = Path(sys.argv[1])
if sys.argv[2] == "limit":
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (1 << 16, resource.getrlimit(resource.RLIMIT_MEMLOCK)[1]))
else:
    resource.setrlimit(resource.RLIMIT_MEMLOCK, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
locked = lock_memory(status)
held = bytearray(8 << 20)
kilobytes = next(int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmLck"))
print(locked, kilobytes > 8 << 10)
"""


@pytest.mark.parametrize(
    ("limit", "capabilities", "said"),
    [
        ("none", "0", "True True"),
        ("limit", "000001ffffffffff", "True True"),
        # Locked with a limit, a program gets no more memory when it has reached it.
        ("limit", "0", "False False"),
    ],
)
def test_memory_is_locked_where_it_may_be_without_limit(
    tmp_path: Path, limit: str, capabilities: str, said: str
) -> None:
    status = tmp_path / "status"
    status.write_text(f"Name:\tkiosk\nCapEff:\t{capabilities}\n", "utf-8")
    done = subprocess.run(
        [sys.executable, "-c", LOCKS, str(status), limit],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[3],
    )
    if "not allowed to raise" in done.stderr or (
        said.startswith("T") and done.stdout == "False False\n"
    ):
        pytest.skip("locking memory needs CAP_IPC_LOCK")
    assert done.stdout.strip() == said, done.stderr
