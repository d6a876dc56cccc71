"""What is cut: people register at a station, which talks to its hub now and then.

`python -m tests.faults.power.exchange --site FOLDER --people N --seed S` says with
`tests.emulated.power.told`:

    told INDEX NUMBER HASH      a person was told this number
    held SEQ HASH               an acknowledgement left the hub: it holds the chain up to there
    decided SEQ OUTCOME         the same acknowledgement told what was decided of an entry

`--control` breaks one promise on purpose, so that a campaign that finds nothing is known to be able
to find something.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from dataclasses import dataclass
from pathlib import Path

from sync.edge.station import load
from sync.hub.store.database import StoreError
from sync.wire import receipt
from sync.wire.trust import HubTrust
from tests.emulated.power.recording import Fault, Faults
from tests.emulated.power.told import tell
from tests.faults import controls
from tests.faults.controls import CONTROLS
from tests.faults.power.ends import HUB_PART, STATION_PART, HubEnd, NotStoredError, StationEnd, talk

TELLS_EARLY = "station-tells-early"
"""A control of its own: people are told before the journal has returned."""


@dataclass
class Exchange:
    """One run. Both ends are closed and opened again now and then, as at a restart."""

    site: Path
    dice: random.Random
    control: str = ""
    secures: bool = True
    faults: Faults | None = None

    def run(self, people: int) -> None:
        station = StationEnd.open(self.site / STATION_PART)
        hub = self._hub()
        for index in range(1, people + 1):
            if self.control == TELLS_EARLY:
                tell(f"told {index} ? ?")
            self._may_fail()
            try:
                done = station.record(index)
            except NotStoredError:
                self._mend()
                done = station.record(index)
            tell(f"told {index} {done.registration_number} {done.hash.hex()}")
            if self.dice.random() < 0.25:
                hub = self._talk(station, hub)
            if self.secures and self.dice.random() < 0.08:
                hub.secure()
                hub = self._talk(station, hub)
                station.destroy()
            if self.dice.random() < 0.04:
                station.close()
                station = StationEnd.open(self.site / STATION_PART)
            if self.dice.random() < 0.04:
                hub.close()
                hub = self._hub()
        station.close()
        hub.close()

    def _talk(self, station: StationEnd, hub: HubEnd) -> HubEnd:
        """They talk; a hub whose disk failed meanwhile is started anew, and they talk again."""
        self._may_fail()
        try:
            talk(station, hub, self._left)
        except (NotStoredError, StoreError):
            self._mend()
            hub.close()
            hub = self._hub()
            talk(station, hub, self._left)
        self._mend()
        return hub

    def _may_fail(self) -> None:
        if self.faults is not None and self.dice.random() < 0.3:
            after, times = self.dice.randrange(5), self.dice.choice((1, 1, 3))
            self.faults.set(Fault.SYNC_FAILS, after=after, times=times)

    def _mend(self) -> None:
        if self.faults is not None:
            self.faults.set(Fault.NONE)

    def _hub(self) -> HubEnd:
        return HubEnd.open(self.site / HUB_PART)

    def _left(self, payload: bytes) -> None:
        """Told in between: it has left the hub, and the station has not heard it."""
        trust = load(self.site / STATION_PART).hub_trust()
        answer = receipt.verify(payload, trust) if isinstance(trust, HubTrust) else None
        if answer is None:
            raise ValueError("an acknowledgement that nobody believes")
        tell(f"held {answer.up_to} {answer.head.hex()}")
        for one in answer.answers:
            tell(f"decided {one.seq} {type(one.outcome).__name__}")


def main() -> int:
    """Play it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--site", type=Path, required=True)
    parser.add_argument("--people", type=int, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--control", choices=(*CONTROLS, TELLS_EARLY), default="")
    parser.add_argument("--nothing-secured", action="store_true", help="nothing is destroyed")
    parser.add_argument("--syncs-fail", action="store_true", help="now and then")
    arguments = parser.parse_args()
    if arguments.control in CONTROLS:
        controls.apply(arguments.control)
    dice = random.Random(arguments.seed)
    secures = not arguments.nothing_secured
    faults = Faults(Path(os.environ["POWER_FAULTS"])) if arguments.syncs_fail else None
    Exchange(arguments.site, dice, arguments.control, secures, faults).run(arguments.people)
    return 0


if __name__ == "__main__":
    sys.exit(main())
