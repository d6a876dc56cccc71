"""The kiosk's process, with its probe."""

from __future__ import annotations

import sys
from collections.abc import Mapping

from tests.emulated.services import Service
from tests.workbench.person import Person
from tests.workbench.pki import Site


class KioskProcess(Service):
    """The kiosk with its probe."""

    def __init__(
        self, site: Site, station: str, environment: Mapping[str, str], role: str = "citizen"
    ) -> None:
        self.control = site.folder / f"probe-{station}"
        super().__init__(
            f"kiosk {station}",
            [
                *(sys.executable, "-m", "tests.workbench.probed_kiosk"),
                *("--station-dir", str(site.stations[station]), "--control", str(self.control)),
                *("--station", role),
            ],
            site.folder / "logs" / f"kiosk-{station}.log",
            environment,
        )
        self.person = Person(self.control, environment)

    def ready(self) -> bool:
        """Whether its first screen is drawn."""
        try:
            return self.running and self.person.screen() != "nothing"
        except (OSError, ValueError):
            return False
