"""`python -m sync.edge.link --station-dir DIR`."""

from __future__ import annotations

import argparse
import fcntl
import os
import random
import sys
import time
from pathlib import Path
from typing import Final

from sync.edge import station, trouble
from sync.edge.link.loop import Link
from sync.edge.log_events import Event, configure, log
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.wakeup import Role, WakeUp

_STORE_RETRY_SECONDS: Final = 5.0


def main(arguments: list[str] | None = None) -> int:
    """Runs the link until it is killed; it keeps nothing that a kill could lose.

    Returns:
        2 where the station's folder cannot be used, 3 where another link serves it.
    """
    parser = argparse.ArgumentParser(prog="python -m sync.edge.link", description=__doc__)
    parser.add_argument("--station-dir", type=Path, required=True, metavar="DIR")
    options = parser.parse_args(arguments)
    configure()
    try:
        profile = station.load(options.station_dir)
        profile.root_key()
    except ProfileError as error:
        log(Event.PROFILE, problem=str(error))
        return 2
    # Held for as long as the process lives, whatever ends it.
    lock = os.open(profile.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        log(Event.ALREADY_RUNNING)
        return 3
    log(Event.STARTED, station=profile.name)
    store, wake = _open(profile)
    with wake:
        Link(profile, store, wake, draw=random.random).run()
    return 0


def _open(profile: StationProfile) -> tuple[Store, WakeUp]:
    """The store, as soon as it can be had: a full, missing or locked disk may come back."""
    while True:
        store = Store.open(profile.store, station=profile.name, code=profile.code)
        if isinstance(store, Store):
            try:
                return store, WakeUp(profile.store, Role.LINK)
            except OSError:
                store.close()
                store = StoreTrouble(trouble.UNAVAILABLE)
        log(Event.STORE, code=store.code)
        time.sleep(_STORE_RETRY_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
