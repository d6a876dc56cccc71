"""Pages of the console that say what happens, or why it did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from kiosk.flows.console import outcomes, stations
from kiosk.flows.wording import wording
from kiosk.screens.clerk.cards import desk_card
from kiosk.screens.clerk.desk_page import DeskPage
from kiosk.screens.context import Context
from kiosk.screens.fonts.glyphs import Icon
from kiosk.screens.theme import DeskSize, Font, Paint
from kiosk.screens.widgets.button import Badge
from kiosk.screens.widgets.layout import Align, Column, Part, Row
from kiosk.screens.widgets.waiting import Waiting

_WAITING: Final = outcomes.Recording | stations.Downloading


class ConsoleMessagePage(DeskPage):
    """A sign and some lines in a card; a turning one where something is waited for."""

    widest = 860

    def lead(self) -> Sequence[Any]:
        """Said in the card."""
        return ()

    def show_problem(self) -> bool:
        """Said in the card."""
        return False

    def body(self, ui: Context) -> Part:
        """The card, in the upper middle of the window."""
        ink = ui.theme.palette.card.ink
        said = wording(self.session)
        lines: list[Part] = [ui.text(ui.say(line), DeskSize.HEADING, ink) for line in said.body]
        if said.problem is not None:
            words = ui.say(said.problem)
            lines.insert(0, ui.text(words, DeskSize.HEADING, ink, Font.STRONG))
        file = getattr(self.session.activity, "file", "")
        if file:
            lines.append(ui.text(file, DeskSize.HEADING, ink, Font.STRONG))
        words_part = Column(lines, gap=ui.px(10))
        words_part.grows = True
        row = Row([self._sign(ui), words_part], gap=ui.px(22), across=Align.MIDDLE)
        return Column([desk_card(ui, row, padding=(28, 24))])

    def _sign(self, ui: Context) -> Part:
        activity, palette = self.session.activity, ui.theme.palette
        code = getattr(activity, "code", None)
        asking = isinstance(activity, stations.AskingCode) and code is None
        if isinstance(activity, _WAITING) or asking:
            return Waiting(ui)
        icon, paint = Icon.CHECK_CIRCLE, palette.success
        if code is not None:
            icon, paint = Icon.CLOSE_CIRCLE, palette.error
            if isinstance(activity, stations.Downloaded) and activity.count:
                icon, paint = Icon.WARNING_CIRCLE, palette.warning
        return Badge(ui, icon, Paint(paint.ground, paint.ink), 64)
