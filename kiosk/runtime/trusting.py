"""Whose documents are believed: the hub's signed list, taken anew whenever its file is replaced.

No list that is older than the one taken last is ever taken, across restarts too: a country signer
that was withdrawn would come back with it. The store remembers the version.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from kiosk import log_events
from sync.edge.station import ProfileError, StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire.document_trust import DocumentTrust
from sync.wire.trust import TrustTrouble

_LIST: Final = "documents"
_NO_ROOT: Final = "trust.absent"
_Stamp = tuple[int, int]

NOBODY: Final = DocumentTrust(version=0, issued=0)
"""The list by which no document is believed."""


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
        self._signed_by: bytes | None = None
        self._told = ""

    def renew(self) -> None:
        """Take the list where its file, or that of the hub's keys, was replaced. Never raises.

        What cannot be taken changes nothing: the list in hand was good. But a list whose signer is
        no key of the hub any more is let go at once: then nobody is believed. It is tried again at
        the next call where the store or the trust root could not be asked.
        """
        seen = self._profile.trust_stamp(), self._profile.document_stamp()
        if seen == self._seen:
            return
        code = self._renew()
        if code != _NO_ROOT and not code.startswith("store."):
            self._seen = seen
        self._tell(code)

    def _renew(self) -> str:
        """Empty where a list was taken, else the code of what stood against it."""
        store = self._store()
        if isinstance(store, StoreTrouble):
            return store.code
        keys_at_least, list_at_least = store.trust_version(), store.lists.version(_LIST)
        if isinstance(keys_at_least, StoreTrouble):
            return keys_at_least.code
        if isinstance(list_at_least, StoreTrouble):
            return list_at_least.code
        try:
            hub = self._profile.hub_trust(at_least=keys_at_least)
        except ProfileError:
            return _NO_ROOT
        if isinstance(hub, TrustTrouble):
            return hub.code
        if self._signed_by is not None and hub.signing_key(self._signed_by) is None:
            self._signed_by = None
            self._take(NOBODY)
        found = self._profile.document_trust(hub, at_least=list_at_least)
        if isinstance(found, TrustTrouble):
            return found.code
        # First the version: a list that was taken and not remembered could be rolled back.
        trouble = store.lists.take(_LIST, found.version)
        if trouble is not None:
            return trouble.code
        self._take(found)
        self._signed_by = found.signed_by
        log_events.write(log_events.DOCUMENT_TRUST, version=found.version)
        return ""

    def _tell(self, code: str) -> None:
        if code and code != self._told:
            log_events.write(log_events.DOCUMENT_TRUST, code=code)
        self._told = code
