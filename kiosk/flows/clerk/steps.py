"""The transitions of a counter's pages; their states are in `states`.

Who is signed in, time, and the pulled card are the session's matter (`desk_steps`).
"""

from __future__ import annotations

from typing import TypeAlias

from kiosk.flows import events
from kiosk.flows.clerk import (
    acting_steps,
    beginning,
    delegate_steps,
    managing,
    managing_steps,
    moves,
    outcome_steps,
    registering_steps,
)
from kiosk.flows.clerk import events as touches
from kiosk.flows.clerk.effects import ListDisputes
from kiosk.flows.clerk.events import MenuEntry
from kiosk.flows.clerk.managing import DisputeList, FromMenu, ManagingState
from kiosk.flows.clerk.menu import entries, opens_cases
from kiosk.flows.clerk.outcomes import OutcomeState
from kiosk.flows.clerk.registering import RegisteringState
from kiosk.flows.clerk.states import FsePage, Menu, Work
from kiosk.flows.console import station_steps, user_steps
from kiosk.flows.console import steps as console_steps
from kiosk.flows.console.states import ConsoleState
from kiosk.flows.console.users import Area, CardMenu
from kiosk.flows.effects import Effect
from kiosk.flows.events import Event
from kiosk.flows.installer.readiness import DeviceList
from kiosk.flows.office import Surroundings
from kiosk.flows.outbox import correcting
from kiosk.flows.outbox import steps as outbox_steps
from kiosk.flows.outbox.events import RefusedActTold
from kiosk.flows.outbox.states import AskingRefused, NotCorrectable, OutboxState

Move: TypeAlias = "tuple[Work | DeviceList, tuple[Effect, ...]]"


def step(state: Work, event: Event, around: Surroundings) -> Move:
    """The state after `event`, and what to ask for."""
    match state:
        case Menu():
            return _menu(state, event, around)
        case FsePage():
            return (Menu(), ()) if isinstance(event, events.Back) else (state, ())
        case _ if isinstance(state, RegisteringState):
            return registering_steps.step(state, event, around)
        case _ if isinstance(state, OutcomeState):
            return outcome_steps.step(state, event, around)
        case _ if isinstance(state, ConsoleState):
            page, effects = console_steps.step(state, event, around)
            return Menu() if page is None else page, effects
        case _ if isinstance(state, OutboxState):
            return _outbox(state, event, around)
        case _:
            return _managing(state, event, around)


def _outbox(state: OutboxState, event: Event, around: Surroundings) -> Move:
    """What a refused act held leads into its form; all else stays among the outbox's pages."""
    match state, event:
        case AskingRefused(page) | NotCorrectable(page), RefusedActTold(session_id, seq, act) if (
            act is not None and (session_id, seq) == (around.session_id, page.entry.seq)
        ):
            return correcting.begin(act, around) or (state, ())
        case _:
            pass
    after, effects = outbox_steps.step(state, event, around)
    return Menu() if after is None else after, effects


def _menu(state: Menu, event: Event, around: Surroundings) -> Move:
    """Only what the rights give can be chosen (R-003-55)."""
    desk = around.desk
    match event:
        case touches.MenuChosen(entry) if desk is not None and entry in entries(
            desk, around.office
        ):
            return _chosen(entry, around)
        case events.BarcodeTyped(text) if desk is not None and opens_cases(desk, around.office):
            return moves.opened_by_code(text, FromMenu(), around) or (state, ())
        case _:
            return state, ()


def _chosen(entry: MenuEntry, around: Surroundings) -> Move:
    match entry:
        case MenuEntry.REGISTRATION:
            return registering_steps.begin()
        case MenuEntry.MANAGEMENT:
            return managing_steps.empty_search(), ()
        case MenuEntry.FSE:
            return FsePage(), ()
        case MenuEntry.RESIDENCE:
            return delegate_steps.empty_residence_start(), ()
        case MenuEntry.DISPUTES:
            return DisputeList(), (ListDisputes(around.session_id),)
        case MenuEntry.DEVICES:
            return DeviceList(), ()
        case MenuEntry.OUTBOX:
            page, effects = outbox_steps.begin(around)
            return Menu() if page is None else page, effects
        case MenuEntry.USERS | MenuEntry.CARDS | MenuEntry.STATIONS:
            return _console(entry, around)


