"""The registration is durable: its number, its proof, its papers, and what happens next."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.citizen.preregistration import Done
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.papers import is_asked, papers_grid
from kiosk.screens.screen import Page, action_button, panel
from kiosk.screens.theme import Font, Size
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.qr import QrCode, qr_modules
from kiosk.screens.widgets.surface import Surface
from kiosk.screens.widgets.text import IconText


class DoneScreen(Page):
    """The number in the largest letters of all; the proof beside it; then, what to do."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        done = _done(session)
        actions = [action_button(ui, action) for action in wording(session).actions]
        proof = qr_modules(done.receipt.proof) if done.receipt.proof else ()
        super().__init__(ui, session, lambda ui: _body(ui, session, proof), actions, now=now)


def _body(ui: Context, session: Session, proof: Sequence[bytes]) -> Part:
    said, done = wording(session), _done(session)
    steps = [_step(ui, n, ui.say(line)) for n, line in enumerate(said.body[1:], 1)]
    next_steps = panel(ui, Column(steps, gap=ui.px(12)), padding=(26, 18))
    parts: list[Part] = [next_steps]
    if done.papers:
        papers = papers_grid(ui, done.papers)
        parts.insert(0 if any(is_asked(paper) for paper in done.papers) else 1, papers)
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
    code: list[Part] = []  # where the station's key did not sign just then there is none
    if proof:
        below = ui.text(caption, Size.LABEL, palette.card_soft.ink, align="center")
        code = [QrCode(ui, proof, 224), below]
    card = panel(
        ui,
        Column(
            [
                banner,
                Column([ui.text(lead, Size.BODY, palette.card.ink, align="center"), number]),
                *code,
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
