"""The transitions of Gestione Postazione; states in `stations`."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, TypeAlias

from kiosk.flows import events
from kiosk.flows.clerk.events import Cleared
from kiosk.flows.console import acts, checking, recording
from kiosk.flows.console import events as touches
from kiosk.flows.console.actions import DOWNLOADABLE, of_station
from kiosk.flows.console.effects import (
    AbandonInquiry,
    AskEnrolmentCode,
    AskStations,
    DownloadCertificates,
    SaveEnrolmentCode,
)
from kiosk.flows.console.events import Check
from kiosk.flows.console.fields import FieldId, Form
from kiosk.flows.console.filtering import stations as filtered
from kiosk.flows.console.recording import ConsoleMove
from kiosk.flows.console.sheet import Sheet, typed
from kiosk.flows.console.stations import (
    ApproveConfirm,
    AskingCode,
    CancelConfirm,
    CodeShown,
    Downloaded,
    Downloading,
    NoteForm,
    RegisterConfirm,
    RegisterStation,
    StationChange,
    StationList,
    StationPage,
    StationState,
    StationTask,
)
from kiosk.flows.console.views import StationsView
from kiosk.flows.events import Event
from kiosk.flows.office import Surroundings
from sync.model.certificates import CertificateKind, CertificateState
from sync.model.console import StationReason

SHOWN_SECONDS: Final = 120
"""So long a one-time code stands on the screen."""
ASKED_EVERY_SECONDS: Final = 15
"""So often a station's page that waits for its device asks the hub."""
NO_CERTIFICATE: Final = "download.nothing"

_I = FieldId
_REASONS: Final = {
    StationTask.BLOCK: (StationReason.ORDER, StationReason.SUSPICION, StationReason.STOLEN),
    StationTask.CANCEL: tuple(StationReason),
}
_CHANGES: Final = frozenset(
    {StationTask.BLOCK, StationTask.UNBLOCK, StationTask.CANCEL, StationTask.NEW_TOKEN}
)
_Asking: TypeAlias = StationList | StationPage


def begin(around: Surroundings) -> ConsoleMove:
    """Ricerca Postazione."""
    return asked(StationList(), around)


def asked(state: _Asking, around: Surroundings) -> ConsoleMove:
    """A list or a page whose stations are asked for anew."""
    ask = AskStations(around.session_id)
    return _with_view(state, replace(_view(state), waiting=True, code=None)), (ask,)


def step(state: StationState, event: Event, around: Surroundings) -> ConsoleMove:  # one line a page
    """The state after `event`, and what to ask for."""
    match state:
        case StationList():
            return _list(state, event, around)
        case StationPage():
            return _page(state, event, around)
        case RegisterStation() | RegisterConfirm():
            return _register(state, event, around)
        case ApproveConfirm():
            return _approve(state, event, around)
        case AskingCode() | CodeShown():
            return _code(state, event, around)
        case StationChange() | CancelConfirm():
            return _change(state, event, around)
        case NoteForm():
            return _note(state, event, around)
        case Downloading() | Downloaded():
            return _download(state, event, around)


def waited(state: StationState, seconds: int, around: Surroundings) -> ConsoleMove:
    """A code is hidden again; a page that waits for its device asks from time to time."""
    match state:
        case CodeShown(page, seconds_left=left):
            left -= max(0, seconds)
            return (replace(state, seconds_left=left), ()) if left > 0 else asked(page, around)
        case StationPage(record=record, quiet=quiet) if record.state is CertificateState.REQUESTED:
            quiet += max(0, seconds)
            if quiet < ASKED_EVERY_SECONDS or state.behind.view.waiting:
                return replace(state, quiet=quiet), ()
            return asked(replace(state, quiet=0), around)
        case _:
            return state, ()


# --- list and page


