"""Notes what the link is doing where the window looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from sync.edge.clock import StationClock
from sync.edge.store import LinkRow, Store

HEARTBEAT_SECONDS: Final = 60.0
FLIGHT_SECONDS: Final = 0.5
"""That only other entries are on their way is news no more often than this."""


class Noter:
    """The link's row in the store; written when it has changed, and once a minute anyway."""

    def __init__(self, store: Store, clock: StationClock) -> None:
        self._store = store
        self._clock = clock
        self._row: LinkRow | None = None
        self._noted_at = 0.0

    def note(
        self,
        now: float,
        *,
        connected: bool,
        hub_present: bool,
        code: str,
        next_try: float | None,
        in_flight: tuple[int, int] | None,
        sent_at: int | None,
    ) -> bool:
        """Notes it; True where it is something new.

        `now` and `next_try` are seconds of the monotonic clock; `sent_at` is in milliseconds
        since 1970. For the rest see `LinkStatus`.
        """
        now_ms = self._clock.now_ms()
        waits = next_try is not None and next_try > now
        row = LinkRow(
            connected=connected,
            hub_present=hub_present,
            code=code,
            since=now_ms,
            heartbeat=now_ms,
            next_try_at=now_ms + round((next_try - now) * 1000) if next_try and waits else None,
            in_flight=in_flight,
            sent_at=sent_at,
        )
        before = self._row
        if before is not None and _is_same_state(before, row):
            row = replace(row, since=before.since)
            is_same_wait = (row.in_flight is None, row.next_try_at is None) == (
                before.in_flight is None,
                before.next_try_at is None,
            )
            is_same_flight = row.in_flight == before.in_flight
            lasts = HEARTBEAT_SECONDS if is_same_flight else FLIGHT_SECONDS
            if is_same_wait and now - self._noted_at < lasts:
                return False
        if self._store.note_link(row) is not None:
            return False
        self._row = row
        self._noted_at = now
        return True


def _is_same_state(one: LinkRow, other: LinkRow) -> bool:
    return (one.connected, one.hub_present, one.code) == (
        other.connected,
        other.hub_present,
        other.code,
    )
