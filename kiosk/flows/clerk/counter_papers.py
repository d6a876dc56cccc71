"""Printing a counter's papers from any of its pages."""

from __future__ import annotations

from kiosk.flows import papers
from kiosk.flows.clerk.counter_content import CounterContent
from kiosk.flows.clerk.effects import PrintCounterPaper
from kiosk.flows.effects import Effect
from kiosk.flows.office import Surroundings
from kiosk.flows.papers import Papers
from kiosk.flows.printed_document import PrintedDocument


def blank(around: Surroundings) -> CounterContent:
    """What a form says that is filled in by hand."""
    return CounterContent(around.language, around.today)


def asked(
    offered: Papers, document: PrintedDocument, content: CounterContent, around: Surroundings
) -> tuple[Papers, tuple[Effect, ...]]:
    """The papers while one is printed; unchanged where it cannot be printed now."""
    found = papers.asked(offered, document)
    if found is None:
        return offered, ()
    printing, again = found
    return printing, (PrintCounterPaper(around.session_id, document, content, again),)
