"""The store and its disk, for the flows: whether a person may begin, and what is wrong besides."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Final

from kiosk import log_events
from kiosk.flows.station_facts import StorageFacts
from sync.edge.storage_watch import StorageWatch
from sync.edge.store import Rebuilt, Store
from sync.edge.trouble import StoreTrouble

LOOK_SECONDS: Final = 5.0

_MB: Final = 1 << 20


class StorageCare:
    """Looks every few seconds, in a thread of its own: a disk may be slow, or be mended meanwhile.

    Args:
        store: the open store, or why it cannot be used now.
        changed: called in that thread when the facts are others than before.
    """

    def __init__(
        self,
        store: Callable[[], Store | StoreTrouble],
        changed: Callable[[], None] = lambda: None,
    ) -> None:
        self._store = store
        self._changed = changed
        self._watched: tuple[Store, StorageWatch] | None = None
        self._known = StorageFacts()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    @property
    def facts(self) -> StorageFacts:
        """What was found at the last look."""
        return self._known

    def start(self) -> None:
        """Begin."""
        self._thread = threading.Thread(target=self._run, name="storage-care", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End; waits for the look that is under way."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                found = self.look()
                if found != self._known:
                    self._known = found
                    self._changed()
            except Exception as fault:  # noqa: BLE001  # the care goes on, whatever one look had
                log_events.write(
                    log_events.EFFECT_BROKEN, worker="storage-care", kind=type(fault).__name__
                )
            self._stopping.wait(LOOK_SECONDS)

    def look(self) -> StorageFacts:
        """What is known now; the space for the next person's record is taken by it. Blocks."""
        store = self._store()
        if isinstance(store, StoreTrouble):
            return StorageFacts(refusal=store.code)
        refusal = store.ready()
        if self._watched is None or self._watched[0] is not store:
            self._watched = store, StorageWatch(store)
        watch = self._watched[1]
        watch.look()
        code = "" if refusal is None else refusal.code
        rebuilt = store.rebuilt()
        return StorageFacts(
            refusal=code,
            codes=tuple(one for one in watch.codes() if one != code),
            free_mb=_free_mb(store),
            worn_percent=watch.percent(),
            lost=rebuilt.lost if isinstance(rebuilt, Rebuilt) else (),
        )


def _free_mb(store: Store) -> int | None:
    """In steps of a hundred, so that the page does not change with every record."""
    try:
        found = os.statvfs(store.folder)
    except OSError:
        return None
    free = found.f_bavail * found.f_frsize // _MB
    return free // 100 * 100 if free > 1000 else free // 10 * 10
