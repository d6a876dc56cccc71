"""Reads and writes a removable medium for the pages that ask for it, on a thread of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final
from uuid import UUID

from kiosk import log_events
from kiosk.flows.events import Event
from kiosk.flows.installer.events import MediumCarried
from kiosk.runtime.signed_lists import ListShelf
from kiosk.runtime.workers import FAULT
from sync.edge.courier.carrying import Courier, Visit
from sync.edge.station import StationProfile
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.edge.vault import Vault
from sync.wire.signer import Signer

MEDIA: Final = Path("/media/sportello")
"""Where the image mounts a stick, unless the settings name another folder."""


class Carrying:
    """The visits of media at one station; one at a time.

    Args:
        profile: the station.
        store: its open store, or why there is none.
        signer: its signing key.
        vault: seals what the store keeps of the way back.
        shelf: holds and takes the signed lists.
        media: folder where a medium is mounted; None where there is none.
        post: takes the events.
        ring: wakes the link: what the hub holds need not be sent.
    """

    def __init__(
        self,
        profile: StationProfile,
        store: Callable[[], Store | StoreTrouble],
        signer: Signer,
        vault: Vault | None,
        shelf: ListShelf,
        media: Path | None,
        post: Callable[[Event], None],
        ring: Callable[[], object] = lambda: None,
    ) -> None:
        self._profile = profile
        self._store = store
        self._signer = signer
        self._vault = vault
        self._shelf = shelf
        self._media = media
        self._post = post
        self._ring = ring
        self._alone = threading.Lock()

    def begin(self, session_id: UUID) -> None:
        """Start a visit; what comes of it is posted as `MediumCarried`."""
        threading.Thread(target=self._run, args=(session_id,), name="courier", daemon=True).start()

    def visit(self, *, plain_folder: bool = False) -> Visit:
        """One visit of the medium, on the caller's thread; `plain_folder` as `Courier.visit`."""
        store = self._store()
        if isinstance(store, StoreTrouble):
            return Visit(code=store.code)
        courier = Courier(
            self._profile,
            store,
            self._signer,
            lists=self._held,
            take_list=self._take,
            vault=self._vault,
        )
        with self._alone:
            visit = courier.visit(self._media, plain_folder=plain_folder)
        self._ring()
        return visit

    def _run(self, session_id: UUID) -> None:
        try:
            visit = self.visit()
        except Exception as error:  # noqa: BLE001 - the page must not wait for ever
            log_events.write(log_events.EFFECT_BROKEN, kind=type(error).__name__)
            visit = Visit(code=FAULT)
        if visit.code:
            log_events.write(log_events.EFFECT_FAILED, code=visit.code)
        self._post(
            MediumCarried(
                session_id,
                visit.code,
                visit.on_medium,
                visit.waiting,
                visit.stored,
                visit.settled,
                len(visit.lists),
            )
        )

    def _held(self) -> dict[str, int]:
        return {name.value: self._shelf.held(name) for name in self._shelf.wanted}

    def _take(self, name: str, data: bytes) -> str:
        wanted = next((one for one in self._shelf.wanted if one.value == name), None)
        return "" if wanted is None else self._shelf.take(wanted, data)
