"""The list "Da sistemare": what the office did and the registry does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows import italian_time
from kiosk.flows.clerk.events import CaseAction, RowChosen
from kiosk.flows.clerk.managing import DisputeList
from kiosk.flows.clerk.troubles import trouble_phrase
from kiosk.flows.state import Session
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.clerk.numbers import grouped
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize
from kiosk.screens.widgets.desk.table import Table, TableColumn, TableRow
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.text import IconText
from kiosk.screens.widgets.waiting import Waiting
from sync.model.inquiry import Dispute


class DisputesPage(DeskPage):
    """A row for each; Enter opens what to do."""

    scrolls = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._chosen = 0
        super().__init__(ui, session, now)

    def body(self, ui: Context) -> Part:
        """The rows, or that there are none."""
        disputes = self._disputes
        if not disputes:
            return self._nothing(ui)
        columns = [
            TableColumn(ui.words("desk.column.when"), 172),
            TableColumn(ui.words("desk.column.person"), 170, 3, strong=True),
            TableColumn(ui.words("desk.column.number"), 122),
            TableColumn(ui.words("desk.column.act"), 170, 1),
            TableColumn(ui.words("desk.column.why"), 260, 6),
        ]
        rows = [self._row(ui, one) for one in disputes]
        return Table(ui, "rows", columns, rows, self._chosen, self._choose, self._open_row)

    def first_stop(self) -> str:
        """The rows."""
        return "rows"

    @property
    def _disputes(self) -> Sequence[Dispute] | None:
        if isinstance(self.session.activity, DisputeList):
            return self.session.activity.disputes
        raise TypeError(type(self.session.activity).__name__)

    def follow(self, before: Session) -> None:
        """Once they are told, the focus is theirs."""
        super().follow(before)
        rows = self.stops.named("rows")
        if rows is not None:
            self.stops.go(rows)

    def _nothing(self, ui: Context) -> Part:
        palette = ui.theme.palette
        known = self._disputes is not None
        key = "desk.disputes.none" if known else "desk.search.waiting"
        words = ui.text(ui.words(key), DeskSize.HEADING, palette.page_soft.ink)
        sign: Part = IconText(Icon.CHECK_CIRCLE, ui.px(36), palette.page_link.ink)
        line = Row([Space(), sign if known else Waiting(ui), words, Space()], gap=ui.px(14))
        return Column([Space(ui.px(48)), line], across=Align.STRETCH)

    @staticmethod
    def _row(ui: Context, one: Dispute) -> TableRow:
        when = italian_time.at(one.done_at)
        return TableRow(
            f"dispute.{one.operation_id}",
            (
                f"{when:%d/%m/%Y %H:%M}",
                one.person,
                grouped(one.registration_number),
                ui.words(f"desk.act.{one.kind}"),
                ui.say(trouble_phrase(one.code)),
            ),
        )

    def _choose(self, row: int) -> None:
        self._chosen = row

    def _open_row(self, row: int) -> None:
        disputes = self._disputes
        if disputes:
            one = disputes[row]
            self.emit(RowChosen(one.registration_number, CaseAction.DETAIL, one.operation_id))
