"""Pages with a form: a station's, a user's, the reason of an act."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.flows.console import stations, users
from kiosk.flows.console.events import ActivationAsked
from kiosk.flows.console.fields import FieldId, Form
from kiosk.flows.console.sheet import Sheet
from kiosk.flows.console.users import UserTask
from kiosk.flows.events import Continued, Event
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.console.fields import ConsoleFields
from kiosk.screens.console.reading import reading_card
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.desk.cell import Cell
from kiosk.screens.widgets.desk.form_grid import Section
from kiosk.screens.widgets.desk.secret_box import SecretBox
from kiosk.screens.widgets.layout import Column, Part, Row
from kiosk.screens.widgets.waiting import Waiting

ConsoleForm = (
    stations.RegisterStation
    | stations.StationChange
    | stations.NoteForm
    | users.InsertStart
    | users.InsertForm
    | users.ChangeForm
    | users.ActionConfirm
    | users.OfficerConfirm
)

_I = FieldId
_SECTIONS: Final[Mapping[Form, Sequence[tuple[str, Mapping[FieldId, int]]]]] = {
    Form.INSERT_USER: (
        ("person", {_I.CODICE_FISCALE: 4, _I.SURNAME: 4, _I.NAME: 4}),
        ("mail", {_I.EMAIL: 6, _I.PEC: 6}),
        ("work", {_I.USER_TYPE: 4, _I.ENVIRONMENTS: 5, _I.CARD: 3}),
        ("profiles", {_I.PROFILES: 12}),
    ),
    Form.CHANGE_USER: (
        ("mail", {_I.EMAIL: 6, _I.PEC: 6}),
        ("work", {_I.ENVIRONMENTS: 12}),
        ("profiles", {_I.PROFILES: 12}),
    ),
}
"""Of forms that are long enough to have some: titles, and the columns of twelve of their fields."""

_BEFORE: Final = stations.StationChange | users.ActionConfirm | users.OfficerConfirm
"""Forms at which an act is recorded: what it is about stands above the fields."""

_LABELS: Final = {FieldId.SERIAL: "console.field.serial.to-activate"}
"""Two numbers stand on the page of an activation: the Security Officer's own, and this one."""


class ConsoleFormPage(DeskPage):
    """Fields of one form; Enter goes from field to field, F2 on."""

    enter_is_main = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        labels = _LABELS if _asks_master(session) else None
        self._fields = ConsoleFields(self, ui.emit, labels)
        self._master: SecretBox | None = None
        if sheet_of(session).form not in _SECTIONS:
            self.widest = 980
        super().__init__(ui, session, now)

    def lead(self) -> Sequence[Any]:
        """What the page is for; consequences stand in the body."""
        return wording(self.session).body[:1]

    def body(self, ui: Context) -> Part:
        """What it is about, consequences, the fields."""
        self._fields.begin()
        sheet = sheet_of(self.session)
        parts: list[Part] = []
        about = self._about(ui)
        if about is not None:
            parts.append(about)
        paint = ui.theme.palette.warning
        parts += [
            told(ui, ui.say(line), paint, Icon.WARNING_CIRCLE)
            for line in wording(self.session).body[1:]
        ]
        if _looking(self.session):
            words = ui.text(
                ui.words("desk.console.looking-up"), DeskSize.HEADING, ui.theme.palette.page.ink
            )
            parts.append(Row([Waiting(ui), words], gap=ui.px(16)))
        elif sheet.fields or _asks_master(self.session):
            parts.append(desk_card(ui, self._form(ui, sheet), padding=(18, 12)))
        return Column(parts, gap=ui.px(10))

    def first_stop(self) -> str:
        """The first field that is wrong, or that is empty."""
        sheet = sheet_of(self.session)
        for row in sheet.fields:
            if sheet.problem(row.id) is not None:
                return f"field.{row.id.value}"
        for row in sheet.fields:
            if row.id not in sheet.locked and not sheet.text(row.id) and not row.optional:
                return f"field.{row.id.value}"
        return ""

    def follow(self, before: Session) -> None:
        """Texts change in their boxes; problems come with new ones, and the focus goes there."""
        old, new = sheet_of(before), sheet_of(self.session)
        same = self._fields.follow(old, new) and _around(before) == _around(self.session)
        if same:
            return
        if self._master is not None:
            self._master.wipe()
        self.rebuild()
        if new.problems and new.problems != old.problems:
            wrong = self.stops.named(self.first_stop())
            if wrong is not None:
                self.stops.go(wrong)

    def emit(self, event: Event) -> None:
        """A master password goes with the word to record, and is kept nowhere."""
        if isinstance(event, Continued) and _asks_master(self.session):
            if self._master is not None:
                self._master.give()
            return
        super().emit(event)

    def _about(self, ui: Context) -> Part | None:
        if isinstance(self.session.activity, _BEFORE):
            return reading_card(ui, self.session, columns=4)
        return None

    def _form(self, ui: Context, sheet: Sheet) -> Part:
        parted = _SECTIONS.get(sheet.form)
        if parted is None:
            wanted = [row.id for row in sheet.fields]
            fields = self._fields.grid(ui, sheet, wanted)
            return Column([fields, *self._secret(ui)], gap=ui.px(10))
        rows: list[Part] = []
        for title, columns in parted:
            fields = self._fields.grid(ui, sheet, tuple(columns), columns)
            words = ui.words(f"desk.console.section.{title}")
            rows.append(Section(ui, words, fields, first=not rows))
        return Column(rows)

    def _secret(self, ui: Context) -> list[Part]:
        """The field of the master password, where one is asked for."""
        self._master = None
        if not _asks_master(self.session):
            return []
        self._master = SecretBox(
            ui, "field.master", lambda master: self.ui.emit(ActivationAsked(master))
        )
        return [Cell(ui, ui.words("desk.console.master"), self._master)]


def sheet_of(session: Session) -> Sheet:
    """The form of the page."""
    if isinstance(session.activity, ConsoleForm):
        return session.activity.sheet
    raise TypeError(type(session.activity).__name__)


def _asks_master(session: Session) -> bool:
    activity = session.activity
    return isinstance(activity, users.OfficerConfirm) and activity.task is UserTask.ACTIVATE_CARD


def _around(session: Session) -> object:
    """What a page shows beside its sheet."""
    return _looking(session), session.notice, wording(session)


def _looking(session: Session) -> bool:
    """Whether the registers are being asked."""
    return isinstance(session.activity, users.InsertStart) and session.activity.looking
