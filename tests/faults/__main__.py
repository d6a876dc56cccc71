"""`make faults`: the long campaigns; ends with `FAULTS cuts=N broken=N`.

First processes, network and power are cut while people register; then each device is pulled and
returned on every page that uses it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults import campaign
from tests.faults.devices.__main__ import PULLS, pull_all
from tests.faults.devices.campaign import DEVICES


def main() -> int:
    """Run them; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=400)
    parser.add_argument("--pulls", type=int, default=PULLS, help="of each device")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sportello-faults-") as folder:
        result = campaign.run(Path(folder), arguments.cuts, arguments.seed)
    for finding in result.broken:
        print(finding)
    print(f"{result.told} people were told a number", flush=True)
    pulls, broken = 0, len(result.broken)
    if arguments.pulls:
        pulls, more = pull_all(tuple(DEVICES), arguments.pulls, arguments.seed)
        broken += more
    print(f"FAULTS cuts={result.cuts + pulls} broken={broken}")
    return 1 if broken or not result.told else 0


if __name__ == "__main__":
    sys.exit(main())
