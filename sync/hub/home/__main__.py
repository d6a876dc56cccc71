"""Makes a list of stolen passwords: `python -m sync.hub.home SOURCE TARGET`.

SOURCE has lines `SHA1` or `SHA1:count`, as the lists that are published have them; TARGET is what
`web.breached_passwords` of `hub.toml` names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sync.strength import write_breached


def main(arguments: list[str] | None = None) -> int:
    """Reads the arguments and makes the list. Returns 0, or 2 where the source cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m sync.hub.home", description=__doc__)
    parser.add_argument("source", type=Path, help="lines of SHA-1 in hexadecimal digits")
    parser.add_argument("target", type=Path, help="the list to write")
    asked = parser.parse_args(arguments)
    try:
        with asked.source.open(encoding="ascii") as lines:
            count = write_breached(asked.target, lines)
    except (OSError, ValueError) as error:
        print(f"{asked.source}: {error}", file=sys.stderr)
        return 2
    print(f"{count} passwords in {asked.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
