"""`make faults SEED=1 CUTS=10000`: the long campaigns; ends with `FAULTS cuts=N broken=N`.

First the controls: a station and a hub that break a promise on purpose must be found. Then the
power is cut, of a station and a hub with either engine, at every boundary of a sync; old copies of
their disks come back; processes, network, broker, disks and calendars are made to fail while people
register; and each device is pulled and returned on every page that uses it. Stopped and started again with the same seed and the
same number it goes on where it was.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from tests.faults import rounds
from tests.faults.devices.__main__ import PULLS, pull_all
from tests.faults.devices.campaign import DEVICES


def main() -> int:
    """Run them; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--pulls", type=int, default=PULLS, help="of each device")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--state", type=Path, help="where what was done is kept")
    arguments = parser.parse_args()
    seed, cuts = arguments.seed, arguments.cuts
    state = arguments.state or Path("build") / f"faults-{seed}-{cuts}.json"
    on_server = cuts // 50 if os.geteuid() == 0 else 0  # a server does not run as root, nor as us
    of_copies = cuts // 50
    of_processes = max(cuts // 25, 10)
    of_power = cuts - of_processes - on_server - of_copies
    plan = [
        *rounds.controls(seed, whole=on_server > 0),
        *rounds.of(rounds.PROCESSES, of_processes // 2, rounds.PROCESS_CUTS, seed),
        *rounds.of(rounds.WORKERS, (of_processes + 1) // 2, rounds.PROCESS_CUTS, seed),
        *rounds.of(rounds.SERVER, on_server, rounds.SERVER_CUTS, seed),
        *rounds.of(rounds.OLD, of_copies, rounds.OLD_CUTS, seed),
        *rounds.of(rounds.FAILING, of_power // 4, rounds.POWER_CUTS, seed),
        *rounds.of(rounds.POWER, of_power - of_power // 4, rounds.POWER_CUTS, seed),
    ]
    total = rounds.play(plan, state)
    pulls, broken = 0, total.broken
    if arguments.pulls:
        pulls, more = pull_all(tuple(DEVICES), arguments.pulls, seed)
        broken += more
    state.unlink(missing_ok=True)
    print(f"FAULTS cuts={total.cuts + pulls} broken={broken}")
    return 1 if broken or not total.told else 0


if __name__ == "__main__":
    sys.exit(main())
