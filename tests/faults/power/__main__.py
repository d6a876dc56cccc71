"""Power cuts alone: `python -m tests.faults.power --cuts 10000 --seed 1`.

First each control, which must be found broken; then runs of a station and its hub, each recorded
once and cut a thousand times. Ends with `POWER cuts=N broken=N`.
"""

from __future__ import annotations

import argparse
import sys

from tests.faults import rounds


def main() -> int:
    """Play it; 0 when nothing was broken and every control was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cuts", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    plan = [
        *rounds.controls(arguments.seed),
        *rounds.of(rounds.POWER, arguments.cuts, rounds.POWER_CUTS, arguments.seed),
    ]
    total = rounds.play(plan)
    print(f"POWER cuts={total.cuts} broken={total.broken}")
    return 1 if total.broken else 0


if __name__ == "__main__":
    sys.exit(main())