def _console(entry: MenuEntry, around: Surroundings) -> Move:
    """The first page of a part of the console."""
    if entry is MenuEntry.CARDS:
        return CardMenu(), ()
    if entry is MenuEntry.USERS:
        page, effects = user_steps.begin(Area.USERS, around)
    else:
        page, effects = station_steps.begin(around)
    return Menu() if page is None else page, effects


def _managing(state: ManagingState, event: Event, around: Surroundings) -> Move:  # noqa: C901, PLR0911, PLR0912  # one line a page
    match state:
        case managing.Search():
            return managing_steps.search(state, event, around)
        case DisputeList():
            return managing_steps.dispute_list(state, event, around)
        case managing.DisputePage():
            return managing_steps.dispute_page(state, event, around)
        case managing.SettlementConfirm():
            return managing_steps.settlement_confirm(state, event, around)
        case managing.Opening():
            return managing_steps.opening(state, event, around)
        case managing.CaseDetail():
            return managing_steps.detail(state, event, around)
        case managing.AskingLease():
            return beginning.asking_lease(state, event, around)
        case managing.HeldElsewhere():
            return beginning.held_elsewhere(state, event, around)
        case managing.NotPossible():
            return beginning.not_possible(state, event)
        case managing.MissingData():
            return acting_steps.missing_data(state, event)
        case managing.ChooseOperation():
            return acting_steps.choose_operation(state, event, around)
        case managing.Leaving():
            return delegate_steps.leaving(state, event)
        case managing.ResidenceStart():
            return delegate_steps.residence_start(state, event, around)
        case managing.ResidenceOpening():
            return delegate_steps.residence_opening(state, event, around)
        case managing.UsernameConfirm():
            return delegate_steps.username_confirm(state, event, around)
        case managing.AskingUsername():
            return delegate_steps.asking_username(state, event, around)
        case managing.UsernameShown() | managing.UsernameNotTold():
            return delegate_steps.username_told(state, event, around)
        case _ if isinstance(state, _Forms):
            return _form(state, event, around)
        case _:
            return _confirm(state, event, around)


_Forms = (
    managing.EditForm
    | managing.BookingDelegation
    | managing.DelegationForm
    | managing.ResidenceForm
)
_Confirms = (
    managing.EditConfirm
    | managing.BookingConfirm
    | managing.CodeConfirm
    | managing.DelegationConfirm
    | managing.ResidenceConfirm
)


def _form(state: _Forms, event: Event, around: Surroundings) -> Move:
    if isinstance(event, events.Back):
        return delegate_steps.out_of(state)
    match state:
        case managing.EditForm():
            return acting_steps.edit_form(state, event, around)
        case managing.BookingDelegation():
            return acting_steps.booking_delegation(state, event, around)
        case managing.DelegationForm():
            return delegate_steps.delegation_form(state, event, around)
        case managing.ResidenceForm():
            return delegate_steps.residence_form(state, event, around)


def _confirm(state: _Confirms, event: Event, around: Surroundings) -> Move:
    match state:
        case managing.EditConfirm():
            return acting_steps.edit_confirm(state, event, around)
        case managing.BookingConfirm():
            return acting_steps.booking_confirm(state, event, around)
        case managing.CodeConfirm():
            return acting_steps.code_confirm(state, event, around)
        case managing.DelegationConfirm():
            return delegate_steps.delegation_confirm(state, event, around)
        case managing.ResidenceConfirm():
            return delegate_steps.residence_confirm(state, event, around)
