"""The transitions of Gestione Utenze and Gestione SmartCard; states in `users`."""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from kiosk.flows import events, scanned
from kiosk.flows.clerk.events import Cleared
from kiosk.flows.console import acts, checking, recording
from kiosk.flows.console import events as touches
from kiosk.flows.console.actions import (
    REASONS,
    areas,
    manages_users,
    of_user,
    profiles_on_offer,
)
from kiosk.flows.console.effects import AbandonInquiry, AskUsers, LookUpUser
from kiosk.flows.console.events import Check
from kiosk.flows.console.fields import FieldId, Form
from kiosk.flows.console.recording import ConsoleMove
from kiosk.flows.console.sheet import Sheet, toggled, typed
from kiosk.flows.console.station_steps import comune
from kiosk.flows.console.users import (
    ActionConfirm,
    Area,
    CardMenu,
    ChangeConfirm,
    ChangeForm,
    DailyConfirm,
    DailyShown,
    InsertConfirm,
    InsertForm,
    InsertStart,
    OfficerConfirm,
    UserList,
    UserPage,
    UserState,
    UserTask,
)
from kiosk.flows.console.views import UsersView
from kiosk.flows.console.wanted import WantedDailyPassword
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from kiosk.flows.question import YES
from sync.model import codice_fiscale
from sync.model.console import ConsoleAct
from sync.model.console_views import UserRecord
from sync.model.errors import Problem
from sync.model.inquiry import PersonFound
from sync.model.rosters import Right
from sync.model.users import Environment, UserType

_I = FieldId
_Asking: TypeAlias = UserList | UserPage

_NO_SERIAL = frozenset({UserTask.MASTER_RECEIVED, UserTask.ASK_EXTRA})
"""Acts of a Security Officer that are about no card in particular."""


def begin(area: Area, around: Surroundings) -> ConsoleMove:
    """The list of an area."""
    return asked(UserList(area), around)


def asked(state: _Asking, around: Surroundings) -> ConsoleMove:
    """A list or a page whose users are asked for anew."""
    ask = AskUsers(around.session_id)
    view = state.view if isinstance(state, UserList) else state.behind.view
    return _with_view(state, replace(view, waiting=True, code=None)), (ask,)


def step(state: UserState, event: Event, around: Surroundings) -> ConsoleMove:  # one line a page
    """The state after `event`, and what to ask for."""
    match state:
        case CardMenu():
            return _card_menu(state, event, around)
        case UserList():
            return _list(state, event, around)
        case UserPage():
            return _page(state, event, around)
        case InsertStart():
            return _start(state, event, around)
        case InsertForm() | InsertConfirm():
            return _insert(state, event, around)
        case ChangeForm() | ChangeConfirm():
            return _change(state, event, around)
        case ActionConfirm():
            return _action(state, event, around)
        case DailyConfirm() | DailyShown():
            return _daily(state, event, around)
        case OfficerConfirm():
            return _officer(state, event, around)


def waited(state: UserState, seconds: int, around: Surroundings) -> ConsoleMove:
    """A daily password's half is hidden again."""
    if not isinstance(state, DailyShown):
        return state, ()
    left = state.seconds_left - max(0, seconds)
    return (replace(state, seconds_left=left), ()) if left > 0 else asked(state.page, around)


# --- menu, list, page


def _card_menu(state: CardMenu, event: Event, around: Surroundings) -> ConsoleMove:
    desk = around.desk
    match event:
        case touches.AreaChosen(area) if desk is not None and area in areas(desk):
            return begin(area, around)
        case events.Back():
            return None, ()
        case _:
            return state, ()


def _list(state: UserList, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, filters=typed(state.filters, field, text)), ()
        case events.BarcodeTyped(text):
            code = scanned.codice_fiscale_in(text) or ""
            return replace(state, filters=typed(state.filters, _I.CODICE_FISCALE, code)), ()
        case Cleared():
            return replace(state, filters=Sheet(Form.USER_FILTER)), ()
        case touches.UserChosen(code):
            record = state.view.user(code)
            return (state, ()) if record is None else (UserPage(state, record), ())
        case touches.InsertionChosen() if state.area is Area.USERS and _manages(around):
            return InsertStart(state), ()
        case events.Back():
            # None is the menu; the areas of the cards have one of their own.
            return (None if state.area is Area.USERS else CardMenu()), (AbandonInquiry(),)
        case _:
            return _told(state, event, around)


def _page(state: UserPage, event: Event, around: Surroundings) -> ConsoleMove:
    desk = around.desk
    match event:
        case touches.UserTaskChosen(task) if desk is not None and task in of_user(
            state.record, state.behind.area, desk
        ):
            return _begin(state, task, around)
        case events.Back():
            return asked(state.behind, around)
        case _:
            return _told(state, event, around)


