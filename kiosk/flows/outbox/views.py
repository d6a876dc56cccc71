"""What the outbox's pages have of an entry, of all of them, and of the link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from sync.model.counter import ClosingReason, CounterAct


class Choice(Enum):
    """Which entries the list shows; texts `outbox.choice.<value>`."""

    TO_DECIDE = "to-decide"
    WAITING = "waiting"
    CLOSED = "closed"
    ALL = "all"


class EntryState(Enum):
    """Where an entry is; texts `outbox.state.<value>`."""

    WAITING_NETWORK = "waiting-network"
    WAITING_HUB = "waiting-hub"
    WAITING_RETRY = "waiting-retry"
    IN_FLIGHT = "in-flight"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    CLOSED = "closed"
    """A person has decided what becomes of it."""


@dataclass(frozen=True, slots=True)
class ClosedView:
    """What a person has decided.

    Attributes:
        by: name of the operator; empty where the roster does not name them any more.
        at: aware time of the decision.
        is_known: whether the hub has it.
    """

    reason: ClosingReason
    by: str = field(repr=False)
    at: datetime
    is_known: bool


@dataclass(frozen=True, slots=True)
class EntryView:
    """One recorded operation. Nothing in it says whose it is but its registration number.

    Attributes:
        seq: its place in the station's journal.
        operation_id: 32 hexadecimal digits.
        number: registration number that it issued; empty where it issued none, or where the operator
            serves nobody and is not told.
        why: failure code, or key of a text.
        released_by, who: keys of texts: what would move it on, who can help.
        next_try_seconds: until the link tries again, from when this was told; None where nothing is
            planned.
        recorded_at, sent_at, acknowledged_at: aware times by the station's clock.
        code, remedy: of a refusal, as the hub said; empty where there is none.
        is_open: whether a person must say what becomes of it.
        lost: the station's copy is damaged, and the hub has none.
    """

    seq: int
    operation_id: str
    kind: str
    number: str
    state: EntryState
    why: str
    released_by: str
    who: str
    next_try_seconds: int | None
    recorded_at: datetime
    sent_at: datetime | None = None
    acknowledged_at: datetime | None = None
    code: str = ""
    remedy: str = ""
    is_open: bool = False
    lost: bool = False
    closed: ClosedView | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """What the link does.

    Attributes:
        code: failure code of why nothing is sent; empty where all is well.
        since: aware time since when it is so.
        next_try_seconds: as in `EntryView`.
    """

    connected: bool
    hub_present: bool
    code: str
    since: datetime
    next_try_seconds: int | None = None

    @property
    def is_well(self) -> bool:
        """Whether what is recorded leaves at once."""
        return self.connected and self.hub_present and not self.code


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many entries there are of each `Choice`."""

    to_decide: int = 0
    waiting: int = 0
    closed: int = 0
    recorded: int = 0

    def of(self, choice: Choice) -> int:
        """Those of one."""
        match choice:
            case Choice.TO_DECIDE:
                return self.to_decide
            case Choice.WAITING:
                return self.waiting
            case Choice.CLOSED:
                return self.closed
            case Choice.ALL:
                return self.recorded


@dataclass(frozen=True, slots=True)
class OutboxView:
    """The entries of a choice, as many as a page takes, and what the link does."""

    choice: Choice
    entries: tuple[EntryView, ...]
    counts: OutboxCounts
    link: LinkView


@dataclass(frozen=True, slots=True)
class Correcting:
    """A refused act that the operator enters anew.

    Attributes:
        act: what it held, without its secrets.
        filled: whether a form has been filled with it.
    """

    entry: EntryView
    act: CounterAct = field(repr=False)
    filled: bool = False
