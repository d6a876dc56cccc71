"""Frozen values of printing: what to print on, how a printer stands, what became of a job."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class PrinterCondition(Enum):
    """What a printer says is the matter with it; the last parts of its failure codes."""

    PAPER_OUT = "paper-out"
    PAPER_LOW = "paper-low"
    PAPER_JAM = "jam"
    COVER_OPEN = "cover-open"
    WRONG_PAPER = "wrong-paper"
    INK_OUT = "ink-out"
    INK_LOW = "ink-low"
    OVERHEATED = "overheated"
    CUTTER = "cutter"
    PAUSED = "paused"
    OTHER = "fault"

    @property
    def stops(self) -> bool:
        """Whether nothing can be printed while it lasts."""
        return self not in {PrinterCondition.PAPER_LOW, PrinterCondition.INK_LOW}


@dataclass(frozen=True, slots=True)
class PrinterStatus:
    """How a printer stands.

    Attributes:
        conditions: what is the matter, the worst first; empty where nothing is.
        identity: a name that stays with the device itself (a hash of its UUID, of its USB
            identity), so that another one in its place is noticed; empty where it tells none.
        model: maker and model as it tells; no serial number.
        tells: whether the printer answers questions at all. Where it does not, a job's end is known
            only by the person who holds the paper.
        takes_secrets: whether letters with secrets may go this way (`Printer.deliver`).
    """

    conditions: tuple[PrinterCondition, ...] = ()
    identity: str = ""
    model: str = ""
    tells: bool = True
    takes_secrets: bool = True


class Certainty(Enum):
    """How a printed job's end is known."""

    PRINTED = "printed"
    """The printer itself says that all of it is on paper."""
    TAKEN = "taken"
    """It took every byte and says nothing more: only a person can see the paper."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """A printer took every byte of a job.

    Attributes:
        size: number of bytes handed over.
        certainty: how its end is known.
    """

    size: int
    certainty: Certainty
