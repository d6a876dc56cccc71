"""The way of every confirmed act into the journal."""

from __future__ import annotations

from kiosk.flows.clerk.effects import RecordCounterAct
from kiosk.flows.clerk.moves import WorkMove
from kiosk.flows.clerk.outcomes import Confirmed, RecordingAct
from kiosk.flows.clerk.wanted import Wanted
from kiosk.flows.office import Surroundings


def record(page: Confirmed, wanted: Wanted, around: Surroundings) -> WorkMove:
    """The page while the act is made durable; letters come only after it."""
    asked = RecordCounterAct(around.session_id, around.operation_id, wanted, around.language)
    return RecordingAct(page, wanted, around.operation_id), (asked,)
