"""What was given, row by row, each with its button to mend it: the review and the summary."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen.preregistration import Review, Summary
from kiosk.flows.events import EditAsked
from kiosk.flows.rows import Row as FlowRow
from kiosk.flows.rows import review_rows, summary_sections
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, heading, notice
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Button
from kiosk.screens.widgets.layout import Align, Column, Grid, Inset, Part, Row
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText


class RowsScreen(Page):
    """Two columns of data, one where the letters are large; what is wrong stands with its row."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        said = wording(session)
        sections = _sections(ui, session)
        actions = [action_button(ui, action) for action in said.actions]
        super().__init__(ui, session, lambda ui: _body(ui, session, sections), actions, now=now)


_Sections = Sequence[tuple[str, Sequence[FlowRow]]]


def _body(ui: Context, session: Session, sections: _Sections) -> Part:
    said = wording(session)
    palette = ui.theme.palette
    parts = heading(ui, session, said.title)
    parts += [ui.text(ui.say(line), Size.BODY, palette.page_soft.ink) for line in said.body]
    wrong = any(row.problem and not row.doubtful for _title, rows in sections for row in rows)
    if isinstance(session.activity, Summary) and wrong:
        words = ui.words("preregistration.summary.attention")
        parts.append(notice(ui, words, palette.error, Icon.WARNING_CIRCLE))
    for title, rows in sections:
        if title:
            parts.append(_section_title(ui, title, rows))
        parts.append(_grid(ui, rows))
    return Column(parts, gap=ui.px(14))


def _sections(ui: Context, session: Session) -> _Sections:
    match session.activity:
        case Review(form=form):
            return [("", review_rows(form, session.surroundings))]
        case Summary(form=form):
            return [
                (ui.say(section.title), section.rows)
                for section in summary_sections(form, session.surroundings)
            ]
        case activity:
            raise TypeError(type(activity).__name__)


def _section_title(ui: Context, title: str, rows: Sequence[FlowRow]) -> Part:
    """The section's name, and whether all of it came from the card."""
    palette = ui.theme.palette
    name = ui.text(title, Size.HEADING, palette.page_link.ink, Font.TITLE)
    if not all(row.from_card for row in rows):
        return name
    tag = _marked(ui, Icon.CARD, ui.words("row.from-card"), palette.page_soft.ink)
    return Row([name, tag], gap=ui.px(24))


def _grid(ui: Context, rows: Sequence[FlowRow]) -> Part:
    cells = [_row(ui, row) for row in rows]
    return Grid(cells, columns=1 if ui.theme.large else 2, gap=ui.px(12))


def _row(ui: Context, row: FlowRow) -> Part:
    palette = ui.theme.palette
    paint = palette.card
    if row.problem is not None:
        paint = palette.warning if row.doubtful else palette.error
    label = ui.say(row.label)
    words: list[Part] = [ui.text(label, Size.LABEL, paint.ink)]
    if row.value is not None:
        words.append(ui.text(ui.say(row.value), Size.BODY, paint.ink, Font.STRONG))
    if row.problem is not None:
        words.append(_marked(ui, Icon.WARNING_CIRCLE, ui.say(row.problem), paint.ink))
    elif row.value is None:
        words.append(ui.text(ui.words("row.left-out"), Size.LABEL, palette.card_soft.ink))
    column = Column(words, gap=ui.px(2), along=Align.MIDDLE)
    column.grows = True
    button = Button(
        ui,
        f"edit.{row.question.value}",
        ui.say(row.button),
        EditAsked(row.question),
        icon=Icon.PENCIL if row.value is not None else Icon.PLUS,
        padding=16,
    )
    button.rigid = True
    cell = Surface(paint, radius=ui.px(10), border=ui.px(2))
    cell.name = f"row.{row.question.value}"
    cell.fill([Inset(Row([column, button], gap=ui.px(12)), (ui.px(18), ui.px(6)))])
    return cell


def _marked(ui: Context, icon: Icon, words: str, ink: tuple[float, float, float, float]) -> Part:
    text = ui.text(words, Size.LABEL, ink)
    text.grows = True
    return Row([IconText(icon, ui.px(26), ink), text], gap=ui.px(8))