def _list(state: StationList, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, filters=typed(state.filters, field, text)), ()
        case Cleared():
            return replace(state, filters=Sheet(Form.STATION_FILTER)), ()
        case touches.StationChosen(name):
            record = state.view.station(name)
            return (state, ()) if record is None else (StationPage(state, record), ())
        case touches.RegistrationChosen():
            return RegisterStation(state, _registration_sheet(state)), ()
        case touches.DownloadAllChosen():
            return _begin_download(state, tuple(_downloadable(state)), around)
        case _:
            return _told(state, event, around)


def _page(state: StationPage, event: Event, around: Surroundings) -> ConsoleMove:
    desk = around.desk
    match event:
        case touches.StationTaskChosen(task) if desk is not None and task in of_station(
            state.record, desk
        ):
            return _begin(state, task, around)
        case events.Back():
            return asked(state.behind, around)
        case _:
            return _told(state, event, around)


def _begin(page: StationPage, task: StationTask, around: Surroundings) -> ConsoleMove:
    name = page.record.name
    match task:
        case StationTask.APPROVE:
            return ApproveConfirm(page), ()
        case StationTask.CODE:
            return AskingCode(page), (AskEnrolmentCode(around.session_id, name),)
        case StationTask.DOWNLOAD:
            return _begin_download(page, (name,), around)
        case StationTask.NOTE:
            sheet = Sheet(Form.STATION_NOTE).with_text(_I.PLACE, page.record.place)
            return NoteForm(page, sheet), ()
        case _:
            reasons = tuple(one.value for one in _REASONS.get(task, ()))
            sheet = Sheet(Form.STATION_CHANGE, offered=((_I.STATION_REASON, reasons),))
            return StationChange(page, task, sheet), ()


def _told(state: _Asking, event: Event, around: Surroundings) -> ConsoleMove:
    """The hub's list; "Aggiorna"."""
    match event:
        case touches.Asked():
            return asked(state, around)
        case touches.StationsListed(session_id, records, told_at, code, asking) if (
            session_id == around.session_id
        ):
            return _with_view(state, StationsView(records, told_at, asking, code)), ()
        case _:
            return state, ()


def _view(state: _Asking) -> StationsView:
    return state.view if isinstance(state, StationList) else state.behind.view


def _with_view(state: _Asking, view: StationsView) -> _Asking:
    if isinstance(state, StationList):
        return replace(state, view=view)
    record = view.station(state.record.name) or state.record
    return replace(state, behind=replace(state.behind, view=view), record=record)


# --- Registra Postazione


def _registration_sheet(state: StationList) -> Sheet:
    """A comune has one server certificate (R-004-9): it is on offer while there is none."""
    servers = (one for one in state.view.records or () if one.kind is CertificateKind.SERVER)
    standing = any(one.state is not CertificateState.REVOKED for one in servers)
    kinds = tuple(
        one.name.lower()
        for one in CertificateKind
        if one is CertificateKind.STATION or not standing
    )
    sheet = Sheet(Form.REGISTER_STATION, offered=((_I.KIND, kinds if len(kinds) > 1 else ()),))
    return sheet.with_text(_I.KIND, CertificateKind.STATION.name.lower())


def _register(
    state: RegisterStation | RegisterConfirm, event: Event, around: Surroundings
) -> ConsoleMove:
    match state, event:
        case RegisterStation(sheet=sheet), touches.FieldTyped(field, text):
            return replace(state, sheet=typed(sheet, field, text)), ()
        case RegisterStation(sheet=sheet), events.Continued():
            act = acts.registration(comune(around), state)
            after = replace(state, sheet=checking.checked(sheet, act, around.today))
            return (after if after.sheet.problems else RegisterConfirm(after)), ()
        case RegisterStation(behind), events.Back():
            return asked(behind, around)
        case RegisterConfirm(form), events.Continued():
            return recording.record(state, acts.registration(comune(around), form), around)
        case RegisterConfirm(form), events.Back():
            return form, ()
        case _:
            return state, ()


# --- approval, code, changes


