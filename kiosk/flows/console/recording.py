"""The way of every act of the console into the journal."""

from __future__ import annotations

from typing import TypeAlias

from kiosk.flows.console.effects import RecordConsoleAct
from kiosk.flows.console.outcomes import Confirmed, Recording
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.console.wanted import ConsoleWanted
from kiosk.flows.effects import Effect
from kiosk.flows.office import Surroundings

ConsoleMove: TypeAlias = "tuple[ConsoleState | None, tuple[Effect, ...]]"
"""The next page, None for the menu; and what to ask for."""


def record(
    page: Confirmed,
    wanted: ConsoleWanted,
    around: Surroundings,
    master: bytearray | None = None,
) -> ConsoleMove:
    """The page while the act is made durable.

    Args:
        page: to come back to where it is not recorded.
        wanted: the act.
        around: of the session.
        master: a master password that was typed; it goes on and is not kept.
    """
    asked = RecordConsoleAct(around.session_id, around.operation_id, wanted, master)
    return Recording(page, wanted, around.operation_id), (asked,)
