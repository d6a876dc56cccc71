"""What each page of the console says, as catalogue keys: first what it is for, then consequences."""

from __future__ import annotations

from typing import Final

from kiosk.flows.clerk.events import Cleared
from kiosk.flows.clerk.troubles import remedy_phrases, trouble_phrase
from kiosk.flows.console import filtering, outcomes, stations, users
from kiosk.flows.console.actions import REASONS, areas, of_station, of_user
from kiosk.flows.console.events import (
    AreaChosen,
    Asked,
    Check,
    CodeSaveChosen,
    DownloadAllChosen,
    InsertionChosen,
    RegistrationChosen,
    SentChosen,
    StationTaskChosen,
    UserTaskChosen,
)
from kiosk.flows.console.fields import FieldId
from kiosk.flows.console.states import NAMES, ConsoleState
from kiosk.flows.console.stations import StationTask
from kiosk.flows.console.users import Area, UserTask
from kiosk.flows.console.views import ActName, SentAct, SentState
from kiosk.flows.events import Continued
from kiosk.flows.page_texts import Action, Wording, action
from kiosk.flows.phrases import Phrase, phrase
from kiosk.flows.state import Session
from sync.model.certificates import CertificateState
from sync.model.console_views import UserRecord
from sync.model.smart_cards import CardState

_WAITING: Final = outcomes.Recording
"""Pages that pass by themselves, with nothing to touch."""

_BACK_ONLY: Final = stations.AskingCode | stations.Downloading | users.CardMenu | outcomes.SentList


def wording(session: Session, activity: ConsoleState) -> Wording:
    """What the page says."""
    name = NAMES[type(activity)]
    return Wording(
        title=_title(session, activity, name),
        body=_body(session, activity, name),
        actions=_actions(session, activity, name),
        help=(phrase(f"{name}.help"),),
        problem=_problem(activity),
    )


def can_go_back(activity: ConsoleState) -> bool:
    """Whether "Indietro" leads anywhere."""
    return not isinstance(activity, _WAITING | outcomes.Sent)


def can_stop(activity: ConsoleState) -> bool:
    """Whether "Esci" is on offer."""
    return not isinstance(activity, _WAITING)


def checks(activity: ConsoleState) -> tuple[tuple[Check, bool], ...]:
    """What the page asks the administrator to state, and whether they have."""
    match activity:
        case stations.ApproveConfirm(compared=ticked):
            return ((Check.COMPARED, ticked),)
        case stations.CancelConfirm(understood=ticked):
            return ((Check.FOR_EVER, ticked),)
        case users.DailyConfirm(forgotten=ticked):
            return ((Check.FORGOTTEN, ticked),)
        case _:
            return ()


def _title(session: Session, activity: ConsoleState, name: str) -> Phrase:
    match activity:
        case outcomes.Sent() if (state := _state_of(session, activity)) is not SentState.WAITING:
            return phrase(f"{name}.{state.value}.title")
        case users.UserList(area=area):
            return phrase(f"console.area.{area.value}")
        case users.ActionConfirm(task=task) | users.OfficerConfirm(task=task):
            return phrase(f"console.user-task.{task.value}")
        case stations.StationChange(task=change):
            return phrase(f"console.station-task.{change.value}")
        case stations.AskingCode(code=str()) | stations.Downloaded(count=0):
            return phrase(f"{name}.failed-title")
        case _:
            return phrase(f"{name}.title")


def _body(session: Session, activity: ConsoleState, name: str) -> tuple[Phrase, ...]:  # noqa: C901, PLR0911, PLR0912  # one line a page
    body = phrase(f"{name}.body")
    match activity:
        case stations.StationList(view):
            soon = len(filtering.expiring(view, session.today))
            return (body, phrase("console.expiring", n=soon)) if soon else (body,)
        case stations.StationPage(record=record):
            soon = filtering.expires_soon(record, session.today)
            return (body, phrase("console.expiring-one")) if soon else (body,)
        case stations.AskingCode(code=str(code)):
            return trouble_phrase(code), *remedy_phrases(code)
        case stations.Downloaded():
            return _downloaded(activity, name)
        case stations.CodeShown(saving=True):
            return body, phrase(f"{name}.saving")
        case stations.CodeShown(file=file) if file:
            return body, phrase(f"{name}.saved", file=file)
        case stations.StationChange(page, task):
            return _station_consequence(task, page)
        case users.UserList(area=area):
            return (phrase(f"console.area.{area.value}.body"),)
        case users.InsertForm(found=found):
            return (body,) if found else (body, phrase(f"{name}.not-found"))
        case users.InsertConfirm(form):
            card = "with-card" if form.sheet.is_ticked(FieldId.CARD) else "without-card"
            return body, phrase(f"{name}.{card}")
        case users.ActionConfirm(page, task):
            return _user_consequence(task, page.record)
        case users.OfficerConfirm(task=task):
            return (phrase(f"console.user-task.{task.value}.body"),)
        case outcomes.NotRecorded(code=code):
            return trouble_phrase(code), *remedy_phrases(code), body
        case outcomes.Sent():
            return _sent(session, activity)
        case _:
            return (body,)


