"""Who may act at this counter: the hub's signed roster, taken anew whenever its file is replaced.

No roster that is older than the one taken last is ever taken, across restarts too: an operator who
lost their right would come back with it. Without a newer one the station goes on with the one it
has; the hub judges every act again.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk import log_events
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.model.rosters import Roster
from sync.wire.trust import TrustTrouble

_LIST: Final = "roster"


class RosterBelief:
    """The roster as this station has it.

    Args:
        profile: the station.
        store: the station's store, or why it cannot be used now.
    """

    def __init__(self, profile: StationProfile, store: Callable[[], Store | StoreTrouble]) -> None:
        self._profile = profile
        self._store = store
        self._seen: tuple[tuple[int, int], tuple[int, int]] | None = None
        self._roster: Roster | None = None

    def current(self) -> Roster | str:
        """The newest roster, or the code of what stands against having one. Never raises."""
        seen = self._profile.trust_stamp(), self._profile.roster_stamp()
        if seen == self._seen and self._roster is not None:
            return self._roster
        found = self._load()
        if isinstance(found, Roster):
            if self._roster is None or found.version != self._roster.version:
                log_events.write(log_events.ROSTER, version=found.version)
            self._roster, self._seen = found, seen
            return found
        log_events.write(log_events.ROSTER, code=found)
        return self._roster or found

    def _load(self) -> Roster | str:
        store = self._store()
        if isinstance(store, StoreTrouble):
            return store.code
        keys_at_least, at_least = store.trust_version(), store.lists.version(_LIST)
        if isinstance(keys_at_least, StoreTrouble):
            return keys_at_least.code
        if isinstance(at_least, StoreTrouble):
            return at_least.code
        try:
            hub = self._profile.hub_trust(at_least=keys_at_least)
        except ProfileError:
            return "trust.absent"
        if isinstance(hub, TrustTrouble):
            return hub.code
        found = self._profile.roster(hub, at_least=at_least)
        if isinstance(found, TrustTrouble):
            return found.code
        # First the version: a roster that was taken and not remembered could be rolled back.
        trouble = store.lists.take(_LIST, found.version)
        return found if trouble is None else trouble.code