def _begin(page: UserPage, task: UserTask, around: Surroundings) -> ConsoleMove:
    if task is UserTask.CHANGE:
        return ChangeForm(page, _change_sheet(page.record, around)), ()
    if task is UserTask.DAILY_PASSWORD:
        return DailyConfirm(page), ()
    if task in acts.OFFICER_TASKS:
        sheet = Sheet(Form.OFFICER)
        if task in _NO_SERIAL:
            sheet = replace(sheet, hidden=frozenset({_I.SERIAL}))
        return OfficerConfirm(page, task, sheet), ()
    reasons = tuple(one.value for one in REASONS.get(task, ()))
    return ActionConfirm(
        page, task, Sheet(Form.USER_ACTION, offered=((_I.USER_REASON, reasons),))
    ), ()


def _told(state: _Asking, event: Event, around: Surroundings) -> ConsoleMove:
    """The hub's list; "Aggiorna"."""
    match event:
        case touches.Asked():
            return asked(state, around)
        case touches.UsersListed(session_id, records, told_at, code, asking) if (
            session_id == around.session_id
        ):
            return _with_view(state, UsersView(records, told_at, asking, code)), ()
        case _:
            return state, ()


def _with_view(state: _Asking, view: UsersView) -> _Asking:
    if isinstance(state, UserList):
        return replace(state, view=view)
    record = view.user(state.record.codice_fiscale) or state.record
    return replace(state, behind=replace(state.behind, view=view), record=record)


def _manages(around: Surroundings) -> bool:
    return around.desk is not None and manages_users(around.desk)


# --- Inserisci utente