def _downloaded(page: stations.Downloaded, name: str) -> tuple[Phrase, ...]:
    why = () if page.code is None else (trouble_phrase(page.code), *remedy_phrases(page.code))
    return (*why, phrase(f"{name}.body", n=page.count)) if page.count else why


def _station_consequence(task: StationTask, page: stations.StationPage) -> tuple[Phrase, ...]:
    """What it means: a blocked certificate keeps everybody from ANPR at that station (R-004-16)."""
    lines = [phrase(f"console.station-task.{task.value}.body", station=page.record.name)]
    if task is StationTask.BLOCK:
        lines.append(phrase("console.station-task.block.users"))
    if task is StationTask.CANCEL and page.record.state is not CertificateState.BLOCKED:
        lines.append(phrase("console.station-task.cancel.block-first"))
    return tuple(lines)


def _user_consequence(task: UserTask, record: UserRecord) -> tuple[Phrase, ...]:
    """What it means for the user and for the card (R-004-24, 31, 32, 36)."""
    lines = [phrase(f"console.user-task.{task.value}.body")]
    if task is UserTask.DELETE:
        if record.comuni > 1:
            lines.append(phrase("console.user-task.delete.other-comuni", n=record.comuni - 1))
        elif record.card is not None and record.card.state is not CardState.DISABLED:
            lines.append(phrase("console.user-task.delete.card"))
    if task is UserTask.BLOCK:
        known = "block.other-comuni" if record.comuni > 1 else "block.card"
        lines.append(phrase(f"console.user-task.{known}"))
    if task in REASONS and task is not UserTask.DELETE:
        lines.append(phrase("console.user-task.theft"))
    return tuple(lines)


def _sent_act(session: Session, page: outcomes.Sent) -> SentAct | None:
    sent = () if session.desk is None else session.desk.sent
    return next((one for one in sent if one.operation_id == page.operation_id), None)


def _state_of(session: Session, page: outcomes.Sent) -> SentState:
    one = _sent_act(session, page)
    return SentState.WAITING if one is None else one.state


def _sent(session: Session, page: outcomes.Sent) -> tuple[Phrase, ...]:
    one, state = _sent_act(session, page), _state_of(session, page)
    why = () if one is None or not one.code else (trouble_phrase(one.code),)
    if page.act is ActName.DAILY_PASSWORD and state is not SentState.REFUSED:
        why = (trouble_phrase("daily.told-before"),)  # its half was never on the screen
    return (phrase(f"console.sent.{state.value}.body"), *why)


def _problem(activity: ConsoleState) -> Phrase | None:
    """Why the list could not be asked for; the page shows the last one meanwhile."""
    match activity:
        case (
            stations.StationList(view=view)
            | stations.StationPage(behind=stations.StationList(view=view))
        ) if view.code is not None:
            return trouble_phrase(view.code)
        case users.UserList(view=told) | users.UserPage(behind=users.UserList(view=told)) if (
            told.code is not None
        ):
            return trouble_phrase(told.code)
        case stations.CodeShown(code=str(why)):
            return trouble_phrase(why)
        case _:
            return None


def _actions(session: Session, activity: ConsoleState, name: str) -> tuple[Action, ...]:
    go_on = action(f"{name}.continue", Continued(), main=True)
    match activity:
        case stations.StationList() | users.UserList():
            return _of_list(session, activity)
        case stations.StationPage(record=record):
            tasks = () if session.desk is None else of_station(record, session.desk)
            buttons = [
                action(f"console.station-task.{one.value}", StationTaskChosen(one)) for one in tasks
            ]
            return (*buttons, action("console.ask", Asked()))
        case users.UserPage(behind, person):
            area = behind.area
            does = () if session.desk is None else of_user(person, area, session.desk)
            buttons = [
                action(f"console.user-task.{one.value}", UserTaskChosen(one)) for one in does
            ]
            return (*buttons, action("console.ask", Asked()))
        case stations.CodeShown(saving=saving):
            return (go_on,) if saving else (action(f"{name}.save", CodeSaveChosen()), go_on)
        case users.CardMenu():
            shown = () if session.desk is None else areas(session.desk)
            return tuple(action(f"console.area.{one.value}", AreaChosen(one)) for one in shown)
        case users.InsertStart(looking=True):
            return ()
        case _:
            stated = all(ticked for _, ticked in checks(activity))
            nothing = isinstance(activity, _WAITING | _BACK_ONLY) or not stated
            return () if nothing else (go_on,)


def _of_list(session: Session, page: stations.StationList | users.UserList) -> tuple[Action, ...]:
    sent = () if session.desk is None else session.desk.sent
    shared = [action("console.clear", Cleared()), action("console.ask", Asked())]
    if sent:
        shared.append(action("console.sent-list", SentChosen()))
    if isinstance(page, stations.StationList):
        return (
            *shared,
            action("console.download-all", DownloadAllChosen()),
            action("console.register-station", RegistrationChosen(), main=True),
        )
    if page.area is Area.USERS:
        return (*shared, action("console.insert-user", InsertionChosen(), main=True))
    return tuple(shared)
