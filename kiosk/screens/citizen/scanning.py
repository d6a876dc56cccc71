"""A code is held to the camera: what it sees, where to hold the card, the way to type instead."""

from __future__ import annotations

from datetime import datetime

from kiosk.flows.effects import ScanPurpose
from kiosk.flows.state import Session
from kiosk.flows.steps.scanning import CodeNotScanned, ScanningCode
from kiosk.flows.wording import wording
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.screen import Page, action_button, heading, notice
from kiosk.screens.theme import Size
from kiosk.screens.widgets.at_work import at_work
from kiosk.screens.widgets.code_pictures import BarsCardPicture, ReceiptPicture
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.viewfinder import CARD, SQUARE, Viewfinder

SEEN = (720.0, 405.0)
"""Units of the live picture: 16 to 9, as cameras are."""
_BESIDE_LARGE = 0.84


class ScanScreen(Page):
    """The live picture with a frame; beside it one line, and a picture of what to hold."""

    still = True

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _scan(ui, session), actions, now=now)


def _scan(ui: Context, session: Session) -> Part:
    said, palette = wording(session), ui.theme.palette
    help_line, *more = [ui.say(line) for line in said.body]
    lines: list[Part] = [ui.text(help_line, Size.BODY, palette.page.ink)]
    lines += [ui.text(line, Size.LABEL, palette.page_soft.ink) for line in more]
    words = Column([held_picture(ui, purpose_of(session), 240), *lines], gap=ui.px(14))
    words.across = Align.START
    words.grows = True
    finder = viewfinder(ui, CARD if _of_card(purpose_of(session)) else SQUARE)
    row = Row([finder, words], gap=ui.px(26))
    return Column([*heading(ui, session, said.title), row], gap=ui.px(10))


def viewfinder(ui: Context, frame: tuple[float, float]) -> Part:
    """What the camera sees, as large as the page allows."""
    # Large letters need the width beside it.
    ease = ui.theme.ease * (_BESIDE_LARGE if ui.theme.large else 1.0)
    shape = (SEEN[0] * ease, SEEN[1] * ease)
    waiting = ui.words("screen.camera.starting")
    return Viewfinder(ui, ui.previews.camera, shape, frame=frame, waiting=waiting)


def held_picture(ui: Context, purpose: ScanPurpose, wide: float) -> Part:
    """What is to be held to the camera, with its code marked."""
    if _of_card(purpose):
        return BarsCardPicture(ui, wide)
    return ReceiptPicture(ui, wide * 0.8)


def purpose_of(session: Session) -> ScanPurpose:
    """What is looked for."""
    if isinstance(session.activity, ScanningCode | CodeNotScanned):
        return session.activity.errand.purpose
    raise TypeError(type(session.activity).__name__)


def _of_card(purpose: ScanPurpose) -> bool:
    return purpose is ScanPurpose.CODICE_FISCALE


class NotScannedScreen(Page):
    """Why nothing was read, what to hold, and both ways on."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        actions = [action_button(ui, action) for action in wording(session).actions]
        super().__init__(ui, session, lambda ui: _failed(ui, session), actions, now=now)


def _failed(ui: Context, session: Session) -> Part:
    said, palette = wording(session), ui.theme.palette
    why, *more = [ui.say(line) for line in said.body]
    lines: list[Part] = [
        notice(ui, why, palette.error, Icon.WARNING_CIRCLE, size=Size.READING),
        *(at_work(ui, line) for line in more),
    ]
    words = Column(lines, gap=ui.px(16), along=Align.MIDDLE)
    words.grows = True
    row = Row([held_picture(ui, purpose_of(session), 380), words], gap=ui.px(28))
    return Column([*heading(ui, session, said.title), row], gap=ui.px(18))
