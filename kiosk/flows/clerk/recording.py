"""The way of every confirmed act into the journal."""

from __future__ import annotations

from kiosk.flows.clerk.effects import LookAtLetterPrinter, RecordCounterAct
from kiosk.flows.clerk.letters import hindered
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.outcomes import Confirmed, RecordingAct
from kiosk.flows.clerk.wanted import Wanted
from kiosk.flows.office import Surroundings


def record(page: Confirmed, wanted: Wanted, around: Surroundings) -> WorkMove:
    """The page while the act is made durable; letters come only after it.

    Where a paper that the act needs could not be printed, nothing is recorded: the page says why
    and the printer is looked at anew (R-003-24).
    """
    if around.desk is not None and hindered(wanted, around.desk.letter_trouble):
        return page, (LookAtLetterPrinter(),)
    asked = RecordCounterAct(around.session_id, around.operation_id, wanted, around.language)
    return RecordingAct(page, wanted, around.operation_id), (asked,)
