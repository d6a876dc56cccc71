"""A job on its way through one IPP printer: what was asked for, and what was heard of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from hw.printer.ipp_conditions import PrinterReport
from hw.printer.ipp_job import JobReport
from hw.printer.ipp_message import Attribute

_KEYWORD: Final = re.compile(r"[a-z][a-z0-9.-]{0,47}")


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a job asks for beside its document.

    Attributes:
        name: unlike that of any other job, and free of what is on the paper.
        document_format: MIME type of the document.
        options: job template attributes, each of which the printer takes.
        identity: of the one device that may print it; empty for any.
    """

    name: str
    document_format: str
    options: tuple[Attribute, ...] = ()
    identity: str = ""


@dataclass(slots=True)
class Errand:
    """A job that a printer has.

    Attributes:
        job: its number there.
        ticket: what it was asked for with.
        size: bytes of its document.
        found: how the printer stood before.
        seen: how it stood last.
        last: how the job stood last.
        at_device: its number at the device behind a spooler, once known.
    """

    job: int
    ticket: Ticket
    size: int
    found: PrinterReport
    seen: PrinterReport | None = None
    last: JobReport | None = None
    at_device: int | None = None

    def owns(self, job: JobReport) -> bool:
        """Whether this is our job and not another one of the same number."""
        return not job.name or self.ticket.name in job.name

    def facts(self) -> tuple[tuple[str, str], ...]:
        """How much is on paper, and the reasons, for the log."""
        if self.last is None:
            return ()
        facts: list[tuple[str, str]] = []
        if self.last.paper is not None:
            facts.append(("sheets", str(self.last.paper)))
        reasons = keywords(self.last.reasons)
        return (*facts, ("job", reasons)) if reasons else tuple(facts)


def keywords(reasons: tuple[str, ...]) -> str:
    """Reasons for the log, none of which can be anything but a keyword."""
    return " ".join(each for each in reasons if _KEYWORD.fullmatch(each) and each != "none")
