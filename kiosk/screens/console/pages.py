"""The page of each state of the console."""

from __future__ import annotations

from typing import assert_never

from kiosk.flows.console import outcomes, stations, users
from kiosk.flows.console.states import ConsoleState
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.console.areas import AreaPage
from kiosk.screens.console.confirms import ConsoleConfirm, ConsoleConfirmPage
from kiosk.screens.console.details import StationDetailPage, UserDetailPage
from kiosk.screens.console.forms import ConsoleForm, ConsoleFormPage
from kiosk.screens.console.lists import StationListPage, UserListPage
from kiosk.screens.console.message import ConsoleMessagePage
from kiosk.screens.console.secrets import CodePage, DailyPage
from kiosk.screens.console.sent import SentListPage, SentPage


def console_page(activity: ConsoleState) -> type[DeskPage]:  # noqa: C901, PLR0911, PLR0912  one line for each kind of page
    """The page that draws a state."""
    match activity:
        case stations.StationList():
            return StationListPage
        case users.UserList():
            return UserListPage
        case users.CardMenu():
            return AreaPage
        case stations.StationPage():
            return StationDetailPage
        case users.UserPage():
            return UserDetailPage
        case stations.CodeShown():
            return CodePage
        case users.DailyShown():
            return DailyPage
        case outcomes.Sent():
            return SentPage
        case outcomes.SentList():
            return SentListPage
        case _ if isinstance(activity, ConsoleForm):
            return ConsoleFormPage
        case _ if isinstance(activity, ConsoleConfirm):
            return ConsoleConfirmPage
        case (
            stations.AskingCode()
            | stations.Downloading()
            | stations.Downloaded()
            | outcomes.Recording()
            | outcomes.NotRecorded()
        ):
            return ConsoleMessagePage
        case _:
            assert_never(activity)
