"""`python -m tests.faults.devices`: one line a device, then `FAULTS cuts=N broken=N`."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Sequence

from tests.faults.devices.campaign import DEVICES, Campaign
from tests.workbench.pki import REPOSITORY

PULLS = 200


def pull_all(devices: Sequence[str], pulls: int, seed: int) -> tuple[int, int]:
    """Each device in a process of its own, one after the other; pulls and broken promises."""
    cuts = broken = 0
    for device in devices:
        command = [sys.executable, "-m", "tests.faults.devices", "--only", device]
        command += ["--pulls", str(pulls), "--seed", str(seed)]
        with subprocess.Popen(
            command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True
        ) as campaign:
            told = ""
            for line in campaign.stdout or ():
                told = line if line.startswith("DEVICE ") else told
                if not line.startswith("FAULTS "):
                    print(line, end="", flush=True)
        figures = dict(part.split("=") for part in told.split()[2:])
        cuts += int(figures.get("pulls", 0))
        broken += int(figures.get("broken", 1))
        broken += campaign.returncode != 0 and figures.get("broken") == "0"
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
