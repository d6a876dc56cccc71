"""Who may act at this counter: the hub's signed roster, taken anew whenever its file is replaced.

No roster that is older than the one taken last is ever taken, across restarts too: an operator who
lost their right would come back with it. Without a newer one the station goes on with the one it
has; the hub judges every act again. One that comes over the network (`kiosk.runtime.list_fetching`) is
put in the place of the file: it is believed for the hub's signature, whoever brought it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final

from kiosk import log_events
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import ROSTER, Vault, VaultTrouble
from sync.model.rosters import Roster
from sync.wire import roster as roster_wire
from sync.wire.trust import HubTrust, TrustTrouble

_LIST: Final = "roster"


class RosterBelief:
    """The roster as this station has it.

    Args:
        profile: the station.
        store: the station's store, or why it cannot be used now.
        vault: seals the file, in which names are; None at a station without key store.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        vault: Vault | None = None,
    ) -> None:
        self._vault = vault
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

    def version(self) -> int:
        """Of the roster that is believed; 0 for none."""
        found = self.current()
        return found.version if isinstance(found, Roster) else 0

    def take(self, data: bytes) -> str:
        """Puts a signed roster in the place of the file, and believes it.

        Returns:
            Empty; or the code of why it is not taken: one of `sync.wire.roster.load`, of the store,
            of the trust in the hub, or `roster.absent` where it cannot be written.
        """
        bounds = self._bounds()
        if isinstance(bounds, str):
            return bounds
        hub, at_least = bounds
        found = roster_wire.load(data, hub, at_least=at_least)
        if isinstance(found, TrustTrouble):
            return found.code
        if not self._put(data):
            return "roster.absent"
        taken = self.current()
        return taken if isinstance(taken, str) else ""

    def _bounds(self) -> tuple[HubTrust, int] | str:
        """The hub's keys, and the version below which no roster is taken."""
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
        return hub, at_least

    def _load(self) -> Roster | str:
        bounds, store = self._bounds(), self._store()
        if isinstance(bounds, str):
            return bounds
        if isinstance(store, StoreTrouble):
            return store.code
        hub, at_least = bounds
        found = self._profile.roster(hub, at_least=at_least, vault=self._vault)
        if isinstance(found, TrustTrouble | VaultTrouble):
            return found.code
        # First the version: a roster that was taken and not remembered could be rolled back.
        trouble = store.lists.take(_LIST, found.version)
        if trouble is not None:
            return trouble.code
        self._seal()
        return found

    def _put(self, data: bytes) -> bool:
        if self._vault is not None:
            return self._vault.write(self._profile.roster_list, ROSTER, data) is None
        try:
            _replace(self._profile.roster_list, data)
        except OSError:
            return False
        return True

    def _seal(self) -> None:
        """Seals a file that somebody brought in clear; what cannot be is tried at the next start."""
        if self._vault is not None:
            self._vault.seal_file(self._profile.roster_list, ROSTER)


def _replace(path: Path, content: bytes) -> None:
    """The whole new file or the whole old one, after a power cut too."""
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
