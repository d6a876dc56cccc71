"""What the store's tables hold, as values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sync.wire import hybrid_time
from sync.wire.hybrid_time import HybridTime
from sync.wire.parts import SealedPart
from sync.wire.receipt import Missing, Refused

LOST: Final = "lost"
"""Kind of an entry of which this store has nothing any more but its place."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """The store was damaged, and made anew of what could be read.

    Attributes:
        aside: name of the folder in the store's folder that holds the damaged files.
        at: when, milliseconds since 1970 by the station's clock.
        lost: places of which nothing is left here and, as far as is known, at the hub; at most
            some hundred of them, in order.
        lost_in_all: how many there are.
        waits: whether the hub has not said yet where it holds the chain.
    """

    aside: str
    at: int
    lost: tuple[int, ...]
    lost_in_all: int
    waits: bool


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the journal.

    Attributes:
        seq: 0 for an empty journal.
        hash: of the last envelope; `envelope.genesis` for an empty journal.
        counter: how many registration numbers the station has issued.
        hybrid: of the last entry; `hybrid_time.START` where it has none.
    """

    seq: int
    hash: bytes
    counter: int
    hybrid: HybridTime = hybrid_time.START


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One recorded operation; nothing of it is personal data in clear.

    Attributes:
        counter: how many registration numbers were issued up to this entry, its own included
            where it has one.
        recorded_at: milliseconds since 1970 by the station's clock.
        envelope: the exact bytes; empty where they were destroyed, when the hub had them safe.
        hybrid: by the station's hybrid clock; None for what was recorded before it had one.
        parts: of a new entry, what travels apart; of one that is read, none.
        is_urgent: of a new entry, whether it is, though its kind is not.
    """

    seq: int
    operation_id: UUID
    kind: str
    counter: int
    recorded_at: int
    hash: bytes
    envelope: bytes
    hybrid: HybridTime | None = None
    parts: tuple[SealedPart, ...] = ()
    is_urgent: bool = False


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """When an entry was sent for the last time and its acknowledgement came; milliseconds."""

    sent_at: int | None
    received_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What the hub's acknowledgements say of this store.

    Attributes:
        watermark: up to where the hub has acknowledged.
        decided: up to where its decisions are known.
        hub_time: the newest hub time that moved the watermark or set the trouble.
        trouble: `store.behind-hub`, `store.forked` or `store.rebuilt`, or None.
    """

    watermark: int
    decided: int
    hub_time: int
    trouble: str | None


@dataclass(frozen=True, slots=True)
class LinkRow:
    """What the link last noted of itself; `LinkStatus` says whether it still holds.

    Attributes:
        since, heartbeat, next_try_at, sent_at: milliseconds since 1970 by the station's clock.
        code: why it is not connected or the hub is away, `link.up` where neither.
        in_flight: first and last entry that is on its way.
    """

    connected: bool
    hub_present: bool
    code: str
    since: int
    heartbeat: int
    next_try_at: int | None
    in_flight: tuple[int, int] | None
    sent_at: int | None


Verdict = Refused | Missing
"""An outcome that is kept; accepted is what needs no row."""
