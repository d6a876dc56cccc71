"""Power cuts without end: `python -m tests.faults.power --cuts 10000 --seed 1`.

First each control, which must be found broken; then runs of a station and its hub, each recorded
once and cut a thousand times. Ends with `POWER cuts=N broken=N`.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.emulated.power import recording
from tests.faults.controls import CONTROLS
from tests.faults.power import campaign
from tests.faults.power.exchange import TELLS_EARLY

CUTS_OF_ONE_RUN = 1000
_CONTROL_CUTS = 60


def controls(scratch: Path, library: Path, seed: int) -> list[str]:
    """Those whose broken promise was not found: a campaign beside them would prove nothing."""
    blind = []
    for control in (*CONTROLS, TELLS_EARLY):
        subject = campaign.exchange(8, control)
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            found = campaign.play(subject, Path(folder), library, _CONTROL_CUTS, seed)
        print(f"{found.name}: {found.broken} of {found.cuts} found broken", flush=True)
        if not found.broken:
            blind.append(f"{found.name} was not found")
    return blind


def cut_often(scratch: Path, library: Path, cuts: int, seed: int) -> tuple[int, int]:
    """Cuts and broken ones of as many runs as `cuts` takes."""
    done, broken, kinds = 0, 0, Counter[str]()
    while done < cuts:
        with tempfile.TemporaryDirectory(dir=scratch) as folder:
            found = campaign.play(
                campaign.exchange(), Path(folder), library, min(CUTS_OF_ONE_RUN, cuts - done), seed
            )
        for finding in found.findings:
            print(f"seed {seed}: {finding}")
        print(
            f"seed {seed}: {found.told} promises, {found.syncs} syncs, {found.cuts} cuts,"
            f" {found.broken} broken, {found.seconds:.0f} s",
            flush=True,
        )
        done, broken, seed = done + found.cuts, broken + found.broken, seed + 1
        kinds += found.kinds
    for kind, count in sorted(kinds.items()):
        print(f"power cut of {kind}: {count}")
    return done, broken


def main() -> int:
    """Play it; 0 when nothing was broken and every control was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    # In memory: the recorder decides what is on the disk.
    with tempfile.TemporaryDirectory(prefix="sportello-power-", dir="/dev/shm") as folder:
        scratch = Path(folder)
        library = recording.build(scratch)
        blind = controls(scratch, library, arguments.seed)
        cuts, broken = cut_often(scratch, library, arguments.cuts, arguments.seed)
    for finding in blind:
        print(finding)
    print(f"POWER cuts={cuts} broken={broken + len(blind)}")
    return 1 if broken or blind else 0


if __name__ == "__main__":
    sys.exit(main())
