"""Reading a contactless document: typed number, card on the reader, what goes wrong.

    TypeCan <-> TypeMrz -> ReadingDocument -> WrongKey | DocumentFailed | (the errand's next page)

Used by the identity check and by the preregistration; `errand` says by which. What was typed to
open the chip lives in these states alone, without `repr`, and in none of what follows.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from kiosk.flows.citizen.preregistration import Form
from kiosk.flows.document_check import DocumentKey, ReadingProgress
from kiosk.flows.entries import DateEntry, TextEntry
from sync.model.errors import Problem

CAN_DIGITS = 6
"""Digits of a CAN."""


@dataclass(frozen=True, slots=True)
class Checking:
    """The document is read for its verdict; nothing of it is kept."""


@dataclass(frozen=True, slots=True)
class Prefilling:
    """The document is read to fill the preregistration; `form` is what was answered before."""

    form: Form


Errand = Checking | Prefilling


@dataclass(frozen=True, slots=True)
class TypeCan:
    """The six digits on the card's front, on a keypad of digits.

    `TextChanged`, `TextDone`; `Refused` says "I cannot find the digits" and leads to `TypeMrz`;
    `Back` leads to the choice of the card.
    """

    errand: Errand = field(default_factory=Checking)
    entry: TextEntry = field(default_factory=TextEntry)
    problem: Problem | None = None


class KeyField(Enum):
    """The fields of the fallback key, one page each, in order."""

    DOCUMENT_NUMBER = "document-number"
    BIRTH_DATE = "birth-date"
    EXPIRY_DATE = "expiry-date"


@dataclass(frozen=True, slots=True)
class KeyEntries:
    """What stands in the fields of the fallback key."""

    document_number: TextEntry = field(default_factory=TextEntry)
    birth_date: DateEntry = field(default_factory=DateEntry)
    expiry_date: DateEntry = field(default_factory=DateEntry)


@dataclass(frozen=True, slots=True)
class TypeMrz:
    """One field of the fallback key: `TextChanged`, `DatePartFocused`, `TextDone`, `Back`.

    `DatePrecisionChosen` counts for the date of birth. Draw `entry`; the others keep what was
    typed before.
    """

    errand: Errand = field(default_factory=Checking)
    part: KeyField = KeyField.DOCUMENT_NUMBER
    entries: KeyEntries = field(default_factory=KeyEntries)
    problem: Problem | None = None

    @property
    def entry(self) -> TextEntry | DateEntry:
        """What stands in the field of this page."""
        match self.part:
            case KeyField.DOCUMENT_NUMBER:
                return self.entries.document_number
            case KeyField.BIRTH_DATE:
                return self.entries.birth_date
            case KeyField.EXPIRY_DATE:
                return self.entries.expiry_date


@dataclass(frozen=True, slots=True)
class ReadingDocument:
    """The card is waited for, opened, read and checked; the page follows `progress`.

    `progress.stage` WAITING asks to lay the card down, with a picture; `progress.lost` asks to
    lay it down again; `progress.coaching` says how. `Refused` stops at once, and so does `Back`.
    `entries` is what a fallback key was typed as, to be looked at again if it is wrong.
    """

    errand: Errand
    key: DocumentKey = field(repr=False)
    entries: KeyEntries | None = None
    progress: ReadingProgress = field(default_factory=ReadingProgress)


@dataclass(frozen=True, slots=True)
class WrongKey:
    """The chip does not open with what was typed. `Continued` types again, `Refused` the other way.

    Attributes:
        errand: on whose behalf.
        code: failure code, `document.wrong-key`.
        entries: what was typed of the fallback key, to be looked at again; None for a CAN.
        wait_seconds: the chip answers no sooner; counted down, nothing can be typed until 0.
        tries: numbers that the chip takes before it blocks; None where it does not tell.
    """

    errand: Errand
    code: str
    entries: KeyEntries | None = None
    wait_seconds: int = 0
    tries: int | None = None


@dataclass(frozen=True, slots=True)
class DocumentFailed:
    """The document could not be read; `Continued` tries again, `Refused` goes on without.

    Attributes:
        errand: on whose behalf.
        code: failure code.
        key: what was typed, where only the contact failed: trying again asks for nothing.
        entries: the fields behind a fallback key.
        by_zone: the chip does not open by its CAN: trying again asks for the fallback key.
    """

    errand: Errand
    code: str
    key: DocumentKey | None = field(default=None, repr=False)
    entries: KeyEntries | None = None
    by_zone: bool = False


DocumentReadingState = TypeCan | TypeMrz | ReadingDocument | WrongKey | DocumentFailed
