"""The registration is durable: its number, its proof, its papers, and what happens next."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.citizen.preregistration import Done, Paper, PrintState
from kiosk.flows.events import PrintAsked
from kiosk.flows.state import Session
from kiosk.flows.wording import failure_phrase, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, panel, title
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.button import Badge, Button, ButtonKind
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.qr import QrCode
from kiosk.screens.widgets.text import IconText


class DoneScreen(Page):
    """The number in the largest letters of all; the proof beside it; then, what to do."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        done = session.activity
        if not isinstance(done, Done):
            raise TypeError(type(done).__name__)
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _body(ui, session, done), actions, now=now)


def _body(ui: Context, session: Session, done: Done) -> Part:
    said = wording(session)
    palette = ui.theme.palette
    heading = Row(
        [Badge(ui, Icon.CHECK, palette.success, 64), title(ui, ui.say(said.title))],
        gap=ui.px(18),
    )
    steps = Column(
        [_step(ui, n, ui.say(line)) for n, line in enumerate(said.body[1:], 1)], gap=ui.px(14)
    )
    papers = [_paper(ui, paper) for paper in done.papers]
    right = Column([panel(ui, steps, padding=(26, 20)), *papers], gap=ui.px(18))
    right.grows = True
    columns = Row([_proof(ui, done), right], gap=ui.px(24), across=Align.END)
    return Column([heading, columns], gap=ui.px(20))


def _proof(ui: Context, done: Done) -> Part:
    palette = ui.theme.palette
    number = ui.text(done.receipt.grouped, Size.NUMBER, palette.card_link.ink, Font.TITLE)
    number.align = "center"
    lead = ui.words("preregistration.done.number", number="").strip()
    parts = [
        ui.text(lead, Size.BODY, palette.card.ink, align="center"),
        number,
        QrCode(ui, done.receipt.proof, 250),
        ui.text(
            ui.words("preregistration.done.qr"), Size.LABEL, palette.card_soft.ink, align="center"
        ),
    ]
    column = Column(parts, gap=ui.px(10))
    card = panel(ui, column, padding=(26, 20))
    card.rigid = True
    return card


def _step(ui: Context, number: int, words: str) -> Part:
    palette = ui.theme.palette
    text = ui.text(words, Size.BODY, palette.card.ink)
    text.grows = True
    count = ui.text(f"{number}.", Size.BODY, palette.card_link.ink, Font.TITLE)
    count.rigid = True
    return Row([count, text], gap=ui.px(14), across=Align.END)


def _paper(ui: Context, paper: Paper) -> Part:
    """The paper's name, where it is, and the button that asks for it."""
    palette = ui.theme.palette
    name = ui.text(
        ui.words(f"paper.{paper.document.value}"), Size.BODY, palette.card.ink, Font.STRONG
    )
    words: list[Part] = [name]
    if paper.state is PrintState.PRINTED:
        words.append(ui.text(ui.words("paper.ready"), Size.LABEL, palette.success.ink))
    if paper.state is PrintState.FAILED and paper.code is not None:
        words.append(
            ui.text(ui.say(failure_phrase(paper.code)), Size.LABEL, palette.error.ink, Font.STRONG)
        )
    column = Column(words, gap=ui.px(2))
    column.grows = True
    label = ui.words(f"paper.{paper.state.value}")
    button: Part
    if paper.state is PrintState.PRINTING:
        button = Row(
            [
                IconText(Icon.CLOCK, ui.px(30), palette.card.ink),
                ui.text(label, Size.LABEL, palette.card.ink),
            ],
            gap=ui.px(10),
        )
    else:
        button = Button(
            ui,
            f"print.{paper.document.value}",
            label,
            PrintAsked(paper.document),
            icon=Icon.PRINT,
            kind=ButtonKind.SECONDARY,
        )
    button.rigid = True
    icon = IconText(Icon.FILE, ui.px(36), palette.card_link.ink)
    return panel(ui, Row([icon, column, button], gap=ui.px(16)), padding=(22, 14))
