"""The registration is durable: its number, its proof, its papers, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen.preregistration import Done
from kiosk.flows.events import PaperConfirmed, PrintAsked
from kiosk.flows.papers import Paper, PrintState
from kiosk.flows.state import Session
from kiosk.flows.wording import failure_phrase, wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, panel
from kiosk.screens.theme import Colour, Font, Paint, Size
from kiosk.screens.widgets.layout import Align, Column, Grid, Part, Row
from kiosk.screens.widgets.qr import QrCode, qr_modules
from kiosk.screens.widgets.surface import Surface, Touchable
from kiosk.screens.widgets.text import IconText, Text


class DoneScreen(Page):
    """The number in the largest letters of all; the proof beside it; then, what to do."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        done = _done(session)
        actions = [action_button(ui, action) for action in wording(session).actions]
        proof = qr_modules(done.receipt.proof)
        super().__init__(ui, session, lambda ui: _body(ui, session, proof), actions, now=now)


def _body(ui: Context, session: Session, proof: Sequence[bytes]) -> Part:
    said, done = wording(session), _done(session)
    steps = [_step(ui, n, ui.say(line)) for n, line in enumerate(said.body[1:], 1)]
    next_steps = panel(ui, Column(steps, gap=ui.px(12)), padding=(26, 18))
    parts: list[Part] = [next_steps]
    if done.papers:
        papers = [_paper(ui, paper) for paper in done.papers]
        parts.append(Grid(papers, columns=1 if ui.theme.large else 2, gap=ui.px(12)))
    right = Column(parts, gap=ui.px(14))
    right.grows = True
    left = _proof(ui, ui.say(said.title), done.receipt.grouped, proof)
    return Row([left, right], gap=ui.px(20), across=Align.END)


def _done(session: Session) -> Done:
    if isinstance(session.activity, Done):
        return session.activity
    raise TypeError(type(session.activity).__name__)


def _proof(ui: Context, said: str, grouped: str, proof: Sequence[bytes]) -> Part:
    """It is done; the number; what proves it."""
    palette = ui.theme.palette
    saved = ui.text(said, Size.HEADING, palette.success.ink, Font.TITLE)
    sign = IconText(Icon.CHECK_CIRCLE, ui.px(44), palette.success.ink)
    banner = Surface(palette.success, radius=ui.px(9), border=ui.px(2))
    banner.fill([Row([sign, saved], gap=ui.px(12), padding=(ui.px(16), ui.px(8)))])
    number = ui.text(grouped, Size.NUMBER, palette.card_link.ink, Font.TITLE)
    number.align = "center"
    lead, caption = ui.words("screen.done.number"), ui.words("preregistration.done.qr")
    card = panel(
        ui,
        Column(
            [
                banner,
                Column([ui.text(lead, Size.BODY, palette.card.ink, align="center"), number]),
                QrCode(ui, proof, 224),
                ui.text(caption, Size.LABEL, palette.card_soft.ink, align="center"),
            ],
            gap=ui.px(10),
        ),
        padding=(24, 18),
    )
    card.rigid = True
    return card


def _step(ui: Context, number: int, words: str) -> Part:
    palette = ui.theme.palette
    text = ui.text(words, Size.BODY, palette.card.ink)
    text.grows = True
    count = ui.text(f"{number}.", Size.BODY, palette.card_link.ink, Font.TITLE)
    count.rigid = True
    return Row([count, text], gap=ui.px(14), across=Align.END)


_ICONS = {
    PrintState.OFFERED: Icon.PRINT,
    PrintState.PRINTING: Icon.CLOCK,
    PrintState.UNSEEN: Icon.INFO_CIRCLE,
    PrintState.PRINTED: Icon.CHECK_CIRCLE,
    PrintState.FAILED: Icon.WARNING_CIRCLE,
}


def _paper(ui: Context, paper: Paper) -> Part:
    """A paper's name and where it is; a touch asks for it, unless it is on its way."""
    palette = ui.theme.palette
    lines = [ui.words(f"paper.{paper.state.value}")]
    if paper.state is PrintState.PRINTED:
        lines.insert(0, ui.words("paper.ready"))
    elif paper.code is not None:
        lines.insert(0, ui.say(failure_phrase(paper.code)))
    rest = palette.error if paper.state is PrintState.FAILED else palette.secondary
    if paper.state is PrintState.PRINTING:
        box = Surface(palette.card, radius=ui.px(9), border=ui.px(2))
        box.fill([_PaperLines(ui, paper, lines, palette.card.ink)])
        return box
    return _PaperButton(ui, paper, lines, (rest, palette.secondary_pressed))


def _touched(paper: Paper) -> PaperConfirmed | PrintAsked:
    """A paper of which only the person knows whether it came is confirmed."""
    if paper.state is PrintState.UNSEEN:
        return PaperConfirmed(paper.document, came=True)
    return PrintAsked(paper.document)


class _PaperLines(Row):
    """An icon, the paper's name, and what is to say of it."""

    def __init__(self, ui: Context, paper: Paper, lines: Sequence[str], ink: Colour) -> None:
        name = ui.words(f"paper.{paper.document.value}")
        self.texts: list[Text] = [
            IconText(_ICONS[paper.state], ui.px(36), ink),
            ui.text(name, Size.LABEL, ink, Font.STRONG),
            *(ui.text(line, Size.LABEL, ink) for line in lines),
        ]
        words = Column(self.texts[1:])
        words.grows = True
        super().__init__([self.texts[0], words], gap=ui.px(14), padding=(ui.px(18), ui.px(8)))


class _PaperButton(Touchable):
    """A paper that can be asked for."""

    def __init__(
        self, ui: Context, paper: Paper, lines: Sequence[str], paints: tuple[Paint, Paint]
    ) -> None:
        super().__init__(
            f"print.{paper.document.value}",
            lambda: ui.emit(_touched(paper)),
            paints,
            radius=ui.px(9),
            border=ui.px(2),
        )
        self._content = _PaperLines(ui, paper, lines, paints[0].ink)
        self.fill([self._content])

    def show_pressed(self, *, pressed: bool) -> None:
        """Ground and ink change together."""
        super().show_pressed(pressed=pressed)
        for text in self._content.texts:
            text.ink = self.paint.ink