def _start(state: InsertStart, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case events.Back():
            after, effects = asked(state.behind, around)
            return after, (AbandonInquiry(), *effects)
        case touches.FieldTyped(field, text) if not state.looking:
            return replace(state, sheet=typed(state.sheet, field, text)), ()
        case events.BarcodeTyped(text) if not state.looking:
            code = scanned.codice_fiscale_in(text) or ""
            return replace(state, sheet=typed(state.sheet, _I.CODICE_FISCALE, code)), ()
        case events.Continued() if not state.looking:
            return _look_up(state, around)
        case touches.UserLookedUp(session_id, code, found) if state.looking and (
            session_id,
            code,
        ) == (around.session_id, state.sheet.text(_I.CODICE_FISCALE)):
            person = found if isinstance(found, PersonFound) else None
            return InsertForm(
                state.behind, _insert_sheet(code, person, around), person is not None
            ), ()
        case _:
            return state, ()


def _look_up(state: InsertStart, around: Surroundings) -> ConsoleMove:
    found = codice_fiscale.parse(state.sheet.text(_I.CODICE_FISCALE))
    if isinstance(found, Problem):
        problem = found
    elif state.behind.view.user(found.text) is not None:
        problem = Problem("user.exists", rule="R-004-20")
    else:
        sheet = state.sheet.with_text(_I.CODICE_FISCALE, found.text)
        ask = LookUpUser(around.session_id, found.text)
        return replace(state, sheet=sheet, looking=True), (ask,)
    return replace(state, sheet=replace(state.sheet, problems=((_I.CODICE_FISCALE, problem),))), ()


def _insert_sheet(code: str, found: PersonFound | None, around: Surroundings) -> Sheet:
    sheet = Sheet(Form.INSERT_USER, offered=_offered(around)).with_text(_I.CODICE_FISCALE, code)
    locked = {_I.CODICE_FISCALE}
    if found is not None:
        for field, text in ((_I.SURNAME, found.person.surname), (_I.NAME, found.person.name)):
            if text:
                sheet = sheet.with_text(field, text)
                locked.add(field)
    appoints = around.desk is not None and not around.desk.may(Right.USERS)
    kind = UserType.ADMINISTRATOR if appoints else UserType.OPERATOR
    sheet = sheet.with_text(_I.USER_TYPE, kind.value).with_text(_I.CARD, YES)
    sheet = sheet.with_picked(_I.ENVIRONMENTS, frozenset({Environment.PRODUCTION.value}))
    return replace(sheet, locked=frozenset(locked))


def _offered(around: Surroundings) -> tuple[tuple[FieldId, tuple[str, ...]], ...]:
    if around.desk is None:
        return ()
    return ((_I.PROFILES, tuple(one.value for one in profiles_on_offer(around.desk))),)


def _insert(state: InsertForm | InsertConfirm, event: Event, around: Surroundings) -> ConsoleMove:
    match state, event:
        case InsertForm(sheet=sheet), touches.FieldTyped(field, text):
            return replace(state, sheet=typed(sheet, field, text)), ()
        case InsertForm(sheet=sheet), touches.OptionToggled(field, value):
            return replace(state, sheet=toggled(sheet, field, value)), ()
        case InsertForm(), events.Continued():
            checked = _checked(state.sheet, acts.insertion(comune(around), state), around)
            after = replace(state, sheet=checked)
            return (after if checked.problems else InsertConfirm(after)), ()
        case InsertForm(behind, sheet), events.Back():
            start = Sheet(Form.LOOK_UP).with_text(_I.CODICE_FISCALE, sheet.text(_I.CODICE_FISCALE))
            return InsertStart(behind, start), ()
        case InsertConfirm(form), events.Continued():
            return recording.record(state, acts.insertion(comune(around), form), around)
        case InsertConfirm(form), events.Back():
            return form, ()
        case _:
            return state, ()


# --- Modifica


def _change_sheet(record: UserRecord, around: Surroundings) -> Sheet:
    sheet = Sheet(Form.CHANGE_USER, offered=_offered(around))
    sheet = sheet.with_text(_I.EMAIL, record.email).with_text(_I.PEC, record.pec)
    sheet = sheet.with_picked(_I.ENVIRONMENTS, frozenset(one.value for one in record.environments))
    offered = sheet.options(_I.PROFILES)
    ticked = frozenset(one.value for one in record.profiles if one.value in offered)
    return sheet.with_picked(_I.PROFILES, ticked)


def _change(state: ChangeForm | ChangeConfirm, event: Event, around: Surroundings) -> ConsoleMove:
    match state, event:
        case ChangeForm(sheet=sheet), touches.FieldTyped(field, text):
            return replace(state, sheet=typed(sheet, field, text)), ()
        case ChangeForm(sheet=sheet), touches.OptionToggled(field, value):
            return replace(state, sheet=toggled(sheet, field, value)), ()
        case ChangeForm(page), events.Continued():
            checked = _checked(state.sheet, acts.change(comune(around), state), around)
            if not checked.problems and checking.same(checked, page.record):
                checked = replace(checked, problems=((_I.EMAIL, Problem("user.unchanged")),))
            after = replace(state, sheet=checked)
            return (after if checked.problems else ChangeConfirm(after)), ()
        case ChangeForm(page), events.Back():
            return asked(page, around)
        case ChangeConfirm(form), events.Continued():
            return recording.record(state, acts.change(comune(around), form), around)
        case ChangeConfirm(form), events.Back():
            return form, ()
        case _:
            return state, ()


# --- what is done to a user or a card


def _action(state: ActionConfirm, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=typed(state.sheet, field, text)), ()
        case events.Continued():
            act = acts.user_action(comune(around), state)
            sheet = _checked(state.sheet, act, around)
            if sheet.problems:
                return replace(state, sheet=sheet), ()
            return recording.record(state, act, around)
        case events.Back():
            return asked(state.page, around)
        case _:
            return state, ()


def _daily(state: DailyConfirm | DailyShown, event: Event, around: Surroundings) -> ConsoleMove:
    match state, event:
        case DailyConfirm(forgotten=forgotten), touches.CheckToggled(Check.FORGOTTEN):
            return replace(state, forgotten=not forgotten), ()
        case DailyConfirm(page, True), events.Continued():
            wanted = WantedDailyPassword(comune(around), page.record.codice_fiscale)
            return recording.record(state, wanted, around)
        case DailyConfirm(page), events.Back():
            return asked(page, around)
        case DailyShown(page), events.Back() | events.Continued():
            return asked(page, around)
        case _:
            return state, ()


def _officer(state: OfficerConfirm, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=typed(state.sheet, field, text)), ()
        case events.Continued() | touches.ActivationAsked():
            master = event.master if isinstance(event, touches.ActivationAsked) else None
            if (master is not None) is not (state.task is UserTask.ACTIVATE_CARD):
                return state, ()
            wanted = acts.officer_act(comune(around), state)
            sheet = _checked(state.sheet, acts.provable(wanted), around)
            if sheet.problems:
                if master is not None:
                    master[:] = bytes(len(master))
                return replace(state, sheet=sheet), ()
            return recording.record(state, wanted, around, master)
        case events.Back():
            return asked(state.page, around)
        case _:
            return state, ()


def _checked(sheet: Sheet, act: ConsoleAct, around: Surroundings) -> Sheet:
    return checking.checked(sheet, act, around.today)
