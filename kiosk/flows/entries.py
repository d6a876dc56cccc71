"""What is being entered on a question's page, before it is checked."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.phrases import Phrase


class OptionRole(Enum):
    """How a button below or in place of a field is meant."""

    ANSWER = "answer"
    """One of the answers of a choice."""
    SUGGESTION = "suggestion"
    """A proposal that fills the field: a comune, a CAP, an issuer."""
    SKIP = "skip"
    """Leave an optional question out."""
    NONE = "none"
    """"I have none": no surname, no name."""


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to touch; the touch is `OptionChosen(value)`."""

    value: str
    label: Phrase
    role: OptionRole = OptionRole.ANSWER


@dataclass(frozen=True, slots=True)
class TextEntry:
    """A text field with its on-screen keyboard; `options` are suggestions and ways out."""

    text: str = field(default="", repr=False)
    options: tuple[Option, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class SearchEntry:
    """A text field whose `options` are what the text finds; one of them must be touched."""

    text: str = field(default="", repr=False)
    options: tuple[Option, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class ChoiceEntry:
    """Buttons, one for each answer; `chosen` is the value of an earlier answer."""

    options: tuple[Option, ...]
    chosen: str | None = field(default=None, repr=False)


class DatePart(Enum):
    """A field of a date, in the order in which Italians write it."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


class DatePrecision(Enum):
    """What a person knows of a date (ANPR flags senzaGiorno, senzaGiornoMese)."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class DateEntry:
    """Three fields of digits; `TextChanged` goes to the part in `focus`."""

    day: str = field(default="", repr=False)
    month: str = field(default="", repr=False)
    year: str = field(default="", repr=False)
    focus: DatePart = DatePart.DAY
    precision: DatePrecision = DatePrecision.DAY

    @property
    def text(self) -> str:
        """What stands in the field that has the focus."""
        return {
            DatePart.DAY: self.day,
            DatePart.MONTH: self.month,
            DatePart.YEAR: self.year,
        }[self.focus]

    @property
    def parts(self) -> tuple[DatePart, ...]:
        """The fields to show: those that the person knows."""
        return {
            DatePrecision.DAY: (DatePart.DAY, DatePart.MONTH, DatePart.YEAR),
            DatePrecision.MONTH: (DatePart.MONTH, DatePart.YEAR),
            DatePrecision.YEAR: (DatePart.YEAR,),
        }[self.precision]


Entry = TextEntry | SearchEntry | ChoiceEntry | DateEntry
