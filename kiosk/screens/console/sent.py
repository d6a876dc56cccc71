"""What became of the acts that were recorded: of one, and of all since the sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from kiosk.flows import italian_time
from kiosk.flows.clerk.troubles import trouble_phrase
from kiosk.flows.console.outcomes import Sent
from kiosk.flows.console.views import SentAct, SentState
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import Badge
from kiosk.screens.widgets.desk.cells import with_sign
from kiosk.screens.widgets.desk.table import Table, TableColumn, TableRow
from kiosk.screens.widgets.layout import Align, Column, Part, Row

_ICONS: Final = {
    SentState.WAITING: Icon.UPLOAD,
    SentState.ACCEPTED: Icon.CHECK_CIRCLE,
    SentState.REFUSED: Icon.CLOSE_CIRCLE,
}


class SentPage(DeskPage):
    """One act: recorded here; what the hub says comes while the page stands."""

    widest = 860

    def seen(self, session: Session) -> object:
        """The hub decides in its own time."""
        return super().seen(session), sent_of(session)

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def body(self, ui: Context) -> Part:
        """Where it stands: sign, colour and words."""
        palette = ui.theme.palette
        one = sent_of(self.session)
        state = one.state if one is not None else SentState.WAITING
        paint = {
            SentState.WAITING: palette.badge,
            SentState.ACCEPTED: palette.success,
            SentState.REFUSED: palette.error,
        }[state]
        badge = Badge(ui, _ICONS[state], Paint(paint.ground, paint.ink), 64)
        ink = palette.card.ink
        lines: list[Part] = []
        if one is not None:
            words = ui.words(f"console.act.{one.act.value}")
            about = " · ".join(part for part in (words, one.subject) if part)
            lines.append(ui.text(about, DeskSize.HEADING, ink, Font.STRONG))
        lines += [
            ui.text(ui.say(line), DeskSize.HEADING, ink) for line in wording(self.session).body
        ]
        said = Column(lines, gap=ui.px(10))
        said.grows = True
        row = Row([badge, said], gap=ui.px(22), across=Align.MIDDLE)
        card = desk_card(ui, row, padding=(28, 24))
        card.name = f"sent.{state.value}"
        return Column([card])


class SentListPage(DeskPage):
    """All of this sign-in, the latest first."""

    scrolls = False

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._chosen = 0
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """The hub decides in its own time."""
        return super().seen(session), session.desk.sent if session.desk is not None else ()

    def first_stop(self) -> str:
        """The rows."""
        return "rows"

    def body(self, ui: Context) -> Part:
        """A row for each act."""
        sent = self.session.desk.sent if self.session.desk is not None else ()
        if not sent:
            ink = ui.theme.palette.page_soft.ink
            words = ui.text(ui.words("desk.console.sent.none"), DeskSize.HEADING, ink)
            return Column([words])
        columns = [
            TableColumn(ui.words("desk.console.column.when"), 90),
            TableColumn(ui.words("desk.console.column.act"), 250, 2, strong=True),
            TableColumn(ui.words("desk.console.column.subject"), 210, 2),
            TableColumn(ui.words("desk.console.column.outcome"), 250, 5),
        ]
        rows = [_row(ui, one) for one in sent]
        self._chosen = min(self._chosen, len(rows) - 1)
        table = Table(ui, "rows", columns, rows, self._chosen, self._choose, lambda _row: None)
        return Column([table, *self._why(ui, sent[self._chosen])], gap=ui.px(8))

    def _choose(self, row: int) -> None:
        self._chosen = row
        self.rebuild()

    @staticmethod
    def _why(ui: Context, one: SentAct) -> list[Part]:
        """Why the chosen one was refused: a row has no room for it."""
        if not one.code:
            return []
        words = ui.say(trouble_phrase(one.code))
        return [told(ui, words, ui.theme.palette.error, Icon.CLOSE_CIRCLE)]


def sent_of(session: Session) -> SentAct | None:
    """The act of the page, as the hub has told of it."""
    activity = session.activity
    if not isinstance(activity, Sent) or session.desk is None:
        return None
    wanted = activity.operation_id
    return next((one for one in session.desk.sent if one.operation_id == wanted), None)


def _row(ui: Context, one: SentAct) -> TableRow:
    when = italian_time.in_italy(one.recorded_at)
    outcome = ui.words(f"console.sent.{one.state.value}")
    return TableRow(
        f"sent.{one.operation_id}",
        (
            f"{when:%H:%M}",
            ui.words(f"console.act.{one.act.value}"),
            one.subject,
            with_sign(outcome, _ICONS[one.state]),
        ),
    )
