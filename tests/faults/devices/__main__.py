"""`python -m tests.faults.devices`: one line a device, then `FAULTS cuts=N broken=N`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from tests.faults.devices.campaign import DEVICES, Campaign
from tests.workbench.pki import REPOSITORY

PULLS = 200
"""Of each device, over all of its pages."""
_AT_ONCE = 2


def pull_all(devices: Sequence[str], pulls: int, seed: int) -> tuple[int, int]:
    """Each device in a process of its own, two at a time; pulls and broken promises."""
    with ThreadPoolExecutor(_AT_ONCE) as several:
        counts = list(several.map(lambda device: _pull_one(device, pulls, seed), devices))
    return sum(cuts for cuts, _ in counts), sum(broken for _, broken in counts)


def _pull_one(device: str, pulls: int, seed: int) -> tuple[int, int]:
    command = [sys.executable, "-m", "tests.faults.devices", "--only", device]
    command += ["--pulls", str(pulls), "--seed", str(seed)]
    told = ""
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as campaign:
        for line in campaign.stdout or ():
            told = line if line.startswith("DEVICE ") else told
            if not line.startswith("FAULTS "):
                print(line, end="", flush=True)
    figures = dict(part.split("=") for part in told.split()[2:])
    cuts, broken = int(figures.get("pulls", 0)), int(figures.get("broken", 1))
    if campaign.returncode != 0 and broken == 0:
        broken = 1  # it died
    return cuts, broken


def main() -> int:
    """Run it; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=sorted(DEVICES), help="this device, in this process")
    parser.add_argument("--pulls", type=int, default=PULLS)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    if arguments.only is None:
        cuts, broken = pull_all(tuple(DEVICES), arguments.pulls, arguments.seed)
    else:
        campaign = Campaign(
            arguments.only, seed=arguments.seed, say=lambda line: print(line, flush=True)
        )
        figures = campaign.run(arguments.pulls)
        for finding in figures.broken:
            print(f"BROKEN {finding}")
        print(f"{figures.device}: slowest on {figures.slowest}, window on {figures.ui_where}")
        print(figures.line(), flush=True)
        cuts, broken = figures.pulls, len(figures.broken)
    print(f"FAULTS cuts={cuts} broken={broken}")
    return 1 if broken or not cuts else 0


if __name__ == "__main__":
    sys.exit(main())
