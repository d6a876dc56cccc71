"""`make bench`: every figure beside its peer or limit of the same run, a `BENCH` line each."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    "record",
    "drain",
    "screen",
    "documents",
    "pace",
    "barcodes",
    "preview",
    "fingers",
    "search",
    "history",
    "peers",
    "scale",
)


def main() -> int:
    """Run all, one process each; 0 when none falls short."""
    codes = [
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}"], check=False).returncode
        for name in BENCHMARKS
    ]
    return 1 if any(codes) else 0


if __name__ == "__main__":
    sys.exit(main())
