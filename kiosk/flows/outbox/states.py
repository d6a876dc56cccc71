"""The outbox's pages, with their machine names."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kiosk.flows.outbox.views import Choice, EntryView, OutboxView
from sync.model.counter import ClosingReason


@dataclass(frozen=True, slots=True)
class OutboxList:
    """What was recorded, and where it is: `ChoiceMade`, `EntryChosen`, `Back`.

    `NumberTyped` and `NumberSought` look one registration up by its number.

    Attributes:
        view: None until it is told.
        waited: seconds since it was told; what the link plans is told from then on.
        asking: it is being asked for; the old one stands meanwhile.
        code: why it could not be told, or nothing was found.
    """

    choice: Choice = Choice.TO_DECIDE
    view: OutboxView | None = None
    waited: int = 0
    asking: bool = True
    number: str = field(default="", repr=False)
    code: str | None = None


@dataclass(frozen=True, slots=True)
class EntryPage:
    """One entry: where, why, since when, what moves it on, who can help.

    `CorrectChosen` and `CloseChosen` where the operator may; `Back`.
    """

    listed: OutboxList
    entry: EntryView
    waited: int = 0
    asking: bool = False


@dataclass(frozen=True, slots=True)
class ChooseReason:
    """Why nothing more is done about an entry: `ReasonChosen`, `Continued` records, `Back`."""

    page: EntryPage
    reasons: tuple[ClosingReason, ...]
    chosen: ClosingReason | None = None


@dataclass(frozen=True, slots=True)
class AskingRefused:
    """The hub is asked what a refused act held; `Back`."""

    page: EntryPage


@dataclass(frozen=True, slots=True)
class NotCorrectable:
    """Why it cannot be entered anew from here; `Continued` asks again, `Back`."""

    page: EntryPage
    code: str


@dataclass(frozen=True, slots=True)
class Closing:
    """The decision is being made durable, signed by the operator's card; nothing to touch."""

    page: ChooseReason


@dataclass(frozen=True, slots=True)
class NotClosed:
    """Not recorded as far as is known: `Continued` tries again, `Back`."""

    page: ChooseReason
    code: str


OutboxState = (
    OutboxList | EntryPage | ChooseReason | AskingRefused | NotCorrectable | Closing | NotClosed
)

NAMES: Final[dict[type[Any], str]] = {
    OutboxList: "outbox.list",
    EntryPage: "outbox.entry",
    ChooseReason: "outbox.reason",
    AskingRefused: "outbox.asking",
    NotCorrectable: "outbox.not-correctable",
    Closing: "outbox.closing",
    NotClosed: "outbox.not-closed",
}
"""Machine names; prefixes of catalogue keys."""
