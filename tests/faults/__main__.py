"""`make faults`: the long campaign; ends with `FAULTS cuts=N broken=N`."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults import campaign


def main() -> int:
    """Run it; 0 when nothing was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="sportello-faults-") as folder:
        result = campaign.run(Path(folder), arguments.cuts, arguments.seed)
    for finding in result.broken:
        print(finding)
    print(f"{result.told} people were told a number")
    print(f"FAULTS cuts={result.cuts} broken={len(result.broken)}")
    return 1 if result.broken or not result.told else 0


if __name__ == "__main__":
    sys.exit(main())
