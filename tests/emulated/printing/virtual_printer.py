"""CUPS' own virtual IPP Everywhere printer, ippeveprinter, with a print command of ours behind it.

The printer is foreign; the command plays the engine: it "prints" as many sheets as told, tells
the printer of empty trays, jams and open covers by its documented door (`STATE:` and `ATTR:` lines
on standard error, ippeveprinter(8)) and waits there until somebody mends it.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.emulated.printing.processes import Family
from tests.emulated.services import port_answers, wait_until

_ENGINE = """#!/bin/sh
# $1 is the job's document. "trouble" holds what goes wrong before the second sheet.
printed=0
emit() {{ printed=$1; echo "ATTR: job-impressions-completed=$1" >&2; }}
echo begun >> {folder}/begun
emit 1
if [ -s {folder}/trouble ]; then
  reason=$(cat {folder}/trouble)
  case "$reason" in
    fails) exit 1;;
  esac
  echo "STATE: +$reason" >&2
  while [ -s {folder}/trouble ]; do sleep 0.05; done
  echo "STATE: -$reason" >&2
fi
sleep {pace}
emit 2
cp "$1" {folder}/paper-$(wc -l < {folder}/begun).out
"""


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class VirtualPrinter(Family):
    """The printer and its engine.

    Attributes:
        folder: where the engine lays its paper.
        troubled: whether something was the matter since this was last set to False.
        port: TCP port.
    """

    def __init__(
        self,
        folder: Path,
        environment: Mapping[str, str],
        *,
        name: str = "Sportello Virtual",
        formats: str = "application/pdf,image/pwg-raster,image/urf",
        options: Sequence[str] = (),
        port: int = 0,
        pace: float = 0.1,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.troubled = False
        self.port = port or free_port()
        spool = folder / "spool"
        spool.mkdir(exist_ok=True)
        engine = folder / "engine"
        engine.write_text(_ENGINE.format(folder=folder, pace=pace), "utf-8")
        engine.chmod(0o755)
        command = ["ippeveprinter", "-v", "-n", "localhost", "-p", str(self.port)]
        command += ["-d", str(spool), "-c", str(engine), "-f", formats, *options, name]
        super().__init__("ippeveprinter", command, folder / "printer.log", environment)

    @property
    def uri(self) -> str:
        """Its address, `ipp://localhost:port/ipp/print`."""
        return f"ipp://localhost:{self.port}/ipp/print"

    @property
    def papers(self) -> list[bytes]:
        """What lies in the tray, one document each, in the order of printing."""
        return [path.read_bytes() for path in sorted(self.folder.glob("paper-*.out"))]

    @property
    def begun(self) -> int:
        """How many jobs the engine began."""
        path = self.folder / "begun"
        return len(path.read_text("ascii").splitlines()) if path.exists() else 0

    def ready(self) -> bool:
        return self.running and port_answers(self.port)

    def trouble(self, reason: str) -> None:
        """Stand before the second sheet until `mend`, with a reason such as `media-empty`.

        `fails` makes the engine give the job up instead.
        """
        self.troubled = True
        (self.folder / "trouble").write_text(reason, "ascii")

    def mend(self) -> None:
        """Fill the tray, clear the jam, close the cover."""
        (self.folder / "trouble").write_text("", "ascii")

    def await_begun(self, count: int = 1, seconds: float = 15.0) -> None:
        """Wait until the engine has begun so many jobs."""
        wait_until(lambda: self.begun >= count, seconds, f"job {count} begun")
