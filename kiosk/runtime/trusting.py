"""Whose documents are believed: the hub's signed list, taken anew whenever its file is replaced.

No list that is older than the one taken last is ever taken, across restarts too: a country signer
that was withdrawn would come back with it. The store remembers the version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk import log_events
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire.document_trust import DocumentTrust
from sync.wire.trust import TrustTrouble

_LIST: Final = "documents"
_Stamp = tuple[int, int]


class DocumentBelief:
    """The list of document issuers as this station has it.

    Args:
        profile: the station.
        store: the station's store, or why it cannot be used now.
        take: gets each list that is taken.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        take: Callable[[DocumentTrust], None],
    ) -> None:
        self._profile = profile
        self._store = store
        self._take = take
        self._seen: tuple[_Stamp, _Stamp] | None = None
        self._told = ""

    def renew(self) -> None:
        """Take the list where its file, or that of the hub's keys, was replaced.

        What cannot be taken changes nothing: the list in hand was good. It is tried again at the
        next call where the store could not be asked.
        """
        seen = self._profile.trust_stamp(), self._profile.document_stamp()
        if seen == self._seen:
            return
        store = self._store()
        if isinstance(store, StoreTrouble):
            self._tell(store.code)
            return
        found = self._load(store)
        if isinstance(found, StoreTrouble):
            self._tell(found.code)
            return
        self._seen = seen
        if isinstance(found, TrustTrouble):
            self._tell(found.code)
            return
        self._take(found)
        store.lists.take(_LIST, found.version)
        self._told = ""
        log_events.write(log_events.DOCUMENT_TRUST, version=found.version)

    def _load(self, store: Store) -> DocumentTrust | TrustTrouble | StoreTrouble:
        keys_at_least, list_at_least = store.trust_version(), store.lists.version(_LIST)
        if isinstance(keys_at_least, StoreTrouble):
            return keys_at_least
        if isinstance(list_at_least, StoreTrouble):
            return list_at_least
        hub = self._profile.hub_trust(at_least=keys_at_least)
        if isinstance(hub, TrustTrouble):
            return hub
        return self._profile.document_trust(hub, at_least=list_at_least)

    def _tell(self, code: str) -> None:
        if code != self._told:
            self._told = code
            log_events.write(log_events.DOCUMENT_TRUST, code=code)
