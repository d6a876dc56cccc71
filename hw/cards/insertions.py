"""Whether a card stayed where it was between two looks, by pcscd's counts.

What was told of one card must never be believed of another that lies in its place now. pcscd counts
every card put in and pulled, so the same count means the same card.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from hw.errors import DeviceTrouble, TroubleKind

Insertions: TypeAlias = Mapping[str, int]
"""A count of changes, by name of the reader in which a card lies."""
CountInsertions: TypeAlias = Callable[[], Insertions | DeviceTrouble]
MOVED: Final = DeviceTrouble(TroubleKind.REMOVED, "token.removed", (("reason", "card changed"),))
"""A card was put in or pulled meanwhile."""
_SLOT_NAME_BYTES: Final = 64
_SERVICE_HANGS: Final = DeviceTrouble(
    TroubleKind.ABSENT, "reader.service-absent", (("reason", "no answer"),)
)


class PatientCount:
    """Counts insertions within a time. May be called from any thread.

    pcscd may hang, so it is asked on another thread, which is left behind; there is one at most.
    """

    def __init__(self, count: CountInsertions, seconds: float) -> None:
        """Ask `count`, for at most `seconds`."""
        self._count = count
        self._seconds = seconds
        self._counting = threading.Lock()

    def __call__(self) -> Insertions | DeviceTrouble:
        """The counts, or trouble: that of `count`, or `reader.service-absent` after the time."""
        told: SimpleQueue[Insertions | DeviceTrouble] = SimpleQueue()

        def ask() -> None:
            if self._counting.acquire(timeout=self._seconds):
                try:
                    told.put(self._count())
                finally:
                    self._counting.release()

        threading.Thread(target=ask, name="card-insertions", daemon=True).start()
        try:
            return told.get(timeout=self._seconds)
        except Empty:
            return _SERVICE_HANGS


def moved(before: Insertions, now: Insertions | DeviceTrouble, reader: str) -> DeviceTrouble | None:
    """Why the card in `reader` may be another one than `before`; None where it is the same.

    Args:
        before: the counts then.
        now: the counts now.
        reader: name of the reader; empty where it is not known: then no card may have moved.
    """
    if isinstance(now, DeviceTrouble):
        return now
    if not reader:
        return MOVED if dict(before) != dict(now) else None
    if reader not in before:
        return MOVED
    # A module names its slots by the beginning of a reader's name: readers that begin alike are one
    # to it, so a card that came into either may be the one that it uses.
    alike = {name for name in {**before, **now} if _slot_name(name) == _slot_name(reader)}
    return MOVED if any(before.get(name) != now.get(name) for name in alike) else None


def _slot_name(reader: str) -> bytes:
    """As much of a reader's name as a slot's description holds (PKCS#11 CK_SLOT_INFO)."""
    return reader.encode("utf-8", "replace")[:_SLOT_NAME_BYTES]