def _approve(state: ApproveConfirm, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.CheckToggled(Check.COMPARED):
            return replace(state, compared=not state.compared), ()
        case events.Continued() if state.compared:
            return recording.record(state, acts.approval(comune(around), state), around)
        case events.Back():
            return asked(state.page, around)
        case _:
            return state, ()


def _code(state: AskingCode | CodeShown, event: Event, around: Surroundings) -> ConsoleMove:
    match state, event:
        case _, events.Back() | events.Continued():
            after, effects = asked(state.page, around)
            return after, (AbandonInquiry(), *effects)
        case AskingCode(page), touches.EnrolmentCodeAnswered(session_id, station, told, code) if (
            session_id,
            station,
        ) == (around.session_id, page.record.name):
            if told is None:
                return AskingCode(page, code), ()
            return CodeShown(page, told, SHOWN_SECONDS), ()
        case CodeShown(page, told, saving=False), touches.CodeSaveChosen():
            save = SaveEnrolmentCode(around.session_id, page.record.name, told.token)
            return replace(state, saving=True, file="", code=None), (save,)
        case CodeShown(page, saving=True), touches.EnrolmentCodeSaved(to, station, file, code) if (
            to,
            station,
        ) == (around.session_id, page.record.name):
            return replace(state, saving=False, file=file, code=code), ()
        case _:
            return state, ()


def _change(
    state: StationChange | CancelConfirm, event: Event, around: Surroundings
) -> ConsoleMove:
    match state, event:
        case StationChange(page, task, sheet), touches.FieldTyped(field, text):
            return StationChange(page, task, typed(sheet, field, text)), ()
        case StationChange(page, task, sheet), events.Continued():
            act = acts.station_change(comune(around), state)
            checked = checking.checked(sheet, act, around.today)
            if checked.problems:
                return StationChange(page, task, checked), ()
            if task is StationTask.CANCEL:
                return CancelConfirm(state), ()
            return recording.record(state, act, around)
        case StationChange(page), events.Back():
            return asked(page, around)
        case CancelConfirm(understood=understood), touches.CheckToggled(Check.FOR_EVER):
            return replace(state, understood=not understood), ()
        case CancelConfirm(change, understood=True), events.Continued():
            return recording.record(state, acts.station_change(comune(around), change), around)
        case CancelConfirm(change), events.Back():
            return change, ()
        case _:
            return state, ()


def _note(state: NoteForm, event: Event, around: Surroundings) -> ConsoleMove:
    match event:
        case touches.FieldTyped(field, text):
            return replace(state, sheet=typed(state.sheet, field, text)), ()
        case events.Continued():
            act = acts.note(comune(around), state)
            sheet = checking.checked(state.sheet, act, around.today)
            if sheet.problems:
                return replace(state, sheet=sheet), ()
            return recording.record(state, act, around)
        case events.Back():
            return asked(state.page, around)
        case _:
            return state, ()


# --- Scarica


def _downloadable(state: StationList) -> list[str]:
    return [one.name for one in filtered(state) if one.state in DOWNLOADABLE]


def _begin_download(
    behind: StationList | StationPage, names: tuple[str, ...], around: Surroundings
) -> ConsoleMove:
    if not names:
        return Downloaded(behind, "", 0, NO_CERTIFICATE), ()
    return Downloading(behind, names), (DownloadCertificates(around.session_id, names),)


def _download(state: Downloading | Downloaded, event: Event, around: Surroundings) -> ConsoleMove:
    match state, event:
        case Downloading(behind), touches.CertificatesSaved(session_id, file, count, code) if (
            session_id == around.session_id
        ):
            return Downloaded(behind, file, count, code), ()
        case Downloading(behind), events.Back():
            after, effects = asked(behind, around)
            return after, (AbandonInquiry(), *effects)
        case Downloaded(behind), events.Back() | events.Continued():
            return asked(behind, around)
        case _:
            return state, ()


def comune(around: Surroundings) -> str:
    """ISTAT code of the comune for which the administrator acts."""
    return "" if around.desk is None else around.desk.operator.comune
