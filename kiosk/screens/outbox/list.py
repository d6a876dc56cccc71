"""What was recorded here: what the link does, which entries, and where each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from kiosk.flows.outbox import wording as words
from kiosk.flows.outbox.events import ChoiceMade, EntryChosen, NumberSought, NumberTyped
from kiosk.flows.outbox.states import OutboxList
from kiosk.flows.outbox.views import Choice, EntryView
from kiosk.flows.state import Session
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.outbox.words import STATE_ICONS, moment_words, number_words
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.cells import with_sign
from kiosk.screens.widgets.desk.desk_line import DeskLine
from kiosk.screens.widgets.desk.menu import MenuEntry
from kiosk.screens.widgets.desk.radio import RadioGroup
from kiosk.screens.widgets.desk.table import Table, TableColumn, TableRow
from kiosk.screens.widgets.desk.text_box import TextBox
from kiosk.screens.widgets.layout import Align, Column, Part, Row, Space
from kiosk.screens.widgets.text import IconText, Text
from kiosk.screens.widgets.waiting import Waiting

_NUMBER_WIDE: Final = 190
_ORDER: Final = (Choice.TO_DECIDE, Choice.WAITING, Choice.CLOSED, Choice.ALL)


class OutboxListPage(DeskPage):
    """The link in words, a choice, a row for each entry; Enter opens one."""

    scrolls = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._chosen = 0
        self._line = DeskLine()
        self._line.text = _page(session).number
        self._countdown: Text | None = None
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """Seconds change in place, and what is typed is the box's own."""
        page = session.activity
        if not isinstance(page, OutboxList):
            return super().seen(session)
        return replace(page, waited=0, asking=False, number=""), session.notice

    def update(self, session: Session) -> None:
        """A second less until the next try."""
        super().update(session)
        if self._countdown is not None and isinstance(session.activity, OutboxList):
            self._countdown.say(self._until_try())

    def first_stop(self) -> str:
        """The rows, where there are some."""
        return "rows" if self._rows else "choice"

    def follow(self, before: Session) -> None:
        """Where the rows are told for the first time, the focus is theirs."""
        super().follow(before)
        rows = self.stops.named("rows")
        first = isinstance(before.activity, OutboxList) and before.activity.view is None
        if first and rows is not None and self.stops.at is None:
            self.stops.go(rows)

    def body(self, ui: Context) -> Part:
        """Link, choice and search, rows."""
        parts: list[Part] = [self._link(ui), self._choices(ui)]
        rows = [_row(ui, one) for one in self._rows]
        if not rows:
            parts.append(self._nothing(ui))
            return Column(parts, gap=ui.px(8))
        columns = [
            TableColumn(ui.words("outbox.column.when"), 160),
            TableColumn(ui.words("outbox.column.what"), 190, 1, strong=True),
            TableColumn(ui.words("outbox.column.number"), 130),
            TableColumn(ui.words("outbox.column.where"), 190, 1),
            TableColumn(ui.words("outbox.column.why"), 240, 8, below=1000),
        ]
        self._chosen = min(self._chosen, len(rows) - 1)
        parts.append(Table(ui, "rows", columns, rows, self._chosen, self._choose, self._open))
        return Column(parts, gap=ui.px(8))

    @property
    def _rows(self) -> Sequence[EntryView]:
        view = _page(self.session).view
        return () if view is None else view.entries

    def _link(self, ui: Context) -> Part:
        """What the link does; where it waits, for how long yet."""
        view, palette = _page(self.session).view, ui.theme.palette
        self._countdown = None
        if view is None:
            return Column([])
        link = view.link
        paint = palette.success if link.is_well else palette.warning
        icon = Icon.CHECK_CIRCLE if link.is_well else Icon.EXCHANGE_CIRCLE
        line = told(ui, ui.say(words.link_words(link)), paint, icon)
        if link.is_well:
            return line
        since = ui.words("outbox.link.since", when=moment_words(link.since))
        soft = palette.page_soft.ink
        below: list[Part] = [ui.text(since, DeskSize.BODY, soft)]
        if link.next_try_seconds is not None:
            self._countdown = ui.text(self._until_try(), DeskSize.BODY, soft, Font.STRONG)
            below.append(self._countdown)
        for part in below:
            part.grows = True
        return Column([line, Row(below, gap=ui.px(16))], gap=ui.px(4))

    def _until_try(self) -> str:
        page = _page(self.session)
        planned = None if page.view is None else page.view.link.next_try_seconds
        said = words.next_try(planned, page.waited)
        return "" if said is None else self.ui.say(said)

    def _choices(self, ui: Context) -> Part:
        page = _page(self.session)
        counts = None if page.view is None else page.view.counts
        entries = [
            MenuEntry(
                one.value,
                ui.words(f"outbox.choice.{one.value}")
                if counts is None
                else ui.words(
                    "outbox.choice-of",
                    name=ui.words(f"outbox.choice.{one.value}"),
                    n=counts.of(one),
                ),
            )
            for one in _ORDER
        ]
        choice = RadioGroup(ui, "choice", entries, page.choice.value, self._made)
        choice.grows = True
        parts: list[Part] = [choice]
        if self.session.desk is not None and self.session.desk.serves:
            box = TextBox(
                ui,
                "number",
                self._line,
                lambda text: self.ui.emit(NumberTyped(text)),
                hint=ui.words("outbox.number"),
            )
            narrow = _Narrow(box, ui.px(_NUMBER_WIDE))
            find = DeskButton(
                ui, "find", ui.words("outbox.find"), self._find, icon=Icon.SEARCH, key="f3"
            )
            parts += [narrow, find]
        return desk_card(ui, Row(parts, gap=ui.px(10), across=Align.MIDDLE), padding=(14, 8))

    def _nothing(self, ui: Context) -> Part:
        palette = ui.theme.palette
        page = _page(self.session)
        known = page.view is not None
        key = f"outbox.none.{page.choice.value}" if known else "outbox.telling"
        said = ui.text(ui.words(key), DeskSize.HEADING, palette.page_soft.ink)
        sign: Part = IconText(Icon.CHECK_CIRCLE, ui.px(36), palette.page_link.ink)
        line = Row([Space(), sign if known else Waiting(ui), said, Space()], gap=ui.px(14))
        return Column([Space(ui.px(48)), line], across=Align.STRETCH)

    def _made(self, value: str) -> None:
        self._chosen = 0
        self.emit(ChoiceMade(Choice(value)))

    def _find(self) -> None:
        self.emit(NumberSought())

    def press(self, key: str) -> None:
        """Enter in the box looks the number up."""
        at = self.stops.at
        if key == "enter" and at is not None and at.name == "number":
            self._find()
            return
        super().press(key)

    def place_now(self) -> object:
        """The chosen row."""
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

    def lead(self) -> Sequence[Any]:
        """The title says it; the room is for rows."""
        return ()

    def _choose(self, row: int) -> None:
        self._chosen = row

    def _open(self, row: int) -> None:
        rows = self._rows
        if row < len(rows):
            self.emit(EntryChosen(rows[row].seq))


class _Narrow(Part):
    """A part of one width."""

    rigid = True

    def __init__(self, part: Part, wide: int) -> None:
        super().__init__([part])
        self._wide = wide

    def natural_width(self) -> int:
        return self._wide


def _page(session: Session) -> OutboxList:
    if isinstance(session.activity, OutboxList):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _row(ui: Context, one: EntryView) -> TableRow:
    return TableRow(
        f"entry.{one.seq}",
        (
            moment_words(one.recorded_at),
            ui.words(f"outbox.kind.{one.kind}"),
            number_words(ui, one),
            with_sign(ui.words(f"outbox.state.{one.state.value}"), STATE_ICONS[one.state]),
            ui.say(words.why(one)),
        ),
    )
