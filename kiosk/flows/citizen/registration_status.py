"""Where a registration made on this kiosk stands; shows no personal data.

AskNumber -> LookingUp -> Found | NotFound | LookUpFailed
"""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.flows.entries import TextEntry
from kiosk.flows.events import Standing
from sync.model.errors import Problem


@dataclass(frozen=True, slots=True)
class AskNumber:
    """The field for the number of the registration."""

    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class LookingUp:
    """The station looks into its outbox; `number` is canonical."""

    number: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Found:
    """The standing of `grouped`; `Continued` ends, `Back` asks another number."""

    grouped: str = field(repr=False)
    standing: Standing


@dataclass(frozen=True, slots=True)
class NotFound:
    """A right number that this station did not issue."""

    grouped: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class LookUpFailed:
    """The outbox cannot be read now; `Continued` tries again."""

    number: str = field(repr=False)
    code: str


RegistrationStatusState = AskNumber | LookingUp | Found | NotFound | LookUpFailed
