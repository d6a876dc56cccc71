"""Papers of a page: offered, being printed, seen in the person's hand or not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Final
from uuid import UUID

from hw.paper import Certainty
from kiosk.flows import events
from kiosk.flows.effects import PrintedDocument
from kiosk.flows.events import Event

NOT_SEEN: Final = "printer.paper-not-seen"
"""The person says that no paper came, after a printer that cannot tell took all of it."""


NOTHING_PRINTED: Final = frozenset(
    f"printer.{word}"
    for word in (
        *("absent", "unreachable", "untrusted", "swapped", "refused", "busy"),
        *("queue-unknown", "queue-repeats", "wrong-format", "not-for-secrets"),
    )
)
"""Codes after which no part of the paper lies anywhere: what is printed next is no reprint."""


MAY_COME: Final = frozenset(
    f"printer.{word}"
    for word in ("silent", "not-withdrawn", "unfinished", "job-lost", "interrupted", "stalled")
)
"""Codes after which the paper may lie there or still come: somebody looks before it is sent again."""


class PrintState(Enum):
    """Where a paper is."""

    OFFERED = "offered"
    PRINTING = "printing"
    UNSEEN = "unseen"
    """The printer cannot tell whether it came: "is the paper in your hand?"."""
    PRINTED = "printed"
    """The printer or the person says that it is there."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper of a page.

    Attributes:
        document: which.
        state: where it is.
        code: the failure code while `state` is FAILED, and while it is UNSEEN after a failure.
        sent: how often a printer may have taken it, in whole or in part; then it is a reprint.
    """

    document: PrintedDocument
    state: PrintState = PrintState.OFFERED
    code: str | None = None
    sent: int = 0

    @property
    def can_be_asked(self) -> bool:
        """Whether it can be printed now: once at a time, and never before its fate is known."""
        return self.state not in {PrintState.PRINTING, PrintState.UNSEEN}


Papers = tuple[Paper, ...]


def asked(papers: Papers, document: PrintedDocument) -> tuple[Papers, bool] | None:
    """The papers while `document` is printed and whether it is a reprint; None where it cannot be.

    Printing changes nothing of what was recorded: a paper that is printed again is a reprint.
    """
    for paper in papers:
        if paper.document is document and paper.can_be_asked:
            printing = replace(paper, state=PrintState.PRINTING, code=None, sent=paper.sent + 1)
            return _with(papers, printing), paper.sent > 0
    return None


def told(papers: Papers, event: Event, session_id: UUID) -> Papers:
    """The papers after a printer's answer or a person's."""
    match event:
        case events.Printed(to, document, certainty) if to == session_id:
            seen = certainty is Certainty.PRINTED
            state = PrintState.PRINTED if seen else PrintState.UNSEEN
            return _moved(papers, document, PrintState.PRINTING, state)
        case events.PrintFailed(to, document, code, sent) if to == session_id:
            if code in NOTHING_PRINTED or not sent:
                papers = _unsent(papers, document)
            state = PrintState.UNSEEN if sent and code in MAY_COME else PrintState.FAILED
            return _moved(papers, document, PrintState.PRINTING, state, code)
        case events.PaperConfirmed(document, came=True):
            return _moved(papers, document, PrintState.UNSEEN, PrintState.PRINTED)
        case events.PaperConfirmed(document):
            before = next((one.code for one in papers if one.document is document), None)
            after = PrintState.FAILED
            return _moved(papers, document, PrintState.UNSEEN, after, before or NOT_SEEN)
        case _:
            return papers


def _unsent(papers: Papers, document: PrintedDocument) -> Papers:
    """The last time does not count: no part of it was printed."""
    return tuple(
        replace(paper, sent=paper.sent - 1)
        if paper.document is document and paper.state is PrintState.PRINTING
        else paper
        for paper in papers
    )


def _moved(
    papers: Papers,
    document: PrintedDocument,
    before: PrintState,
    after: PrintState,
    code: str | None = None,
) -> Papers:
    for paper in papers:
        if paper.document is document and paper.state is before:
            return _with(papers, replace(paper, state=after, code=code))
    return papers


def _with(papers: Iterable[Paper], changed: Paper) -> Papers:
    return tuple(changed if paper.document is changed.document else paper for paper in papers)
