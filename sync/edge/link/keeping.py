"""Keeps what verified acknowledgements said, and owes what the disk did not take."""

from __future__ import annotations

from dataclasses import dataclass

from sync.edge.clock import StationClock
from sync.edge.hybrid_clock import Heard
from sync.edge.link.answers import Agreed
from sync.edge.log_events import Event, log
from sync.edge.store import Store
from sync.edge.trouble import StoreTrouble
from sync.wire.receipt import Acknowledgement, Missing, Outcome, Refused


@dataclass(slots=True)
class _Owed:
    up_to: int
    decided: int
    outcomes: dict[int, Outcome]
    data: bytes
    hub_time: int
    sent_at: int | None
    secured: int
    heard: Heard
    is_live: bool


class Keeper:
    """What is owed to the store."""

    def __init__(self, store: Store, clock: StationClock) -> None:
        self._store = store
        self._clock = clock
        self._owed: _Owed | None = None

    @property
    def owes(self) -> bool:
        """Whether there is something to keep."""
        return self._owed is not None

    def owe(
        self,
        answer: Acknowledgement,
        agreed: Agreed,
        data: bytes,
        sent_at: int | None,
        *,
        is_live: bool = False,
    ) -> None:
        """Takes on an acknowledgement, added up with what could not be kept before.

        `data` is the acknowledgement as signed; `sent_at` is when what it answers was sent, in
        milliseconds since 1970; `is_live` as in `Store.acknowledge`.
        """
        is_live = is_live or (self._owed is not None and self._owed.is_live)
        before = self._owed.outcomes if self._owed is not None else {}
        secured = self._owed.secured if self._owed is not None else 0
        self._owed = _Owed(
            agreed.watermark,
            agreed.decided,
            {**before, **agreed.outcomes},
            data,
            answer.hub_time,
            sent_at,
            max(secured, answer.secured),
            self._heard(answer.hub_time),
            is_live,
        )

    def _heard(self, hub_time: int) -> Heard:
        """Now, since later the clock that goes forward has gone on."""
        before = None if self._owed is None else self._owed.heard
        if before is not None and before.hub_time >= hub_time:
            return before
        reading = self._clock.reading()
        return Heard(hub_time, reading.boot_id, reading.monotonic)

    def keep(self) -> bool | StoreTrouble:
        """Pays what is owed; True where there was something and it is on the disk."""
        owed = self._owed
        if owed is None:
            return False
        refusal = self._store.acknowledge(
            owed.up_to,
            owed.decided,
            owed.outcomes,
            data=owed.data,
            hub_time=owed.hub_time,
            sent_at=owed.sent_at,
            received_at=self._clock.now_ms(),
            secured=owed.secured,
            heard=owed.heard,
            is_live=owed.is_live,
        )
        if refusal is not None:
            return refusal
        self._owed = None
        log(
            Event.ACKNOWLEDGED,
            up_to=owed.up_to,
            decided=owed.decided,
            secured=owed.secured,
            refused=sum(isinstance(outcome, Refused) for outcome in owed.outcomes.values()),
            missing=sum(isinstance(outcome, Missing) for outcome in owed.outcomes.values()),
        )
        return True
