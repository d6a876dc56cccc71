"""A link from its start to its end: one for each station, as soon as key store and store are there."""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Callable
from typing import Final

from sync.edge import trouble
from sync.edge.link.loop import Link
from sync.edge.log_events import Event, log
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.edge.wakeup import Role, WakeUp

ALREADY_RUNNING: Final = 3
RETRY_SECONDS: Final = 5.0


def run(
    profile: StationProfile,
    vault: Callable[[], Vault | str],
    *,
    until: Callable[[], bool] = lambda: False,
    rest: Callable[[float], None] = time.sleep,
) -> int:
    """Runs the link until it is killed; it keeps nothing that a kill could lose.

    Args:
        profile: the station.
        vault: opens what the journal is sealed with, or gives the failure code of why it cannot
            now; asked again until it can: a token may come back.
        until: ends it.
        rest: waits so many seconds between two tries.

    Returns:
        0, or `ALREADY_RUNNING` where another link serves the station.
    """
    # Held for as long as the process lives, whatever ends it.
    lock = os.open(profile.folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            log(Event.ALREADY_RUNNING)
            return ALREADY_RUNNING
        log(Event.STARTED, station=profile.name)
        while not until():
            opened = _open(profile, vault)
            if isinstance(opened, str):
                log(Event.STORE, code=opened)
                rest(RETRY_SECONDS)
                continue
            store, wake, secret = opened
            with wake:
                link = Link(profile, store, wake, draw=random.random, vault=secret)
                # A store that broke is mended when it is opened again.
                link.run(lambda opened=store: until() or opened.is_damaged)  # type: ignore[misc]
            store.close()
        return 0
    finally:
        os.close(lock)


def _open(
    profile: StationProfile, vault: Callable[[], Vault | str]
) -> tuple[Store, WakeUp, Vault] | str:
    """What the link works with; a full, missing or locked disk may come back."""
    secret = vault()
    if isinstance(secret, str):
        return secret
    store = Store.open(profile.store, station=profile.name, code=profile.code, vault=secret)
    if isinstance(store, StoreTrouble):
        return store.code
    try:
        return store, WakeUp(profile.store, Role.LINK), secret
    except OSError:
        store.close()
        return trouble.UNAVAILABLE
