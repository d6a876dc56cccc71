"""What is shown for a while and told nowhere else: one-time codes, half a daily password."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows import italian_time
from kiosk.flows.console import stations, users
from kiosk.flows.console.events import CodeSaveChosen
from kiosk.flows.page_texts import Action
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card, told
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.desk.button import DeskButton
from kiosk.screens.widgets.desk.told_code import ToldCode, groups_of
from kiosk.screens.widgets.layout import Column, Part, Row
from kiosk.screens.widgets.qr import QrCode, qr_modules
from kiosk.screens.widgets.text import Text

_QR_UNITS = 430


class _Told(DeskPage):
    """A page whose seconds run down in place."""

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._left: Text | None = None
        super().__init__(ui, session, now)

    def seen(self, session: Session) -> object:
        """The seconds change in place."""
        return type(session.activity), session.notice

    def update(self, session: Session) -> None:
        """A second less."""
        super().update(session)
        if self._left is not None:
            self._left.say(self._seconds())

    def _seconds(self) -> str:
        left = getattr(self.session.activity, "seconds_left", 0)
        return self.ui.words("desk.console.left", n=left)

    def _countdown(self, ui: Context) -> Text:
        ink = ui.theme.palette.card_soft.ink
        self._left = ui.text(self._seconds(), DeskSize.BODY, ink)
        return self._left


class CodePage(_Told):
    """The one-time code of a device: to be scanned, to be typed, or for a stick (R-004-14)."""

    def seen(self, session: Session) -> object:
        """What became of the file is told on the page."""
        page = session.activity
        if not isinstance(page, stations.CodeShown):
            return super().seen(session)
        return super().seen(session), page.saving, page.file, page.code

    def actions(self) -> Sequence[Action]:
        """The button that saves has a sign of its own."""
        return [one for one in super().actions() if not isinstance(one.event, CodeSaveChosen)]

    def more_actions(self, ui: Context) -> Sequence[Part]:
        """Salva su chiavetta; not while it is being written."""
        return [
            DeskButton(
                ui,
                "save-code",
                ui.say(one.label),
                lambda: self.emit(CodeSaveChosen()),
                icon=Icon.DOWNLOAD,
                key="f4",
            )
            for one in super().actions()
            if isinstance(one.event, CodeSaveChosen)
        ]

    def lead(self) -> Sequence[object]:
        """Said beside the code."""
        return ()

    def body(self, ui: Context) -> Part:
        """The QR at the left, its password and how to go on at the right."""
        page = self.session.activity
        if not isinstance(page, stations.CodeShown):
            raise TypeError(type(page).__name__)
        palette = ui.theme.palette
        code = QrCode(ui, qr_modules(page.told.token), _QR_UNITS)
        code.name = "token"
        ink = palette.card.ink
        record = page.page.record
        lines: list[Part] = [
            ui.text(record.name, DeskSize.TITLE, palette.card_link.ink, Font.TITLE),
            *([ui.text(record.label, DeskSize.HEADING, ink)] if record.label else []),
            *(ui.text(ui.say(line), DeskSize.BODY, ink) for line in wording(self.session).body[:1]),
            ui.text(ui.words("desk.console.password"), DeskSize.BODY, ink, Font.STRONG),
            ToldCode(ui, "password", groups_of(page.told.password), DeskSize.TITLE),
        ]
        if page.told.until:
            until = italian_time.at(page.told.until)
            words = ui.words(
                "desk.console.code-until", day=f"{until:%d/%m/%Y}", time=f"{until:%H:%M}"
            )
            lines.append(ui.text(words, DeskSize.BODY, ink))
        lines.append(self._countdown(ui))
        paint, icon = palette.success, Icon.CHECK_CIRCLE
        if page.saving:
            paint, icon = palette.info, Icon.DOWNLOAD
        lines += [told(ui, ui.say(line), paint, icon) for line in wording(self.session).body[1:]]
        words_part = Column(lines, gap=ui.px(10))
        words_part.grows = True
        row = Row([code, words_part], gap=ui.px(28))
        return Column([desk_card(ui, row, padding=(18, 14))])


class DailyPage(_Told):
    """The first half of a daily password (R-004-34): read out once, and right."""

    widest = 980

    def lead(self) -> Sequence[object]:
        """Said in the card."""
        return ()

    def body(self, ui: Context) -> Part:
        """Whose it is, the half, where the other half is."""
        page = self.session.activity
        if not isinstance(page, users.DailyShown):
            raise TypeError(type(page).__name__)
        palette = ui.theme.palette
        lines: list[Part] = [
            ui.text(ui.say(line), DeskSize.HEADING, palette.card.ink)
            for line in wording(self.session).body
        ]
        half = ToldCode(ui, "first-half", groups_of(page.first_half, 3))
        parts = [*lines[:1], half, self._other_half(ui), *lines[1:], self._countdown(ui)]
        card = desk_card(ui, Column(parts, gap=ui.px(14)), padding=(24, 20))
        return Column([card])

    @staticmethod
    def _other_half(ui: Context) -> Part:
        """That what is shown is not the whole password."""
        words = ui.words("desk.console.other-half")
        return told(ui, words, ui.theme.palette.info, Icon.MAIL)
