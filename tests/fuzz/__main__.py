"""`make fuzz`: ends with `FUZZ inputs=N crashes=N hangs=N`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzz import campaign
from tests.fuzz.targets import TARGETS


def main() -> int:
    """Run it; 0 when nothing crashed and nothing hung."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600, help="for all targets together")
    parser.add_argument("--seed", type=int, default=0, help="0: another one each time")
    parser.add_argument("targets", nargs="*", help="default: all")
    arguments = parser.parse_args()
    chosen = arguments.targets or list(TARGETS)
    unknown = sorted(set(chosen) - set(TARGETS))
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; there are {', '.join(TARGETS)}")
    result = campaign.run(chosen, arguments.seconds, Path("build/fuzz"), seed=arguments.seed)
    for target, inputs in result.by_target.items():
        print(f"{target:24} {inputs:>10} inputs")
    for finding in result.findings:
        print(finding)
    print(f"FUZZ inputs={result.inputs} crashes={result.crashes} hangs={result.hangs}")
    return 1 if result.crashes or result.hangs or not result.inputs else 0


if __name__ == "__main__":
    sys.exit(main())
