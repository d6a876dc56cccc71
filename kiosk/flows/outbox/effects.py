"""What the outbox's pages ask the runtime to do; the answers are in `events`."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from kiosk.flows.outbox.views import Choice
from sync.model.counter import ClosingReason


@dataclass(frozen=True, slots=True)
class CountOutbox:
    """Count the entries; `OutboxCounted`."""


@dataclass(frozen=True, slots=True)
class TellOutbox:
    """Tell the entries of a choice; `OutboxTold`."""

    session_id: UUID
    choice: Choice


@dataclass(frozen=True, slots=True)
class TellEntry:
    """Tell one entry; `EntryTold`.

    Attributes:
        seq: its place; 0 to look for `number`.
        number: canonical registration number.
    """

    session_id: UUID
    seq: int = 0
    number: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class AskRefusedAct:
    """Ask the hub what a refused act held; `RefusedActTold`."""

    session_id: UUID
    seq: int
    operation_id: str


@dataclass(frozen=True, slots=True)
class CloseOutcome:
    """Record what a person decided on an entry, signed by their card.

    Answered by `OutcomeClosed` or `OutcomeNotClosed`. Where the entry is closed already, nothing is
    recorded.

    Attributes:
        kind, code: of the entry, as it was seen.
        done_again: of the operation that was recorded instead; empty where there is none.
    """

    session_id: UUID
    seq: int
    operation_id: str
    kind: str
    code: str
    reason: ClosingReason
    done_again: str = ""


OutboxEffect = CountOutbox | TellOutbox | TellEntry | AskRefusedAct | CloseOutcome
"""Everything that only the outbox's pages ask for."""
