"""Targets under libFuzzer, as `forking` says.

`python -m tests.fuzz.run` for a campaign; by hand, one of them:
`python -m tests.fuzz.run TARGET [libFuzzer's options] CORPUS`.
"""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(
    include=["hw", "sync", "kiosk", "asn1crypto"], enable_loader_override=False
):
    from tests.fuzz.targets import TARGETS

from tests.fuzz.forking import serve
from tests.fuzz.material import anchors, documents


def main() -> None:
    """Fuzz until libFuzzer's options say stop; it ends the process itself."""
    # Keys and certificates are made once, before any input's time runs.
    documents()
    anchors()
    if len(sys.argv) == 1:
        serve({name: target.play for name, target in TARGETS.items()})
        return
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]].play)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
