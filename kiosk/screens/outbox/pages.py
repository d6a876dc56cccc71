"""The page of each state of the outbox."""

from __future__ import annotations

from typing import assert_never

from kiosk.flows.outbox import states
from kiosk.flows.outbox.states import OutboxState
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.message import MessagePage
from kiosk.screens.outbox.entry import EntryDetailPage, ReasonPage
from kiosk.screens.outbox.list import OutboxListPage


def outbox_page(activity: OutboxState) -> type[DeskPage]:
    """The page that draws a state."""
    match activity:
        case states.OutboxList():
            return OutboxListPage
        case states.EntryPage():
            return EntryDetailPage
        case states.ChooseReason():
            return ReasonPage
        case (
            states.AskingRefused() | states.NotCorrectable() | states.Closing() | states.NotClosed()
        ):
            return MessagePage
        case _:
            assert_never(activity)
