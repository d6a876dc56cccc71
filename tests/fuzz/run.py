"""One target under libFuzzer: `python -m tests.fuzz.run TARGET [libFuzzer's options] CORPUS`."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["hw", "asn1crypto"], enable_loader_override=False):
    from tests.fuzz.targets import TARGETS


def main() -> None:
    """Fuzz until libFuzzer's options say stop; it ends the process itself."""
    name = sys.argv[1]
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[name].play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
