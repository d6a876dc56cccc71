"""Touches of the outbox's pages, and what answers the effects of `effects`."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.flows.outbox.views import Choice, EntryView, OutboxCounts, OutboxView
from sync.model.counter import ClosingReason, CounterAct

# --- touches


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    """Another kind of entries is to be shown."""

    choice: Choice


@dataclass(frozen=True, slots=True)
class NumberTyped:
    """The whole text that stands in the field for a registration number now."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NumberSought:
    """The button beside it, or Enter in it."""


@dataclass(frozen=True, slots=True)
class EntryChosen:
    """A row of the list."""

    seq: int


@dataclass(frozen=True, slots=True)
class CorrectChosen:
    """The button "correct and send again"."""


@dataclass(frozen=True, slots=True)
class CloseChosen:
    """The button "close with a reason"."""


@dataclass(frozen=True, slots=True)
class ReasonChosen:
    """One of the reasons."""

    reason: ClosingReason


# --- answers, and what the runtime tells by itself


@dataclass(frozen=True, slots=True)
class OutboxTold:
    """The entries of a choice; None where the store cannot be read, and `code` says why."""

    session_id: UUID
    view: OutboxView | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class EntryTold:
    """One entry as it is now; None where there is none, and `code` says why."""

    session_id: UUID
    entry: EntryView | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class RefusedActTold:
    """What a refused act held; None where it is not told, and `code` says why."""

    session_id: UUID
    seq: int
    act: CounterAct | None = field(repr=False)
    code: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeClosed:
    """The decision on an entry is durable on this station; `entry` is as it is now."""

    session_id: UUID
    seq: int
    entry: EntryView | None


@dataclass(frozen=True, slots=True)
class OutcomeNotClosed:
    """The decision is not recorded; `code` is a failure code (`store.full`, `operator.card-away`)."""

    session_id: UUID
    seq: int
    code: str


OutboxTouch = (
    ChoiceMade
    | NumberTyped
    | NumberSought
    | EntryChosen
    | CorrectChosen
    | CloseChosen
    | ReasonChosen
)
"""Touches that only the outbox's pages have."""

OutboxAnswer = OutboxTold | EntryTold | RefusedActTold | OutcomeClosed | OutcomeNotClosed
"""Answers to the outbox's effects; they count under an overlay too."""


@dataclass(frozen=True, slots=True)
class OutboxCounted:
    """How many entries wait and how many are to be decided; after a sign-in, and now and then."""

    counts: OutboxCounts
