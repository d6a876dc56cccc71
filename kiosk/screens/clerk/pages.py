"""The page of each state of a counter."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.clerk import managing, outcomes, registering, signing_in
from kiosk.flows.clerk.states import ClerkState, Menu
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.outbox.states import OutboxState
from kiosk.flows.state import Session
from kiosk.screens.clerk.confirm import ConfirmPage
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.detail import DetailPage
from kiosk.screens.clerk.disputes import DisputesPage
from kiosk.screens.clerk.forms import FormPage, FormState
from kiosk.screens.clerk.letters import LettersPage
from kiosk.screens.clerk.menu import ChooseOperationPage, MenuPage
from kiosk.screens.clerk.message import MessagePage
from kiosk.screens.clerk.search import SearchPage
from kiosk.screens.clerk.signing_in import DaySignInPage, SignInPage
from kiosk.screens.clerk.username import UsernamePage
from kiosk.screens.console.pages import console_page
from kiosk.screens.context import Context
from kiosk.screens.outbox.pages import outbox_page

_Confirms = (
    registering.OldCredentials
    | registering.RegistrationConfirm
    | managing.MissingData
    | managing.EditConfirm
    | managing.BookingConfirm
    | managing.CodeConfirm
    | managing.DelegationConfirm
    | managing.ResidenceConfirm
    | managing.UsernameConfirm
)


def clerk_page(ui: Context, session: Session, activity: ClerkState, now: datetime) -> DeskPage:
    """The page of the session's state; what is not listed says something and no more."""
    if isinstance(activity, ConsoleState):
        return console_page(activity)(ui, session, now)
    if isinstance(activity, OutboxState):
        return outbox_page(activity)(ui, session, now)
    return _page_class(activity)(ui, session, now)


def _page_class(activity: ClerkState) -> type[DeskPage]:  # noqa: PLR0911  one line for each kind of page
    match activity:
        case signing_in.SignIn() | signing_in.CardPulled():
            return SignInPage
        case signing_in.DaySignIn():
            return DaySignInPage
        case Menu():
            return MenuPage
        case managing.ChooseOperation():
            return ChooseOperationPage
        case managing.Search():
            return SearchPage
        case managing.DisputeList():
            return DisputesPage
        case managing.CaseDetail():
            return DetailPage
        case managing.UsernameShown():
            return UsernamePage
        case outcomes.Letters():
            return LettersPage
        case _ if isinstance(activity, FormState):
            return FormPage
        case _ if isinstance(activity, _Confirms):
            return ConfirmPage
        case _:
            return MessagePage
