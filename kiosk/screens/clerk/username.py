"""A username, shown to be told and hidden again by time or touch (R-003-62)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from kiosk.flows.clerk.managing import UsernameShown
from kiosk.flows.state import Session
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.theme import DeskSize, Font
from kiosk.screens.widgets.layout import Column, Part
from kiosk.screens.widgets.text import Text


class UsernamePage(DeskPage):
    """Large, so that it is read once and right."""

    widest = 860

    def __init__(self, ui: Context, session: Session, now: datetime) -> None:
        self._left: Text | None = None
        super().__init__(ui, session, now)

    def lead(self) -> Sequence[object]:
        """Said in the card."""
        return ()

    def seen(self, session: Session) -> object:
        """The seconds change in place."""
        return type(session.activity), session.notice

    def update(self, session: Session) -> None:
        """A second less."""
        super().update(session)
        if self._left is not None and isinstance(session.activity, UsernameShown):
            self._left.say(self._seconds(self.ui, session.activity))

    def body(self, ui: Context) -> Part:
        """The name, how to say it, and how long it stays."""
        page, palette = self.session.activity, ui.theme.palette
        if not isinstance(page, UsernameShown):
            raise TypeError(type(page).__name__)
        name = ui.text(
            page.username, DeskSize.TOLD, palette.card_link.ink, Font.TITLE, align="center"
        )
        self._left = ui.text(
            self._seconds(ui, page), DeskSize.BODY, palette.card_soft.ink, align="center"
        )
        lines: list[Part] = [
            ui.text(ui.say(line), DeskSize.HEADING, palette.card.ink, align="center")
            for line in wording(self.session).body
        ]
        card = desk_card(ui, Column([*lines, name, self._left], gap=ui.px(16)), padding=(28, 24))
        return Column([card])

    @staticmethod
    def _seconds(ui: Context, page: UsernameShown) -> str:
        return ui.words("desk.username.left", n=page.seconds_left)
