"""Records operation after operation as the kiosk's engine would, until it is killed.

`python -m tests.faults.recorder --station-dir DIR --from N` prints `told NUMBER` when a person
would have been told that number. Each operation id belongs to its index, as a resumed form brings
its own id again: after a kill the recorder repeats the last one, which must not double.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from uuid import UUID

from kiosk.flows import effects, events
from kiosk.flows.events import Event
from kiosk.runtime.records import Records
from kiosk.runtime.signing import StationSigner
from kiosk.station_keys import open_keys, vault_of
from sync.edge import station
from sync.edge.clock import uuid7
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.edge.wakeup import Role, WakeUp
from sync.model import registration_number
from tests.faults.people import invented

_FIRST_MOMENT = 1_790_000_000_000


def operation_id(index: int) -> UUID:
    """The operation id of the index-th person, the same in every life of the recorder."""
    return uuid7(_FIRST_MOMENT + index, index.to_bytes(10, "big"))


def main() -> int:
    """Record people from an index on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True)
    parser.add_argument("--from", dest="first", type=int, required=True)
    parser.add_argument("--pause", type=float, default=0.01, help="seconds between two people")
    parser.add_argument("--tells-early", action="store_true", help="a control: tell, then record")
    arguments = parser.parse_args()
    key = open_keys(arguments.station_dir)
    profile = station.load(arguments.station_dir)
    wake_up = WakeUp(profile.store, Role.WINDOW)
    told: list[Event] = []
    records = Records(
        profile,
        StationSigner(key),
        office="Comune di Esempio",
        post=told.append,
        recorded=lambda: wake_up.ring(Role.LINK),
        vault=vault_of(key),
    )
    index = arguments.first
    while True:
        if arguments.tells_early:
            print(f"told {index} {_next_number(profile, vault_of(key))}", flush=True)
            time.sleep(0.05)
        records.record(effects.Record(operation_id(index), invented(index)), "it")
        match told.pop():
            case events.Recorded(receipt):
                if not arguments.tells_early:
                    print(f"told {index} {receipt.registration_number}", flush=True)
                index += 1
            case outcome:
                print(f"refused {outcome}", flush=True)
        time.sleep(arguments.pause)


def _next_number(profile: StationProfile, vault: Vault) -> str:
    """The number that the next registration takes."""
    store = Store.open(profile.store, station=profile.name, code=profile.code, vault=vault)
    if isinstance(store, StoreTrouble):
        return "?"
    head = store.head()
    store.close()
    count = 0 if isinstance(head, StoreTrouble) else head.counter
    return registration_number.issue(profile.code, count + 1).text


if __name__ == "__main__":
    sys.exit(main())
