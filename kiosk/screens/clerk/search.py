"""Gestione utenti: filters above, rows below, and what may be done with the chosen row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from kiosk.flows import italian_time
from kiosk.flows.clerk.actions import of_row
from kiosk.flows.clerk.events import CaseAction, PageTurned, RowChosen
from kiosk.flows.clerk.fields import FieldId
from kiosk.flows.clerk.managing import Search
from kiosk.flows.state import Session
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.numbers import grouped
from kiosk.screens.clerk.options import comune_name, entries
from kiosk.screens.clerk.row_actions import ACTION_ICONS, ACTION_KEYS
from kiosk.screens.clerk.sheet_fields import SheetFields
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cells import with_sign
from kiosk.screens.widgets.desk.elided import Elided
from kiosk.screens.widgets.desk.stops import Stop
from kiosk.screens.widgets.desk.table import Filling, Table, TableColumn, TableRow
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.text import IconText
from sync.model.searching import ROWS_OF_A_PAGE, Found
from sync.model.searching import Row as FoundRow

_I = FieldId
_COLUMNS: Final[Mapping[FieldId, int]] = {
    _I.CODICE_FISCALE: 3,
    _I.SURNAME: 3,
    _I.NAME: 2,
    _I.NUMBER: 2,
    _I.COMMUNITY: 2,
    _I.RESIDENCE_PROVINCE: 2,
    _I.RESIDENCE_COMUNE: 2,
    _I.REGISTERED_FROM: 2,
    _I.REGISTERED_TO: 2,
    _I.STATE: 2,
    _I.STRONG: 2,
}
"""What is asked most often stands first."""


class SearchPage(DeskPage):
    """Enter in a filter searches; Enter in a row opens it."""

    scrolls = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._fields = SheetFields(self, ui.emit)
        self._chosen = 0
        self._table: Table | None = None
        super().__init__(ui, session, now)

    def aside(self, ui: Context) -> Part | None:
        """What the sign before a number means, where there is one."""
        found = self._page.found
        if found is None or not any(row.own_undecided for row in found.rows):
            return None
        ink = ui.theme.palette.page_link.ink
        words = ui.text(ui.words("desk.search.own"), DeskSize.LABEL, ink)
        return Row([IconText(Icon.UPLOAD, ui.px(20), ink), words], gap=ui.px(6))

    def lead(self) -> Sequence[object]:
        """The title says it; the room is for rows."""
        return ()

    def first_stop(self) -> str:
        """The rows, where there are some; else the first filter."""
        return "rows" if self._page.found and self._page.found.rows else ""

    def stop_left(self, stop: Stop) -> None:
        """What stands in a filter that was left is checked."""
        self._fields.left(stop)

    def follow(self, before: Session) -> None:
        """Typing changes the boxes alone; another answer brings other rows."""
        old, new = before.activity, self._page
        if not isinstance(old, Search):
            return
        same = (old.found, old.waiting, old.code) == (new.found, new.waiting, new.code)
        if self._fields.follow(old.sheet, new.sheet) and same:
            return
        if old.found is not new.found:
            self._chosen = 0
        self.rebuild()
        rows = self.stops.named("rows")
        if old.found is not new.found and rows is not None:
            self.stops.go(rows)

    def place_now(self) -> object:
        """Rows or filters, and the chosen row."""
        return self.stops.at.name if self.stops.at is not None else "", self._chosen

    def go_back_to(self, place: object) -> None:
        """Only to rows that are there."""
        match place:
            case (name, int(chosen)):
                self._chosen = chosen
                self.rebuild()
                super().go_back_to(name)
            case _:
                pass

    @property
    def _page(self) -> Search:
        if isinstance(self.session.activity, Search):
            return self.session.activity
        raise TypeError(type(self.session.activity).__name__)

    def body(self, ui: Context) -> Part:
        """Filters, how many were found, rows, what may be done with one."""
        sheet = self._page.sheet
        options = lambda row: entries(ui, self.session, sheet, row)  # noqa: E731
        filters = self._fields.grid(ui, sheet, options, _COLUMNS)
        parts: list[Part] = [desk_card(ui, filters, padding=(14, 8))]
        found = self._page.found
        if found is None or not found.rows:
            parts.append(self._nothing(ui))
            return Column(parts, gap=ui.px(8))
        parts.append(self._count(ui, found))
        self._table = self._rows(ui, found)
        parts.append(self._table)
        self._doings = Part([self._row_actions(ui)])
        parts.append(self._doings)
        return Column(parts, gap=ui.px(6))

    def _nothing(self, ui: Context) -> Part:
        page = self._page
        key = "desk.search.begin"
        if page.waiting:
            key = "desk.search.waiting"
        elif page.found is not None:
            key = "desk.search.none"
        ink = ui.theme.palette.page_soft.ink
        words = ui.text(ui.words(key), DeskSize.HEADING, ink, align="center")
        return Column([Space(ui.px(40)), words])

    def _count(self, ui: Context, found: Found) -> Part:
        first = found.page * ROWS_OF_A_PAGE + 1
        key = "desk.search.count-more" if found.more_than_total else "desk.search.count"
        said = ui.words(key, first=first, last=first + len(found.rows) - 1, total=found.total)
        if self._page.waiting:
            said = ui.words("desk.search.waiting")
        palette = ui.theme.palette
        words = Elided(ui, said, DeskSize.BODY, palette.page.ink, Font.STRONG)
        words.grows = True
        parts: list[Part] = [words]
        if found.page > 0:
            parts.append(self._turn(ui, "previous", found.page - 1, Icon.CHEVRON_LEFT, "f9"))
        if found.more:
            parts.append(self._turn(ui, "next", found.page + 1, Icon.CHEVRON_RIGHT, "f10"))
        return Row(parts, gap=ui.px(8))

    def _turn(self, ui: Context, name: str, page: int, icon: Icon, key: str) -> Part:
        button = DeskButton(
            ui,
            f"page.{name}",
            ui.words(f"desk.search.{name}"),
            lambda: self.emit(PageTurned(page)),
            icon=icon,
            key=key,
            high=36,
        )
        button.rigid = True
        return button

    def _rows(self, ui: Context, found: Found) -> Table:
        columns = [
            TableColumn(ui.words(f"desk.column.{name}"), units, share, name in _STRONG, below)
            for name, units, share, below in _TABLE
        ]
        rows = [TableRow(f"row.{row.number}", self._cells(ui, row)) for row in found.rows]
        return Table(ui, "rows", columns, rows, self._chosen, self._choose_row, self._open_row)

    def _cells(self, ui: Context, row: FoundRow) -> tuple[Filling, ...]:
        day = italian_time.at(row.registered_at)
        running: Filling = ""
        if row.running is not None:
            running = with_sign(ui.words(f"operation.{row.running.value}"), Icon.CLOCK)
        number: Filling = grouped(row.number)
        if row.own_undecided:
            number = with_sign(grouped(row.number), Icon.UPLOAD)
        return (
            number,
            row.surname,
            row.name,
            row.codice_fiscale,
            comune_name(ui, row.comune),
            f"{day:%d/%m/%Y}",
            ui.words(f"option.community.{row.community.value}"),
            ui.words(f"option.registration-state.{row.state.value}"),
            ui.words("desk.yes") if row.strong else ui.words("desk.no"),
            running,
        )

    def _choose_row(self, row: int) -> None:
        self._chosen = row
        self._doings.fill([self._row_actions(self.ui)])
        self._doings.settle()
        self.gather()

    def _open_row(self, row: int) -> None:
        found = self._page.found
        if found is not None:
            self.emit(RowChosen(found.rows[row].number, CaseAction.DETAIL))

    def _row_actions(self, ui: Context) -> Part:
        """What may be done with the chosen row: functions of its state, each with its key."""
        found = self._page.found
        row = found.rows[min(self._chosen, len(found.rows) - 1)] if found is not None else None
        if row is None:
            return Part()
        palette = ui.theme.palette
        who = Elided(
            ui,
            f"{row.surname} {row.name}".strip(),
            DeskSize.BODY,
            palette.page_link.ink,
            Font.TITLE,
        )
        who.grows = True
        parts: list[Part] = [who]
        desk = self.session.desk
        for action in of_row(row, desk) if desk is not None else ():
            button = DeskButton(
                ui,
                f"action.{action.value}",
                ui.words(f"clerk.action.{action.value}"),
                lambda action=action: self.emit(RowChosen(row.number, action)),  # type: ignore[misc]
                icon=ACTION_ICONS[action] if not ui.theme.large else None,
                key=ACTION_KEYS[action],
                high=36,
            )
            button.rigid = True
            parts.append(button)
        return Row(parts, gap=ui.px(8), across=Align.MIDDLE)


_TABLE: Final = (
    ("number", 136, 0, 0),
    ("surname", 104, 8, 0),
    ("name", 96, 4, 0),
    ("codice-fiscale", 166, 0, 0),
    ("comune", 96, 1, 900),
    ("registered", 100, 0, 900),
    ("community", 134, 0, 1130),
    ("state", 98, 0, 0),
    ("strong", 56, 0, 0),
    ("running", 128, 3, 0),
)
"""Columns of R-003-53: name, least width, share of what is left, window below which it is not."""
_STRONG: Final = {"surname"}
